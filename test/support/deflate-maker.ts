// Random DEFLATE bodies that no compressor would make: every kind of block, codes of every shape, matches of every length
// and distance. Takes random numbers; gives bytes that are mostly right.

import { Bits, canonical } from './gzip-builder.js'
import type { Random } from './stacks.js'

const PRECODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const END = 256

/** Lengths of a complete code of some symbols: a tree is split at random leaves until each has its own. */
function completeCode(random: Random, symbols: readonly number[], count: number, longest: number): number[] {
  const lengths = new Array<number>(count).fill(0)
  const leaves = [1, 1]
  while (leaves.length < symbols.length) {
    // The last leaf again and again makes long codes.
    const at = random.chance(40) ? leaves.length - 1 : random.int(leaves.length)
    const length = leaves[at] as number
    if (length === longest) {
      const shorter = leaves.findIndex((other) => other < longest)
      if (shorter < 0) break
      leaves.splice(shorter, 1, (leaves[shorter] as number) + 1, (leaves[shorter] as number) + 1)
    } else leaves.splice(at, 1, length + 1, length + 1)
  }
  for (const [i, symbol] of symbols.entries()) lengths[symbol] = leaves[i] ?? 0
  return lengths
}

function someSymbols(random: Random, among: number, count: number): number[] {
  const all = new Set<number>()
  while (all.size < count) all.add(random.int(among))
  return [...all]
}

/** A match or literal at a time, as codes that `write` knows. */
function writeSymbols(
  random: Random,
  bits: Bits,
  literals: string[],
  distances: string[],
  produced: { count: number },
): void {
  const known = literals.map((code, symbol) => (code ? symbol : -1)).filter((symbol) => symbol >= 0)
  const far = distances.map((code, symbol) => (code ? symbol : -1)).filter((symbol) => symbol >= 0)
  for (let n = random.int(40); n > 0; n--) {
    const symbol = random.pick(known)
    if (symbol === END) continue
    if (symbol > END && far.length === 0) continue
    bits.code(literals[symbol] as string)
    if (symbol < END) {
      produced.count++
      continue
    }
    const k = symbol - 257
    bits.number(random.int(64), k < 8 || k === 28 ? 0 : (k >> 2) - 1)
    const near = far.filter((distance) => distance < 4 || produced.count > 1 << (distance / 2))
    const distance = random.chance(97) && near.length > 0 ? random.pick(near) : random.pick(far)
    bits.code(distances[distance] as string).number(random.int(1 << 13), distance < 4 ? 0 : (distance >> 1) - 1)
    produced.count += 3
  }
  if (literals[END]) bits.code(literals[END])
}

function writeDynamic(random: Random, bits: Bits, produced: { count: number }): void {
  const literals = completeCode(
    random,
    [END, ...someSymbols(random, 286, 1 + random.int(random.chance(20) ? 200 : 20)).filter((symbol) => symbol !== END)],
    286,
    15,
  )
  const used = random.chance(15) ? random.int(2) : 2 + random.int(random.chance(50) ? 28 : 4)
  const distances =
    used < 2
      ? new Array<number>(30).fill(0).map((_, symbol) => (used === 1 && symbol === 3 ? 1 : 0))
      : completeCode(random, someSymbols(random, 30, used), 30, 15)
  const last = (lengths: number[], least: number) => Math.max(least, lengths.findLastIndex((length) => length > 0) + 1)
  const [literalCount, distanceCount] = [last(literals, 257), last(distances, 1)]
  // Lengths as they are, or runs of them.
  const all = [...literals.slice(0, literalCount), ...distances.slice(0, distanceCount)]
  const items: [symbol: number, extra: number, width: number][] = []
  for (let at = 0; at < all.length; ) {
    let run = 1
    while (at + run < all.length && all[at + run] === all[at]) run++
    if (all[at] === 0 && run >= 11) items.push([18, Math.min(run, 138) - 11, 7])
    else if (all[at] === 0 && run >= 3) items.push([17, Math.min(run, 10) - 3, 3])
    else if (at > 0 && all[at] === all[at - 1] && run >= 3) items.push([16, Math.min(run, 6) - 3, 2])
    else items.push([all[at] as number, 0, 0])
    const [symbol, extra] = items.at(-1) as [number, number, number]
    at += symbol === 18 ? extra + 11 : symbol > 15 ? extra + 3 : 1
  }
  const needed = [...new Set(items.map(([symbol]) => symbol))]
  while (needed.length < 2) needed.push(needed[0] === 0 ? 1 : 0)
  const precode = completeCode(random, needed, 19, 7)
  const codes = canonical(precode)
  bits
    .number(literalCount - 257, 5)
    .number(distanceCount - 1, 5)
    .number(15, 4)
  for (const symbol of PRECODE_ORDER) bits.number(precode[symbol] ?? 0, 3)
  for (const [symbol, extra, width] of items) bits.code(codes[symbol] as string).number(extra, width)
  writeSymbols(random, bits, canonical(literals), canonical(distances), produced)
}

const FIXED = Array.from({ length: 286 }, (_, symbol) => {
  const [base, first, width] =
    symbol < 144 ? [0x30, 0, 8] : symbol < 256 ? [0x190, 144, 9] : symbol < 280 ? [0, 256, 7] : [0xc0, 280, 8]
  return (base + symbol - first).toString(2).padStart(width, '0')
})
const FIXED_DISTANCES = Array.from({ length: 30 }, (_, symbol) => symbol.toString(2).padStart(5, '0'))

export function randomDeflate(random: Random): Buffer {
  const bits = new Bits()
  const produced = { count: 0 }
  for (let blocks = 1 + random.int(3); blocks > 0; blocks--) {
    bits.number(blocks === 1 ? 1 : 0, 1)
    const kind = random.int(5)
    if (kind === 0) {
      const length = random.int(30)
      bits
        .number(0, 2)
        .align()
        .number(length, 16)
        .number(~length & 0xffff, 16)
      for (let i = 0; i < length; i++) bits.number(random.int(256), 8)
      produced.count += length
    } else if (kind === 1) writeSymbols(random, bits.number(1, 2), FIXED, FIXED_DISTANCES, produced)
    else writeDynamic(random, bits.number(2, 2), produced)
  }
  return bits.done
}
