// The client of registries against real servers that fail: what is tried again, and how layers survive cut connections.

import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { openAnyImage } from '../src/compose/open.js'
import { diffLayers, parseReference } from '../src/index.js'
import { openRegistryImage } from '../src/registry/image.js'
import type { Fault } from './support/blob-server.js'
import { errorOf, fastClock, first, oneImage, openFrom, read, same, send, serve } from './support/registry-client.js'

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
    await openFrom(server, {}, 'app:1', fastClock(waits))
    expect(waits).toEqual([250, 500, 1000, 2000])
  })

  it.each([0, 2])('%i of them, as asked for', async (retries) => {
    const server = await serve()
    server.fault = (_, response) => send(response, 503)
    expect((await errorOf(openFrom(server, { registry: { retries } }))).code).toBe('REGISTRY_FAILED')
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
    await openFrom(server, {}, 'app:1', fastClock(waits))
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

  it('a port of another protocol is not asked at all, and explained', async () => {
    const waits: number[] = []
    const name = parseReference('127.0.0.1:6000/app')
    const { code, message } = await errorOf(
      openRegistryImage(name, { registry: { credentials: () => null } }, fastClock(waits)),
    )
    expect([code, message, waits]).toEqual([
      'REGISTRY_UNREACHABLE',
      expect.stringMatching(/^127\.0\.0\.1:6000 is not asked: its port belongs to another protocol/),
      [],
    ])
  })

  it('nobody listens', async () => {
    const server = await serve()
    await server.stop()
    const { code, message } = await errorOf(openFrom(server))
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
    const image = await openFrom(server)
    server.fault = cutAfter(1 << 20, layerDigest, big.blob)
    expect(same(await read(image), big.blob)).toBe(true)
    // A cut may take along what was sent, but never more than that.
    expect(server.asked(/blobs/).filter(({ range }) => range !== undefined).length).toBeGreaterThanOrEqual(3)
  })

  it('is diffed as if nothing had been', async () => {
    const { server, big, layerDigest } = await oneImage()
    const image = await openFrom(server)
    server.fault = cutAfter(1 << 20, layerDigest, big.blob)
    expect((await diffLayers(image.layers, [big.blob])).changes).toHaveLength(0)
  })

  it('by a server without ranges is read past what was had', async () => {
    const { server, big, layerDigest } = await oneImage()
    const image = await openFrom(server)
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
    const image = await openFrom(server, { registry: { retries: 3 } })
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
    const image = await openFrom(server)
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
    const image = await openFrom(server, { signal: controller.signal })
    server.fault = (request, response) => {
      if (!request.url?.includes(layerDigest)) return false
      response.writeHead(200).write('x', () => controller.abort(new Error('enough')))
      return true
    }
    await expect(read(image)).rejects.toThrow('enough')
  })
})

describe('a registry that keeps silent', () => {
  const timeout = 50
  /** A busy machine may keep silent so long too, but not so often. */
  const retries = 6
  const part = (blob: Uint8Array) => blob.subarray(0, 1000)

  it.each([
    ['after a request', /manifests/, () => {}],
    ['after headers', /manifests/, (_: unknown, to: ServerResponse) => to.writeHead(200).flushHeaders()],
    [
      'within a manifest',
      /manifests/,
      (_: unknown, to: ServerResponse) => void to.writeHead(200, { 'content-length': 1000 }).write('{'),
    ],
    ['within a config', /blobs/, (_: unknown, to: ServerResponse) => void to.writeHead(200).write('{')],
  ])('%s is asked again, and given up', async (_, path, answer) => {
    const { server } = await oneImage(10)
    server.fault = first(2, path, answer)
    await openFrom(server, { registry: { timeout, retries } })
    server.fault = first(retries + 1, path, answer)
    const before = server.asked(path).length
    const { code, message } = await errorOf(openFrom(server, { registry: { timeout, retries } }))
    expect([code, message]).toEqual([
      'REGISTRY_UNREACHABLE',
      expect.stringMatching(/^127\.0\.0\.1:\d+ kept silent for 0\.05 s, again and again\. .*--timeout/),
    ])
    expect(server.asked(path).length - before).toBe(retries + 1)
  })

  it.each([
    ['after headers', (_: Uint8Array, to: ServerResponse) => to.flushHeaders()],
    ['within it', (blob: Uint8Array, to: ServerResponse) => void to.write(part(blob))],
  ])('at a layer, %s, is asked for the rest', async (_, answer) => {
    const { server, big, layerDigest } = await oneImage()
    const image = await openFrom(server, { registry: { timeout, retries } })
    server.fault = first(1, new RegExp(layerDigest), (_request, to) => {
      answer(big.blob, to.writeHead(200, { 'content-length': big.blob.byteLength }))
    })
    expect(same(await read(image), big.blob)).toBe(true)
  })

  it('at a layer, for ever, is given up with the place', async () => {
    const { server, big, layerDigest } = await oneImage()
    const image = await openFrom(server, { registry: { timeout, retries } })
    const path = new RegExp(layerDigest)
    server.fault = first(99, path, (request, to) => {
      if (request.headers.range)
        to.writeHead(206, { 'content-range': `bytes 1000-1/${big.blob.byteLength}` }).flushHeaders()
      else to.writeHead(200).write(part(big.blob))
    })
    const { code, message } = await errorOf(read(image))
    expect([code, message]).toEqual([
      'REGISTRY_UNREACHABLE',
      expect.stringMatching(/kept silent for 0\.05 s at byte 1000 of \d+ of Layer 0 of .*registry\.timeout/),
    ])
    expect(server.asked(path)).toHaveLength(retries + 1)
  })

  it('as its token server does', async () => {
    const server = await serve()
    server.fault = (request, response) => {
      if (request.url?.startsWith('/token')) return true
      return send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    }
    const { code, message } = await errorOf(openFrom(server, { registry: { timeout, retries } }))
    expect([code, message]).toEqual(['REGISTRY_UNREACHABLE', expect.stringContaining('kept silent')])
    expect(server.asked(/^\/token/)).toHaveLength(retries + 1)
  })

  it.each([
    ['before headers', /manifests/, () => {}],
    ['after headers', /manifests/, (to: ServerResponse) => to.writeHead(200).flushHeaders()],
  ])('does not keep its caller from ending, with the reason: %s', async (_, path, answer) => {
    const server = await serve()
    const controller = new AbortController()
    const reason = new Error('enough')
    server.fault = first(1, path, (_request, to) => {
      answer(to)
      setImmediate(() => controller.abort(reason))
    })
    await expect(openFrom(server, { signal: controller.signal })).rejects.toBe(reason)
  })

  it.each([0, -1, Number.NaN, '60' as never])('timeout: %s is refused', async (timeout) => {
    const server = await serve()
    expect((await errorOf(openFrom(server, { registry: { timeout } }))).code).toBe('INVALID_ARGUMENT')
    expect(server.seen).toEqual([])
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
