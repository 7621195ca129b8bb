// A stream, and what ends in one: a Response, a URL.

import { LayerDiffError } from '../errors.js'
import { ChunkReader } from './reader.js'
import { isA } from './web-object.js'

/** The next chunk at each call, null at the end; and how to stop early. */
export function streamChunks(stream: ReadableStream<Uint8Array>): {
  next: () => Promise<Uint8Array | null>
  stop: () => void
} {
  if (stream.locked) {
    throw new LayerDiffError(
      'INPUT_UNREADABLE',
      'The stream is being read already. Give a stream that nobody has a reader of.',
    )
  }
  const reader = stream.getReader()
  return {
    async next() {
      const { done, value } = await reader.read()
      if (done) return null
      if (!isA(value, 'Uint8Array')) {
        throw new LayerDiffError('INPUT_UNSUPPORTED', 'The stream gives something other than Uint8Array chunks.')
      }
      return value
    },
    stop() {
      reader.cancel().catch(() => {})
    },
  }
}

/** The body of a successful response and its length, null where nobody knows. */
export function responseBody(response: Response): { stream: ReadableStream<Uint8Array>; size: number | null } {
  if (!response.ok) {
    throw new LayerDiffError(
      'FETCH_FAILED',
      `${response.url || 'The server'} answered ${response.status} ${response.statusText}`.trim() +
        '. Check the address and whether it needs credentials.',
    )
  }
  if (response.bodyUsed) {
    throw new LayerDiffError(
      'INPUT_UNREADABLE',
      'The response has been read already. Fetch it again, or clone it first.',
    )
  }
  const stream = response.body ?? new Blob([]).stream()
  // Behind a content encoding the length is that of the encoded bytes.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length')
  return { stream, size: length === null ? null : Number(length) }
}

/** Fetches a URL; the controller ends it at any time, as closing the reader does. @throws {LayerDiffError} FETCH_FAILED */
export async function urlReader(href: string, controller: AbortController): Promise<ChunkReader> {
  let response: Response
  try {
    response = await fetch(href, { signal: controller.signal })
  } catch (cause) {
    throw new LayerDiffError(
      'FETCH_FAILED',
      `${href} could not be fetched. The server may be unreachable or, in a browser, may not allow this page to read it (CORS).`,
      {},
      cause,
    )
  }
  const { stream, size } = responseBody(response)
  const { next } = streamChunks(stream)
  const refuse = (cause: unknown): never => {
    throw new LayerDiffError('FETCH_FAILED', `${href} broke off while it was read. Try again.`, {}, cause)
  }
  return new ChunkReader(
    size,
    () => next().catch(refuse),
    () => controller.abort(),
  )
}
