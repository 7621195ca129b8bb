// What must be kept for a while, in browsers: a Blob, which the browser moves to disk when it is large.

import type { KeptBytes } from './kept.js'
import { blobAccess } from './random-access.js'

/** Pieces are handed to the browser when they have this size: until then they are in the page's memory. */
const PIECE_BYTES = 8 << 20

export async function keepInBlob(chunks: AsyncIterable<Uint8Array>): Promise<KeptBytes> {
  const blob = await collectBlob(chunks)
  return { access: blobAccess(blob), async remove() {} }
}

/** The chunks as one Blob. */
export async function collectBlob(chunks: AsyncIterable<Uint8Array>): Promise<Blob> {
  const blobs: Blob[] = []
  let piece: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const chunk of chunks) {
    piece.push(chunk as Uint8Array<ArrayBuffer>)
    length += chunk.byteLength
    if (length < PIECE_BYTES) continue
    blobs.push(new Blob(piece))
    piece = []
    length = 0
  }
  return new Blob([...blobs, ...piece])
}
