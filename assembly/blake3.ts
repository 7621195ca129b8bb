// The content hash: BLAKE3, 256 bits, streaming, one hash at a time.
//
// Takes: runs of bytes wherever they lie, and runs of zeros (the holes of sparse files). Gives: 32 bytes.
// Follows the specification of BLAKE3 (c2sp.org/BLAKE3), unkeyed mode; the stack is the one of its reference code.
//
// Input is cut into chunks of 1 KiB, the leaves of a binary tree; a parent hashes the chaining values (CVs) of its two
// children. Every left subtree is complete and as large as possible, so the tree of seven chunks is
//
//                 root
//              /        \
//           o              o         a complete subtree of 2^k chunks starts at a multiple of 2^k
//         /   \          /   \
//       o       o      o       6
//      / \     / \    / \
//     0   1   2   3  4   5
//
// Until the input ends nobody knows which node is the root, which is hashed with a flag of its own. Hence two rules: a
// lone chunk stays open until bytes follow it, and two subtrees of equal size stay apart until a node follows them.
//
// State:
//   chunks   chunks that are hashed and in the stack: the number of the open chunk
//   stack    CVs of the subtrees so far, left to right, side by side: the upper two are the block of their parent
//   depth    CVs in the stack: as many as `chunks` has one bits once the subtrees that were kept apart are merged
//   cv       chaining value of the open chunk, once it has one
//   block    its last bytes: kept back, since the last block of a chunk has a flag too
//   held     bytes in `block`, 0 to 64; 0 only when no chunk is open
//   blocks   blocks of the open chunk that are in `cv`
//   batch    CVs of the chunks at hand, then of their parents
//
// Why it is fast: whole chunks are hashed where they lie, up to 64 a batch and eight at once, and so are the parents of
// a batch (blake3-lanes.ts). Nothing is copied but the last block of the input.
//
// Measured in Node 20 (AMD Zen 5), CPU time, medians of interleaved runs, MB/s by size of the input:
//                     100 B   1 KiB   2 KiB   4 KiB   16 KiB   1 MiB
//   this                619     976     958    1565     1891    1863
//   without SIMD        621     980     964     975      982     974
//   hash-wasm 4.13      255     750     819     853      889     867
// Chunks that do not fill eight lanes: three or more go into lanes all the same, idle ones included, one or two through
// the scalar code. Batches of 16 chunks are 1% slower than batches of 64, as more parents are left to the scalar code.

import { BLOCK, CHUNK_END, CHUNK_START, CV, IV, PARENT, ROOT, compress } from './blake3-block'
import { hashEight, hashFour } from './blake3-lanes'

const CHUNK: usize = 1024
const CHUNK_BLOCKS: usize = CHUNK / BLOCK
/** Chunks that are hashed before their CVs go to the stack; a power of two. */
const BATCH: usize = 64
/** Inputs are below 2^63 bytes, so `chunks` has at most 53 one bits; two more for subtrees that are kept apart. */
const STACK: usize = 55
const ZEROS: usize = CHUNK * 16

const stack = memory.data(<i32>(STACK * CV), 64)
/** With room for the idle lanes of its last group: a group starts at a multiple of eight CVs. */
const batch = memory.data(<i32>(BATCH * CV), 64)
const cv = memory.data(<i32>CV, 64)
const block = memory.data(<i32>BLOCK, 64)
/** Never written. */
const zeros = memory.data(<i32>ZEROS, 64)

let chunks: u64 = 0
let depth: usize = 0
let held: usize = 0
let blocks: usize = 0

/** Begins a hash; whatever was fed before is forgotten. */
export function start(): void {
  chunks = 0
  depth = 0
  held = 0
  blocks = 0
}

/** Feeds `length` bytes, any number of them. */
export function update(at: usize, length: usize): void {
  if (held != 0) {
    const taken = min(CHUNK - open(), length)
    fill(at, taken)
    at += taken
    length -= taken
    if (length == 0) return
    pushChunk()
  }
  // No chunk is open. Whole chunks may be closed, unless it is the first one and nothing follows.
  while (length > CHUNK || (length == CHUNK && chunks != 0)) {
    const count = min(length / CHUNK, BATCH)
    hashNodes(at, count, CHUNK_BLOCKS, chunks, batch)
    pushBatch(count)
    at += count * CHUNK
    length -= count * CHUNK
  }
  fill(at, length)
}

/** Feeds `length` zeros. */
export function updateZeros(length: u64): void {
  // First what the open chunk lacks: after it, all zeros are whole chunks but the last.
  const lacking = min<u64>(CHUNK - open(), length)
  update(zeros, <usize>lacking)
  length -= lacking
  for (; length > ZEROS; length -= ZEROS) update(zeros, ZEROS)
  update(zeros, <usize>length)
}

/** Ends the hash and writes its 32 bytes to `out`. */
export function finish(out: usize): void {
  if (chunks == 0) {
    closeChunk(ROOT, out)
    return
  }
  if (held != 0) pushChunk()
  while (depth > 2) merge()
  compress(IV, stack, BLOCK, 0, PARENT | ROOT, out)
}

// The open chunk.

/** Bytes in the open chunk. */
// @ts-ignore: decorator
@inline
function open(): usize {
  return blocks * BLOCK + held
}

/** Puts bytes into the open chunk, no more than it has room for. */
function fill(at: usize, length: usize): void {
  if (held != 0) {
    const taken = min(BLOCK - held, length)
    memory.copy(block + held, at, taken)
    held += taken
    at += taken
    length -= taken
    if (length == 0) return
    addBlock(block)
  }
  for (; length > BLOCK; length -= BLOCK) {
    addBlock(at)
    at += BLOCK
  }
  memory.copy(block, at, length)
  held = length
}

/** Compresses a block that is not the last of its chunk. */
function addBlock(at: usize): void {
  if (blocks == 0) compress(IV, at, BLOCK, chunks, CHUNK_START, cv)
  else compress(cv, at, BLOCK, chunks, 0, cv)
  blocks++
}

/** Compresses the last block of the open chunk and writes the chunk's CV to `out`. */
function closeChunk(flags: u32, out: usize): void {
  memory.fill(block + held, 0, BLOCK - held)
  if (blocks == 0) compress(IV, block, held, chunks, CHUNK_START | CHUNK_END | flags, out)
  else compress(cv, block, held, chunks, CHUNK_END | flags, out)
  held = 0
  blocks = 0
}

// The tree.

/** Merges the upper two subtrees, whose CVs are the block of their parent. */
function merge(): void {
  const upper = stack + (depth - 2) * CV
  compress(IV, upper, BLOCK, 0, PARENT, upper)
  depth--
}

/** Merges the subtrees that were kept apart, as a node is about to follow them. Returns the place for its CV. */
function top(): usize {
  while (depth > <usize>popcnt(chunks)) merge()
  return stack + depth * CV
}

function pushChunk(): void {
  closeChunk(0, top())
  depth++
  chunks++
}

/**
 * Pushes the first `count` chunks of the batch: one complete subtree after the other, each as large as its place in the
 * tree allows. A subtree is hashed up to the two children of its root, which are kept apart.
 */
function pushBatch(count: usize): void {
  let at = batch
  while (count != 0) {
    let size: usize = 1 << (31 - clz(<u32>count))
    if (chunks != 0) size = min(size, <usize>min<u64>(chunks & -chunks, BATCH))
    const place = top()
    if (size == 1) {
      memory.copy(place, at, CV)
      depth++
    } else {
      for (let parents = size >> 1; parents > 1; parents >>= 1) hashNodes(at, parents, 1, 0, at)
      memory.copy(place, at, CV * 2)
      depth += 2
    }
    chunks += size
    at += size * CV
    count -= size
  }
}

/**
 * Hashes `count` nodes that lie side by side: chunks of 16 blocks, the first of which has number `counter`, or parents
 * of one block, which all have number 0. `out` may be `at` for parents: they are written below what is yet to be read.
 */
function hashNodes(at: usize, count: usize, nodeBlocks: usize, counter: u64, out: usize): void {
  if (ASC_FEATURE_SIMD) {
    while (count >= 3) {
      const lanes: usize = count < 6 ? min(count, 4) : min(count, 8)
      if (lanes <= 4) hashFour(at, lanes, nodeBlocks, counter, out)
      else hashEight(at, lanes, nodeBlocks, counter, out)
      at += lanes * nodeBlocks * BLOCK
      out += lanes * CV
      if (nodeBlocks != 1) counter += lanes
      count -= lanes
    }
  }
  for (; count != 0; count--) {
    if (nodeBlocks == 1) compress(IV, at, BLOCK, 0, PARENT, out)
    else hashChunk(at, counter++, out)
    at += nodeBlocks * BLOCK
    out += CV
  }
}

function hashChunk(at: usize, counter: u64, out: usize): void {
  compress(IV, at, BLOCK, counter, CHUNK_START, out)
  const last = at + CHUNK - BLOCK
  for (at += BLOCK; at < last; at += BLOCK) compress(out, at, BLOCK, counter, 0, out)
  compress(out, last, BLOCK, counter, CHUNK_END, out)
}
