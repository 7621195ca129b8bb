// The client of registries against real servers that behave badly: what is retried, what is refused, and with what words.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openAnyImage } from '../src/compose/open.js'
import { diffLayers, type Image, LayerDiffError, type OpenImageOptions, parseReference } from '../src/index.js'
import { RegistryClient } from '../src/registry/client.js'
import { openRegistryImage } from '../src/registry/image.js'
import type { Clock } from '../src/registry/transport.js'
import { BlobServer, type Fault } from './support/blob-server.js'
import { ensureTools } from './support/debian.js'
import { type Layout, Layout as LayoutBuilder, layer, sha256Of, TYPES } from './support/image-builder.js'
import { file, tar } from './support/tar-builder.js'

const running: BlobServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

/** The answers of a test's own: retries cost no time, and what would be waited is noted. */
function fastClock(waits: number[] = []): Clock {
  return {
    now: () => 0,
    random: () => 0.5,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted()
      waits.push(milliseconds)
    },
  }
}

async function serve(layout: Layout = new LayoutBuilder(), host?: string): Promise<BlobServer> {
  const server = await BlobServer.start(layout, host)
  running.push(server)
  return server
}

/** A server with one image of one layer, under the tag `1`; the layer is larger than what sockets buffer. */
async function oneImage(bytes = 3 << 20) {
  const server = await serve()
  const big = await layer(tar([file('big', new Uint8Array(randomBytes(bytes)))]))
  const manifest = await server.layout.image([big])
  server.tags.set('1', manifest)
  return { server, manifest, big, layerDigest: await sha256Of(big.blob) }
}

function open(server: BlobServer, options: OpenImageOptions = {}, name = 'app:1', clock = fastClock()): Promise<Image> {
  const registry = { credentials: () => null, ...options.registry }
  return openRegistryImage(parseReference(`${server.host}/${name}`), { ...options, registry }, clock)
}

async function errorOf(work: Promise<unknown>): Promise<LayerDiffError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(LayerDiffError)
  return error as LayerDiffError
}

/** Of megabytes, a difference is not to be printed. */
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** All bytes of an image's first layer. */
async function read(image: Image): Promise<Uint8Array> {
  const stream = (await image.layers[0]?.open()) as ReadableStream<Uint8Array>
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function send(response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end(body)
  return true
}

/** Answers so the first `times` times that a path is asked for. */
function first(
  times: number,
  path: RegExp,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Fault {
  let left = times
  return (request, response) => {
    if (!path.test(request.url ?? '') || left-- <= 0) return false
    answer(request, response)
    return true
  }
}

describe('an image of a registry', () => {
  it('is named, and has its layers with digest and size', async () => {
    const { server, manifest, big, layerDigest } = await oneImage()
    const image = await open(server)
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
    expect((await open(server, { tag }, name)).manifestDigest).toBe(manifest.digest)
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
    expect((await open(server, { platform: 'linux/arm64' })).manifestDigest).toBe(arm.digest)
    expect(server.asked(/manifests/)).toHaveLength(3)
    expect((await open(server, { platform: 'linux/amd64' })).manifestDigest).toBe(amd.digest)
    expect((await errorOf(open(server, { platform: 'linux/s390x' }))).code).toBe('IMAGE_PLATFORM_MISSING')
  })

  it('of indexes that are nested endlessly is refused', async () => {
    const server = await serve()
    let index = await server.layout.index([await server.layout.image([])])
    for (let depth = 0; depth < 12; depth++) index = await server.layout.index([index])
    server.tags.set('1', index)
    expect((await errorOf(open(server))).code).toBe('INDEX_TOO_DEEP')
  })

  it('that lists itself cannot exist: its digest does not fit', async () => {
    const server = await serve()
    const index = await server.layout.index([{ mediaType: TYPES.index, digest: `sha256:${'a'.repeat(64)}`, size: 9 }])
    server.layout.blobs.set(`sha256:${'a'.repeat(64)}`, server.layout.blobs.get(index.digest) as Uint8Array)
    server.tags.set('1', index)
    expect((await errorOf(open(server))).code).toBe('SIZE_MISMATCH')
  })

  it('foreign layers are absent unless the registry has them', async () => {
    const server = await serve()
    const [here, away] = await Promise.all(
      ['here', 'away'].map((name) => layer(tar([file(name, name)]), undefined, TYPES.foreign)),
    )
    if (!here || !away) throw new Error('no layers')
    server.tags.set('1', await server.layout.image([here, away]))
    server.layout.blobs.delete(await sha256Of(away.blob))
    const image = await open(server)
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
    const error = await errorOf(open(server))
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
    expect((await errorOf(open(server))).code).toBe('MANIFEST_TOO_LARGE')
    expect(sent).toBeLessThan(1 << 26)
  })

  it.each([
    ['other bytes', (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1), 'DIGEST_MISMATCH'],
    ['more bytes', (bytes: Uint8Array) => new Uint8Array([...bytes, 32]), 'SIZE_MISMATCH'],
    ['fewer bytes', (bytes: Uint8Array) => bytes.subarray(1), 'SIZE_MISMATCH'],
  ])('a config of %s', async (_, change, code) => {
    const { server } = await oneImage(10)
    const { configDigest } = await open(server)
    server.layout.blobs.set(configDigest, change(server.layout.blobs.get(configDigest) as Uint8Array))
    expect((await errorOf(open(server))).code).toBe(code)
  })

  it.each([
    ['other bytes', (bytes: Uint8Array) => bytes.map((byte, at) => (at === 600 ? byte ^ 1 : byte)), 'DIGEST_MISMATCH'],
    ['more bytes', (bytes: Uint8Array) => new Uint8Array([...bytes, 0]), 'SIZE_MISMATCH'],
  ])('a layer of %s, when it is read', async (_, change, code) => {
    const { server, layerDigest } = await oneImage(1000)
    const image = await open(server)
    server.layout.blobs.set(layerDigest, change(server.layout.blobs.get(layerDigest) as Uint8Array))
    expect((await errorOf(diffLayers(image.layers, []))).code).toBe(code)
  })

  it('a blob that is missing', async () => {
    const { server } = await oneImage(10)
    const { configDigest } = await open(server)
    server.layout.blobs.delete(configDigest)
    const { code, message } = await errorOf(open(server))
    expect([code, message]).toEqual(['BLOB_MISSING', expect.stringContaining("the image's config")])
  })

  it('a digest in the name that cannot be verified', async () => {
    const server = await serve()
    const error = await errorOf(open(server, {}, `app@sha512:${'a'.repeat(128)}`))
    expect(error.code).toBe('DIGEST_UNSUPPORTED')
    expect(server.seen).toEqual([])
  })
})

describe('retries', () => {
  it.each([
    ['500', (_: unknown, to: ServerResponse) => void to.writeHead(500).end()],
    ['502', (_: unknown, to: ServerResponse) => void to.writeHead(502).end('<html>')],
    ['429', (_: unknown, to: ServerResponse) => void to.writeHead(429).end()],
    ['a cut connection', (_: unknown, to: ServerResponse) => void to.socket?.destroy()],
    [
      'a manifest that is cut',
      (_: unknown, to: ServerResponse) => {
        to.writeHead(200, { 'content-length': 1000 })
        to.write('{', () => to.socket?.destroy())
      },
    ],
  ])('%s, then all is well', async (_, answer) => {
    const { server } = await oneImage(10)
    server.fault = first(4, /manifests/, answer)
    const waits: number[] = []
    await open(server, {}, 'app:1', fastClock(waits))
    expect(waits).toEqual([250, 500, 1000, 2000])
  })

  it.each([0, 2])('%i of them, as asked for', async (retries) => {
    const server = await serve()
    server.fault = (_, response) => send(response, 503)
    expect((await errorOf(open(server, { registry: { retries } }))).code).toBe('REGISTRY_FAILED')
    expect(server.seen).toHaveLength(retries + 1)
  })

  it.each([
    ['seconds', '7', 7000],
    ['a date', 'Thu, 01 Jan 1970 00:00:09 GMT', 9000],
    ['a date that is past', 'Wed, 31 Dec 1969 00:00:09 GMT', 0],
    ['too long', '3600', 60_000],
    ['nonsense', 'soon', 250],
  ])('wait as Retry-After has it: %s', async (_, value, wait) => {
    const { server } = await oneImage(10)
    server.fault = first(1, /manifests/, (_request, response) => send(response, 429, '', { 'retry-after': value }))
    const waits: number[] = []
    await open(server, {}, 'app:1', fastClock(waits))
    expect(waits).toEqual([wait])
  })

  it('Retry-After: 0 with the real clock', async () => {
    const { server } = await oneImage(10)
    server.fault = first(2, /manifests/, (_request, response) => send(response, 503, '', { 'retry-after': '0' }))
    expect((await openAnyImage(`${server.host}/app:1`, { registry: { credentials: () => null } })).source).toBe(
      'registry',
    )
  })

  it('end with the signal, with its reason', async () => {
    const server = await serve()
    const controller = new AbortController()
    const reason = new Error('enough')
    server.fault = (_, response) => {
      controller.abort(reason)
      return send(response, 503, '', { 'retry-after': '60' })
    }
    const options = { signal: controller.signal, registry: { credentials: () => null } }
    await expect(openAnyImage(`${server.host}/app:1`, options)).rejects.toBe(reason)
  })

  it('nobody listens', async () => {
    const server = await serve()
    await server.stop()
    const { code, message } = await errorOf(open(server))
    expect([code, message]).toEqual(['REGISTRY_UNREACHABLE', expect.stringContaining('ECONNREFUSED')])
  })
})

describe('a layer whose connection is cut', () => {
  /** Cuts each connection after some bytes of a blob. */
  const cutAfter = (bytes: number, digest: string, content: Uint8Array): Fault => {
    return (request, response) => {
      if (!request.url?.includes(digest)) return false
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
      const size = content.byteLength
      if (size - start <= bytes) return false
      const range = `bytes ${start}-${size - 1}/${size}`
      response.writeHead(start > 0 ? 206 : 200, { 'content-length': size - start, 'content-range': range })
      response.write(content.subarray(start, start + bytes), () => response.socket?.destroy())
      return true
    }
  }

  it('goes on where it was', async () => {
    const { server, big, layerDigest } = await oneImage()
    const image = await open(server)
    server.fault = cutAfter(1 << 20, layerDigest, big.blob)
    expect(same(await read(image), big.blob)).toBe(true)
    // A cut may take along what was sent, but never more than that.
    expect(server.asked(/blobs/).filter(({ range }) => range !== undefined).length).toBeGreaterThanOrEqual(3)
  })

  it('is diffed as if nothing had been', async () => {
    const { server, big, layerDigest } = await oneImage()
    const image = await open(server)
    server.fault = cutAfter(1 << 20, layerDigest, big.blob)
    expect((await diffLayers(image.layers, [big.blob])).changes).toHaveLength(0)
  })

  it('by a server without ranges is read past what was had', async () => {
    const { server, big, layerDigest } = await oneImage()
    const image = await open(server)
    let cuts = 2
    server.fault = (request, response) => {
      if (!request.url?.includes(layerDigest)) return false
      response.writeHead(200, { 'content-length': big.blob.byteLength })
      if (cuts-- > 0) response.write(big.blob.subarray(0, 1 << 20), () => response.socket?.destroy())
      else response.end(big.blob)
      return true
    }
    expect(same(await read(image), big.blob)).toBe(true)
  })

  it('that never brings anything is given up', async () => {
    const { server, layerDigest } = await oneImage()
    const image = await open(server, { registry: { retries: 3 } })
    server.fault = (request, response) => {
      if (!request.url?.includes(layerDigest)) return false
      response.writeHead(200, { 'content-length': 1 << 20 })
      response.flushHeaders()
      response.socket?.end()
      return true
    }
    const error = await errorOf(read(image))
    expect([error.code, error.message]).toEqual([
      'REGISTRY_UNREACHABLE',
      expect.stringMatching(/broke off .* at byte 0/),
    ])
    expect(server.asked(/blobs/).filter(({ path }) => path.includes(layerDigest))).toHaveLength(4)
  })

  it.each([
    ['another place', (start: number, size: number) => `bytes ${start + 1}-${size - 1}/${size}`],
    ['another size', (start: number, size: number) => `bytes ${start}-${size - 1}/${size + 1}`],
    ['nonsense', () => 'here you are'],
  ])('and goes on at %s is refused', async (_, rangeOf) => {
    const { server, big, layerDigest } = await oneImage()
    const image = await open(server)
    const { byteLength: size } = big.blob
    server.fault = (request, response) => {
      if (!request.url?.includes(layerDigest)) return false
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
      if (start > 0) return send(response, 206, 'x', { 'content-range': rangeOf(start, size) })
      response.writeHead(200, { 'content-length': size })
      response.write(big.blob.subarray(0, 1 << 20), () => response.socket?.destroy())
      return true
    }
    expect((await errorOf(read(image))).code).toBe('REGISTRY_ANSWER')
  })

  it('ends with the signal, with its reason', async () => {
    const { server, layerDigest } = await oneImage()
    const controller = new AbortController()
    const image = await open(server, { signal: controller.signal })
    server.fault = (request, response) => {
      if (!request.url?.includes(layerDigest)) return false
      response.writeHead(200).write('x', () => controller.abort(new Error('enough')))
      return true
    }
    await expect(read(image)).rejects.toThrow('enough')
  })
})

describe('credentials', () => {
  const known = { username: 'anne', password: 'pässword:1' }
  const basic = `Basic ${Buffer.from('anne:pässword:1').toString('base64')}`

  /** Asks for a bearer token of a realm, and takes only the one that is valid. */
  function wantsToken(realm: string, valid: () => string, scope = ''): Fault {
    return (request, response) => {
      if (!request.url?.startsWith('/v2/') || request.headers.authorization === `Bearer ${valid()}`) return false
      const challenge = `Bearer realm="${realm}",service="a \\"registry\\""${scope}`
      return send(response, 401, '', { 'www-authenticate': challenge })
    }
  }

  it('basic', async () => {
    const { server, big } = await oneImage(10)
    server.fault = (request, response) =>
      request.headers.authorization !== basic && send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
    expect(await read(await open(server, { registry: { credentials: known } }))).toEqual(big.blob)
    // Once to be told, and then with each request.
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([undefined, basic, basic, basic])
    expect((await errorOf(open(server))).message).toMatch(/docker login/)
    const wrong = { username: 'anne', password: 'x' }
    expect((await errorOf(open(server, { registry: { credentials: wrong } }))).message).toMatch(/credentials are right/)
  })

  it('a token server on another port is asked once for all requests, and again when the token has expired', async () => {
    const { server, big } = await oneImage(10)
    const tokens = await serve()
    let valid = 'one'
    server.fault = wantsToken(`http://${tokens.host}/token?account=a`, () => valid)
    tokens.fault = (_, response) => send(response, 200, JSON.stringify({ access_token: valid, expires_in: 60 }))
    const image = await open(server, { registry: { credentials: async () => known } })
    expect(tokens.seen).toMatchObject([{ authorization: basic }])
    const { searchParams } = new URL(tokens.seen[0]?.path ?? '', 'http://host')
    expect(Object.fromEntries(searchParams)).toEqual({
      account: 'a',
      service: 'a "registry"',
      scope: 'repository:app:pull',
    })
    expect(server.seen.map(({ authorization }) => authorization)).not.toContain(basic)
    valid = 'two'
    expect(await Promise.all([read(image), read(image)])).toEqual([big.blob, big.blob])
    expect(tokens.seen).toHaveLength(2)
  })

  it('a token that is never good enough ends it', async () => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url?.startsWith('/token')
        ? send(response, 200, '{"token":"t"}')
        : send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    expect((await errorOf(open(server))).code).toBe('REGISTRY_DENIED')
    expect(server.seen).toHaveLength(3)
  })

  it('what docker login kept as a refresh token is changed into a bearer token', async () => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url === '/token'
        ? send(response, 200, '{"access_token":"t"}')
        : request.headers.authorization !== 'Bearer t' &&
          send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token",service="s"` })
    const find = async () => ({ identityToken: 'refresh&me' }) as const
    const options = { registry: {}, credentialsFor: find, signal: undefined, clock: fastClock() }
    const client = new RegistryClient(parseReference(`${server.host}/app:1`), options)
    expect((await client.resolve()).mediaType).toBe(TYPES.manifest)
    const [asked] = server.asked(/token/)
    expect([asked?.method, Object.fromEntries(new URLSearchParams(asked?.body))]).toEqual([
      'POST',
      {
        grant_type: 'refresh_token',
        client_id: 'layerdiff',
        refresh_token: 'refresh&me',
        service: 's',
        scope: 'repository:app:pull',
      },
    ])
  })

  it('a refresh token is not taken along by a redirect', async () => {
    const { server } = await oneImage(10)
    const thief = await serve()
    server.fault = (request, response) =>
      request.url === '/token'
        ? send(response, 307, '', { location: `http://${thief.host}/token` })
        : send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    const find = async () => ({ identityToken: 'secret' }) as const
    const options = { registry: {}, credentialsFor: find, signal: undefined, clock: fastClock() }
    const client = new RegistryClient(parseReference(`${server.host}/app:1`), options)
    expect((await errorOf(client.resolve())).code).toBe('REGISTRY_UNREACHABLE')
    expect(thief.seen).toEqual([])
  })

  it.each([
    ['refuses', 401, '{"details":"incorrect username or password"}', 'REGISTRY_DENIED'],
    ['fails', 500, '', 'REGISTRY_FAILED'],
    ['answers HTML', 200, '<html>', 'REGISTRY_ANSWER'],
    ['answers no token', 200, '{"token":7}', 'REGISTRY_ANSWER'],
    ['answers a token that would be two headers', 200, '{"token":"a\\r\\nb: c"}', 'REGISTRY_ANSWER'],
  ])('a token server that %s', async (_, status, body, code) => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url?.startsWith('/token')
        ? send(response, status, body)
        : send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    expect((await errorOf(open(server))).code).toBe(code)
  })

  it.each([
    ['in the clear on another host', 'http://auth.example/token'],
    ['of another scheme', 'ftp://auth.example/token'],
    ['with a password in it', 'https://a:b@auth.example/token'],
  ])('are not sent to a token server %s', async (_, realm) => {
    const { server } = await oneImage(10)
    server.fault = wantsToken(realm, () => 't')
    const { code, message } = await errorOf(open(server, { registry: { credentials: known } }))
    expect(code).toBe('REGISTRY_DENIED')
    expect(message).toContain(server.host)
    expect(message).toContain('auth.example')
  })

  it('a bearer token of the caller is sent as it is', async () => {
    const { server } = await oneImage(10)
    server.fault = wantsToken('https://auth.example/token', () => 'mine')
    expect((await open(server, { registry: { credentials: { token: 'mine' } } })).source).toBe('registry')
  })

  it('stay with their host when it redirects', async () => {
    const { server, big } = await oneImage(10)
    const storage = await serve()
    const { fault } = server
    server.fault = (request, response, body) => {
      if (request.headers.authorization !== basic) {
        return send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
      }
      if (!request.url?.includes('/blobs/')) return fault(request, response, body)
      return send(response, 307, '', { location: `http://${storage.host}${request.url}?signed=1` })
    }
    storage.fault = (request, response) => {
      const content = server.layout.blobs.get(/sha256:\w+/.exec(request.url ?? '')?.[0] ?? '')
      response.writeHead(200).end(content)
      return true
    }
    expect(await read(await open(server, { registry: { credentials: known } }))).toEqual(big.blob)
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
  })

  it('go to the mirror, whose address holds the registry', async () => {
    const { server } = await oneImage(10)
    const asked: string[] = []
    server.fault = (request, response) => {
      if (request.headers.authorization !== basic) {
        return send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
      }
      return false
    }
    const mirror = `http://${server.host}/proxy/{registry}/`
    const credentials = (host: string) => {
      asked.push(host)
      return known
    }
    const options = { registry: { mirror, credentials } }
    const image = await openRegistryImage(parseReference('library/app:1'), options, fastClock())
    expect(image.name).toBe('app:1')
    expect(asked).toEqual([server.host])
    expect(server.seen[0]?.path).toBe('/proxy/registry-1.docker.io/v2/library/app/manifests/1')
  })
})

describe('plain http', () => {
  it('that answers where https was asked for is an error that says how to allow it', async () => {
    // 0.0.0.0 leads to this machine, and is none of the names that may be asked in the clear.
    const server = await serve(undefined, '0.0.0.0')
    const name = parseReference(`0.0.0.0:${server.port}/app:1`)
    const error = await errorOf(openRegistryImage(name, { registry: { credentials: () => null } }, fastClock()))
    expect([error.code, error.message]).toEqual(['REGISTRY_INSECURE', expect.stringContaining('--insecure')])
    server.tags.set('1', await server.layout.image([]))
    for (const insecure of [true, [name.registry]]) {
      const image = await openRegistryImage(name, { registry: { insecure, credentials: () => null } }, fastClock())
      expect(image.source).toBe('registry')
    }
  })

  it.skipIf(!ensureTools([{ command: 'openssl', package: 'openssl' }]))(
    'is not what https may redirect to',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'layerdiff-tls-'))
      const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=0.0.0.0', '-days', '2', '-nodes', '-newkey', 'rsa:2048']
      execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
      const { server } = await oneImage(10)
      const secure = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
        response.writeHead(307, { location: `http://${server.host}${request.url}` }).end()
      })
      rmSync(folder, { recursive: true })
      await new Promise<void>((resolve) => secure.listen(0, '0.0.0.0', resolve))
      const name = parseReference(`0.0.0.0:${(secure.address() as AddressInfo).port}/app:1`)
      const attempt = () => errorOf(openRegistryImage(name, { registry: { credentials: () => null } }, fastClock()))
      try {
        // A certificate that nobody has signed does not become good by trying again.
        const untrusted = await attempt()
        expect([untrusted.code, untrusted.message]).toEqual([
          'REGISTRY_UNREACHABLE',
          expect.stringMatching(/self.signed/),
        ])
        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
        const error = await attempt()
        expect([error.code, error.message]).toEqual([
          'REGISTRY_INSECURE',
          expect.stringMatching(/redirects to .* refused/),
        ])
      } finally {
        delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
        secure.closeAllConnections()
        await new Promise((resolve) => secure.close(resolve))
      }
    },
  )

  it('is refused of a mirror, unless it is allowed', async () => {
    const open = (mirror: string) => openAnyImage('app', { registry: { mirror } })
    expect((await errorOf(open('http://proxy.example'))).code).toBe('REGISTRY_INSECURE')
    for (const mirror of ['proxy.example', '/proxy', 'ftp://proxy.example', 'https://a:b@proxy.example']) {
      expect((await errorOf(open(mirror))).code).toBe('INVALID_ARGUMENT')
    }
  })
})

describe('in a browser', () => {
  it('a fetch that fails without a reason is taken for CORS, and tried but once more', async () => {
    let times = 0
    const fails: typeof fetch = async () => {
      times++
      throw new TypeError('Failed to fetch')
    }
    const work = openRegistryImage(
      parseReference('app'),
      { registry: { fetch: fails, credentials: () => null } },
      fastClock(),
    )
    const { code, message } = await errorOf(work)
    expect([code, message]).toEqual(['REGISTRY_UNREACHABLE', expect.stringMatching(/CORS.*registry\.mirror/)])
    expect(times).toBe(2)
  })
})
