// Images compared, inspected and laid side by side: in Node and in browsers.

import { describe, expect, it } from 'vitest'
import { type Cache, compareLayers, createEngine, diffImages, diffLayers, inspectImage } from '../../src/index.js'
import { gzip, zstd } from '../support/compress.js'
import {
  type BuiltLayer,
  type ConfigOptions,
  configOf,
  dockerParts,
  json,
  Layout,
  layer,
  sha256Of,
  TYPES,
} from '../support/image-builder.js'
import { concat, file, tar, whiteout } from '../support/tar-builder.js'

const base = tar([file('etc/a', '1'), file('etc/b', 'old')])
const app = tar([whiteout('etc/a'), file('etc/b', 'new'), file('etc/c', '333')])

async function compressed(content: Uint8Array): Promise<BuiltLayer> {
  return layer(content, await gzip(content), TYPES.gzip)
}

async function layout(layers: readonly BuiltLayer[], options: ConfigOptions = {}): Promise<Blob> {
  const built = new Layout()
  return new Blob([built.tar([await built.image(layers, options)]) as Uint8Array<ArrayBuffer>])
}

function archive(layers: readonly BuiltLayer[], options: ConfigOptions = {}): Blob {
  return new Blob([tar(dockerParts(layers, ['app:1'], options)) as Uint8Array<ArrayBuffer>])
}

describe('two images', () => {
  it('differ in files, layers, config and history', async () => {
    const [lower, upper] = [await compressed(base), await compressed(app)]
    const diff = await diffImages(
      await layout([lower], { config: { Env: ['A=1'] } }),
      await layout([lower, upper], { config: { Env: ['A=2'] } }),
    )
    expect(Array.from(diff.changes, ({ kind, path }) => `${kind} ${path}`)).toEqual([
      'removed etc/a',
      'modified etc/b',
      'added etc/c',
    ])
    expect(Array.from(diff.changes, (change) => diff.layerOf(change)?.createdBy)).toEqual([
      'step 1',
      'step 1',
      'step 1',
    ])
    expect(diff.layers).toMatchObject([
      { kind: 'shared', before: 0, after: 0, claimed: false },
      { kind: 'added', before: null, after: 1, claimed: false },
    ])
    expect(diff.layerBytes.shared).toEqual({ stored: lower.blob.byteLength, unpacked: 4 })
    expect(diff.layerBytes.added).toEqual({ stored: upper.blob.byteLength, unpacked: 6 })
    expect(diff.config).toEqual([{ field: 'env', name: 'A', kind: 'modified', before: '1', after: '2' }])
    expect(diff.history).toEqual([{ kind: 'added', index: 1, createdBy: 'step 1' }])
    expect(diff.verified).toBe(true)
  })

  it('a config that lies of a layer hides no change', async () => {
    const [honest, changed] = [await layer(base), await layer(tar([file('etc/a', '1'), file('etc/b', 'bad')]))]
    const lying = { diffIds: [honest.diffId] }
    // A Blob is read whole; test/headers-only.test.ts has the file, of which the headers are read.
    const diff = await diffImages(archive([honest]), archive([changed], lying))
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['etc/b'])
    expect(diff.layers.map(({ kind }) => kind)).toEqual(['removed', 'added'])
    const verifying = diffImages(archive([honest]), archive([changed], lying), { verify: true })
    await expect(verifying).rejects.toMatchObject({ code: 'DIFF_ID_MISMATCH', side: 'after', layer: 0 })
  })

  describe('a layer that is one tar, and compressed another one, hides no change:', () => {
    /** What gzip or zstd passes over begins in the name of a first file, and holds all of another tar. */
    async function both(form: 'gzip' | 'zstd', plain: Uint8Array, inside: Uint8Array): Promise<Uint8Array> {
      const length = 512 - (form === 'gzip' ? 12 : 8) + plain.byteLength
      const size = [length & 255, length >> 8]
      const name = form === 'gzip' ? [31, 139, 8, 4, 0, 0, 0, 0, 0, 255, ...size] : [80, 42, 77, 24, ...size, 0, 0]
      const first = tar([file('x', '', { patch: (header) => header.set(name) })]).subarray(0, 512)
      const rest = form === 'gzip' ? (await gzip(inside)).subarray(10) : zstd(inside)
      return concat([first, plain, rest])
    }
    const honest = tar([file('etc/a', '1')])
    const changed = tar([file('etc/a', '2')])
    const cases = (['gzip', 'zstd'] as const).flatMap((form) => [
      [form, 'layout', TYPES.layer] as const,
      [form, 'layout', TYPES.gzip] as const,
      [form, 'docker archive', TYPES.layer] as const,
    ])
    it.each(cases)('%s in a %s as %s', async (form, kind, mediaType) => {
      const stored = await both(form, changed, honest)
      // The inside is what its readers here see.
      expect((await diffLayers(honest, stored)).changes.length).toBe(0)
      const [old, now] = [await layer(honest), await layer(stored, stored, mediaType)]
      const make = kind === 'layout' ? layout : async (layers: BuiltLayer[]) => archive(layers)
      await expect(diffImages(await make([old]), await make([now]))).rejects.toMatchObject({
        code: 'DIFF_ID_MISMATCH',
        side: 'after',
      })
    })

    it('nor where a cache knows the digest from another image', async () => {
      const stored = await both('gzip', changed, honest)
      const digest = await sha256Of(stored)
      const indexes = new Map<string, Uint8Array>()
      const none = async () => null
      const cache = {
        ...{ place: '', list: async () => [], blob: none, putBlob: async () => {}, remove: async () => [] },
        ...{ prune: async () => [], index: async () => indexes.get(digest) ?? null },
        putIndex: async (_: string, bytes: Uint8Array) => void indexes.set(digest, bytes.slice()),
      } as Cache
      const engine = createEngine({ cache })
      const source = { digest, open: () => stored }
      expect((await engine.index(source)).diffId).toBe(null)
      const other = { ...source, claimedDiffId: digest }
      await expect(engine.index(other)).rejects.toMatchObject({ code: 'DIFF_ID_MISMATCH' })
      await engine.dispose()
    })
  })

  it('a digest that an archive of docker gives another layer hides no change', async () => {
    const honest = await compressed(base)
    const digest = await sha256Of(honest.blob)
    const archived = async (content: Uint8Array) => {
      const { blob, diffId } = await compressed(content)
      const path = `blobs/sha256/${digest.slice('sha256:'.length)}`
      const row = {
        Config: 'config.json',
        Layers: [path],
        LayerSources: { [diffId]: { mediaType: TYPES.gzip, digest } },
      }
      const config = file('config.json', configOf([{ blob, diffId }]))
      return new Blob([tar([config, file(path, blob), file('manifest.json', json([row]))]) as Uint8Array<ArrayBuffer>])
    }
    // docker load goes by the diffId alone.
    const comparing = diffImages(await archived(base), await archived(tar([file('etc/a', '2')])))
    await expect(comparing).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', side: 'after' })
  })

  it.each(['plain', 'gzip'])('with verify each copy of a layer is read, whatever its digest says: %s', async (form) => {
    const make = form === 'gzip' ? compressed : (content: Uint8Array) => layer(content)
    const [honest, changed] = [await make(base), await make(tar([file('etc/a', '1'), file('etc/b', 'bad')]))]
    const imageOf = async (blob: Uint8Array) => {
      const built = new Layout()
      const manifest = await built.image([honest])
      for (const [digest, bytes] of built.blobs) if (bytes === honest.blob) built.blobs.set(digest, blob)
      return new Blob([built.tar([manifest]) as Uint8Array<ArrayBuffer>])
    }
    // The system in the header of gzip, or the content: no size gives it away.
    const other = form === 'gzip' ? honest.blob.with(9, 7) : changed.blob
    const [good, copy, bad] = [await imageOf(honest.blob), await imageOf(honest.blob), await imageOf(other)]
    const diff = await diffImages(good, copy, { verify: true })
    expect([diff.changes.length, diff.verified, diff.layers[0]?.kind]).toEqual([0, true, 'shared'])
    await expect(diffImages(good, bad, { verify: true })).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      side: 'after',
      layer: 0,
    })
  })
})

it('one image: its history, measured, and what each layer does', async () => {
  const history = [
    { created: '2024-01-01T00:00:00Z', created_by: 'ADD rootfs' },
    { created: '2024-01-02T00:00:00Z', created_by: 'ENV A=1', empty_layer: true },
    { created: '2024-01-03T00:00:00Z', created_by: 'RUN build', comment: 'c' },
  ]
  const report = await inspectImage(await layout([await compressed(base), await compressed(app)], { history }))
  expect(report.rows.map(({ createdBy, size, layer, comment }) => [createdBy, size, layer, comment])).toEqual([
    ['RUN build', 6, 1, 'c'],
    ['ENV A=1', 0, null, null],
    ['ADD rootfs', 4, 0, null],
  ])
  expect(report.rows.map(({ image }) => image !== null)).toEqual([true, false, false])
  expect(report.layers.map(({ diff: { summary } }) => [summary.added, summary.removed, summary.modified])).toEqual([
    [3, 0, 0],
    [1, 1, 1],
  ])
})

it('several images: which layers they share, each counted once', async () => {
  const [lower, upper, other] = [await compressed(base), await compressed(app), await compressed(tar([file('x', 'y')]))]
  const sharing = await compareLayers([await layout([lower, upper]), await layout([lower, other, other])])
  expect(sharing.layers.map(({ diffId, counts, images }) => [diffId, counts, images])).toEqual([
    [lower.diffId, [1, 1], 2],
    [upper.diffId, [1, 0], 1],
    [other.diffId, [0, 2], 1],
  ])
  const sizes = [lower, upper, other].map(({ blob }) => blob.byteLength) as [number, number, number]
  expect(sharing.storedBytes).toBe(sizes[0] + sizes[1] + sizes[2])
  expect(sharing.sumBytes).toBe(2 * sizes[0] + sizes[1] + sizes[2])
})
