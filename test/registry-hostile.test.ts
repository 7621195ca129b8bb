// Registries that mean harm: that send requests where they have no business, and blobs that are not what they are called.

import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { diffLayers, type OpenImageOptions, parseReference } from '../src/index.js'
import { isInternal } from '../src/registry/hosts.js'
import { openRegistryImage } from '../src/registry/image.js'
import { Layout, layer } from './support/image-builder.js'
import { errorOf, fastClock, oneImage, openFrom, read, send } from './support/registry-client.js'
import { file, tar } from './support/tar-builder.js'

describe('a redirect', () => {
  /** Opens an image of `registry.example`, which a server of this machine stands for; all else that is asked for is noted. */
  async function opened(location: string, registry: OpenImageOptions['registry'] = {}) {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url?.includes('/blobs/') && send(response, 307, '', { location: location.replace('{own}', server.host) })
    const asked: string[] = []
    const rerouted: typeof fetch = (input, init) => {
      const url = new URL(String(input))
      if (url.host === 'registry.example') return fetch(`http://${server.host}${url.pathname}`, init)
      asked.push(url.href)
      return Promise.resolve(new Response('no blob'))
    }
    const options = { registry: { credentials: () => null, fetch: rerouted, ...registry } }
    return { asked, work: openRegistryImage(parseReference('registry.example/app:1'), options, fastClock()) }
  }

  it.each([
    ['this machine', 'https://127.0.0.1:6443/api'],
    ['this machine by its name', 'https://localhost/api'],
    ['this machine, written otherwise', 'https://0x7f.1/api'],
    ['this machine as IPv6', 'https://[::1]/api'],
    ['this machine as IPv6 of IPv4', 'https://[::ffff:127.0.0.1]/api'],
    ['any address', 'https://0.0.0.0/api'],
    ['what tells clouds their keys', 'https://169.254.169.254/latest/meta-data/'],
    ['the network behind the caller', 'https://10.1.2.3/admin'],
    ['plain http', 'http://storage.example/blob'],
    ['what is not of the web', 'file:///etc/passwd'],
  ])('to %s is refused, and not followed', async (_, location) => {
    const { asked, work } = await opened(location)
    const error = await errorOf(work)
    expect(error.code).toBe('REGISTRY_INSECURE')
    expect(error.message).toContain('registry.example redirects to')
    expect(asked).toEqual([])
  })

  it.each([
    ['to no address', 'https://[', 'which is no address'],
    ['round and round', '/v2/app/blobs/again', 'redirects for ever'],
  ])('%s is an error', async (_, location, words) => {
    const { asked, work } = await opened(location)
    const error = await errorOf(work)
    expect([error.code, asked]).toEqual(['REGISTRY_ANSWER', []])
    expect(error.message).toContain(words)
  })

  it('to an inner address that is named as insecure is followed', async () => {
    const { asked, work } = await opened('https://10.1.2.3/blob', { insecure: ['10.1.2.3'] })
    expect((await errorOf(work)).code).toBe('SIZE_MISMATCH')
    expect(asked).toEqual(['https://10.1.2.3/blob'])
  })

  it('to storage elsewhere is followed, without credentials', async () => {
    const { asked, work } = await opened('https://storage.example/blob?signed=1')
    expect((await errorOf(work)).code).toBe('SIZE_MISMATCH')
    expect(asked).toEqual(['https://storage.example/blob?signed=1'])
  })
})

describe('addresses', () => {
  it.each([
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.0.1', '0.0.0.0'],
    ...['100.64.0.1', '100.127.255.255', 'localhost', 'localhost.', 'db.localhost', '[::]', '[::1]', '[fd00::1]'],
    ...['[fe80::1]', '[febf::1]', '[::ffff:a00:1]', '2130706433', '017700000001'],
  ])('%s is an inner one', (host) => {
    expect(isInternal(new URL(`https://${host}/`).hostname)).toBe(true)
  })

  it.each([
    ...['8.8.8.8', '172.32.0.1', '172.15.0.1', '100.128.0.1', '11.0.0.1', '192.169.0.1', 'registry.example'],
    ...['10.example', 'localhost.example', '[2001:db8::1]', '[::ffff:808:808]', 'fd00.example'],
  ])('%s is none', (host) => {
    expect(isInternal(new URL(`https://${host}/`).hostname)).toBe(false)
  })
})

it.each([
  ['https://127.0.0.1:1/token', 'this machine'],
  ['https://192.168.0.1/token', 'the network behind the caller'],
  ['https://[::ffff:10.0.0.1]/token', 'the network, written otherwise'],
])('a token server at %s, which is %s, gets no credentials', async (realm) => {
  const { server } = await oneImage(10)
  const asked: string[] = []
  const rerouted: typeof fetch = (input, init) => {
    const url = new URL(String(input))
    asked.push(url.host)
    return fetch(`http://${server.host}${url.pathname}`, init)
  }
  server.fault = (_, response) => send(response, 401, '', { 'www-authenticate': `Bearer realm="${realm}"` })
  const registry = { credentials: { username: 'me', password: 'secret' }, fetch: rerouted }
  const work = openRegistryImage(parseReference('registry.example/app:1'), { registry }, fastClock())
  expect((await errorOf(work)).code).toBe('REGISTRY_DENIED')
  expect(asked).toEqual(['registry.example'])
})

describe('answers', () => {
  it('with headers that are too large are given up', async () => {
    const { server } = await oneImage(10)
    server.fault = (_, response) => send(response, 200, '{}', { 'x-large': 'x'.repeat(1 << 17) })
    expect((await errorOf(openFrom(server))).code).toBe('REGISTRY_UNREACHABLE')
  })

  it('that are bombs of Content-Encoding are not read past what a manifest may have', async () => {
    const { server } = await oneImage(10)
    const bomb = gzipSync(new Uint8Array(200 << 20))
    server.fault = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bomb)
      return true
    }
    expect((await errorOf(openFrom(server))).code).toBe('MANIFEST_TOO_LARGE')
  })

  it('that were encoded on the way, though nobody asked for it, are read as what they hold', async () => {
    const { server, big } = await oneImage(1000)
    server.fault = (request, response) => {
      if (!request.url?.includes('/blobs/')) return false
      const blob = server.layout.blobs.get(/sha256:\w+/.exec(request.url)?.[0] ?? '') as Uint8Array
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(blob))
      return true
    }
    expect(await read(await openFrom(server))).toEqual(big.blob)
  })

  it('that call a gzip blob an encoded one are found out by the digest, or the size', async () => {
    const { server } = await oneImage(1000)
    const packed = gzipSync(tar([file('a', 'x'.repeat(100_000))]))
    const manifest = await server.layout.image([{ ...(await layer(tar([file('a')]))), blob: packed }])
    server.tags.set('1', manifest)
    server.fault = (request, response) => {
      const blob = server.layout.blobs.get(/sha256:\w+/.exec(request.url ?? '')?.[0] ?? '')
      if (blob === undefined || Buffer.compare(blob, packed) !== 0) return false
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)
      return true
    }
    const image = await openFrom(server)
    expect((await errorOf(diffLayers([], image.layers))).code).toMatch(/^(SIZE|DIGEST)_MISMATCH$/)
  })
})

describe('digests', () => {
  it.each([
    ['another algorithm', (hex: string) => `sha512:${hex}${hex}`],
    ['another algorithm of the same length', (hex: string) => `sha3-256:${hex}`],
    ['the name in capitals', (hex: string) => `SHA256:${hex}`],
    ['the value in capitals', (hex: string) => `sha256:${hex.toUpperCase()}`],
    ['a value that is too long', (hex: string) => `sha256:${hex}00`],
    ['a path', (hex: string) => `sha256:../../${hex}`],
  ])('of a layer: %s is refused before anything is asked', async (_, change) => {
    const { server } = await oneImage(10)
    const layout = new Layout()
    const { digest } = await layout.image([await layer(tar([file('a')]))])
    const manifest = JSON.parse(new TextDecoder().decode(layout.blobs.get(digest)))
    for (const [name, blob] of layout.blobs) server.layout.blobs.set(name, blob)
    manifest.layers[0].digest = change(manifest.layers[0].digest.slice('sha256:'.length))
    const bytes = new TextEncoder().encode(JSON.stringify(manifest))
    const descriptor = await server.layout.add(bytes, manifest.mediaType)
    server.tags.set('1', descriptor)
    const error = await errorOf(openFrom(server).then((image) => diffLayers([], image.layers)))
    expect(error.code).toMatch(/^(DIGEST_UNSUPPORTED|MANIFEST_INVALID)$/)
    expect(server.asked(/\/blobs\//).filter(({ path }) => !path.includes(manifest.config.digest))).toEqual([])
  })

  it('one blob a thousand times is fetched once', async () => {
    const { server } = await oneImage(10)
    const one = await layer(tar([file('a', 'content')]))
    server.tags.set('1', await server.layout.image(Array.from({ length: 1000 }, () => one)))
    const image = await openFrom(server)
    const diff = await diffLayers([], image.layers)
    expect(diff.summary).toMatchObject({ added: 1, bytesAfter: 7 })
    expect(image.layers.length).toBe(1000)
    const blobs = new Set(server.asked(/\/blobs\//).map(({ path }) => path))
    // Its own, and the config's.
    expect([blobs.size, server.asked(/\/blobs\//).length]).toEqual([2, 2])
  })
})
