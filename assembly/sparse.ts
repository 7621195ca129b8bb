// Sparse files: a map of the regions that the archive holds, the rest being zeros.
//
// Takes: maps in their four forms (old GNU in the header and its extension blocks; GNU.sparse 0.0 and 0.1 in pax
// records, gathered by pax.ts; 1.0 as text before the data). Gives: regions in order, checked, and their content hashed
// with its holes: a sparse file's hash is that of the file as it reads, so that it equals a plain copy.
// Follows GNU tar's manual ("Storing Sparse Files") and Go's checks (validateSparseEntries).

import * as blake3 from './blake3'
import { Vec } from './memory'
import { sparseBlocks, sparseMap } from './pax'
import { number } from './header'
import { Status, fail } from './status'

// One region:  | offset in the file: i64 | length: i64 |
const REGION: usize = 16
const regions = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

/** Bytes that the regions hold together. */
export let dataBytes: u64 = 0

// Where hashing stands: bytes of the file so far, the region at hand (an offset into `regions`).
let filled: u64 = 0
let region: usize = 0

// The text map of version 1.0: numbers still to come (-1: their count is the first), the number at hand, its digits.
let numbersLeft: i64 = 0
let value: u64 = 0
let digits: u32 = 0
let offset: u64 = 0
/** Bytes of the map read so far; it ends at a multiple of 512. */
let mapBytes: u64 = 0

export function begin(): void {
  regions.clear()
}

/** Starts an empty map. */
export function startMap(): void {
  regions.length = 0
  dataBytes = 0
}

function addRegion(start: i64, length: i64): void {
  const at = regions.push(REGION)
  store<i64>(at, start)
  store<i64>(at, length, 8)
}

/** Reads up to `count` old GNU entries of 24 bytes; an entry that begins with a NUL ends the map. */
export function readGnuEntries(at: usize, count: i32): void {
  for (; count > 0; count--, at += 24) {
    if (load<u8>(at) == 0) return
    addRegion(number(at, 12), number(at + 12, 12))
  }
}

/** Bytes that the map has cost so far, for the limit on what comes before an entry's data. */
export function mapCost(): u64 {
  return max(mapBytes, <u64>regions.length)
}

/** Takes over the map of pax records, versions 0.0 and 0.1. */
export function readPaxMap(): void {
  if (sparseBlocks < 0 || <u64>sparseBlocks != <u64>(sparseMap.length / REGION)) fail(Status.TarSparse)
  memory.copy(regions.push(sparseMap.length), sparseMap.base, sparseMap.length)
}

/** Starts the text map of version 1.0, which `readText` is to be fed. */
export function startText(): void {
  numbersLeft = -1
  value = 0
  digits = 0
  mapBytes = 0
}

/** Reads map text and returns how many bytes it took; fewer than given means that the map is complete. */
export function readText(at: usize, length: usize): usize {
  for (let i: usize = 0; i < length; i++) {
    // All numbers are here: what is left of the block is padding.
    if (numbersLeft == 0) {
      const padding = <usize>((512 - (mapBytes & 511)) & 511)
      const taken = min(padding, length - i)
      mapBytes += taken
      return i + taken
    }
    const byte = load<u8>(at + i)
    mapBytes++
    if (byte == 0x0a) {
      if (digits == 0) fail(Status.TarSparse)
      takeNumber()
      value = 0
      digits = 0
      continue
    }
    const digit = <u8>(byte - 0x30)
    if (digit > 9 || ++digits > 18) fail(Status.TarSparse)
    value = value * 10 + digit
  }
  return length
}

/** Whether the text map is complete, its padding included. */
export function textComplete(): bool {
  return numbersLeft == 0 && (mapBytes & 511) == 0
}

function takeNumber(): void {
  if (numbersLeft < 0) {
    numbersLeft = <i64>value * 2
    // More regions than any limit lets through; the product must not overflow.
    if (value > 1 << 30) fail(Status.LimitMetaBytes)
    return
  }
  if (numbersLeft & 1) addRegion(<i64>offset, <i64>value)
  else offset = value
  numbersLeft--
}

/** Checks a complete map against the size of the whole file, and makes ready to hash. */
export function finishMap(size: u64): void {
  let end: u64 = 0
  for (let at = regions.base, last = at + regions.length; at < last; at += REGION) {
    const start = load<i64>(at)
    const length = load<i64>(at, 8)
    if (start < 0 || length < 0 || <u64>start < end || <u64>start > size || <u64>length > size - <u64>start) {
      fail(Status.TarSparse)
    }
    end = <u64>(start + length)
    dataBytes += <u64>length
  }
  filled = 0
  region = 0
}

/** Hashes archived bytes of the file at hand, and the holes before them. */
export function content(at: usize, length: usize): void {
  while (length > 0) {
    // `dataBytes` bounds what is fed, so there is a region for every byte.
    const current = regions.base + region
    const start = load<u64>(current)
    const end = start + load<u64>(current, 8)
    if (filled < start) {
      blake3.updateZeros(start - filled)
      filled = start
    }
    const taken = <usize>min(<u64>length, end - filled)
    blake3.update(at, taken)
    at += taken
    length -= taken
    filled += taken
    if (filled == end) region += REGION
  }
}

/** Hashes the hole that ends the file. */
export function finishContent(size: u64): void {
  if (filled < size) blake3.updateZeros(size - filled)
}
