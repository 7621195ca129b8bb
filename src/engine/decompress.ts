// Stored bytes, run through what compressed them.
//
// Takes: what fills the module's input window. Gives: decompressed bytes, piece by piece, where they lie in memory. gzip is the
// module's own; zstd has a memory of its own, and its output passes through this one's window.

import { type CoreExports, GzipState } from './abi.js'
import type { ZstdStream } from './zstd.js'

export interface StoredBytes {
  readonly compression: 'none' | 'gzip' | 'zstd'
  /** Bytes that stand in the input window already. */
  readonly held: number
  /** Reads once into the window, past its first `held` bytes; 0 at the end. */
  fill(held: number): Promise<number>
  /** Stored bytes so far. */
  bytesIn(): number
  openZstd(): Promise<ZstdStream>
}

/** Gets decompressed bytes, and the stored bytes that gave all up to these; false when no more are wanted. */
export type Take = (at: number, length: number, bytesIn: number) => boolean

export async function decompress(wasm: CoreExports, stored: StoredBytes, take: Take): Promise<void> {
  switch (stored.compression) {
    case 'gzip':
      return gunzip(wasm, stored, take)
    case 'zstd':
      return unzstd(wasm, stored, take)
    case 'none':
      for (let length = stored.held; length > 0; length = await stored.fill(0)) {
        if (!take(wasm.gzipInputAt(), length, stored.bytesIn())) return
      }
  }
}

async function gunzip(wasm: CoreExports, { held, fill }: StoredBytes, take: Take): Promise<void> {
  for (let length = held; ; length = await fill(0)) {
    if (length > 0) wasm.gzipFed(length)
    else wasm.gzipInputEnd()
    let state: number
    do {
      state = wasm.gzipRun()
      const output = wasm.gzipOutputLength()
      if (output > 0 && !take(wasm.gzipOutputAt(), output, wasm.gzipBytesIn())) return
    } while (state === GzipState.Output)
    if (state === GzipState.Done) return
  }
}

async function unzstd(wasm: CoreExports, { held, fill, openZstd }: StoredBytes, take: Take): Promise<void> {
  const zstd = await openZstd()
  let wanted = true
  const pass = (output: Uint8Array) => {
    if (!wanted) return
    const at = wasm.gzipInputAt()
    new Uint8Array(wasm.memory.buffer, at >>> 0, output.byteLength).set(output)
    wanted = take(at, output.byteLength, zstd.bytesIn)
  }
  for (let length = held; length > 0; length = await fill(0)) {
    zstd.write(new Uint8Array(wasm.memory.buffer, wasm.gzipInputAt() >>> 0, length).slice(), pass)
    if (!wanted) return
  }
  zstd.end()
}
