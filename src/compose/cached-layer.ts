// A layer of which a cache holds something: its index, which is all that a diff needs, or its bytes.
//
// What is held was verified when it was put in, and may have been damaged since: then it is removed, and the layer is read from
// where it came from.

import type { CheckedIndex, ReadLayer, ReadOptions, WorkerEngine } from '../engine/engine.js'
import { LayerDiffError } from '../errors.js'
import type { Cache } from '../image-types.js'
import type { LayerSource } from '../types.js'

/** What bytes that are not what they were are found out by. */
const DAMAGE = /^(GZIP_|ZSTD_|TAR_|COMPRESSION_|INPUT_|DIGEST_MISMATCH|SIZE_MISMATCH)/

/** A layer and how many stored bytes were read for it. */
export interface CachedLayer extends ReadLayer {
  readonly bytesRead: number
}

/** Null where the cache holds nothing that is whole. */
export async function readCached(
  engine: WorkerEngine,
  cache: Cache,
  source: LayerSource,
  digest: string,
  options: ReadOptions,
): Promise<CachedLayer | null> {
  const index = await storedIndex(engine, cache, digest)
  if (index) return { index, verified: true, source: null, bytesRead: 0 }
  const kept = await cache.blob(digest)
  if (!kept) return null
  try {
    const read = await engine.readLayer({ ...source, open: () => kept.bytes }, options)
    await cache.putIndex(digest, read.index.bytes)
    return { ...read, bytesRead: read.index.sourceBytes }
  } catch (error) {
    // One that was damaged where it came from will say so again.
    if (options.signal?.aborted || !(error instanceof LayerDiffError) || !DAMAGE.test(error.code)) throw error
    await cache.remove([digest])
    return null
  }
}

async function storedIndex(engine: WorkerEngine, cache: Cache, digest: string): Promise<CheckedIndex | null> {
  const bytes = await cache.index(digest)
  if (!bytes) return null
  try {
    return (await engine.loadIndex(bytes)) as CheckedIndex
  } catch (error) {
    // Damaged, or of another version: it is replaced when the layer has been read.
    if (error instanceof LayerDiffError && /^INDEX_/.test(error.code)) return null
    throw error
  }
}
