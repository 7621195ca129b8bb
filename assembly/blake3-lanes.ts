// BLAKE3 in SIMD: four or eight nodes of the tree at once, one in each lane.
//
// Takes: chunks or pairs of chaining values, side by side. Gives: their chaining values.
// Follows blake3-block.ts, whose scalar words become vectors: lane i of every vector belongs to node i.
//
//   source, four chunks a, b, c, d         words, as the rounds read them
//   at                a0 a1 a2 a3 ...      m0   a0 b0 c0 d0
//   at + size         b0 b1 b2 b3 ...      m1   a1 b1 c1 d1
//   at + size * 2     c0 c1 c2 c3 ...      m2   a2 b2 c2 d2
//   at + size * 3     d0 d1 d2 d3 ...      ...  16 vectors a block
//
// A node is a chunk of 16 blocks or a parent of one block, its two children's chaining values. Either way node follows
// node in the source, so one function does both. Idle lanes repeat the last node and their results are not meant to be
// read, but `out` must have room for them.
//
// Why it is fast: no lane ever waits for another, and both rotations by whole bytes are one swizzle each. What is left
// is latency: a mixing is a chain of 14 operations, of one or two cycles each by processor, and four columns do not
// fill the vector units. So eight nodes are two groups of four (v and w), whose chains run in each other's gaps.
//
// Measured in Node 20 (AMD Zen 5), chunks without their tree, MB/s, medians of one run:
//   eight lanes                                    1950
//   four lanes                                     1620
//   four lanes, the seven rounds written out       1730, in 8.7 KB of machine code for 3.3
//   eight lanes, the seven rounds written out      1740: V8 orders a basic block by itself and lets the groups drift
//                                                  apart; a turn of the loop holds them together
//   sixteen lanes, v in memory between rounds      1830
//   a + b + m in place of a + m + b                1850, on four lanes 1565: b is the last to be ready
//   rotation by 16 as a shuffle of 16-bit halves   1900, two instructions on x64
//   rotation by 8 as an i8x16.shuffle              1790, V8 builds the mask anew every time, but keeps a swizzle's
//   both as shifts and an or                       1700
// Chromium 156 does 1975 with eight lanes, 1630 with four.

import { CHUNK_END, CHUNK_START, CV, IV0, IV1, IV2, IV3, IV4, IV5, IV6, IV7, PARENT } from './blake3-block'

/** The order in which each of the seven rounds reads the 16 words, as offsets of vectors in `words`. */
const order = memory.data<u16>([
    0,  16,  32,  48,  64,  80,  96, 112, 128, 144, 160, 176, 192, 208, 224, 240,
   32,  96,  48, 160, 112,   0,  64, 208,  16, 176, 192,  80, 144, 224, 240, 128,
   48,  64, 160, 192, 208,  32, 112, 224,  96,  80, 144,   0, 176, 240, 128,  16,
  160, 112, 192, 144, 224,  48, 208, 240,  64,   0, 176,  32,  80, 128,  16,  96,
  192, 208, 144, 176, 240, 160, 224, 128, 112,  32,  80,  48,   0,  16,  96,  64,
  144, 224, 176,  80, 128, 192, 240,  16, 208,  48,   0, 160,  32,  96,  64, 112,
  176, 240,  80,   0,  16, 144, 128,  96, 224, 160,  32, 192,  48,  64, 112, 208,
], 64)
const ORDER_ROW: usize = 32
const ORDER_END: usize = order + 7 * ORDER_ROW

/** One block of each node, transposed: 16 vectors for the first four nodes, 16 for the last four. */
const words = memory.data(512, 64)
const SECOND: usize = 256

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b)
}

/** The vector that a round, given as its row of `order`, reads in place `i`: m of the first group, n of the second. */
// @ts-ignore: decorator
@inline
function m(round: usize, i: usize): v128 {
  return v128.load(words + load<u16>(round + (i << 1)))
}

// @ts-ignore: decorator
@inline
function n(round: usize, i: usize): v128 {
  return v128.load(words + load<u16>(round + (i << 1)), SECOND)
}

// turnN(x, y): the xor of both, each lane rotated right by N bits.

// @ts-ignore: decorator
@inline
function turn16(x: v128, y: v128): v128 {
  return i8x16.swizzle(v128.xor(x, y), i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13))
}

// @ts-ignore: decorator
@inline
function turn12(x: v128, y: v128): v128 {
  const z = v128.xor(x, y)
  return v128.or(i32x4.shr_u(z, 12), i32x4.shl(z, 20))
}

// @ts-ignore: decorator
@inline
function turn8(x: v128, y: v128): v128 {
  return i8x16.swizzle(v128.xor(x, y), i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12))
}

// @ts-ignore: decorator
@inline
function turn7(x: v128, y: v128): v128 {
  const z = v128.xor(x, y)
  return v128.or(i32x4.shr_u(z, 7), i32x4.shl(z, 25))
}

/** Transposes four vectors of words and stores them `step` bytes apart. */
// @ts-ignore: decorator
@inline
function transpose(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5)
  const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7)
  const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5)
  const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7)
  v128.store(out, i64x2.shuffle(ab01, cd01, 0, 2))
  v128.store(out + step, i64x2.shuffle(ab01, cd01, 1, 3))
  v128.store(out + step * 2, i64x2.shuffle(ab23, cd23, 0, 2))
  v128.store(out + step * 3, i64x2.shuffle(ab23, cd23, 1, 3))
}

/** Transposes one block of four nodes into 16 vectors at `out`. */
// @ts-ignore: decorator
@inline
function gather(a: usize, b: usize, c: usize, d: usize, out: usize): void {
  transpose(v128.load(a), v128.load(b), v128.load(c), v128.load(d), out, 16)
  transpose(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16), v128.load(d, 16), out + 64, 16)
  transpose(v128.load(a, 32), v128.load(b, 32), v128.load(c, 32), v128.load(d, 32), out + 128, 16)
  transpose(v128.load(a, 48), v128.load(b, 48), v128.load(c, 48), v128.load(d, 48), out + 192, 16)
}

// @ts-ignore: decorator
@inline
function flagsOf(block: usize, blocks: usize): u32 {
  if (blocks == 1) return PARENT
  return block == 0 ? CHUNK_START : block == blocks - 1 ? CHUNK_END : 0
}

/**
 * The high words of the four counters that start at `counter`: one more where adding the lane's number to the low word
 * made it wrap, since a comparison gives -1 for true.
 */
// @ts-ignore: decorator
@inline
function carried(counter: u64, low: v128, lane: v128): v128 {
  return i32x4.sub(i32x4.splat(<i32>(counter >> 32)), i32x4.lt_u(low, lane))
}

/**
 * Hashes `count` nodes, 1 to 4, of `blocks` blocks each: 16 for chunks, the first of which has number `counter`, or 1
 * for parents. Writes four chaining values to `out`.
 */
export function hashFour(at: usize, count: usize, blocks: usize, counter: u64, out: usize): void {
  const size = blocks << 6
  const last = at + (count - 1) * size
  const p1 = min(at + size, last)
  const p2 = min(p1 + size, last)
  const p3 = min(p2 + size, last)
  const lane = blocks == 1 ? i32x4.splat(0) : i32x4(0, 1, 2, 3)
  const low = add(i32x4.splat(<i32>counter), lane)
  const high = carried(counter, low, lane)

  let h0 = i32x4.splat(IV0)
  let h1 = i32x4.splat(IV1)
  let h2 = i32x4.splat(IV2)
  let h3 = i32x4.splat(IV3)
  let h4 = i32x4.splat(IV4)
  let h5 = i32x4.splat(IV5)
  let h6 = i32x4.splat(IV6)
  let h7 = i32x4.splat(IV7)

  for (let block: usize = 0; block < blocks; block++) {
    const o = block << 6
    gather(at + o, p1 + o, p2 + o, p3 + o, words)
    const flags = i32x4.splat(flagsOf(block, blocks))
    let v0 = h0, v1 = h1, v2 = h2, v3 = h3
    let v4 = h4, v5 = h5, v6 = h6, v7 = h7
    let v8 = i32x4.splat(IV0), v9 = i32x4.splat(IV1), v10 = i32x4.splat(IV2), v11 = i32x4.splat(IV3)
    let v12 = low, v13 = high, v14 = i32x4.splat(64), v15 = flags

    for (let s = order; s < ORDER_END; s += ORDER_ROW) {
      // Columns
      v0 = add(add(v0, m(s, 0)), v4); v12 = turn16(v12, v0); v8 = add(v8, v12); v4 = turn12(v4, v8)
      v0 = add(add(v0, m(s, 1)), v4); v12 = turn8(v12, v0); v8 = add(v8, v12); v4 = turn7(v4, v8)
      v1 = add(add(v1, m(s, 2)), v5); v13 = turn16(v13, v1); v9 = add(v9, v13); v5 = turn12(v5, v9)
      v1 = add(add(v1, m(s, 3)), v5); v13 = turn8(v13, v1); v9 = add(v9, v13); v5 = turn7(v5, v9)
      v2 = add(add(v2, m(s, 4)), v6); v14 = turn16(v14, v2); v10 = add(v10, v14); v6 = turn12(v6, v10)
      v2 = add(add(v2, m(s, 5)), v6); v14 = turn8(v14, v2); v10 = add(v10, v14); v6 = turn7(v6, v10)
      v3 = add(add(v3, m(s, 6)), v7); v15 = turn16(v15, v3); v11 = add(v11, v15); v7 = turn12(v7, v11)
      v3 = add(add(v3, m(s, 7)), v7); v15 = turn8(v15, v3); v11 = add(v11, v15); v7 = turn7(v7, v11)
      // Diagonals
      v0 = add(add(v0, m(s, 8)), v5); v15 = turn16(v15, v0); v10 = add(v10, v15); v5 = turn12(v5, v10)
      v0 = add(add(v0, m(s, 9)), v5); v15 = turn8(v15, v0); v10 = add(v10, v15); v5 = turn7(v5, v10)
      v1 = add(add(v1, m(s, 10)), v6); v12 = turn16(v12, v1); v11 = add(v11, v12); v6 = turn12(v6, v11)
      v1 = add(add(v1, m(s, 11)), v6); v12 = turn8(v12, v1); v11 = add(v11, v12); v6 = turn7(v6, v11)
      v2 = add(add(v2, m(s, 12)), v7); v13 = turn16(v13, v2); v8 = add(v8, v13); v7 = turn12(v7, v8)
      v2 = add(add(v2, m(s, 13)), v7); v13 = turn8(v13, v2); v8 = add(v8, v13); v7 = turn7(v7, v8)
      v3 = add(add(v3, m(s, 14)), v4); v14 = turn16(v14, v3); v9 = add(v9, v14); v4 = turn12(v4, v9)
      v3 = add(add(v3, m(s, 15)), v4); v14 = turn8(v14, v3); v9 = add(v9, v14); v4 = turn7(v4, v9)
    }

    h0 = v128.xor(v0, v8)
    h1 = v128.xor(v1, v9)
    h2 = v128.xor(v2, v10)
    h3 = v128.xor(v3, v11)
    h4 = v128.xor(v4, v12)
    h5 = v128.xor(v5, v13)
    h6 = v128.xor(v6, v14)
    h7 = v128.xor(v7, v15)
  }
  transpose(h0, h1, h2, h3, out, CV)
  transpose(h4, h5, h6, h7, out + 16, CV)
}

/** As `hashFour`, for 1 to 8 nodes and eight chaining values: lanes v, m, h as there, and a second group w, n, k. */
export function hashEight(at: usize, count: usize, blocks: usize, counter: u64, out: usize): void {
  const size = blocks << 6
  const last = at + (count - 1) * size
  const p1 = min(at + size, last)
  const p2 = min(p1 + size, last)
  const p3 = min(p2 + size, last)
  const p4 = min(p3 + size, last)
  const p5 = min(p4 + size, last)
  const p6 = min(p5 + size, last)
  const p7 = min(p6 + size, last)
  const lane = blocks == 1 ? i32x4.splat(0) : i32x4(0, 1, 2, 3)
  const lane4 = blocks == 1 ? i32x4.splat(0) : i32x4(4, 5, 6, 7)
  const low = add(i32x4.splat(<i32>counter), lane)
  const low4 = add(i32x4.splat(<i32>counter), lane4)
  const high = carried(counter, low, lane)
  const high4 = carried(counter, low4, lane4)

  let h0 = i32x4.splat(IV0)
  let h1 = i32x4.splat(IV1)
  let h2 = i32x4.splat(IV2)
  let h3 = i32x4.splat(IV3)
  let h4 = i32x4.splat(IV4)
  let h5 = i32x4.splat(IV5)
  let h6 = i32x4.splat(IV6)
  let h7 = i32x4.splat(IV7)
  let k0 = i32x4.splat(IV0)
  let k1 = i32x4.splat(IV1)
  let k2 = i32x4.splat(IV2)
  let k3 = i32x4.splat(IV3)
  let k4 = i32x4.splat(IV4)
  let k5 = i32x4.splat(IV5)
  let k6 = i32x4.splat(IV6)
  let k7 = i32x4.splat(IV7)

  for (let block: usize = 0; block < blocks; block++) {
    const o = block << 6
    gather(at + o, p1 + o, p2 + o, p3 + o, words)
    gather(p4 + o, p5 + o, p6 + o, p7 + o, words + SECOND)
    const flags = i32x4.splat(flagsOf(block, blocks))
    let v0 = h0, v1 = h1, v2 = h2, v3 = h3
    let v4 = h4, v5 = h5, v6 = h6, v7 = h7
    let v8 = i32x4.splat(IV0), v9 = i32x4.splat(IV1), v10 = i32x4.splat(IV2), v11 = i32x4.splat(IV3)
    let v12 = low, v13 = high, v14 = i32x4.splat(64), v15 = flags
    let w0 = k0, w1 = k1, w2 = k2, w3 = k3
    let w4 = k4, w5 = k5, w6 = k6, w7 = k7
    let w8 = i32x4.splat(IV0), w9 = i32x4.splat(IV1), w10 = i32x4.splat(IV2), w11 = i32x4.splat(IV3)
    let w12 = low4, w13 = high4, w14 = i32x4.splat(64), w15 = flags

    for (let s = order; s < ORDER_END; s += ORDER_ROW) {
      // First group: columns
      v0 = add(add(v0, m(s, 0)), v4); v12 = turn16(v12, v0); v8 = add(v8, v12); v4 = turn12(v4, v8)
      v0 = add(add(v0, m(s, 1)), v4); v12 = turn8(v12, v0); v8 = add(v8, v12); v4 = turn7(v4, v8)
      v1 = add(add(v1, m(s, 2)), v5); v13 = turn16(v13, v1); v9 = add(v9, v13); v5 = turn12(v5, v9)
      v1 = add(add(v1, m(s, 3)), v5); v13 = turn8(v13, v1); v9 = add(v9, v13); v5 = turn7(v5, v9)
      v2 = add(add(v2, m(s, 4)), v6); v14 = turn16(v14, v2); v10 = add(v10, v14); v6 = turn12(v6, v10)
      v2 = add(add(v2, m(s, 5)), v6); v14 = turn8(v14, v2); v10 = add(v10, v14); v6 = turn7(v6, v10)
      v3 = add(add(v3, m(s, 6)), v7); v15 = turn16(v15, v3); v11 = add(v11, v15); v7 = turn12(v7, v11)
      v3 = add(add(v3, m(s, 7)), v7); v15 = turn8(v15, v3); v11 = add(v11, v15); v7 = turn7(v7, v11)
      // First group: diagonals
      v0 = add(add(v0, m(s, 8)), v5); v15 = turn16(v15, v0); v10 = add(v10, v15); v5 = turn12(v5, v10)
      v0 = add(add(v0, m(s, 9)), v5); v15 = turn8(v15, v0); v10 = add(v10, v15); v5 = turn7(v5, v10)
      v1 = add(add(v1, m(s, 10)), v6); v12 = turn16(v12, v1); v11 = add(v11, v12); v6 = turn12(v6, v11)
      v1 = add(add(v1, m(s, 11)), v6); v12 = turn8(v12, v1); v11 = add(v11, v12); v6 = turn7(v6, v11)
      v2 = add(add(v2, m(s, 12)), v7); v13 = turn16(v13, v2); v8 = add(v8, v13); v7 = turn12(v7, v8)
      v2 = add(add(v2, m(s, 13)), v7); v13 = turn8(v13, v2); v8 = add(v8, v13); v7 = turn7(v7, v8)
      v3 = add(add(v3, m(s, 14)), v4); v14 = turn16(v14, v3); v9 = add(v9, v14); v4 = turn12(v4, v9)
      v3 = add(add(v3, m(s, 15)), v4); v14 = turn8(v14, v3); v9 = add(v9, v14); v4 = turn7(v4, v9)
      // Second group: columns
      w0 = add(add(w0, n(s, 0)), w4); w12 = turn16(w12, w0); w8 = add(w8, w12); w4 = turn12(w4, w8)
      w0 = add(add(w0, n(s, 1)), w4); w12 = turn8(w12, w0); w8 = add(w8, w12); w4 = turn7(w4, w8)
      w1 = add(add(w1, n(s, 2)), w5); w13 = turn16(w13, w1); w9 = add(w9, w13); w5 = turn12(w5, w9)
      w1 = add(add(w1, n(s, 3)), w5); w13 = turn8(w13, w1); w9 = add(w9, w13); w5 = turn7(w5, w9)
      w2 = add(add(w2, n(s, 4)), w6); w14 = turn16(w14, w2); w10 = add(w10, w14); w6 = turn12(w6, w10)
      w2 = add(add(w2, n(s, 5)), w6); w14 = turn8(w14, w2); w10 = add(w10, w14); w6 = turn7(w6, w10)
      w3 = add(add(w3, n(s, 6)), w7); w15 = turn16(w15, w3); w11 = add(w11, w15); w7 = turn12(w7, w11)
      w3 = add(add(w3, n(s, 7)), w7); w15 = turn8(w15, w3); w11 = add(w11, w15); w7 = turn7(w7, w11)
      // Second group: diagonals
      w0 = add(add(w0, n(s, 8)), w5); w15 = turn16(w15, w0); w10 = add(w10, w15); w5 = turn12(w5, w10)
      w0 = add(add(w0, n(s, 9)), w5); w15 = turn8(w15, w0); w10 = add(w10, w15); w5 = turn7(w5, w10)
      w1 = add(add(w1, n(s, 10)), w6); w12 = turn16(w12, w1); w11 = add(w11, w12); w6 = turn12(w6, w11)
      w1 = add(add(w1, n(s, 11)), w6); w12 = turn8(w12, w1); w11 = add(w11, w12); w6 = turn7(w6, w11)
      w2 = add(add(w2, n(s, 12)), w7); w13 = turn16(w13, w2); w8 = add(w8, w13); w7 = turn12(w7, w8)
      w2 = add(add(w2, n(s, 13)), w7); w13 = turn8(w13, w2); w8 = add(w8, w13); w7 = turn7(w7, w8)
      w3 = add(add(w3, n(s, 14)), w4); w14 = turn16(w14, w3); w9 = add(w9, w14); w4 = turn12(w4, w9)
      w3 = add(add(w3, n(s, 15)), w4); w14 = turn8(w14, w3); w9 = add(w9, w14); w4 = turn7(w4, w9)
    }

    h0 = v128.xor(v0, v8)
    h1 = v128.xor(v1, v9)
    h2 = v128.xor(v2, v10)
    h3 = v128.xor(v3, v11)
    h4 = v128.xor(v4, v12)
    h5 = v128.xor(v5, v13)
    h6 = v128.xor(v6, v14)
    h7 = v128.xor(v7, v15)
    k0 = v128.xor(w0, w8)
    k1 = v128.xor(w1, w9)
    k2 = v128.xor(w2, w10)
    k3 = v128.xor(w3, w11)
    k4 = v128.xor(w4, w12)
    k5 = v128.xor(w5, w13)
    k6 = v128.xor(w6, w14)
    k7 = v128.xor(w7, w15)
  }
  transpose(h0, h1, h2, h3, out, CV)
  transpose(h4, h5, h6, h7, out + 16, CV)
  transpose(k0, k1, k2, k3, out + CV * 4, CV)
  transpose(k4, k5, k6, k7, out + CV * 4 + 16, CV)
}
