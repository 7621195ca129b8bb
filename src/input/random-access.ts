// Bytes that can be read anywhere: a Blob, bytes in memory, and in Node a file (random-access.node.ts).
//
// An image archive may be larger than memory, and most of it is layers that are read elsewhere, or not at all. So its
// parts are looked up here, and handed on as what a worker can read by itself.

import type { LayerBytes } from '../types.js'
import { refuseBlob, SLICE_BYTES } from './blob.js'

export interface RandomAccess {
  readonly size: number
  /** Bytes from an offset on, the caller's own; fewer than asked for only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** The bytes from `start` up to `end`, as a layer's source may give them. Stays good after `close`. */
  slice(start: number, end: number): LayerBytes
  /** Lets go of what lies beneath. May be called twice. */
  close(): Promise<void>
}

export function blobAccess(blob: Blob): RandomAccess {
  return {
    size: blob.size,
    async read(offset, length) {
      const slice = blob.slice(offset, offset + length)
      return new Uint8Array(await slice.arrayBuffer().catch(refuseBlob))
    },
    slice: (start, end) => blob.slice(start, end),
    async close() {},
  }
}

export function bytesAccess(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.byteLength,
    // Not slice(): a Node Buffer's gives a view.
    read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
    slice: (start, end) => bytes.subarray(start, end),
    async close() {},
  }
}

/** All of it, from the start to the end. */
export async function* chunksOf(access: RandomAccess, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < access.size; ) {
    signal?.throwIfAborted()
    const chunk = await access.read(offset, SLICE_BYTES)
    // Shorter than it was when it was opened.
    if (chunk.byteLength === 0) return
    offset += chunk.byteLength
    yield chunk
  }
}
