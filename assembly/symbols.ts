// The symbols of a block: literals, and matches with what came before (RFC 1951, section 3.2.3).
//
// Takes: the tables of huffman.ts, a place in the input and a place in the output. Gives: the bytes that the symbols
// stand for. This is the loop in which decoding spends nine tenths of its time.

import {
  BASE,
  DISTANCE_BASE,
  DISTANCE_MASK,
  DISTANCE_ROOT,
  END,
  LINK,
  LINK_OFFSET,
  LINK_OFFSETS,
  LITERAL,
  LITERAL_ROOT,
  MASK,
  SECOND,
  SPECIAL,
  SPENT,
  START,
  VALUE,
  distanceTable,
  literalTable,
} from './huffman'
import { Status } from './status'

/** What `decode` returns, or a fault's `Status`. */
export const MORE: i32 = 0
export const END_OF_BLOCK: i32 = -1

/** Where `decode` stopped: the next byte of input, how many of its bits are used, and the next byte of output. */
export let stopAt: usize = 0
export let stopBits: u32 = 0
export let stopOut: usize = 0

/** The entry for the next bits, which stand above SPENT others: masked, they are its offset in the table. */
// @ts-ignore: decorator
@inline
function literalEntry(bits: u64): u32 {
  return load<u32>(<usize>bits & (((1 << LITERAL_ROOT) - 1) << SPENT), literalTable)
}

// @ts-ignore: decorator
@inline
function distanceEntry(bits: u64): u64 {
  return load<u64>(<usize>(bits << 1) & (((1 << DISTANCE_ROOT) - 1) << (SPENT + 1)), distanceTable)
}

/**
 * Decodes symbols until the block ends (END_OF_BLOCK), input or room run out (MORE), or a fault shows (its `Status`).
 * Reads up to 7 bytes past `inputLimit` and writes up to 290 past `outputLimit`.
 *
 * `bits` holds SPENT used bits and above them the stream's. `held` is the place in `bits` of the first bit of the byte
 * at `from`. A refill writes the eight bytes at `from` there and goes on by those that are now held whole:
 *
 *   bits |= load<u64>(from) << held;  from += (63 - held) / 8;  held += 8 * ((63 - held) / 8)
 *
 * The bits above `held` are good too, and are written again, the same, the next time: after a refill 62 bits are good.
 * Shifts ignore all but the low six bits of `held`, where it is exact. Those of an entry say how many bits it uses, so
 * a whole entry may be subtracted from `held` and be shifted by.
 *
 * A turn of the loop begins with an entry found and 34 good bits or more. In the worst case it uses up
 *
 *   11 for a literal and 11 + 5 for a length, and looks at 7 more to find the distance's entry: 34.
 *   The refill makes it 62, and a distance of 15 + 13 bits leaves 34 for the next turn.
 *   (Two literals use 22 and look at 11 more for the next entry; then comes a refill.)
 *
 * A code of more than 11 bits takes two turns: the first finds its link, refills and finds its entry in the
 * second-level table, and the next uses that up.
 *
 * What makes it fast is to wait for nothing. A mispredicted branch costs 20 cycles or more, there is about one in each
 * match, and no data tells whether a literal or a length comes next. So a turn looks up what would follow in either
 * case, the next entry after a literal and the distance after a length, before it asks which one it is: the lookups go
 * on while the branch is resolved (11 % faster). The refill happens while a lookup is under way, and never stands
 * between two of them (6 %). The next entry is looked up before the match is copied (3 %).
 *
 * Tried and given up: two and three literals in an entry, a literal and a length in an entry of 64 bits, literals
 * without a branch (each at best 2 % faster, slower on small blocks: fewer branches, but a longer way between lookups
 * or larger tables); distance masks in a table of their own, which saves the shift in `distanceEntry` (no difference);
 * windows of half and twice the size (no difference).
 */
export function decode(
  at: usize,
  bitsUsed: u32,
  inputLimit: usize,
  out: usize,
  outputLimit: usize,
  memberStart: usize,
): i32 {
  let to = out
  let from = at + 7
  let bits = (load<u64>(at) >> bitsUsed) << SPENT
  let held: u64 = 56 - bitsUsed + SPENT
  let entry = literalEntry(bits)
  let result = MORE

  while (true) {
    if (from >= inputLimit) break
    if (to >= outputLimit) break
    let rest = bits >> entry
    held -= entry
    store<u8>(to, entry >> VALUE)
    let next = literalEntry(rest)
    let distance = distanceEntry(rest)
    if ((entry & LITERAL) != 0) {
      to++
      bits = rest
      entry = next
      rest = bits >> entry
      held -= entry
      store<u8>(to, entry >> VALUE)
      next = literalEntry(rest)
      distance = distanceEntry(rest)
      if ((entry & LITERAL) != 0) {
        to++
        entry = next
        bits = rest | (load<u64>(from) << held)
        from += <usize>(~held >> 3) & 7
        held |= 56
        continue
      }
    }
    rest |= load<u64>(from) << held
    from += <usize>(~held >> 3) & 7
    held |= 56

    if ((entry & SPECIAL) != 0) {
      if ((entry & LINK) == 0) {
        result = (entry & END) != 0 ? END_OF_BLOCK : Status.DeflateSymbol
        break
      }
      const index = <u32>(rest >> SPENT) & ((1 << ((entry >> START) & 63)) - 1)
      entry = load<u32>((((entry >> LINK_OFFSET) & LINK_OFFSETS) + index) << 2, literalTable)
      bits = rest
      continue
    }
    const length = (entry >> BASE) + (<u32>(bits >> (entry >> START)) & ((entry >> MASK) & 31))

    if (<u32>distance < 1 << DISTANCE_BASE) {
      held -= distance
      if (distance >> DISTANCE_MASK == 0) {
        result = Status.DeflateSymbol
        break
      }
      rest >>= distance
      const index = <u32>(rest >> SPENT) & ((1 << ((<u32>distance >> START) & 63)) - 1)
      distance = load<u64>((<u32>(distance >> DISTANCE_MASK) + index) << 3, distanceTable)
    }
    const extra = <u32>(rest >> (distance >> START)) & <u32>(distance >> DISTANCE_MASK)
    const back = (<u32>distance >> DISTANCE_BASE) + extra
    bits = rest >> distance
    held -= distance
    entry = literalEntry(bits)
    if (to - memberStart < back) {
      result = Status.DeflateDistance
      break
    }
    copyMatch(to, back, length)
    to += length
  }

  // Bits before `from` that are not used yet, or -1 when one after it is. The root of a long code is given back.
  let unread = (<i32>held & 63) - SPENT
  if (result == MORE && (entry & SECOND) != 0) unread += LITERAL_ROOT
  stopAt = from - ((unread + 7) >> 3)
  stopBits = -unread & 7
  stopOut = to
  return result
}

// What fills a register with the last `back` bytes over and over: with SIMD, which byte goes where (0, 1, ... back - 1,
// 0, 1, ...); without, the factor that repeats the lowest `back` bytes of a word.
const patterns = memory.data(16 * 16, 64)
const factors = memory.data(8 * 8, 64)
/** The largest multiple of `back` that is at most the register's size: so far on, it may be stored again. */
const strides = memory.data(16, 16)

fillPatterns()

function fillPatterns(): void {
  const width: u32 = ASC_FEATURE_SIMD ? 16 : 8
  for (let back: u32 = 1; back < width; back++) {
    store<u8>(strides + back, width - (width % back))
    for (let k: u32 = 0; k < 16; k++) store<u8>(patterns + back * 16 + k, k % back)
    let factor: u64 = 0
    for (let k: u32 = 0; k < 8; k += back) factor |= <u64>1 << (8 * k)
    if (back < 8) store<u64>(factors + back * 8, factor)
  }
}

/**
 * Copies `length` bytes (3 to 258) from `back` bytes before `to`. Writes up to 31 bytes too many. A copy from near by
 * overlaps itself and so repeats what it copies: a register is filled with it and stored again and again.
 */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, back: usize, length: usize): void {
  let from = to - back
  const end = to + length
  if (ASC_FEATURE_SIMD) {
    if (back >= 16) {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
      // 97 % of the matches end here.
      if (length > 32) {
        do {
          to += 32
          from += 32
          v128.store(to, v128.load(from))
          v128.store(to, v128.load(from, 16), 16)
        } while (to + 32 < end)
      }
    } else {
      const pattern = v128.swizzle(v128.load(from), v128.load(patterns + back * 16))
      const stride = load<u8>(strides + back)
      do {
        v128.store(to, pattern)
        to += stride
      } while (to < end)
    }
  } else {
    if (back >= 8) {
      store<u64>(to, load<u64>(from))
      store<u64>(to, load<u64>(from, 8), 8)
      store<u64>(to, load<u64>(from, 16), 16)
      if (length > 24) {
        do {
          to += 24
          from += 24
          store<u64>(to, load<u64>(from))
          store<u64>(to, load<u64>(from, 8), 8)
          store<u64>(to, load<u64>(from, 16), 16)
        } while (to + 24 < end)
      }
    } else {
      const unit = load<u64>(from) & ((<u64>1 << (8 * back)) - 1)
      const pattern = unit * load<u64>(factors + back * 8)
      const stride = load<u8>(strides + back)
      do {
        store<u64>(to, pattern)
        to += stride
      } while (to < end)
    }
  }
}
