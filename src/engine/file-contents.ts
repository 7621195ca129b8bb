// The contents of some files of a layer, read once more and in one pass.
//
// Takes: where their headers stand in the uncompressed tar, and their sizes. Gives: the beginning of each, and the hash of all of it,
// by which the caller knows that it is what the diff was about. Of plain tars what stands between them is left out; of compressed
// ones it must be decompressed. Files do not overlap: what has holes is stored in less than its size, and not for this.

import { SNIFF_BYTES, sniff } from '../input/compression.js'
import type { ByteReader } from '../input/reader.js'
import type { CoreExports } from './abi.js'
import { decompress } from './decompress.js'
import type { FilesJob } from './protocol.js'
import type { ZstdStream } from './zstd.js'

const TAR_BLOCK = 512
const HASH_BYTES = 32
/** Fewer bytes than this are read rather than left out: a read costs as much as copying so many. */
const SHORTEST_SKIP = 1 << 14

export interface FileTools {
  openZstd(): Promise<ZstdStream>
  /** Throws when the job is to end. */
  checkCancelled(): void
}

/** Gives what is kept of each file, in a row, and the BLAKE3 of each, in a row; fewer hashes where the tar ends before. */
export async function readFiles(
  wasm: CoreExports,
  { files }: FilesJob,
  reader: ByteReader,
  { openZstd, checkCancelled }: FileTools,
): Promise<Uint8Array[]> {
  const view = (at: number, length: number) => new Uint8Array(wasm.memory.buffer, at >>> 0, length >>> 0)
  const digest = wasm.alloc(HASH_BYTES)
  const hashes = new Uint8Array(files.length * HASH_BYTES)
  // One buffer for all: thousands of small ones take longer to send than to read.
  const kept = new Uint8Array(files.reduce((sum, { size, keep }) => sum + Math.min(size, keep), 0))
  /** Bytes of it that belong to the files before the one at hand. */
  let keptBefore = 0
  let begun = 0
  /** Of the tar, read or left out. */
  let position = 0
  let bytesIn = 0
  /** Files whose contents have passed. */
  let done = 0
  const startOf = (index: number) => (files[index]?.offset ?? 0) + TAR_BLOCK
  const take = (at: number, length: number) => {
    const end = position + length
    for (; done < files.length && startOf(done) <= end; done++) {
      const { size, keep } = files[done] as FilesJob['files'][number]
      const start = startOf(done)
      const from = Math.max(start, position)
      const to = Math.min(start + size, end)
      if (begun === done) {
        wasm.blake3Start()
        begun++
      }
      const into = kept.subarray(keptBefore, keptBefore + Math.min(size, keep))
      const found = at + from - position
      wasm.blake3Update(found, to - from)
      const room = Math.min(to - from, into.byteLength - (from - start))
      if (room > 0) into.set(view(found, room), from - start)
      // The rest is in the bytes that come next.
      if (to < start + size) break
      keptBefore += into.byteLength
      wasm.blake3Finish(digest)
      hashes.set(view(digest, HASH_BYTES), done * HASH_BYTES)
    }
    position = end
    return done < files.length
  }
  const read = async (held: number) => {
    // The room first: to make it, what is unread may move, and the place of the input with it.
    const room = wasm.gzipInputRoom() - held
    const length = await reader.read(view(wasm.gzipInputAt() + held, room))
    checkCancelled()
    bytesIn += length
    return length
  }
  wasm.gzipStart()
  let held = 0
  for (let length = -1; held < SNIFF_BYTES && length !== 0; held += length) length = await read(held)
  const compression = sniff(view(wasm.gzipInputAt(), held))
  const fill = async (held: number) => {
    const gap = startOf(done) - position
    if (compression === 'none' && gap > SHORTEST_SKIP) position += reader.skip?.(gap) ?? 0
    return read(held)
  }
  await decompress(wasm, { compression, held, fill, bytesIn: () => bytesIn, openZstd }, take)
  return [kept, hashes.subarray(0, done * HASH_BYTES)]
}
