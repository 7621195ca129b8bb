// What tests of the registry client share: servers that end with their test, a clock that does not wait, an image.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, expect } from 'vitest'
import { type Image, LayerDiffError, type OpenImageOptions, parseReference } from '../../src/index.js'
import { openRegistryImage } from '../../src/registry/image.js'
import type { Clock } from '../../src/registry/transport.js'
import { BlobServer, type Fault } from './blob-server.js'
import { Layout, layer, sha256Of } from './image-builder.js'
import { file, tar } from './tar-builder.js'

const running: BlobServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
})

/** The answers of a test's own: retries cost no time, and what would be waited is noted. */
export function fastClock(waits: number[] = []): Clock {
  return {
    now: () => 0,
    random: () => 0.5,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted()
      waits.push(milliseconds)
    },
  }
}

export async function serve(layout: Layout = new Layout(), host?: string): Promise<BlobServer> {
  const server = await BlobServer.start(layout, host)
  running.push(server)
  return server
}

/** A server with one image of one layer, under the tag `1`; the layer is larger than what sockets buffer. */
export async function oneImage(bytes = 3 << 20) {
  const server = await serve()
  const big = await layer(tar([file('big', new Uint8Array(randomBytes(bytes)))]))
  const manifest = await server.layout.image([big])
  server.tags.set('1', manifest)
  return { server, manifest, big, layerDigest: await sha256Of(big.blob) }
}

export function openFrom(
  server: BlobServer,
  options: OpenImageOptions = {},
  name = 'app:1',
  clock = fastClock(),
): Promise<Image> {
  const registry = { credentials: () => null, ...options.registry }
  return openRegistryImage(parseReference(`${server.host}/${name}`), { ...options, registry }, clock)
}

export async function errorOf(work: Promise<unknown>): Promise<LayerDiffError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(LayerDiffError)
  return error as LayerDiffError
}

/** Of megabytes, a difference is not to be printed. */
export const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** All bytes of an image's first layer. */
export async function read(image: Image): Promise<Uint8Array> {
  const stream = (await image.layers[0]?.open()) as ReadableStream<Uint8Array>
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

export function send(response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end(body)
  return true
}

/** Answers so the first `times` times that a path is asked for. */
export function first(
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
