// The bytes of whatever a layer's source gives, chunk by chunk on this side: for what is to be kept and not decoded.

import { platform } from '#platform'
import type { LayerBytes } from '../types.js'
import { blobSlices, SLICE_BYTES } from './blob.js'
import type { ByteRange } from './job-source.js'
import { openInput } from './source.js'
import { responseBody, streamChunks, urlReader } from './stream.js'
import { isA } from './web-object.js'

const URL_CHUNK_BYTES = 1 << 16

/**
 * All bytes, in order. Opened when the first chunk is asked for; let go of at the end, at an error, and when the signal is
 * aborted, which also ends the wait for a chunk that never comes.
 *
 * @throws {LayerDiffError} INPUT_UNSUPPORTED, INPUT_NOT_FOUND, INPUT_UNREADABLE, FETCH_FAILED; or the signal's reason
 */
export async function* readChunks(
  open: () => LayerBytes | Promise<LayerBytes>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let refuse = (_reason: unknown) => {}
  // A promise for each wait: one for all of them would keep every chunk that it was raced against.
  const unlessAborted = <T>(work: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted()
      refuse = reject
      work().then(resolve, reject)
    })
  const onAbort = () => refuse(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  const opening: { chunks?: Promise<Chunks> } = {}
  try {
    const { next } = await unlessAborted(() => {
      opening.chunks = (async () => openChunks(await open()))()
      return opening.chunks
    })
    for (;;) {
      const chunk = await unlessAborted(next)
      if (chunk === null) return
      yield chunk
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // It may be opened only after all was called off.
    opening.chunks?.then(
      ({ stop }) => stop(),
      () => {},
    )
  }
}

interface Chunks {
  next(): Promise<Uint8Array | null>
  stop(): void
}

async function openChunks(bytes: LayerBytes): Promise<Chunks> {
  // Without the copies that what goes to a worker needs.
  if (isA(bytes, 'ReadableStream')) return streamChunks(bytes)
  if (isA(bytes, 'Response')) return streamChunks(responseBody(bytes).stream)
  const { source, pump } = openInput(bytes)
  if (source.kind === 'blob') return { next: blobSlices(source.blob), stop() {} }
  if (source.kind === 'path') return openFile(source.path, source.range)
  if (source.kind === 'url') return openUrl(source.href)
  if (pump === undefined) throw new Error('A source that is pumped comes with its pump.')
  return pump
}

async function openUrl(href: string): Promise<Chunks> {
  const reader = await urlReader(href, new AbortController())
  return {
    async next() {
      const chunk = new Uint8Array(URL_CHUNK_BYTES)
      const length = await reader.read(chunk)
      return length === 0 ? null : chunk.subarray(0, length)
    },
    stop: () => reader.close(),
  }
}

async function openFile(path: string, range?: ByteRange): Promise<Chunks> {
  const file = await platform.openFile(path)
  let offset = range?.start ?? 0
  const end = range?.end ?? file.size
  return {
    async next() {
      if (offset >= end) return null
      const chunk = await file.read(offset, Math.min(SLICE_BYTES, end - offset))
      offset += chunk.byteLength
      // Shorter than it was when it was opened.
      return chunk.byteLength === 0 ? null : chunk
    },
    stop() {
      file.close().catch(() => {})
    },
  }
}
