// Pulling images whole: what is told on the way, what lies where afterwards, and what real tools say of it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archivedName } from '../src/compose/pulled-name.js'
import { writeArchive } from '../src/image/archive-writer.js'
import { sha256 } from '../src/image/digest.js'
import { checksumFits, decodeHeader } from '../src/image/tar-header.js'
import {
  diffLayers,
  type ImageInput,
  openCache,
  openImage,
  type PullProgress,
  parseReference,
  pullImage,
} from '../src/index.js'
import { readChunks } from '../src/input/chunks.js'
import { gzip } from './support/compress.js'
import { ensureTools } from './support/debian.js'
import { dockerParts, json, Layout, layer, named } from './support/image-builder.js'
import { refusal } from './support/refusal.js'
import { file, tar } from './support/tar-builder.js'
import { fixturePath, fixtures } from './support/truth.js'

const tools = ensureTools([
  { command: 'skopeo', package: 'skopeo' },
  { command: 'umoci', package: 'umoci' },
])

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const output = () => join(folder, 'out.tar')
const cacheHere = (maxBytes?: number) => openCache({ place: join(folder, 'cache'), maxBytes })

/** An image of four layers, the last of which is the first again. */
async function imageOfFour(): Promise<Uint8Array> {
  const layout = new Layout()
  const [a, b, c] = await Promise.all(['a', 'bb', 'ccc'].map((name) => layer(tar([file(name, name)]))))
  if (!a || !b || !c) throw new Error('no layers')
  return layout.tar([await layout.image([a, b, c, a], { descriptor: named('app:1') })])
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}

async function wordsOf(input: ImageInput, options: Parameters<typeof pullImage>[1]): Promise<string[]> {
  const words: string[] = []
  const onProgress = ({ layer: index, status }: PullProgress) => words.push(`${index} ${status}`)
  await (await pullImage(input, { ...options, onProgress })).close()
  return words
}

describe('what is told', () => {
  it('one layer at a time, each distinct one once, complete from the bottom up', async () => {
    const image = await imageOfFour()
    const cache = await cacheHere()
    const of = (...indexes: number[]) =>
      ['Downloading', 'Verifying Checksum', 'Download complete', 'Pull complete'].flatMap((status) =>
        indexes.map((index) => `${index} ${status}`),
      )
    expect(await wordsOf(image, { cache, parallel: 1 })).toEqual([
      ...['0 Pulling fs layer', '3 Pulling fs layer', '1 Pulling fs layer', '2 Pulling fs layer'],
      ...['1 Waiting', '2 Waiting'],
      ...[...of(0, 3), ...of(1), ...of(2)],
    ])
    expect(await wordsOf(image, { cache })).toEqual([0, 3, 1, 2].map((index) => `${index} Already exists`))
  })

  it('bytes, and the image before its first layer', async () => {
    const told: (PullProgress | string)[] = []
    const image = await pullImage(await imageOfFour(), {
      cache: await cacheHere(),
      onManifest: ({ name }) => told.push(String(name)),
      onProgress: (progress) => told.push(progress),
    })
    expect(told[0]).toBe('app:1')
    const { digest, size: bytesTotal } = image.layers[2] as { digest: string; size: number }
    expect(told).toContainEqual({ layer: 2, digest, status: 'Pulling fs layer', bytes: 0, bytesTotal })
    expect(told).toContainEqual({ layer: 2, digest, status: 'Downloading', bytes: bytesTotal, bytesTotal })
    expect(told).toContainEqual({ layer: 2, digest, status: 'Pull complete', bytes: bytesTotal, bytesTotal })
  })
})

describe('where it lies', () => {
  const paths = async (image: { layers: Parameters<typeof diffLayers>[1] }) =>
    Array.from((await diffLayers([], image.layers)).changes, ({ path }) => path)

  it('in the cache: layers, config and manifest', async () => {
    const cache = await cacheHere()
    const image = await pullImage(await imageOfFour(), { cache })
    const held = (await cache.list()).map(({ digest }) => digest)
    const digests = [...image.layers.map(({ digest }) => digest), image.configDigest, image.manifestDigest]
    expect(held.sort()).toEqual([...new Set(digests)].sort())
    expect(await image.layers[0]?.open()).toBe((await cache.blob(image.layers[0]?.digest ?? ''))?.bytes)
    expect(await paths(image)).toEqual(['a', 'bb', 'ccc'])
  })

  it('in a file, with nothing else left, byte by byte the same each time', async () => {
    const image = await pullImage(await imageOfFour(), { output: output() })
    expect(await paths(image)).toEqual(['a', 'bb', 'ccc'])
    expect(await paths(await openImage(`oci-archive:${output()}`))).toEqual(['a', 'bb', 'ccc'])
    const again = await openImage(output())
    expect([again.source, again.name]).toEqual(['docker-archive', 'app:1'])
    expect(await paths(again)).toEqual(['a', 'bb', 'ccc'])
    const bytes = readFileSync(output())
    await pullImage(await imageOfFour(), { output: output() })
    expect(readFileSync(output()).equals(bytes)).toBe(true)
    expect(readdirSync(folder)).toEqual(['out.tar'])
  })

  it('with its manifest as it was, Docker’s too', async () => {
    const layout = new Layout()
    const stored = tar([file('a', 'a')])
    const docker = (kind: string) => `application/vnd.docker.${kind}`
    const { diffId } = await layer(stored)
    const config = await layout.add(
      json({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } }),
      docker('container.image.v1+json'),
    )
    const layers = [await layout.add(stored, docker('image.rootfs.diff.tar'))]
    const mediaType = docker('distribution.manifest.v2+json')
    const manifest = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }, null, 3))
    const image = layout.tar([await layout.add(manifest, mediaType, named('registry.example/app:2'))])
    const { blobs, manifestDigest } = await pullImage(image, { output: output() })
    expect(blobs.manifest).toEqual(manifest)
    expect((await openImage(`oci-archive:${output()}`)).manifestDigest).toBe(manifestDigest)
    if (!tools) return
    // By its only place, not its tag: skopeo finds tags of OCI's own manifests only.
    const inspected = run('skopeo', 'inspect', '--raw', `oci-archive:${output()}`)
    expect(sha256(new TextEncoder().encode(inspected))).toBe(manifestDigest)
  })

  it('with a manifest made for it where there was none', async () => {
    const layers = [await layer(tar([file('a')])), await layer(tar([file('b')]))]
    const source = tar(dockerParts(layers, ['app:1']))
    const image = await pullImage(source, { output: output() })
    const written = await openImage(`oci-archive:${output()}`)
    expect(written.layers.map(({ digest }) => digest)).toEqual(layers.map(({ diffId }) => diffId))
    expect([written.name, written.configDigest]).toEqual(['docker.io/library/app:1', image.configDigest])
    expect(await paths(written)).toEqual(['a', 'b'])
  })
})

describe('what fails leaves what was there', () => {
  beforeEach(() => writeFileSync(output(), 'of yesterday'))
  afterEach(() => {
    expect(readdirSync(folder).filter((name) => name !== 'cache')).toEqual(['out.tar'])
    expect(readFileSync(output(), 'utf8')).toBe('of yesterday')
  })

  it('a layer that was changed', async () => {
    const image = await imageOfFour()
    // Its content, behind the header: 'ccc' stands three times in the layer's own tar.
    const at = Buffer.from(image).lastIndexOf('ccc')
    image[at] = 0x78
    const { code, layer: index } = await refusal(pullImage(image, { output: output() }))
    expect([code, index]).toEqual(['DIGEST_MISMATCH', 2])
  })

  it('an abort, with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const outcome = pullImage(await imageOfFour(), {
      output: output(),
      signal: controller.signal,
      parallel: 1,
      onProgress: ({ layer: index, status }) => index === 1 && status === 'Downloading' && controller.abort(reason),
    })
    expect(await outcome.catch((error: unknown) => error)).toBe(reason)
  })

  it('a cache that is too small', async () => {
    const { code, message } = await refusal(pullImage(await imageOfFour(), { cache: await cacheHere(2000) }))
    expect(code).toBe('CACHE_UNWRITABLE')
    expect(message).toContain(join(folder, 'cache'))
  })

  it('a layer whose digest nothing says', async () => {
    const content = tar([file('a')])
    const source = tar(dockerParts([await layer(content, await gzip(content))], ['app:1']))
    const { code, message } = await refusal(pullImage(source, { output: output() }))
    expect(code).toBe('INPUT_UNSUPPORTED')
    expect(message).toContain('skopeo')
  })

  it.each([
    [
      'a folder that is not there',
      () => join(folder, 'none/out.tar'),
      /its folder does not exist\. Choose another place/,
    ],
    ['a folder that is a file', () => join(output(), 'out.tar'), /its folder does not exist/],
    ['a folder', () => folder, /it is a folder/],
  ])('as a place: %s, before anything is fetched', async (_, place, text) => {
    let asked = false
    const image = await imageOfFour()
    const onManifest = () => {
      asked = true
    }
    const { code, message } = await refusal(pullImage(image, { output: place(), onManifest }))
    expect([code, message, asked]).toEqual(['OUTPUT_UNWRITABLE', expect.stringMatching(text), false])
    // Not even looked for.
    expect((await refusal(pullImage(join(folder, 'no.tar'), { output: place() }))).code).toBe('OUTPUT_UNWRITABLE')
  })

  it.each([{ parallel: 0 }, { parallel: 1.5 }, { output: '' }])('%j', async (options) => {
    expect((await refusal(pullImage(await imageOfFour(), options))).code).toBe('INVALID_ARGUMENT')
  })
})

describe('names in an archive', () => {
  const rows: [
    name: string | null,
    source: 'oci-layout' | 'registry' | 'docker-archive',
    tag: string | null,
    full: string | null,
    familiar: string | null,
  ][] = [
    ['nginx:1.27', 'registry', '1.27', 'docker.io/library/nginx:1.27', 'nginx:1.27'],
    ['ghcr.io/a/b:c', 'registry', 'c', 'ghcr.io/a/b:c', 'ghcr.io/a/b:c'],
    ['nginx', 'docker-archive', 'latest', 'docker.io/library/nginx:latest', 'nginx:latest'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'registry', null, null, null],
    [`nginx:1@sha256:${'0'.repeat(64)}`, 'registry', '1', 'docker.io/library/nginx:1', 'nginx:1'],
    ['latest', 'oci-layout', 'latest', null, null],
    ['docker.io/library/app:1', 'oci-layout', '1', 'docker.io/library/app:1', 'app:1'],
    ['../../etc', 'oci-layout', null, null, null],
    ['UPPER CASE', 'docker-archive', null, null, null],
    [null, 'docker-archive', null, null, null],
  ]
  it.each(rows)('%s of %s', (name, source, tag, full, familiar) => {
    expect(archivedName(new Uint8Array(), { name, source })).toEqual({ tag, full, familiar })
  })

  it('the name that was asked for goes first', () => {
    const asked = parseReference('app:2')
    expect(archivedName(asked, { name: 'other:1', source: 'registry' }).familiar).toBe('app:2')
  })
})

it('a size beyond octal digits is written as GNU does', async () => {
  const size = 9 * 2 ** 30
  const archive = writeArchive([{ name: 'large', size, chunks: () => [] }])
  const { value } = await archive.next()
  await archive.return(undefined)
  expect(checksumFits(value as Uint8Array)).toBe(true)
  expect(decodeHeader(value as Uint8Array, 0)).toMatchObject({ name: 'large', size, flag: '0' })
})

it('a stream that never comes is let go of', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  let refused: Promise<void> | undefined
  const cancelled = new Promise<void>((resolve) => {
    const stream = new ReadableStream<Uint8Array>({ cancel: () => resolve() })
    const chunk = readChunks(() => stream, controller.signal).next()
    refused = expect(chunk).rejects.toBe(reason)
  })
  controller.abort(reason)
  await Promise.all([cancelled, refused])
})

describe.skipIf(fixtures === null || !tools)('real tools read what was written', () => {
  it.each(['oci-gzip', 'oci-zstd'])('%s', async (form) => {
    const source = fixturePath('images', 'small-1', form)
    const image = await pullImage(source, { output: output() })

    const inspected = JSON.parse(run('skopeo', 'inspect', `oci-archive:${output()}:latest`))
    expect(inspected).toMatchObject({ Digest: image.manifestDigest, Layers: image.layers.map(({ digest }) => digest) })

    run('skopeo', 'copy', `docker-archive:${output()}`, `oci:${join(folder, 'copied')}:copied`)
    const copied = await openImage(`oci:${join(folder, 'copied')}`)
    expect(copied.layers.map(({ claimedDiffId }) => claimedDiffId)).toEqual(
      image.layers.map(({ claimedDiffId }) => claimedDiffId),
    )
    expect((await diffLayers(image.layers, copied.layers)).changes.length).toBe(0)

    // umoci of Debian 12 knows no zstd.
    if (form !== 'oci-gzip') return
    run('mkdir', 'layout')
    run('tar', '-xf', output(), '-C', 'layout')
    run('umoci', 'unpack', '--rootless', '--image', 'layout:latest', 'bundle')
    expect(readFileSync(join(folder, 'bundle/rootfs/bin/busybox')).byteLength).toBeGreaterThan(0)
  })
})
