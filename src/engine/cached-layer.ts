// A layer with a digest, of which a cache may hold something: its index, which is all that a diff needs, or its bytes.
//
// What is held was verified when it was put in, and may have been damaged since: then it is removed, and the layer is read from
// where it came from.

import type { Cache } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { LayerSource } from '../types.js'
import type { CheckedIndex, ReadLayer } from './layer-index.js'

/** What bytes that are not what they were are found out by. */
const DAMAGE = /^(GZIP_|ZSTD_|TAR_|COMPRESSION_|INPUT_|DIGEST_MISMATCH|SIZE_MISMATCH)/

/** What an engine can do. */
interface Reader {
  /** Checks a stored index. @throws {LayerDiffError} INDEX_VERSION, INDEX_DAMAGED */
  load(bytes: Uint8Array): Promise<CheckedIndex>
  /** Reads a layer and verifies its digest. */
  read(source: LayerSource): Promise<ReadLayer>
  readonly signal: AbortSignal | undefined
}

/** Reads a layer by way of the cache, which has its index from then on. */
export async function readCached(
  source: LayerSource & { readonly digest: string },
  cache: Cache,
  reader: Reader,
): Promise<ReadLayer> {
  const { digest } = source
  const index = await storedIndex(source, cache, reader)
  if (index) return { index, verified: true, source: null, bytesRead: 0 }
  const kept = await cache.blob(digest)
  let read: ReadLayer | null = null
  try {
    if (kept) read = await reader.read({ ...source, open: () => kept.bytes })
  } catch (error) {
    // One that was damaged where it came from will say so again.
    if (reader.signal?.aborted || !(error instanceof LayerDiffError) || !DAMAGE.test(error.code)) throw error
    await cache.remove([digest])
  }
  read ??= await reader.read(source)
  // A plain layer in a file may have been read by its headers, which verifies nothing.
  if (read.verified) await cache.putIndex(digest, read.index.bytes)
  return read
}

/** Null where there is none that is whole, of this version, and of the diffId that is asked for. */
async function storedIndex(
  source: LayerSource & { readonly digest: string; readonly claimedDiffId?: string },
  cache: Cache,
  { load }: Reader,
): Promise<CheckedIndex | null> {
  const { digest } = source
  // Another image may have said that the same bytes are compressed: to this one they are a tar.
  const diffId = source.diffId ?? (source.claimedDiffId === digest ? digest : undefined)
  const bytes = await cache.index(digest)
  if (!bytes) return null
  try {
    const index = await load(bytes)
    if (diffId === undefined) return index
    // It may have been made when nobody asked for a diffId; and where it is another one, reading says so.
    return diffId === index.diffId || (diffId === 'compute' && index.diffId !== null) ? index : null
  } catch (error) {
    // Damaged, or of another version: it is replaced when the layer has been read.
    if (error instanceof LayerDiffError && /^INDEX_/.test(error.code)) return null
    throw error
  }
}
