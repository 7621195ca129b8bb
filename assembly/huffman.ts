// The Huffman codes of DEFLATE as lookup tables (RFC 1951, sections 3.2.2, 3.2.5 and 3.2.6).
//
// Takes: code lengths, one byte a symbol. Gives: three tables, indexed by the next bits of the stream, whose entries
// hold all that the decoder needs to know of a symbol, so that it never sees the symbol itself.
//
// Codes of up to ROOT bits are found at once: the index is the next ROOT bits, and an entry repeats wherever its code
// is followed by other bits. A longer code leads from its first ROOT bits to a second-level table for the rest. The
// stream is read from the lowest bit up and a code begins with its highest, so codes stand in the index with their bits
// reversed.
//
// The decoder's bit buffer keeps SPENT used bits below the next one, so that masking it gives the offset of an entry of
// 4 bytes with no shift. That shift would stand on the longest chain of the loop, from one lookup to the next: without
// it decoding is 4 % faster.
//
// Entry of a literal or length code, 32 bits; the third row is SPECIAL:
//
//    31  30   29   28 27       19 18  14 13    8    7      6   5    0
//   | 0 |            |   base    | mask | start | SECOND | 0 | used |   a length: base + (extra bits & mask)
//   | 0 |           23: value, 8 bits :16       | SECOND | 1 | used |   a literal
//   | 1 | END| LINK |     offset, 14    | width | SECOND | 0 | used |   end of block, a link, or no symbol
//
// Entry of a distance code, 64 bits:
//
//    63    32 31   16 15      8 7     6 5    0
//   |  mask  |  base |   start |       | used |   base + (extra bits & mask)
//   | offset |   0   |   width |       | used |   a link, or no symbol where offset is 0
//
//   used    bits that the entry uses up, extra bits included
//   start   where the extra bits begin in the bit buffer
//   offset  of the link's second-level table, counted in entries; the next `width` bits are the index into it
//   SECOND  the entry stands in a second-level table
//
// The code for code lengths has literals only.

import { Status, fail } from './status'

/** 9 bits were 12 % slower and 10 bits 2 %; 12 gained 1 % for a table of twice the size. */
export const LITERAL_ROOT: u32 = 11
/** One code met in a hundred is longer than 7 bits, and the decoder has no bits to spare for more (see symbols.ts). */
export const DISTANCE_ROOT: u32 = 7
/** Code length codes have no more. */
export const PRECODE_ROOT: u32 = 7

export const SPENT: u32 = 2

export const LITERAL: u32 = 1 << 6
export const SECOND: u32 = 1 << 7
export const START: u32 = 8
export const MASK: u32 = 14
export const VALUE: u32 = 16
export const BASE: u32 = 19
export const LINK_OFFSET: u32 = 14
export const LINK_OFFSETS: u32 = 0x3fff
export const SPECIAL: u32 = 1 << 31
export const END: u32 = 1 << 30
export const LINK: u32 = 1 << 29

export const DISTANCE_BASE: u32 = 16
export const DISTANCE_MASK: u32 = 32

const LITERALS = 288
const DISTANCES = 32
export const PRECODES = 19
const MAX_LENGTH: u32 = 15

// The most entries that a set of codes can ask for, second level included, found by trying them all: 2342 for 288
// symbols of up to 15 bits and a root of 11, 402 for 32 symbols and a root of 7.
export const literalTable = memory.data(2342 * 4, 64)
export const distanceTable = memory.data(402 * 8, 64)
export const precodeTable = memory.data((1 << PRECODE_ROOT) * 4, 64)

/** The fixed tables, kept aside; none of their codes is longer than its root, so there is no second level. */
const fixedLiterals = memory.data((1 << LITERAL_ROOT) * 4, 64)
const fixedDistances = memory.data((1 << DISTANCE_ROOT) * 8, 64)

/** The entry of each symbol as if its code had no bits. */
const literalSymbols = memory.data(LITERALS * 4, 16)
const distanceSymbols = memory.data(DISTANCES * 8, 16)
const precodeSymbols = memory.data(PRECODES * 4, 16)
/** A symbol that no stream may use, for the code words that an incomplete code leaves over. */
const NO_LITERAL: u32 = 286
const NO_DISTANCE: u32 = 30

/** counts[n]: how many codes have n bits. next[n]: where in `sorted` the next symbol with a code of n bits goes. */
const counts = memory.data(16 * 4, 16)
const next = memory.data(16 * 4, 16)
/** Symbols by code length, then by number: the order in which codes are given out. */
const sorted = memory.data(LITERALS * 2, 16)

/** Whether the tables hold the fixed codes: fixed blocks often come in a row, and then need no copy. */
let fixedInPlace = false

describeSymbols()
buildFixed()

function describeSymbols(): void {
  for (let byte: u32 = 0; byte < 256; byte++) store<u32>(literalSymbols + (byte << 2), LITERAL | (byte << VALUE))
  store<u32>(literalSymbols + (256 << 2), SPECIAL | END)
  let base: u32 = 3
  for (let k: u32 = 0; k < 28; k++) {
    const extra = k < 8 ? 0 : (k >> 2) - 1
    const entry = (base << BASE) | (((1 << extra) - 1) << MASK) | (SPENT << START) | extra
    store<u32>(literalSymbols + ((257 + k) << 2), entry)
    base += 1 << extra
  }
  store<u32>(literalSymbols + (285 << 2), (258 << BASE) | (SPENT << START))
  store<u32>(literalSymbols + (286 << 2), SPECIAL)
  store<u32>(literalSymbols + (287 << 2), SPECIAL)

  base = 1
  for (let k: u32 = 0; k < 30; k++) {
    const extra = k < 4 ? 0 : (k >> 1) - 1
    const mask = (<u64>1 << extra) - 1
    const entry = (mask << DISTANCE_MASK) | (base << DISTANCE_BASE) | (SPENT << START) | extra
    store<u64>(distanceSymbols + (k << 3), entry)
    base += 1 << extra
  }
  // 30 and 31 stay zero: no symbol.

  for (let k: u32 = 0; k < <u32>PRECODES; k++) store<u32>(precodeSymbols + (k << 2), LITERAL | (k << VALUE))
}

function buildFixed(): void {
  // The code lengths may stand where the tables will be copied to: they are read before that.
  const lengths = fixedLiterals
  memory.fill(lengths, 8, 144)
  memory.fill(lengths + 144, 9, 112)
  memory.fill(lengths + 256, 7, 24)
  memory.fill(lengths + 280, 8, 8)
  memory.fill(lengths + LITERALS, 5, DISTANCES)
  buildLiterals(lengths, LITERALS)
  buildDistances(lengths + LITERALS, DISTANCES)
  memory.copy(fixedLiterals, literalTable, (1 << LITERAL_ROOT) * 4)
  memory.copy(fixedDistances, distanceTable, (1 << DISTANCE_ROOT) * 8)
  fixedInPlace = true
}

/** Makes the tables those of a block with fixed codes. */
export function useFixed(): void {
  if (fixedInPlace) return
  memory.copy(literalTable, fixedLiterals, (1 << LITERAL_ROOT) * 4)
  memory.copy(distanceTable, fixedDistances, (1 << DISTANCE_ROOT) * 8)
  fixedInPlace = true
}

/** Builds the table of the code for code lengths, which must be complete. */
export function buildPrecode(lengths: usize): void {
  if (!sort(lengths, PRECODES)) fail(Status.DeflateCodeLengths)
  build<u32>(precodeTable, precodeSymbols, PRECODE_ROOT)
}

/** Builds the table of the literal and length code, which must be complete or consist of one code of one bit. */
export function buildLiterals(lengths: usize, symbols: u32): void {
  fixedInPlace = false
  if (!sort(lengths, symbols)) complete(NO_LITERAL)
  build<u32>(literalTable, literalSymbols, LITERAL_ROOT)
}

/** Builds the table of the distance code, which must be complete, or consist of one code of one bit, or of none. */
export function buildDistances(lengths: usize, symbols: u32): void {
  if (!sort(lengths, symbols)) complete(NO_DISTANCE)
  build<u64>(distanceTable, distanceSymbols, DISTANCE_ROOT)
}

/** Fills `counts` and `sorted`. Returns whether the code is complete; refuses lengths that no code can have. */
function sort(lengths: usize, symbols: u32): bool {
  memory.fill(counts, 0, 64)
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = counts + (<usize>load<u8>(lengths + symbol) << 2)
    store<u32>(count, load<u32>(count) + 1)
  }
  // Code words of the length at hand that no shorter code begins.
  let free: i32 = 1
  let place: u32 = 0
  for (let length: u32 = 1; length <= MAX_LENGTH; length++) {
    const count = load<u32>(counts + (length << 2))
    free = (free << 1) - count
    if (free < 0) fail(Status.DeflateCodeLengths)
    store<u32>(next + (length << 2), place)
    place += count
  }
  // Symbols with no code are written too, past those that have one, and never read: the loop has no branch to
  // mispredict.
  store<u32>(next, place)
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const slot = next + (<usize>load<u8>(lengths + symbol) << 2)
    const to = load<u32>(slot)
    store<u16>(sorted + (to << 1), symbol)
    store<u32>(slot, to + 1)
  }
  return free == 0
}

/**
 * Completes a code of one code word of one bit, or of none, with a symbol that is refused when it is met. No other code
 * may be incomplete: so zlib has it, and RFC 1951 for distances.
 */
function complete(nothing: u32): void {
  const used = load<u32>(counts, 4)
  for (let length: u32 = 2; length <= MAX_LENGTH; length++) {
    if (load<u32>(counts + (length << 2)) != 0) fail(Status.DeflateCodeLengths)
  }
  for (let k = used; k < 2; k++) store<u16>(sorted + (k << 1), nothing)
  store<u32>(counts, 2, 4)
}

/** Builds a table from `counts` and `sorted`. E is the type of an entry. */
function build<E>(table: usize, entries: usize, root: u32): void {
  const scale: u32 = sizeof<E>() == 8 ? 3 : 2
  // The code word at hand, reversed, and how many of its bits count.
  let code: u32 = 0
  let length: u32 = 1
  let symbol = sorted

  // First level. The table doubles with every bit, which puts the entries of all shorter codes where they repeat.
  let size: u32 = 1
  let full = false
  for (; length <= root && !full; length++) {
    double(table, size << scale)
    size <<= 1
    for (let left = load<u32>(counts + (length << 2)); left > 0; left--) {
      store<E>(table + (code << scale), entryOf<E>(entries, symbol, length))
      symbol += 2
      if (code == size - 1) {
        full = true
        break
      }
      code = following(code, size - 1)
    }
  }
  if (full) {
    for (; size < 1 << root; size <<= 1) double(table, size << scale)
    return
  }

  // Second level. Codes that share their first `root` bits follow one another and fill a table together.
  let prefix: u32 = -1
  let from: u32 = 0
  let to: u32 = 1 << root
  for (; ; length++) {
    for (let left = load<u32>(counts + (length << 2)); left > 0; left--) {
      if ((code & ((1 << root) - 1)) != prefix) {
        prefix = code & ((1 << root) - 1)
        from = to
        // As wide as the longest code with this prefix: codes are taken until they fill it.
        let width = length - root
        for (let filled = left; filled < <u32>1 << width; ) {
          width++
          filled = (filled << 1) + load<u32>(counts + ((root + width) << 2))
        }
        to = from + (1 << width)
        store<E>(table + (prefix << scale), linkTo<E>(from, width, root))
      }
      let entry = entryOf<E>(entries, symbol, length - root)
      if (sizeof<E>() == 4) entry |= <E>SECOND
      symbol += 2
      for (let k = from + (code >> root); k < to; k += 1 << (length - root)) store<E>(table + (k << scale), entry)
      const last = (<u32>1 << length) - 1
      if (code == last) return
      code = following(code, last)
    }
  }
}

/** The entry of a symbol whose code has `length` bits in the table at hand. */
// @ts-ignore: decorator
@inline
function entryOf<E>(entries: usize, symbol: usize, length: u32): E {
  const at = entries + (<usize>load<u16>(symbol) << (sizeof<E>() == 8 ? 3 : 2))
  return load<E>(at) + <E>((length << START) | length)
}

// @ts-ignore: decorator
@inline
function linkTo<E>(offset: u32, width: u32, root: u32): E {
  if (sizeof<E>() == 8) return <E>((<u64>offset << DISTANCE_MASK) | (width << START) | root)
  return <E>(SPECIAL | LINK | (offset << LINK_OFFSET) | (width << START) | root)
}

/** Adds one to a reversed code word that is not the last, which is all ones. */
// @ts-ignore: decorator
@inline
function following(code: u32, last: u32): u32 {
  const bit: u32 = 0x8000_0000 >> clz(code ^ last)
  return (code & (bit - 1)) | bit
}

/** Repeats the first `bytes` of a table after themselves. A call of memory.copy costs more than most of these loops. */
// @ts-ignore: decorator
@inline
function double(table: usize, bytes: usize): void {
  if (bytes == 4) {
    store<u32>(table, load<u32>(table), 4)
    return
  }
  const end = table + bytes
  for (let at = table; at < end; at += 8) store<u64>(at + bytes, load<u64>(at))
}
