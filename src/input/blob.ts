// A Blob or File, read piece by piece: it is never whole in memory.

import { LayerDiffError } from '../errors.js'
import { ChunkReader } from './reader.js'
import { streamChunks } from './stream.js'

/** Large enough that the round trip to the browser's blob store does not count, small enough to hold two. */
export const SLICE_BYTES = 1 << 20

/** The next slice at each call, null at the end. */
export function blobSlices(blob: Blob): () => Promise<Uint8Array | null> {
  let offset = 0
  return async () => {
    if (offset >= blob.size) return null
    const slice = blob.slice(offset, offset + SLICE_BYTES)
    offset += SLICE_BYTES
    return new Uint8Array(await slice.arrayBuffer().catch(refuseBlob))
  }
}

/** Throws what a Blob that cannot be read is to be called. */
export function refuseBlob(cause: unknown): never {
  throw new LayerDiffError(
    'INPUT_UNREADABLE',
    'The file could not be read: it may have changed or gone since it was chosen. Choose it again.',
    {},
    cause,
  )
}

/** For reading in place: the stream costs Chromium a third of what slices cost, which go through its blob store each. */
export function blobReader(blob: Blob): ChunkReader {
  const { next, stop } = streamChunks(blob.stream())
  return new ChunkReader(blob.size, () => next().catch(refuseBlob), stop)
}
