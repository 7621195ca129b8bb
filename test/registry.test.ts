// Images of registries, against real servers: what is asked for, and which answers are refused, with what words.

import { describe, expect, it } from 'vitest'
import { diffLayers } from '../src/index.js'
import type { Fault } from './support/blob-server.js'
import { layer, sha256Of, TYPES } from './support/image-builder.js'
import { errorOf, oneImage, openFrom, read, same, send, serve } from './support/registry-client.js'
import { file, tar } from './support/tar-builder.js'

describe('an image of a registry', () => {
  it('is named, and has its layers with digest and size', async () => {
    const { server, manifest, big, layerDigest } = await oneImage()
    const image = await openFrom(server)
    expect(image).toMatchObject({ source: 'registry', name: `${server.host}/app:1`, manifestDigest: manifest.digest })
    expect(image.layers[0]).toMatchObject({ digest: layerDigest, size: big.blob.byteLength })
    expect(same(await read(image), big.blob)).toBe(true)
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/v2/app/manifests/1',
      `/v2/app/blobs/${image.configDigest}`,
      `/v2/app/blobs/${layerDigest}`,
    ])
    for (const type of [TYPES.index, TYPES.manifest, 'v1+prettyjws', 'manifest.list.v2', 'distribution.manifest.v2']) {
      expect(server.seen[0]?.accept).toContain(type)
    }
  })

  it.each([
    ['a digest', (digest: string) => [`app@${digest}`, undefined]],
    ['a tag and a digest: the digest counts', (digest: string) => [`app:other@${digest}`, undefined]],
    ['the tag option', () => ['app:other', '1']],
    ['a digest as tag option', (digest: string) => ['app', digest]],
  ] as const)('by %s', async (_, nameOf) => {
    const { server, manifest } = await oneImage(10)
    const [name, tag] = nameOf(manifest.digest)
    expect((await openFrom(server, { tag }, name)).manifestDigest).toBe(manifest.digest)
  })

  it('of nested indexes is chosen by platform, attestations left aside, and no other is asked for', async () => {
    const server = await serve()
    const { layout } = server
    const [arm, amd] = await Promise.all(
      ['arm64', 'amd64'].map(async (architecture) => {
        const content = await layer(tar([file('etc/arch', architecture)]))
        return layout.image([content], { architecture, descriptor: { platform: { os: 'linux', architecture } } })
      }),
    )
    if (!arm || !amd) throw new Error('no images')
    const beside = { ...arm, digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'unknown', architecture: 'unknown' } }
    server.tags.set('1', await layout.index([await layout.index([beside, arm]), amd]))
    expect((await openFrom(server, { platform: 'linux/arm64' })).manifestDigest).toBe(arm.digest)
    expect(server.asked(/manifests/)).toHaveLength(3)
    expect((await openFrom(server, { platform: 'linux/amd64' })).manifestDigest).toBe(amd.digest)
    expect((await errorOf(openFrom(server, { platform: 'linux/s390x' }))).code).toBe('IMAGE_PLATFORM_MISSING')
  })

  it('of indexes that are nested endlessly is refused', async () => {
    const server = await serve()
    let index = await server.layout.index([await server.layout.image([])])
    for (let depth = 0; depth < 12; depth++) index = await server.layout.index([index])
    server.tags.set('1', index)
    expect((await errorOf(openFrom(server))).code).toBe('INDEX_TOO_DEEP')
  })

  it('that lists itself cannot exist: its digest does not fit', async () => {
    const server = await serve()
    const index = await server.layout.index([{ mediaType: TYPES.index, digest: `sha256:${'a'.repeat(64)}`, size: 9 }])
    server.layout.blobs.set(`sha256:${'a'.repeat(64)}`, server.layout.blobs.get(index.digest) as Uint8Array)
    server.tags.set('1', index)
    expect((await errorOf(openFrom(server))).code).toBe('SIZE_MISMATCH')
  })

  it('foreign layers are absent unless the registry has them', async () => {
    const server = await serve()
    const [here, away] = await Promise.all(
      ['here', 'away'].map((name) => layer(tar([file(name, name)]), undefined, TYPES.foreign)),
    )
    if (!here || !away) throw new Error('no layers')
    server.tags.set('1', await server.layout.image([here, away]))
    server.layout.blobs.delete(await sha256Of(away.blob))
    const image = await openFrom(server)
    expect(image.layers.map(({ absent }) => absent !== undefined)).toEqual([false, true])
    expect(() => image.layers[1]?.open()).toThrow(/may not be distributed/)
  })
})

describe('answers that are refused', () => {
  const schema1 = { schemaVersion: 1, name: 'app', fsLayers: [], history: [] }
  const html = { 'content-type': 'text/html; charset=utf-8' }
  const errors = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] })
  const rows: [name: string, answer: Fault, code: string, words: RegExp][] = [
    ['no such image', () => false, 'IMAGE_NOT_FOUND', /has no image .*MANIFEST_UNKNOWN: manifest \\u\{202e\}unknown/],
    ['403', (_, to) => send(to, 403, errors('DENIED', 'not yours')), 'REGISTRY_DENIED', /DENIED: not yours/],
    ['401 without a challenge', (_, to) => send(to, 401), 'REGISTRY_DENIED', /Access-Control-Expose-Headers/],
    [
      '401 with an unknown challenge',
      (_, to) => send(to, 401, '', { 'www-authenticate': 'Negotiate' }),
      'REGISTRY_DENIED',
      /negotiate/,
    ],
    ['a login page', (_, to) => send(to, 200, '<html>', html), 'REGISTRY_ANSWER', /answered HTML/],
    ['a page that is not found', (_, to) => send(to, 404, '<html>', html), 'REGISTRY_ANSWER', /answered HTML/],
    ['another status', (_, to) => send(to, 418), 'REGISTRY_ANSWER', /answered 418/],
    ['500 to the end', (_, to) => send(to, 500), 'REGISTRY_FAILED', /failed .*\(500\)/],
    ['503 with HTML', (_, to) => send(to, 503, '<html>', html), 'REGISTRY_FAILED', /\(503\)/],
    ['429 to the end', (_, to) => send(to, 429, errors('TOOMANYREQUESTS', 'slow')), 'REGISTRY_FAILED', /rate limit/],
    ['not JSON', (_, to) => send(to, 200, 'hello'), 'MANIFEST_INVALID', /not JSON/],
    [
      'schema 1, by its type',
      (_, to) =>
        send(to, 200, JSON.stringify(schema1), {
          'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
        }),
      'MANIFEST_SCHEMA1',
      /schema 1/,
    ],
    ['schema 1, by itself', (_, to) => send(to, 200, JSON.stringify(schema1)), 'MANIFEST_SCHEMA1', /schema 1/],
    [
      'a type that is another than its own',
      (_, to) =>
        send(to, 200, JSON.stringify({ schemaVersion: 2, mediaType: TYPES.manifest, layers: [] }), {
          'content-type': TYPES.index,
        }),
      'MANIFEST_INVALID',
      /says itself/,
    ],
    [
      'a digest header that is wrong',
      (_, to) => send(to, 200, '{}', { 'docker-content-digest': `sha256:${'1'.repeat(64)}` }),
      'DIGEST_MISMATCH',
      /1111/,
    ],
    [
      'a digest of an unknown algorithm in the header',
      (_, to) => send(to, 200, '{}', { 'docker-content-digest': `sha512:${'1'.repeat(128)}` }),
      'DIGEST_UNSUPPORTED',
      /sha512/,
    ],
    [
      'a digest of an unknown algorithm in the manifest',
      (_, to) =>
        send(
          to,
          200,
          JSON.stringify({
            schemaVersion: 2,
            mediaType: TYPES.manifest,
            config: { mediaType: TYPES.config, digest: `blake3:${'1'.repeat(64)}`, size: 3 },
            layers: [],
          }),
        ),
      'DIGEST_UNSUPPORTED',
      /blake3/,
    ],
  ]
  it.each(rows)('%s', async (_, answer, code, words) => {
    const server = await serve()
    server.fault = answer
    const error = await errorOf(openFrom(server))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(words)
  })

  it('a manifest without end is not read to its end', async () => {
    const server = await serve()
    let sent = 0
    server.fault = (_, response) => {
      const chunk = Buffer.alloc(1 << 16, 0x20)
      const more = () => {
        while (!response.destroyed && sent < 1 << 28) {
          sent += chunk.byteLength
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
      return true
    }
    expect((await errorOf(openFrom(server))).code).toBe('MANIFEST_TOO_LARGE')
    expect(sent).toBeLessThan(1 << 26)
  })

  it.each([
    ['other bytes', (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1), 'DIGEST_MISMATCH'],
    ['more bytes', (bytes: Uint8Array) => new Uint8Array([...bytes, 32]), 'SIZE_MISMATCH'],
    ['fewer bytes', (bytes: Uint8Array) => bytes.subarray(1), 'SIZE_MISMATCH'],
  ])('a config of %s', async (_, change, code) => {
    const { server } = await oneImage(10)
    const { configDigest } = await openFrom(server)
    server.layout.blobs.set(configDigest, change(server.layout.blobs.get(configDigest) as Uint8Array))
    expect((await errorOf(openFrom(server))).code).toBe(code)
  })

  it.each([
    ['other bytes', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 600 ? byte ^ 1 : byte)), 'DIGEST_MISMATCH'],
    ['more bytes', (bytes: Uint8Array) => new Uint8Array([...bytes, 0]), 'SIZE_MISMATCH'],
  ])('a layer of %s, when it is read', async (_, change, code) => {
    const { server, layerDigest } = await oneImage(1000)
    const image = await openFrom(server)
    server.layout.blobs.set(layerDigest, change(server.layout.blobs.get(layerDigest) as Uint8Array))
    expect((await errorOf(diffLayers(image.layers, []))).code).toBe(code)
  })

  it('a blob that is missing', async () => {
    const { server } = await oneImage(10)
    const { configDigest } = await openFrom(server)
    server.layout.blobs.delete(configDigest)
    const { code, message } = await errorOf(openFrom(server))
    expect([code, message]).toEqual(['BLOB_MISSING', expect.stringContaining("the image's config")])
  })

  it('a digest in the name that cannot be verified', async () => {
    const server = await serve()
    const error = await errorOf(openFrom(server, {}, `app@sha512:${'a'.repeat(128)}`))
    expect(error.code).toBe('DIGEST_UNSUPPORTED')
    expect(server.seen).toEqual([])
  })
})
