// Extended attributes of one entry: gathered while its pax records are read, written as one block when it is made.
//
// Takes: keys and values as runs of bytes in the pax body. Gives: an XATTRS block (records.ts) in BLOBS, sorted by key,
// so that two equal sets are equal bytes and the diff compares them without decoding.

import { XATTRS_BYTES, XATTRS_COUNT, XATTRS_HEAD } from './records'
import { Vec } from './memory'

// One gathered attribute. Of several with one key the highest rank wins.
//   | key | key length | value | value length | rank |
const KEY: usize = 0
const KEY_LENGTH: usize = 4
const VALUE: usize = 8
const VALUE_LENGTH: usize = 12
const RANK: usize = 16
const ITEM: usize = 20

/** Set in the rank of SCHILY.xattr: bsdtar writes both forms, and this one needs no decoding. */
export const RAW: u32 = 0x8000_0000
export const ENCODED: u32 = 0

const items = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const spare = memory.data(20, 16)

/** Whether the block that was written last has an attribute that overlayfs reads for itself. */
export let isForOverlay = false

// "trusted.", "user" and "overlay." as little-endian words.
const TRUSTED: u64 = 0x2e64_6574_7375_7274
const USER: u32 = 0x7265_7375
const OVERLAY: u64 = 0x2e79_616c_7265_766f

/** `trusted.overlay.` or `user.overlay.`, and more: opaque directories, redirects and contents elsewhere. */
function isOverlayKey(key: usize, length: usize): bool {
  if (length >= 16 && load<u64>(key) == TRUSTED) return load<u64>(key, 8) == OVERLAY
  return length >= 13 && load<u32>(key) == USER && load<u8>(key, 4) == 0x2e && load<u64>(key, 5) == OVERLAY
}

export function beginXattrs(): void {
  items.clear()
}

/** Forgets what was gathered for the last entry. */
export function clearXattrs(): void {
  items.length = 0
}

/** Adds an attribute whose bytes stay where they are until `writeXattrs`. */
export function addXattr(form: u32, key: usize, keyLength: usize, value: usize, valueLength: usize): void {
  const rank = <u32>(items.length / ITEM) | form
  const item = items.push(ITEM)
  store<u32>(item, <u32>key, KEY)
  store<u32>(item, <u32>keyLength, KEY_LENGTH)
  store<u32>(item, <u32>value, VALUE)
  store<u32>(item, <u32>valueLength, VALUE_LENGTH)
  store<u32>(item, rank, RANK)
}

/** Order of two runs of bytes: negative, zero or positive; a prefix comes first. */
export function compareBytes(a: usize, aLength: usize, b: usize, bLength: usize): i32 {
  const length = min(aLength, bLength)
  for (let i: usize = 0; i < length; i++) {
    const difference = <i32>load<u8>(a + i) - <i32>load<u8>(b + i)
    if (difference != 0) return difference
  }
  return <i32>aLength - <i32>bLength
}

function compareKeys(a: usize, b: usize): i32 {
  return compareBytes(load<u32>(a, KEY), load<u32>(a, KEY_LENGTH), load<u32>(b, KEY), load<u32>(b, KEY_LENGTH))
}

function precedes(a: usize, b: usize): bool {
  const order = compareKeys(a, b)
  return order != 0 ? order < 0 : load<u32>(a, RANK) < load<u32>(b, RANK)
}

/** Heap sort: a hostile header can hold a hundred thousand attributes, in whatever order hurts most. */
function sort(): void {
  const base = items.base
  const count = <i32>(items.length / ITEM)
  for (let i = (count >> 1) - 1; i >= 0; i--) sift(base, i, count)
  for (let end = count - 1; end > 0; end--) {
    swap(base, base + <usize>end * ITEM)
    sift(base, 0, end)
  }
}

function sift(base: usize, root: i32, count: i32): void {
  for (;;) {
    let child = (root << 1) + 1
    if (child >= count) return
    if (child + 1 < count && precedes(base + <usize>child * ITEM, base + <usize>(child + 1) * ITEM)) child++
    const a = base + <usize>root * ITEM
    const b = base + <usize>child * ITEM
    if (!precedes(a, b)) return
    swap(a, b)
    root = child
  }
}

function swap(a: usize, b: usize): void {
  memory.copy(spare, a, ITEM)
  memory.copy(a, b, ITEM)
  memory.copy(b, spare, ITEM)
}

/** Writes the block of what was gathered and returns its offset in `blobs`, or 0 for an empty set. */
export function writeXattrs(blobs: Vec): u32 {
  isForOverlay = false
  if (items.length == 0) return 0
  sort()
  const start = blobs.length
  blobs.push(XATTRS_HEAD)
  let count: u32 = 0
  for (let item = items.base, end = items.base + items.length; item < end; item += ITEM) {
    if (item + ITEM < end && compareKeys(item, item + ITEM) == 0) continue
    const keyLength = load<u32>(item, KEY_LENGTH)
    const valueLength = load<u32>(item, VALUE_LENGTH)
    if (isOverlayKey(load<u32>(item, KEY), keyLength)) isForOverlay = true
    const out = blobs.push(8 + keyLength + valueLength)
    store<u32>(out, keyLength)
    store<u32>(out, valueLength, 4)
    memory.copy(out + 8, load<u32>(item, KEY), keyLength)
    memory.copy(out + 8 + keyLength, load<u32>(item, VALUE), valueLength)
    count++
  }
  store<u32>(blobs.base + start, <u32>(blobs.length - start), XATTRS_BYTES)
  store<u32>(blobs.base + start, count, XATTRS_COUNT)
  return <u32>start
}
