// The arena: where everything that grows lives.
//
// Takes: nothing. Gives: blocks of memory, and `Vec`, a growing run of bytes made of one block at a time.
//
// Blocks come in powers of two. A released block goes onto the free list of its size, so that the blocks that growing
// runs leave behind are taken up by the next run that reaches that size; without the lists, doubling would strand as
// much memory as it uses. `reset` forgets every block at once: one job ends, the next begins, nothing is freed one by one.
//
//   __heap_base          heapTop                       memory.size() * 64K
//   |  blocks in use and free  |  never handed out yet  |
//
// The pages are grown geometrically (by an eighth, at least 1 MiB), since each growth detaches the host's views.

import { REDZONE, allow, allowBlock, arenaEnd, deny } from './guard'
import { Status, fail } from './status'

/** Smallest block: 64 bytes. Class k holds blocks of 1 << k bytes. */
const MIN_CLASS: u32 = 6
const CLASSES: u32 = 32
const PAGE: usize = 65536
const MIN_GROWTH: usize = 16 // pages

/** freeLists[k]: address of the first free block of class k, whose first word is the address of the next. */
const freeLists = memory.data(CLASSES * sizeof<usize>(), 16)
/** Top of the memory handed out so far. */
let heapTop: usize = 0

/** Forgets every block. All addresses from before are void. */
export function reset(): void {
  if (heapTop != 0) deny(__heap_base, heapTop - __heap_base)
  memory.fill(freeLists, 0, CLASSES * sizeof<usize>())
  heapTop = (__heap_base + 63) & ~63
}

function classOf(size: usize): u32 {
  return max(MIN_CLASS, 32 - clz(<u32>(size - 1)))
}

/** A block of at least `size` bytes (1 to 2 GiB), aligned to 64, with undefined contents. */
export function alloc(size: usize): usize {
  if (size > 0x8000_0000) fail(Status.OutOfMemory)
  const k = classOf(size + REDZONE)
  const list = freeLists + k * sizeof<usize>()
  const free = load<usize>(list)
  if (free != 0) {
    allow(free, sizeof<usize>())
    store<usize>(list, load<usize>(free))
    allowBlock(free, size)
    return free
  }
  const bytes: u64 = <u64>1 << k
  const end: u64 = <u64>heapTop + bytes
  const have = arenaEnd(<u64>memory.size() * PAGE)
  if (end > have) {
    const missing = <usize>((end - have + PAGE - 1) / PAGE)
    const wanted = max(missing, max(MIN_GROWTH, <usize>memory.size() >> 3))
    if (memory.grow(<i32>wanted) < 0 && memory.grow(<i32>missing) < 0) fail(Status.OutOfMemory)
  }
  const block = heapTop
  heapTop = <usize>end
  allowBlock(block, size)
  return block
}

/** Gives a block back. `size` is what it was asked for with. */
export function release(block: usize, size: usize): void {
  const list = freeLists + classOf(size + REDZONE) * sizeof<usize>()
  store<usize>(block, load<usize>(list))
  store<usize>(list, block)
  deny(block, size)
}

/**
 * A growing run of bytes. Addresses inside it are void after the next `push`; keep offsets.
 * Declared as `const name = changetype<Vec>(memory.data(offsetof<Vec>(), 16))`: three words of static memory each.
 */
@unmanaged
export class Vec {
  /** Address of the first byte, 0 before the first `push`. */
  base: usize
  /** Bytes in use. */
  length: usize
  /** Bytes that the block holds. */
  capacity: usize

  /** Empties the run and forgets its block; for the start of a job, after `reset`. */
  @inline clear(): void {
    this.base = 0
    this.length = 0
    this.capacity = 0
  }

  /** Appends `size` bytes with undefined contents and returns their address. */
  @inline push(size: usize): usize {
    const at = this.length
    // In 64 bits: a wrapped sum must not look small.
    if (<u64>at + size > <u64>this.capacity) this.grow(size)
    this.length = at + size
    return this.base + at
  }

  /** Makes room for `size` more bytes at once. Doubling touches twice the memory, and fresh memory is what costs. */
  reserve(size: u64): void {
    if (<u64>this.length + size > <u64>this.capacity) this.grow(size)
  }

  grow(size: u64): void {
    const needed: u64 = <u64>this.length + size
    if (needed > 0x8000_0000) fail(Status.OutOfMemory)
    const capacity = <usize>1 << classOf(<usize>max(needed, 1024))
    const base = alloc(capacity)
    if (this.capacity != 0) {
      memory.copy(base, this.base, this.length)
      release(this.base, this.capacity)
    }
    this.base = base
    this.capacity = capacity
  }

  /** Gives the block back and empties the run. */
  free(): void {
    if (this.capacity != 0) release(this.base, this.capacity)
    this.clear()
  }
}
