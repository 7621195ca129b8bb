// The compression function of BLAKE3, one block at a time, in 32-bit words.
//
// Takes: a chaining value and a block of 64 bytes. Gives: the next chaining value.
// Follows the specification of BLAKE3 (c2sp.org/BLAKE3).
//
// State, with the specification's names:
//   h   chaining value, 8 words: the IV at the start of a chunk and for every parent
//   m   the block, 16 words, little-endian
//   v   working state, a 4x4 square of words:
//
//         v0  v1  v2  v3     h0 .. h3
//         v4  v5  v6  v7     h4 .. h7
//         v8  v9  v10 v11    IV0 .. IV3
//         v12 v13 v14 v15    counter (low, high), bytes in the block, flags
//
// A round mixes the columns (v0 v4 v8 v12 and so on), then the diagonals (v0 v5 v10 v15 and so on). One mixing takes
// four words of v and two of m: two lines below. The seven rounds differ in nothing but the order of m. The result is
// the upper half of the square xored with the lower half.
//
// Why it is fast: the columns are independent of each other, and so are the diagonals. That is four chains of
// additions, xors and rotations of one cycle each, enough to keep all scalar units of a processor busy. And a + m comes
// before + b, since b is the last word to be ready.
//
// Measured in Node 20 (AMD Zen 5), chunks of 1 KiB, MB/s, medians of one run:
//   this                                                            1005
//   a loop over the rounds that looks the order of m up in a table   616
//   one text of a round, v in memory between rounds                  633
//   a loop over the rounds, m permuted by SIMD shuffles              667
//   SIMD, each row of the square in a vector                         511, one chain where there were four
// So the rounds stand here in full. With SIMD on, this serves what is too little for the lanes of blake3-lanes.ts.

export const IV0: u32 = 0x6a09e667
export const IV1: u32 = 0xbb67ae85
export const IV2: u32 = 0x3c6ef372
export const IV3: u32 = 0xa54ff53a
export const IV4: u32 = 0x510e527f
export const IV5: u32 = 0x9b05688c
export const IV6: u32 = 0x1f83d9ab
export const IV7: u32 = 0x5be0cd19

/** The chaining value that every chunk and every parent starts from. */
export const IV = memory.data<u32>([IV0, IV1, IV2, IV3, IV4, IV5, IV6, IV7], 16)

export const BLOCK: usize = 64
/** Bytes of a chaining value, and of the hash. */
export const CV: usize = 32

// Flags
export const CHUNK_START: u32 = 1
export const CHUNK_END: u32 = 2
export const PARENT: u32 = 4
export const ROOT: u32 = 8

/**
 * Compresses the block at `block`, of which `length` bytes count (the others are 0), into the chaining value at `h` and
 * writes the next one to `out`, which may be `h` or lie within the block.
 */
export function compress(h: usize, block: usize, length: usize, counter: u64, flags: u32, out: usize): void {
  let v0 = load<u32>(h, 0)
  let v1 = load<u32>(h, 4)
  let v2 = load<u32>(h, 8)
  let v3 = load<u32>(h, 12)
  let v4 = load<u32>(h, 16)
  let v5 = load<u32>(h, 20)
  let v6 = load<u32>(h, 24)
  let v7 = load<u32>(h, 28)
  let v8 = IV0
  let v9 = IV1
  let v10 = IV2
  let v11 = IV3
  let v12 = <u32>counter
  let v13 = <u32>(counter >> 32)
  let v14 = <u32>length
  let v15 = flags

  const m0 = load<u32>(block, 0)
  const m1 = load<u32>(block, 4)
  const m2 = load<u32>(block, 8)
  const m3 = load<u32>(block, 12)
  const m4 = load<u32>(block, 16)
  const m5 = load<u32>(block, 20)
  const m6 = load<u32>(block, 24)
  const m7 = load<u32>(block, 28)
  const m8 = load<u32>(block, 32)
  const m9 = load<u32>(block, 36)
  const m10 = load<u32>(block, 40)
  const m11 = load<u32>(block, 44)
  const m12 = load<u32>(block, 48)
  const m13 = load<u32>(block, 52)
  const m14 = load<u32>(block, 56)
  const m15 = load<u32>(block, 60)

  // Round 1: 0 1 2 3 4 5 6 7 | 8 9 10 11 12 13 14 15
  v0 = v0 + m0 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m1 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m2 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m3 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m4 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m5 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m6 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m7 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m8 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m9 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m10 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m11 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m12 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m13 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m14 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m15 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)
  // Round 2: 2 6 3 10 7 0 4 13 | 1 11 12 5 9 14 15 8
  v0 = v0 + m2 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m6 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m3 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m10 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m7 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m0 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m4 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m13 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m1 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m11 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m12 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m5 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m9 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m14 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m15 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m8 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)
  // Round 3: 3 4 10 12 13 2 7 14 | 6 5 9 0 11 15 8 1
  v0 = v0 + m3 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m4 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m10 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m12 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m13 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m2 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m7 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m14 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m6 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m5 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m9 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m0 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m11 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m15 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m8 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m1 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)
  // Round 4: 10 7 12 9 14 3 13 15 | 4 0 11 2 5 8 1 6
  v0 = v0 + m10 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m7 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m12 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m9 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m14 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m3 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m13 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m15 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m4 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m0 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m11 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m2 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m5 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m8 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m1 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m6 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)
  // Round 5: 12 13 9 11 15 10 14 8 | 7 2 5 3 0 1 6 4
  v0 = v0 + m12 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m13 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m9 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m11 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m15 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m10 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m14 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m8 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m7 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m2 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m5 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m3 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m0 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m1 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m6 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m4 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)
  // Round 6: 9 14 11 5 8 12 15 1 | 13 3 0 10 2 6 4 7
  v0 = v0 + m9 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m14 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m11 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m5 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m8 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m12 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m15 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m1 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m13 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m3 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m0 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m10 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m2 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m6 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m4 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m7 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)
  // Round 7: 11 15 5 0 1 9 8 6 | 14 10 2 12 3 4 7 13
  v0 = v0 + m11 + v4; v12 = rotr(v12 ^ v0, 16); v8 += v12; v4 = rotr(v4 ^ v8, 12)
  v0 = v0 + m15 + v4; v12 = rotr(v12 ^ v0, 8); v8 += v12; v4 = rotr(v4 ^ v8, 7)
  v1 = v1 + m5 + v5; v13 = rotr(v13 ^ v1, 16); v9 += v13; v5 = rotr(v5 ^ v9, 12)
  v1 = v1 + m0 + v5; v13 = rotr(v13 ^ v1, 8); v9 += v13; v5 = rotr(v5 ^ v9, 7)
  v2 = v2 + m1 + v6; v14 = rotr(v14 ^ v2, 16); v10 += v14; v6 = rotr(v6 ^ v10, 12)
  v2 = v2 + m9 + v6; v14 = rotr(v14 ^ v2, 8); v10 += v14; v6 = rotr(v6 ^ v10, 7)
  v3 = v3 + m8 + v7; v15 = rotr(v15 ^ v3, 16); v11 += v15; v7 = rotr(v7 ^ v11, 12)
  v3 = v3 + m6 + v7; v15 = rotr(v15 ^ v3, 8); v11 += v15; v7 = rotr(v7 ^ v11, 7)
  v0 = v0 + m14 + v5; v15 = rotr(v15 ^ v0, 16); v10 += v15; v5 = rotr(v5 ^ v10, 12)
  v0 = v0 + m10 + v5; v15 = rotr(v15 ^ v0, 8); v10 += v15; v5 = rotr(v5 ^ v10, 7)
  v1 = v1 + m2 + v6; v12 = rotr(v12 ^ v1, 16); v11 += v12; v6 = rotr(v6 ^ v11, 12)
  v1 = v1 + m12 + v6; v12 = rotr(v12 ^ v1, 8); v11 += v12; v6 = rotr(v6 ^ v11, 7)
  v2 = v2 + m3 + v7; v13 = rotr(v13 ^ v2, 16); v8 += v13; v7 = rotr(v7 ^ v8, 12)
  v2 = v2 + m4 + v7; v13 = rotr(v13 ^ v2, 8); v8 += v13; v7 = rotr(v7 ^ v8, 7)
  v3 = v3 + m7 + v4; v14 = rotr(v14 ^ v3, 16); v9 += v14; v4 = rotr(v4 ^ v9, 12)
  v3 = v3 + m13 + v4; v14 = rotr(v14 ^ v3, 8); v9 += v14; v4 = rotr(v4 ^ v9, 7)

  store<u32>(out, v0 ^ v8, 0)
  store<u32>(out, v1 ^ v9, 4)
  store<u32>(out, v2 ^ v10, 8)
  store<u32>(out, v3 ^ v11, 12)
  store<u32>(out, v4 ^ v12, 16)
  store<u32>(out, v5 ^ v13, 20)
  store<u32>(out, v6 ^ v14, 24)
  store<u32>(out, v7 ^ v15, 28)
}
