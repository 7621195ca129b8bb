// diffImages, inspectImage and compareLayers: real images against what the kernel shows of them, and small ones built here.

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type Change,
  compareLayers,
  diffImages,
  type Image,
  type ImageDiffOptions,
  inspectImage,
  LayerDiffError,
  type LayerProgress,
  openImage,
  pullImage,
} from '../src/index.js'
import { type ConfigOptions, dockerParts, Layout, layer, named } from './support/image-builder.js'
import { refusal } from './support/refusal.js'
import { bytes, directory, file, type TarPart, tar, whiteout } from './support/tar-builder.js'
import { fixturePath, fixtures, trueDiff } from './support/truth.js'

const essence = ({ path, kind, fields }: Pick<Change, 'path' | 'kind' | 'fields'>) => `${kind} ${path} ${fields}`
const withMtime = { compare: { mtime: true } } as const
/** The store that was mounted clips these two. */
const unclipped = (changes: readonly string[]) => changes.filter((text) => !/srv\/t\/times\/(old|future)/.test(text))

describe.skipIf(fixtures === null)('real images', () => {
  const forms = ['oci-gzip', 'oci-zstd', 'oci-zstd-chunked', 'oci-archive.tar', 'docker-archive.tar.gz']
  const image = (name: string, form: string) => fixturePath('images', name, form)

  test.for(forms)('%s', async (form) => {
    for (const [pair, shared, removed, added] of [
      ['small-2', 3, 0, 2],
      ['small-3', 0, 3, 3],
    ] as const) {
      const diff = await diffImages(image('small-1', form), image(pair, form), withMtime)
      expect(unclipped([...diff.changes].map(essence))).toEqual(unclipped(trueDiff(`small-1-${pair}`).map(essence)))
      const count = (kind: string) => diff.layers.filter((match) => match.kind === kind).length
      expect(['shared', 'moved', 'removed', 'added'].map(count)).toEqual([shared, 0, removed, added])
      expect(diff.config).toEqual([])
      expect(diff.verified).toBe(!form.startsWith('docker'))
      // Plain layers are read by their headers: that both sides have one is the configs' word.
      const claimed = diff.layers.filter((match) => match.claimed).length
      expect(claimed).toBe(form.startsWith('docker') ? shared : 0)
    }
  })

  test('two forms of one image: no file differs, and every layer is shared', async () => {
    const diff = await diffImages(image('small-2', 'oci-zstd'), image('small-2', 'docker-archive.tar.gz'), withMtime)
    expect([diff.changes.length, diff.config, diff.history]).toEqual([0, [], []])
    expect(new Set(diff.layers.map(({ kind }) => kind))).toEqual(new Set(['shared']))
    expect(diff.layerBytes).toMatchObject({ removed: { stored: 0, unpacked: 0 }, added: { stored: 0, unpacked: 0 } })
    // docker archives name no digest: what their layers are nobody vouches for, unless asked to.
    expect(diff.verified).toBe(false)
    expect(diff.after.manifestDigest).toBeNull()
    expect(diff.before.configDigest).toBe(diff.after.configDigest)
    const verified = await diffImages(image('small-2', 'oci-zstd'), image('small-2', 'docker-archive.tar.gz'), {
      verify: true,
    })
    expect(verified.verified).toBe(true)
  })

  test('a step that the vfs driver wrote on top: its removals, its config and its line', async () => {
    const vfs = fixturePath('images', 'small-vfs.docker-archive.tar.gz')
    const diff = await diffImages(image('small-1', 'oci-gzip'), vfs)
    const under = (path: string) => [...diff.changes].filter((change) => change.path.startsWith(path)).map(essence)
    expect(under('srv/')).toEqual([
      'removed srv/t/dir-opaque/keep-same-name ',
      'added srv/t/dir-opaque/new1 ',
      'removed srv/t/dir-opaque/old1 ',
      'removed srv/t/dir-opaque/old2 ',
      'removed srv/t/dir-opaque/sub ',
      'removed srv/t/dir-opaque/sub/s ',
      'removed srv/t/dir-removed ',
      'removed srv/t/dir-removed/sub ',
      'removed srv/t/dir-removed/sub/deep ',
      'removed srv/t/dir-removed/sub/deep/z ',
      'removed srv/t/dir-removed/sub/y ',
      'removed srv/t/dir-removed/x ',
    ])
    expect(diff.layers.map(({ kind }) => kind)).toEqual(['shared', 'shared', 'shared', 'added'])
    expect(diff.config.map(({ kind, field, name }) => `${kind} ${field} ${name}`)).toEqual(['added env PATH'])
    for (const change of diff.changes) expect(diff.layerOf(change)?.createdBy).toContain('rm -r /srv/t/dir-removed')
  })

  test('every change knows its layer and its line of history', async () => {
    const diff = await diffImages(image('small-1', 'oci-gzip'), image('small-2', 'oci-gzip'))
    expect(diff.changes.length).toBeGreaterThan(50)
    for (const change of diff.changes) {
      const made = diff.layerOf(change)
      expect(made).toBe(diff.after.layers[change.cause?.layer ?? -1])
      expect(diff.after.history[made?.history ?? -1]).toMatchObject({ layer: change.cause?.layer })
    }
    expect(new Set([...diff.changes].map(({ cause }) => cause?.layer))).toEqual(new Set([3, 4]))
  })

  test('sizes of layers are those that the manifest says, and what their files measure', async () => {
    const { layers, rows, historyProblem, toJSON } = await inspectImage(image('small-2', 'oci-gzip'))
    expect(historyProblem).toBeNull()
    expect(rows.map(({ size, layer }) => [size, layer])).toEqual(
      layers.map(({ unpackedBytes }, index) => [unpackedBytes, index]).reverse(),
    )
    expect(rows.map(({ image: id }) => id !== null)).toEqual([true, false, false, false, false])
    // Step by step the tree of the whole comes about.
    const sum = layers.reduce((total, { diff: { summary } }) => total + summary.bytesAdded - summary.bytesRemoved, 0)
    expect(layers.at(-1)?.diff.summary.bytesAfter).toBe(sum)
    expect(layers[3]?.diff.changes.at(0)?.cause?.layer).toBe(3)
    const json = toJSON()
    expect(json.layerTotals).toEqual(layers.map(({ diff }) => diff.summary))
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
  })

  test('what images share is told without reading a layer', async () => {
    const sharing = await compareLayers([
      image('small-1', 'oci-gzip'),
      image('small-2', 'oci-zstd'),
      image('small-3', 'docker-archive.tar.gz'),
    ])
    expect(sharing.layers.map(({ counts }) => counts.join(''))).toEqual([
      '110',
      '110',
      '110',
      '010',
      '010',
      '001',
      '001',
      '001',
    ])
    expect(sharing.images.map(({ source }) => source)).toEqual(['oci-layout', 'oci-layout', 'docker-archive'])
    expect(sharing.sumBytes).toBeGreaterThan(sharing.storedBytes)
    expect(sharing.toJSON()).toMatchObject({ schema: 'layerdiff-layers/1', layers: sharing.layers })
  })
})

const base = [directory('etc'), file('etc/a', 'one'), file('etc/b', 'two')]
const upper = [file('etc/a', 'changed'), whiteout('etc/b')]

/** A docker archive of layers, each a list of tar members. */
async function archive(stack: readonly TarPart[][], options: ConfigOptions = {}, name = 'app:1'): Promise<Uint8Array> {
  return tar(dockerParts(await Promise.all(stack.map((parts) => layer(tar(parts)))), [name], options))
}

describe('built images', () => {
  test('one layer twice in an image: counted twice, kept and read once', async () => {
    const [a, b] = [await archive([base, upper]), await archive([base, upper, base])]
    const diff = await diffImages(a, b)
    expect(diff.layers.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['shared', 0, 0],
      ['shared', 1, 1],
      ['added', null, 2],
    ])
    expect(diff.layerBytes.added).toEqual({ stored: 0, unpacked: 0 })
    const sharing = await compareLayers([a, b])
    expect(sharing.layers.map(({ counts }) => counts)).toEqual([
      [1, 2],
      [1, 1],
    ])
    expect(sharing.sumBytes).toBe(2 * sharing.storedBytes)
    const [one] = await inspectImage(b).then(({ rows }) => rows)
    expect(one).toMatchObject({ layer: 2, createdBy: 'step 2', size: 6 })
  })

  test('layers that changed places, with the same bytes', async () => {
    const [low, high] = [[file('x', '1')], [file('y', '22')]]
    const diff = await diffImages(await archive([low, high]), await archive([high, low]))
    expect(diff.changes.length).toBe(0)
    expect(diff.layers.map(({ kind }) => kind)).toEqual(['shared', 'moved'])
    expect(diff.layerBytes).toMatchObject({
      shared: { unpacked: 3 },
      removed: { stored: 0, unpacked: 0 },
      added: { stored: 0, unpacked: 0 },
    })
    expect(diff.before.layers[1]?.chainId).not.toBe(diff.after.layers[0]?.chainId)
    expect(diff.before.layers[1]?.diffId).toBe(diff.after.layers[0]?.diffId)
  })

  test.for<[string, (given: Uint8Array, options: object) => Promise<unknown>, RegExp]>([
    ['openImage', openImage, /"oops"\. Known: tag, platform, .*limits\.$/],
    [
      'diffImages',
      (image, options) => diffImages(image, image, options),
      /Known: platform, .*cache, .*compare, .*symlinkParents, waste\.$/,
    ],
    ['diffImages, of tags', (image) => diffImages(image, image, { tag: '1' } as object), /options has no "tag"/],
    ['inspectImage', inspectImage, /Known: tag, platform/],
    ['compareLayers', (image, options) => compareLayers([image], options), /Known: tag, platform/],
    [
      'pullImage',
      (image, options) => pullImage(image, { output: join(tmpdir(), 'none.tar'), ...options }),
      /Known: tag, platform/,
    ],
  ])('a misspelt option is refused by %s', async ([, call, message]) => {
    const error = await refusal(call(await archive([base]), { oops: 1 }))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringMatching(message)])
  })

  test('a damaged layer is told by its number alone: one image has no sides', async () => {
    const layout = new Layout()
    const broken = await layer(tar([file('a', 'x')]), bytes('no tar'.repeat(200)))
    const bytesOfImage = layout.tar([await layout.image([await layer(tar(base)), broken])])
    const error = await refusal(inspectImage(bytesOfImage))
    expect([error.code, error.side, error.layer]).toEqual(['TAR_CHECKSUM', undefined, 1])
    expect(error.message).toMatch(/^Layer 1: /)
  })

  test('history that does not match the layers is reported, and no size is guessed', async () => {
    const image = await archive([base, upper], { history: [{ created_by: 'all at once' }] })
    const report = await inspectImage(image)
    expect(report.historyProblem).toContain('tells of 1 layers, and the image has 2')
    expect(report.rows).toEqual([
      { image: report.configDigest, created: null, createdBy: 'all at once', size: null, comment: null, layer: null },
    ])
    expect(report.layers.map(({ createdBy, unpackedBytes }) => [createdBy, unpackedBytes])).toEqual([
      [null, 6],
      [null, 7],
    ])
    expect(report.layers[1]?.diff.summary).toMatchObject({ modified: 1, removed: 1 })
  })

  test('a step that made no layer measures nothing', async () => {
    const history = [{ created_by: 'a' }, { created_by: 'b', empty_layer: true }]
    const { rows } = await inspectImage(await archive([base], { history }))
    expect(rows.map(({ createdBy, size, layer: made }) => [createdBy, size, made])).toEqual([
      ['b', 0, null],
      ['a', 6, 0],
    ])
  })

  test('an image without layers', async () => {
    const empty = await archive([])
    const diff = await diffImages(empty, await archive([base]))
    expect([diff.summary.added, diff.layers.length]).toEqual([3, 1])
    expect(await inspectImage(empty)).toMatchObject({ rows: [], layers: [] })
    expect(await compareLayers([empty])).toMatchObject({ layers: [], storedBytes: 0, sumBytes: 0 })
    expect(await compareLayers([])).toMatchObject({ images: [], layers: [] })
  })

  test('an open image stays open, and what is opened for the call is closed', async () => {
    let closed = 0
    const count = (image: Image): Image => ({
      ...image,
      close() {
        closed++
        return image.close()
      },
    })
    const image = count(await openImage(await archive([base])))
    await diffImages(image, await archive([base]))
    await diffImages(image, image)
    await inspectImage(image)
    await compareLayers([image])
    expect(closed).toBe(0)
    await image.close()
  })

  test('verify reaches images that were opened without', async () => {
    const wrong = `sha256:${'0'.repeat(64)}`
    const image = await openImage(await archive([base], { diffIds: [wrong] }))
    expect((await diffImages(image, image)).verified).toBe(false)
    await expect(diffImages(image, image, { verify: true })).rejects.toMatchObject({ code: 'DIFF_ID_MISMATCH' })
    await expect(inspectImage(image, { verify: true })).rejects.toMatchObject({ code: 'DIFF_ID_MISMATCH' })
    await image.close()
  })

  test('a platform is chosen for both, and by name', async () => {
    const layout = new Layout()
    const platforms = await Promise.all(
      ['amd64', 'arm64'].map(async (architecture) =>
        layout.image([await layer(tar([file('arch', architecture)]))], {
          architecture,
          descriptor: { platform: { os: 'linux', architecture } },
        }),
      ),
    )
    const index = await layout.index(platforms, named('app'))
    const bytes = layout.tar([index])
    const diff = await diffImages(bytes, bytes, { platform: 'linux/arm64' })
    expect([diff.before.platform.architecture, diff.changes.length]).toEqual(['arm64', 0])
    const images = await Promise.all(['amd64', 'arm64'].map((platform) => openImage(bytes, { platform })))
    const [amd, arm] = images as [Image, Image]
    expect((await diffImages(amd, arm)).config).toEqual([
      { field: 'architecture', name: null, kind: 'modified', before: 'amd64', after: 'arm64' },
    ])
    await Promise.all(images.map((image) => image.close()))
  })

  test('options of the diff are those of diffLayers', async () => {
    const [a, b] = [await archive([base]), await archive([base, upper])]
    expect((await diffImages(a, b, { ignore: ['b'] })).changes.length).toBe(1)
    await expect(diffImages(a, b, { compar: {} } as ImageDiffOptions)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(diffImages(a, b, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    await expect(inspectImage(a, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })

  test('progress tells side and layer', async () => {
    const events: LayerProgress[] = []
    await diffImages(await archive([base]), await archive([[file('c')], upper]), {
      onProgress: (event) => events.push(event),
    })
    const done = events.filter(({ phase }) => phase === 'done').map(({ side, layer: place }) => `${side} ${place}`)
    expect(done.sort()).toEqual(['after 0', 'after 1', 'before 0'])
    const steps: LayerProgress[] = []
    await inspectImage(await archive([base, upper]), { onProgress: (event) => steps.push(event) })
    expect(new Set(steps.map(({ layer: place }) => place))).toEqual(new Set([0, 1]))
  })

  test('one image that cannot be opened is the error, whichever it is', async () => {
    const good = await archive([base])
    const bad = new Uint8Array(2048)
    const code = 'IMAGE_UNKNOWN_FORMAT'
    const of = (side: string) => expect.stringMatching(`^The image of the ${side} side: The archive holds no image`)
    await expect(diffImages(good, bad)).rejects.toMatchObject({ code, side: 'after', message: of('after') })
    await expect(diffImages(bad, good)).rejects.toMatchObject({ code, side: 'before', message: of('before') })
    await expect(compareLayers([good, bad])).rejects.toBeInstanceOf(LayerDiffError)
    await expect(compareLayers(good as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('a broken layer is an error with its side and layer', async () => {
    const broken = tar(dockerParts([await layer(tar(base), tar(base).slice(0, 700))], ['a']))
    await expect(diffImages(await archive([base]), broken)).rejects.toMatchObject({
      code: 'TAR_TRUNCATED',
      side: 'after',
      layer: 0,
    })
  })
})
