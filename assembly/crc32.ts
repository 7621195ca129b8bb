// CRC-32, the checksum of gzip members (RFC 1952, section 8).
//
// Takes: the checksum so far and a run of bytes. Gives: the checksum of all of them. Start from 0.
//
// A checksum is the remainder of the message, read as one long polynomial over GF(2), on division by
//
//   P = x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1
//
// so the message may be exchanged for any other with the same remainder. WebAssembly has no carry-less multiplication,
// but the exchange can be had for a few XORs: P divides a polynomial of five terms,
//
//   x^300 + x^155 + x^117 + x^89 + 1,
//
// hence also its square, where every exponent doubles, and after six squarings the one in y = x^64:
//
//   y^300 = y^155 + y^117 + y^89 + 1        (mod P)
//
// A word of 64 bits is thus worth the same when it is XORed into the words 145, 183, 211 and 300 places after it and
// then zeroed. `fold` does so from front to back until only the last 300 words are left, and `divide` takes the
// remainder of those with tables. (Sam Russell's Chorba algorithm, with a polynomial that suits vectors: the nearest
// place is more than a kilobyte away, so no word waits for the one before it.)
//
// Measured in Node 20, on 128 KiB: 14300 MB/s with SIMD and 9700 without, against 2100 for tables of 16 bytes a step
// and 1500 for 8 bytes a step. Vectors as words, y = x^128, leave twice the rest to `divide` and were no faster; the
// best four-term polynomial has degree 3006 and leaves ten times the rest.

/** Reversed P without its highest term: the first bit of a byte is its lowest. */
const POLYNOMIAL: u32 = 0xedb8_8320

/** Table k, of 256 words: the remainder of a byte that k further bytes follow. */
const TABLES = memory.data(16 * 1024, 64)

const WORD = 8
/** The words that stay: 2400 bytes. */
const SPAN = 300 * WORD
const NEAR = 145 * WORD
const MIDDLE = 183 * WORD
const FAR = 211 * WORD
/** Bytes folded at a time. With the span on either side they stay in the first-level cache. */
const BLOCK = 16384
/**
 * Words after folding, and the span before them.
 *
 *   | span of the block before | block | room for the rest of a step |
 */
const folded = memory.data(SPAN + BLOCK + SPAN, 64)

buildTables()

function buildTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & -(crc & 1))
    store<u32>(TABLES + (byte << 2), crc)
  }
  for (let entry = TABLES; entry < TABLES + 15 * 1024; entry += 4) {
    const crc = load<u32>(entry)
    store<u32>(entry + 1024, load<u32>(TABLES + ((crc & 255) << 2)) ^ (crc >> 8))
  }
}

/** The checksum of the bytes so far, of which `crc` is the checksum, and of `length` more at `at`. */
export function crc32(crc: u32, at: usize, length: usize): u32 {
  let state = ~crc
  // Two spans: below that the tables alone are as fast.
  if (length >= 2 * SPAN) {
    const foldable = (length - SPAN) & ~63
    state = fold(state, at, foldable)
    at += foldable + SPAN
    length -= foldable + SPAN
  }
  return ~divide(state, at, length)
}

/** Folds `length` bytes, a multiple of 64, into the span that follows them, and returns the state after that span. */
function fold(state: u32, at: usize, length: usize): u32 {
  const first = folded + SPAN
  memory.fill(folded, 0, SPAN)
  const end = at + length
  let word = first
  while (true) {
    const stop = min(end, at + BLOCK)
    // The state so far is a change to the first four bytes of the message. They are the caller's, so the change is made
    // to the words that they reach.
    word = first
    while (at < stop) {
      step(word, word, at)
      step(word + 16, word + 16, at + 16)
      step(word + 32, word + 32, at + 32)
      step(word + 48, word + 48, at + 48)
      if (state != 0) {
        store<u32>(word, load<u32>(word) ^ state)
        state = 0
      }
      word += 64
      at += 64
    }
    if (at == end) break
    memory.copy(folded, word - SPAN, SPAN)
  }
  // What the folded words add to the span after them. A result takes the place of the word 300 before it, which was
  // just read for the last time.
  memory.fill(word, 0, SPAN)
  const rest = word - SPAN
  for (let k: usize = 0; k < <usize>SPAN; k += 16) step(rest + k, word + k, at + k)
  return divide(0, rest, SPAN)
}

/** Two words of the message at `at`, with what the words before `word` fold into them, to `to`. */
// @ts-ignore: decorator
@inline
function step(to: usize, word: usize, at: usize): void {
  if (ASC_FEATURE_SIMD) {
    const near = v128.xor(v128.load(word - NEAR), v128.load(word - MIDDLE))
    const far = v128.xor(v128.load(word - FAR), v128.load(word - SPAN))
    v128.store(to, v128.xor(v128.load(at), v128.xor(near, far)))
  } else {
    const low = load<u64>(word - NEAR) ^ load<u64>(word - MIDDLE) ^ load<u64>(word - FAR) ^ load<u64>(word - SPAN)
    const next = word + WORD
    const high = load<u64>(next - NEAR) ^ load<u64>(next - MIDDLE) ^ load<u64>(next - FAR) ^ load<u64>(next - SPAN)
    store<u64>(to, load<u64>(at) ^ low)
    store<u64>(to + WORD, load<u64>(at + WORD) ^ high)
  }
}

/** Takes the remainder with the tables, 16 bytes a step. */
function divide(state: u32, at: usize, length: usize): u32 {
  const end = at + length
  while (end - at >= 16) {
    const low = load<u64>(at) ^ <u64>state
    const high = load<u64>(at, 8)
    state =
      remainder(15, low) ^ remainder(14, low >> 8) ^ remainder(13, low >> 16) ^ remainder(12, low >> 24) ^
      remainder(11, low >> 32) ^ remainder(10, low >> 40) ^ remainder(9, low >> 48) ^ remainder(8, low >> 56) ^
      remainder(7, high) ^ remainder(6, high >> 8) ^ remainder(5, high >> 16) ^ remainder(4, high >> 24) ^
      remainder(3, high >> 32) ^ remainder(2, high >> 40) ^ remainder(1, high >> 48) ^ remainder(0, high >> 56)
    at += 16
  }
  while (at < end) {
    state = (state >> 8) ^ remainder(0, <u64>(state ^ load<u8>(at)))
    at++
  }
  return state
}

/** The remainder of the lowest byte of `word` with `following` bytes after it. */
// @ts-ignore: decorator
@inline
function remainder(following: usize, word: u64): u32 {
  return load<u32>(TABLES + following * 1024 + (<usize>(word & 255) << 2))
}
