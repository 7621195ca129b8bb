// Layers into the cache, some at a time, in docker's order and with docker's words for how far each one is.

import type { Cache } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { PullProgress, PullStatus } from '../image-types.js'
import { readChunks } from '../input/chunks.js'
import type { PulledLayer } from './pulled-content.js'

/** While a layer is downloaded, more often than this is not told. */
const INTERVAL_MS = 200

export interface FetchOptions {
  readonly cache: Cache
  readonly parallel: number
  readonly onProgress: (progress: PullProgress) => void
  readonly signal: AbortSignal | undefined
}

/** A layer, and where in the image it stands: mostly at one place. */
interface Distinct {
  readonly layer: PulledLayer
  readonly indexes: number[]
  /** Node warns of a leak when many listen to one signal. */
  readonly controller: AbortController
  state: 'waiting' | 'held' | 'fetched' | 'told'
}

/** Fetches what the cache does not hold; the first failure ends the others. */
export async function fetchLayers(layers: readonly PulledLayer[], options: FetchOptions): Promise<void> {
  const { cache, parallel, onProgress, signal } = options
  const all = distinctLayers(layers)
  const tell = ({ layer, indexes }: Distinct, status: PullStatus, bytes: number) => {
    for (const index of indexes) {
      onProgress({ layer: index, digest: layer.digest, status, bytes, bytesTotal: layer.size })
    }
  }
  const abortAll = (reason: unknown) => {
    for (const { controller } of all) controller.abort(reason)
  }
  const onAbort = () => abortAll(signal?.reason)
  /** Unpacked from the bottom up, layers are complete in this order. */
  const tellComplete = () => {
    for (const one of all) {
      if (one.state === 'waiting') return
      if (one.state === 'fetched') {
        tell(one, 'Pull complete', one.layer.size)
        one.state = 'told'
      }
    }
  }
  const fetchOne = async (one: Distinct) => {
    const { layer, controller } = one
    try {
      controller.signal.throwIfAborted()
      const chunks = readChunks(() => layer.open(), controller.signal)
      await cache.putBlob(
        layer.digest,
        layer.size,
        told(chunks, (status, bytes) => tell(one, status, bytes)),
      )
      tell(one, 'Download complete', layer.size)
      one.state = 'fetched'
      tellComplete()
    } catch (error) {
      const placed = placeError(error, one.indexes[0])
      abortAll(placed)
      throw placed
    }
  }

  signal?.throwIfAborted()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const missing: Distinct[] = []
    for (const one of all) {
      if ((await cache.blob(one.layer.digest))?.size === one.layer.size) {
        one.state = 'held'
        tell(one, 'Already exists', one.layer.size)
      } else {
        missing.push(one)
        tell(one, 'Pulling fs layer', 0)
      }
    }
    for (const one of missing.slice(parallel)) tell(one, 'Waiting', 0)
    const queue = missing.values()
    const line = async () => {
      for (const one of queue) await fetchOne(one)
    }
    const lines = Array.from({ length: Math.min(parallel, missing.length) }, line)
    // What was written to must be at rest before its place is removed.
    await Promise.allSettled(lines)
    await Promise.all(lines)
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

function distinctLayers(layers: readonly PulledLayer[]): Distinct[] {
  const found = new Map<string, Distinct>()
  for (const [index, layer] of layers.entries()) {
    const known = found.get(layer.digest)
    if (known) known.indexes.push(index)
    else {
      found.set(layer.digest, { layer, indexes: [index], controller: new AbortController(), state: 'waiting' })
    }
  }
  return [...found.values()]
}

/** Passes chunks on, and tells how many bytes have passed. */
async function* told(
  chunks: AsyncIterable<Uint8Array>,
  tell: (status: PullStatus, bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let toldAt = Number.NEGATIVE_INFINITY
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    const now = performance.now()
    if (now - toldAt >= INTERVAL_MS) {
      toldAt = now
      tell('Downloading', bytes)
    }
    yield chunk
  }
  tell('Verifying Checksum', bytes)
}

/** The same error, with the layer that it is about. */
function placeError(error: unknown, layer: number | undefined): unknown {
  if (!(error instanceof LayerDiffError) || error.layer !== undefined || error.code === 'CACHE_UNWRITABLE') return error
  const { code, message, path, offset, cause } = error
  return new LayerDiffError(code, `Layer ${layer}: ${message}`, { layer, path, offset }, cause)
}
