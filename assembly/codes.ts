// The codes of a dynamic block: the header that describes them (RFC 1951, section 3.2.7).
//
// Takes: where its bits begin. Gives: the tables of huffman.ts for the block's symbols, and how many bits it read.
//
//   5 bits  number of literal and length codes - 257
//   5 bits  number of distance codes - 1
//   4 bits  number of code length codes - 4
//   3 bits each            lengths of the code length codes, in the order below
//   up to 7 + 7 bits each  lengths of the other codes, in that code; it can say "again", so fewer than there are codes
//
// Bits past the end of the input are read as zeros, which the caller provides: 16 bytes of them. Whether a header was
// cut short is decided before anything it says is judged.

import { PRECODES, PRECODE_ROOT, VALUE, buildDistances, buildLiterals, buildPrecode, precodeTable } from './huffman'
import { Status, fail } from './status'

const MAX_LITERALS = 286
const MAX_DISTANCES = 30

const precodeOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
/** Code lengths of a block: literals and lengths, then distances. Repeats are written 8 bytes at a time. */
const lengths = memory.data(MAX_LITERALS + MAX_DISTANCES + 8, 16)

/** Bits read since `start`, the address of the first byte. */
let start: usize = 0
let position: u32 = 0
let top: usize = 0

/** Reads a header that begins `skip` bits into the byte at `at`. The input ends at `inputTop`. Returns its bits. */
export function readCodes(at: usize, skip: u32, inputTop: usize): u32 {
  start = at
  position = skip
  top = inputTop

  const counts = <u32>nextBits()
  const literals = (counts & 31) + 257
  const distances = ((counts >> 5) & 31) + 1
  const precodes = ((counts >> 10) & 15) + 4
  position += 14
  refuseCut()
  if (literals > <u32>MAX_LITERALS || distances > <u32>MAX_DISTANCES) fail(Status.DeflateCodeLengths)

  readPrecode(precodes)
  readLengths(lengths + literals + distances)
  // A block that cannot end.
  if (load<u8>(lengths, 256) == 0) fail(Status.DeflateCodeLengths)
  buildLiterals(lengths, literals)
  buildDistances(lengths + literals, distances)
  return position - skip
}

/** The next 57 bits. */
// @ts-ignore: decorator
@inline
function nextBits(): u64 {
  return load<u64>(start + (position >> 3)) >> (position & 7)
}

function refuseCut(): void {
  if (start + ((position + 7) >> 3) > top) fail(Status.GzipTruncated)
}

function readPrecode(count: u32): void {
  // At most 19 lengths of 3 bits: one load has them all.
  let bits = nextBits()
  position += 3 * count
  refuseCut()
  memory.fill(lengths, 0, PRECODES)
  for (let k: u32 = 0; k < count; k++) {
    store<u8>(lengths + load<u8>(precodeOrder + k), <u8>bits & 7)
    bits >>= 3
  }
  buildPrecode(lengths)
}

/** Reads code lengths up to `end`. */
function readLengths(end: usize): void {
  let to: usize = lengths
  let bits: u64 = 0
  let held: u32 = 0
  while (to < end) {
    if (held < 14) {
      refuseCut()
      bits = nextBits()
      held = 57
    }
    const entry = load<u32>(precodeTable + (<usize>(bits & ((1 << PRECODE_ROOT) - 1)) << 2))
    const symbol = entry >> VALUE
    let used = entry & 63
    bits >>= used
    if (symbol < 16) {
      store<u8>(to, symbol)
      to++
    } else {
      // 16: the last length 3 to 6 times; 17: 3 to 10 zeros; 18: 11 to 138 zeros.
      const extra: u32 = symbol == 16 ? 2 : symbol == 17 ? 3 : 7
      const times: u32 = (symbol == 18 ? 11 : 3) + (<u32>bits & ((1 << extra) - 1))
      bits >>= extra
      used += extra
      if ((symbol == 16 && to == lengths) || to + times > end) {
        position += used
        refuseCut()
        fail(Status.DeflateCodeLengths)
      }
      const repeated = symbol == 16 ? <u64>load<u8>(to - 1) * 0x0101_0101_0101_0101 : 0
      for (let k: u32 = 0; k < times; k += 8) store<u64>(to + k, repeated)
      to += times
    }
    position += used
    held -= used
  }
  refuseCut()
}
