// A layer index that was put into a cache when its layer was verified.

import type { CheckedIndex, WorkerEngine } from '../engine/engine.js'
import { LayerDiffError } from '../errors.js'
import type { Cache } from '../image-types.js'

/** An index that a cache holds; null where it holds none that is whole. */
export async function cachedIndex(engine: WorkerEngine, cache: Cache, digest: string): Promise<CheckedIndex | null> {
  const bytes = await cache.index(digest)
  if (!bytes) return null
  try {
    return (await engine.loadIndex(bytes)) as CheckedIndex
  } catch (error) {
    // Damaged, or of another version: the layer is read, and what is kept is replaced.
    if (error instanceof LayerDiffError && /^INDEX_/.test(error.code)) return null
    throw error
  }
}
