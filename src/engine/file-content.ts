// The content of one file of a layer, read once more.
//
// Takes: where its header stands in the uncompressed tar, and its size. Gives: its beginning, and the hash of all of it, by which
// the caller knows that it is what the diff was about. Of plain tars what stands before it is left out; of compressed ones it must
// be decompressed. A file with holes is not stored in one piece, and its hash will tell.

import { LayerDiffError } from '../errors.js'
import { SNIFF_BYTES, sniff } from '../input/compression.js'
import type { ByteReader } from '../input/reader.js'
import type { CoreExports } from './abi.js'
import { decompress } from './decompress.js'
import type { FileJob } from './protocol.js'
import type { ZstdStream } from './zstd.js'

const TAR_BLOCK = 512

export interface FileTools {
  openZstd(): Promise<ZstdStream>
  /** Throws when the job is to end. */
  checkCancelled(): void
}

/** Gives the bytes that are kept, and the BLAKE3 of the whole. @throws {LayerDiffError} INPUT_UNREADABLE where the tar ends before */
export async function readFile(
  wasm: CoreExports,
  { offset, size, keep }: FileJob,
  reader: ByteReader,
  { openZstd, checkCancelled }: FileTools,
): Promise<Uint8Array[]> {
  const view = (at: number, length: number) => new Uint8Array(wasm.memory.buffer, at >>> 0, length >>> 0)
  const start = offset + TAR_BLOCK
  const end = start + size
  const digest = wasm.alloc(32)
  wasm.gzipStart()
  wasm.blake3Start()
  const kept = new Uint8Array(Math.min(size, keep))
  let position = 0
  let bytesIn = 0
  const take = (at: number, length: number) => {
    const [from, to] = [Math.max(start, position), Math.min(end, position + length)]
    if (from < to) {
      const found = at + from - position
      wasm.blake3Update(found, to - from)
      const room = Math.min(to - from, kept.byteLength - (from - start))
      if (room > 0) kept.set(view(found, room), from - start)
    }
    position += length
    return position < end
  }
  const fill = async (held: number) => {
    const length = await reader.read(view(wasm.gzipInputAt() + held, wasm.gzipInputRoom() - held))
    checkCancelled()
    bytesIn += length
    return length
  }
  let held = 0
  for (let length = -1; held < SNIFF_BYTES && length !== 0; held += length) length = await fill(held)
  const compression = sniff(view(wasm.gzipInputAt(), held))
  if (compression === 'none' && reader.skip && held < start) {
    position = held + reader.skip(start - held)
    held = await fill(0)
  }
  if (position < end) await decompress(wasm, { compression, held, fill, bytesIn: () => bytesIn, openZstd }, take)
  if (position < end) {
    throw new LayerDiffError(
      'INPUT_UNREADABLE',
      'The layer is shorter than it was when it was compared. Compare it anew.',
    )
  }
  wasm.blake3Finish(digest)
  return [kept, view(digest, 32).slice()]
}
