// SHA-256 of two streams at once, for digests and diffIDs in the browser. (Node hashes natively.)
//
// Takes: runs of bytes, for context 0 (a layer as stored) or context 1 (uncompressed). Gives: 32 bytes each.
// Follows FIPS 180-4, sections 5 and 6.2, whose names the code keeps: W the message schedule, K the round constants,
// a to h the working variables, Ch, Maj, Σ0, Σ1, σ0, σ1 the functions.
//
// One stream is one chain of rounds, which no SIMD can widen. The schedule is another matter: it depends on nothing but
// the message, so the schedules of four blocks that follow each other are computed together, a block a lane:
//
//   at          block 0: W0 W1 W2 ...          schedule       W0 of blocks 0 1 2 3 | W1 of blocks 0 1 2 3 | ...
//   at + 64     block 1: W0 W1 W2 ...          with K added   the same, W0 + K0    | W1 + K1              | ...
//   at + 128    block 2                        (written 16 bytes a word; the rounds of block i read the
//   at + 192    block 3                        words with K at i * 4)
//
// That is less than half the work of four scalar schedules, and the vector units do it while the scalar units are busy
// with the rounds of block 0: eight more words, eight rounds, and so on. Without SIMD a group is one block.
//
// A context:  | 0 h: 8 words | 32 length: u64 | 40 held: u32 | 64 buffer: the `held` bytes of an incomplete group |
//
// Measured in Node 20 (AMD Zen 5), 64 KiB, CPU time, MB/s, medians of one interleaved run:
//   this                                                  431, hash-wasm 4.13 378
//   the schedule of four blocks first, then their rounds  406, as nothing runs in its shadow
//   K added in the rounds                                 404
//   Maj as (a & b) ^ (c & (a ^ b))                        423: a ^ b of one round is b ^ c of the next (x and y below)
//   Σ as rotr(rotr(rotr(x, 14) ^ x, 5) ^ x, 6)            401: two copies less, but the longest chain is longer
//   the new e as (d + h + W + K) + Ch + Σ1                411: a shorter chain, but two additions more
//   without SIMD                                          322
// From other runs: a call of `compress` for each group, in place of its loop, costs 6%; the rounds without any schedule
// would be 20% faster; without SIMD, W in 16 locals is about 15% faster, in three times the code.

const BLOCK: usize = 64
/** Blocks in a group. */
const LANES: usize = ASC_FEATURE_SIMD ? 4 : 1
const GROUP: usize = BLOCK * LANES
/** Bytes from word to word in the schedule. */
const WORD: usize = 4 * LANES

const H = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])

const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
], 16)

/** The schedule of a group, 64 words of each block, and after it the same with K added. */
const schedule = memory.data(2048, 64)
const WITH_K: usize = 1024

// A context
const LENGTH: usize = 32
const HELD: usize = 40
const BUFFER: usize = 64
const CONTEXT: usize = 320
const contexts = memory.data(2 * <i32>CONTEXT, 64)

// @ts-ignore: decorator
@inline
function contextAt(context: u32): usize {
  return contexts + <usize>context * CONTEXT
}

/** Begins a hash; what the context was fed before is forgotten. */
export function start(context: u32): void {
  const c = contextAt(context)
  memory.copy(c, H, 32)
  store<u64>(c, 0, LENGTH)
  store<u32>(c, 0, HELD)
}

/** Feeds `length` bytes, any number of them. */
export function update(context: u32, at: usize, length: usize): void {
  const c = contextAt(context)
  store<u64>(c, load<u64>(c, LENGTH) + length, LENGTH)
  const held: usize = load<u32>(c, HELD)
  if (held != 0) {
    const taken = min(GROUP - held, length)
    memory.copy(c + BUFFER + held, at, taken)
    if (held + taken < GROUP) {
      store<u32>(c, <u32>(held + taken), HELD)
      return
    }
    compress(c, c + BUFFER, LANES)
    at += taken
    length -= taken
  }
  const groups = length / GROUP
  compress(c, at, groups * LANES)
  length -= groups * GROUP
  memory.copy(c + BUFFER, at + groups * GROUP, length)
  store<u32>(c, <u32>length, HELD)
}

/** Ends the hash and writes its 32 bytes to `out`. */
export function finish(context: u32, out: usize): void {
  const c = contextAt(context)
  const buffer = c + BUFFER
  // Padding: a one bit, zeros, and the length in bits in the last 8 bytes of a block.
  let held: usize = load<u32>(c, HELD)
  store<u8>(buffer + held, 0x80)
  held++
  if (held + 8 > GROUP) {
    memory.fill(buffer + held, 0, GROUP - held)
    compress(c, buffer, LANES)
    held = 0
  }
  const blocks = (held + 8 + BLOCK - 1) / BLOCK
  const end = blocks * BLOCK - 8
  memory.fill(buffer + held, 0, end - held)
  store<u64>(buffer + end, bswap<u64>(load<u64>(c, LENGTH) << 3))
  compress(c, buffer, blocks)
  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, bswap(load<u32>(c + i)))
}

// The functions of section 4.1.2. Ch and Maj have an operation less than there.

// @ts-ignore: decorator
@inline
function ch(e: u32, f: u32, g: u32): u32 {
  return g ^ (e & (f ^ g))
}

/** Maj(a, b, c), from a ^ b and b ^ c. */
// @ts-ignore: decorator
@inline
function maj(ab: u32, bc: u32, b: u32): u32 {
  return (ab & bc) ^ b
}

// @ts-ignore: decorator
@inline
function bigSigma0(a: u32): u32 {
  return rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
}

// @ts-ignore: decorator
@inline
function bigSigma1(e: u32): u32 {
  return rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
}

// @ts-ignore: decorator
@inline
function sigma0(w: u32): u32 {
  return rotr(w, 7) ^ rotr(w, 18) ^ (w >> 3)
}

// @ts-ignore: decorator
@inline
function sigma1(w: u32): u32 {
  return rotr(w, 17) ^ rotr(w, 19) ^ (w >> 10)
}

/** Wt+i + Kt+i, `p` being the place of Wt. */
// @ts-ignore: decorator
@inline
function wk(p: usize, t: usize, i: usize): u32 {
  if (ASC_FEATURE_SIMD) return load<u32>(p + i * WORD, WITH_K)
  return load<u32>(p + i * WORD) + load<u32>(K + (t + i) * 4)
}

/**
 * Hashes the blocks at `at` into the context at `state`. Any number of them, but whole groups are readable there: idle
 * lanes load what they find and are not used.
 */
function compress(state: usize, at: usize, blocks: usize): void {
  let a = load<u32>(state)
  let b = load<u32>(state, 4)
  let c = load<u32>(state, 8)
  let d = load<u32>(state, 12)
  let e = load<u32>(state, 16)
  let f = load<u32>(state, 20)
  let g = load<u32>(state, 24)
  let h = load<u32>(state, 28)

  for (; blocks != 0; at += GROUP) {
    const lanes = min(blocks, LANES)
    blocks -= lanes
    if (ASC_FEATURE_SIMD) loadFour(at)
    else loadOne(at)

    for (let lane: usize = 0; lane < lanes; lane++) {
      let x = b ^ c, y: u32
      // t counts words, eight a turn; after eight rounds the letters are back in their places.
      for (let t: usize = 0; t < 64; t += 8) {
        if (lane == 0 && t < 48) {
          if (ASC_FEATURE_SIMD) expandFour(t)
          else expandOne(t)
        }
        const p = schedule + lane * 4 + t * WORD
        h = h + wk(p, t, 0) + ch(e, f, g) + bigSigma1(e); d += h; y = a ^ b; h += maj(y, x, b) + bigSigma0(a)
        g = g + wk(p, t, 1) + ch(d, e, f) + bigSigma1(d); c += g; x = h ^ a; g += maj(x, y, a) + bigSigma0(h)
        f = f + wk(p, t, 2) + ch(c, d, e) + bigSigma1(c); b += f; y = g ^ h; f += maj(y, x, h) + bigSigma0(g)
        e = e + wk(p, t, 3) + ch(b, c, d) + bigSigma1(b); a += e; x = f ^ g; e += maj(x, y, g) + bigSigma0(f)
        d = d + wk(p, t, 4) + ch(a, b, c) + bigSigma1(a); h += d; y = e ^ f; d += maj(y, x, f) + bigSigma0(e)
        c = c + wk(p, t, 5) + ch(h, a, b) + bigSigma1(h); g += c; x = d ^ e; c += maj(x, y, e) + bigSigma0(d)
        b = b + wk(p, t, 6) + ch(g, h, a) + bigSigma1(g); f += b; y = c ^ d; b += maj(y, x, d) + bigSigma0(c)
        a = a + wk(p, t, 7) + ch(f, g, h) + bigSigma1(f); e += a; x = b ^ c; a += maj(x, y, c) + bigSigma0(b)
      }
      store<u32>(state, a += load<u32>(state))
      store<u32>(state, b += load<u32>(state, 4), 4)
      store<u32>(state, c += load<u32>(state, 8), 8)
      store<u32>(state, d += load<u32>(state, 12), 12)
      store<u32>(state, e += load<u32>(state, 16), 16)
      store<u32>(state, f += load<u32>(state, 20), 20)
      store<u32>(state, g += load<u32>(state, 24), 24)
      store<u32>(state, h += load<u32>(state, 28), 28)
    }
  }
}

// The schedule, a block a lane: `loadFour` brings in W0 to W15, `expandFour` computes Wt+16 to Wt+23.

// @ts-ignore: decorator
@inline
function bigEndian(row: v128): v128 {
  return i8x16.swizzle(row, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
}

// @ts-ignore: decorator
@inline
function rotated(w: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(w, bits), i32x4.shl(w, 32 - bits))
}

/** W16 from W0, W1, W9 and W14. */
// @ts-ignore: decorator
@inline
function next(w0: v128, w1: v128, w9: v128, w14: v128): v128 {
  const s0 = v128.xor(v128.xor(rotated(w1, 7), rotated(w1, 18)), i32x4.shr_u(w1, 3))
  const s1 = v128.xor(v128.xor(rotated(w14, 17), rotated(w14, 19)), i32x4.shr_u(w14, 10))
  return i32x4.add(i32x4.add(w0, w9), i32x4.add(s0, s1))
}

/** Stores word `t`, without K and with it. */
// @ts-ignore: decorator
@inline
function keep(t: usize, w: v128): void {
  v128.store(schedule + t * WORD, w)
  v128.store(schedule + t * WORD, i32x4.add(w, v128.load32_splat(K + t * 4)), WITH_K)
}

function loadFour(at: usize): void {
  for (let t: usize = 0; t < 16; t += 4) {
    const row0 = bigEndian(v128.load(at))
    const row1 = bigEndian(v128.load(at, 64))
    const row2 = bigEndian(v128.load(at, 128))
    const row3 = bigEndian(v128.load(at, 192))
    const low01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5)
    const low23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5)
    const high01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7)
    const high23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7)
    keep(t, i64x2.shuffle(low01, low23, 0, 2))
    keep(t + 1, i64x2.shuffle(low01, low23, 1, 3))
    keep(t + 2, i64x2.shuffle(high01, high23, 0, 2))
    keep(t + 3, i64x2.shuffle(high01, high23, 1, 3))
    at += 16
  }
}

// @ts-ignore: decorator
@inline
function expandFour(t: usize): void {
  const p = schedule + t * WORD
  const w0 = v128.load(p)
  const w1 = v128.load(p, 16)
  const w2 = v128.load(p, 32)
  const w3 = v128.load(p, 48)
  const w4 = v128.load(p, 64)
  const w5 = v128.load(p, 80)
  const w6 = v128.load(p, 96)
  const w7 = v128.load(p, 112)
  const w8 = v128.load(p, 128)
  const w9 = v128.load(p, 144)
  const w10 = v128.load(p, 160)
  const w11 = v128.load(p, 176)
  const w12 = v128.load(p, 192)
  const w13 = v128.load(p, 208)
  const w14 = v128.load(p, 224)
  const w15 = v128.load(p, 240)
  const w16 = next(w0, w1, w9, w14)
  const w17 = next(w1, w2, w10, w15)
  const w18 = next(w2, w3, w11, w16)
  const w19 = next(w3, w4, w12, w17)
  const w20 = next(w4, w5, w13, w18)
  const w21 = next(w5, w6, w14, w19)
  const w22 = next(w6, w7, w15, w20)
  const w23 = next(w7, w8, w16, w21)
  keep(t + 16, w16)
  keep(t + 17, w17)
  keep(t + 18, w18)
  keep(t + 19, w19)
  keep(t + 20, w20)
  keep(t + 21, w21)
  keep(t + 22, w22)
  keep(t + 23, w23)
}

// The same for one block, without K.

function loadOne(at: usize): void {
  for (let t: usize = 0; t < 64; t += 4) store<u32>(schedule + t, bswap(load<u32>(at + t)))
}

// @ts-ignore: decorator
@inline
function nextOne(p: usize): void {
  const s0 = sigma0(load<u32>(p, 4))
  const s1 = sigma1(load<u32>(p, 56))
  store<u32>(p, load<u32>(p) + load<u32>(p, 36) + s0 + s1, 64)
}

// @ts-ignore: decorator
@inline
function expandOne(t: usize): void {
  const p = schedule + t * WORD
  nextOne(p)
  nextOne(p + 4)
  nextOne(p + 8)
  nextOne(p + 12)
  nextOne(p + 16)
  nextOne(p + 20)
  nextOne(p + 24)
  nextOne(p + 28)
}
