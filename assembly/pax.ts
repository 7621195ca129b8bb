// Pax extended headers: the body of an entry of type x, parsed into the values that replace the next header's own.
//
// Takes: the whole body, which the caller has gathered and bounded. Gives: module globals, valid until the next `clear`;
// runs of bytes point into the body, some decoded in place.
// Follows POSIX.1-2001 pax interchange format, GNU tar's GNU.sparse.* keys and star's and libarchive's xattr keys. What
// makes a record invalid is Go's rule (archive/tar, parsePAXRecord and validPAXRecord).

import { ENCODED, RAW, addXattr, clearXattrs } from './xattrs'
import { Status, fail } from './status'
import { Vec } from './memory'

// Which values are set. An empty value in a record leaves the header's own in place, so it sets nothing.
export const PAX_PATH: u32 = 1
export const PAX_LINKPATH: u32 = 2
export const PAX_SIZE: u32 = 4
export const PAX_UID: u32 = 8
export const PAX_GID: u32 = 16
export const PAX_MTIME: u32 = 32
export const PAX_SPARSE_NAME: u32 = 64
export const PAX_SPARSE_SIZE: u32 = 128
export const PAX_SPARSE_REALSIZE: u32 = 256
export const PAX_SPARSE_MAP: u32 = 512

export let set: u32 = 0
export let path: usize = 0
export let pathLength: usize = 0
export let linkpath: usize = 0
export let linkpathLength: usize = 0
export let size: i64 = 0
export let uid: i64 = 0
export let gid: i64 = 0
export let mtime: i64 = 0
export let nanos: u32 = 0
export let sparseName: usize = 0
export let sparseNameLength: usize = 0
export let sparseSize: i64 = 0
export let sparseRealsize: i64 = 0
/** GNU.sparse.major and minor: the version's text as one byte each, 0 when absent, 0xff when neither "0" nor "1". */
export let sparseMajor: u8 = 0
export let sparseMinor: u8 = 0
/** GNU.sparse.numblocks, -1 when absent. */
export let sparseBlocks: i64 = -1
/** Whether regions came as pairs of records, version 0.0: they beat a map, wherever it stands. */
let hasPairs = false
/** Offsets and lengths of the regions of GNU.sparse 0.0 and 0.1: 8 bytes each. */
export const sparseMap = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

/** For the start of a job. */
export function begin(): void {
  sparseMap.clear()
  clear()
}

/** Forgets all values. */
export function clear(): void {
  set = 0
  sparseMajor = 0
  sparseMinor = 0
  sparseBlocks = -1
  hasPairs = false
  sparseMap.length = 0
  clearXattrs()
}

// Keys, compared as bytes. A key is at most 18 bytes here, so that a table of literals in static memory is enough.
// @ts-ignore: decorator
@inline
function is(key: usize, length: usize, text: usize, textLength: usize): bool {
  if (length != textLength) return false
  for (let i: usize = 0; i < length; i++) if (load<u8>(key + i) != load<u8>(text + i)) return false
  return true
}

// @ts-ignore: decorator
@inline
function startsWith(key: usize, length: usize, text: usize, textLength: usize): bool {
  return length > textLength && is(key, textLength, text, textLength)
}

const K_PATH = memory.data<u8>([0x70, 0x61, 0x74, 0x68]) // path
const K_LINKPATH = memory.data<u8>([0x6c, 0x69, 0x6e, 0x6b, 0x70, 0x61, 0x74, 0x68]) // linkpath
const K_SIZE = memory.data<u8>([0x73, 0x69, 0x7a, 0x65]) // size
const K_UID = memory.data<u8>([0x75, 0x69, 0x64]) // uid
const K_GID = memory.data<u8>([0x67, 0x69, 0x64]) // gid
const K_UNAME = memory.data<u8>([0x75, 0x6e, 0x61, 0x6d, 0x65]) // uname
const K_GNAME = memory.data<u8>([0x67, 0x6e, 0x61, 0x6d, 0x65]) // gname
const K_MTIME = memory.data<u8>([0x6d, 0x74, 0x69, 0x6d, 0x65]) // mtime
// SCHILY.xattr.
const K_SCHILY = memory.data<u8>([0x53, 0x43, 0x48, 0x49, 0x4c, 0x59, 0x2e, 0x78, 0x61, 0x74, 0x74, 0x72, 0x2e])
// LIBARCHIVE.xattr.
const K_LIBARCHIVE = memory.data<u8>([
  0x4c, 0x49, 0x42, 0x41, 0x52, 0x43, 0x48, 0x49, 0x56, 0x45, 0x2e, 0x78, 0x61, 0x74, 0x74, 0x72, 0x2e,
])
// GNU.sparse.
const K_SPARSE = memory.data<u8>([0x47, 0x4e, 0x55, 0x2e, 0x73, 0x70, 0x61, 0x72, 0x73, 0x65, 0x2e])
const K_MAJOR = memory.data<u8>([0x6d, 0x61, 0x6a, 0x6f, 0x72]) // major
const K_MINOR = memory.data<u8>([0x6d, 0x69, 0x6e, 0x6f, 0x72]) // minor
const K_NAME = memory.data<u8>([0x6e, 0x61, 0x6d, 0x65]) // name
const K_REALSIZE = memory.data<u8>([0x72, 0x65, 0x61, 0x6c, 0x73, 0x69, 0x7a, 0x65]) // realsize
const K_NUMBLOCKS = memory.data<u8>([0x6e, 0x75, 0x6d, 0x62, 0x6c, 0x6f, 0x63, 0x6b, 0x73]) // numblocks
const K_MAP = memory.data<u8>([0x6d, 0x61, 0x70]) // map
const K_OFFSET = memory.data<u8>([0x6f, 0x66, 0x66, 0x73, 0x65, 0x74]) // offset
const K_NUMBYTES = memory.data<u8>([0x6e, 0x75, 0x6d, 0x62, 0x79, 0x74, 0x65, 0x73]) // numbytes

/** Parses a body: records of the form `LENGTH KEY=VALUE\n`. Fails with TarPaxRecord. */
export function parse(body: usize, length: usize): void {
  const end = body + length
  while (body < end) {
    // LENGTH counts the whole record, itself included.
    let digits = body
    let bytes: u64 = 0
    for (; digits < end && load<u8>(digits) != 0x20; digits++) {
      const digit = <u8>(load<u8>(digits) - 0x30)
      if (digit > 9 || bytes > 0xffff_ffff) fail(Status.TarPaxRecord)
      bytes = bytes * 10 + digit
    }
    if (digits == body || bytes < 5 || bytes > <u64>(end - body)) fail(Status.TarPaxRecord)
    const last = body + <usize>bytes - 1
    const key = digits + 1
    if (key >= last || load<u8>(last) != 0x0a) fail(Status.TarPaxRecord)
    let equals = key
    while (equals < last && load<u8>(equals) != 0x3d) equals++
    if (equals == last || equals == key) fail(Status.TarPaxRecord)
    record(key, equals - key, equals + 1, last - equals - 1)
    body = last + 1
  }
  // A region's offset without its length.
  if ((sparseMap.length & 15) != 0) fail(Status.TarPaxRecord)
}

/** Takes over one record. A later one of the same key wins. */
function record(key: usize, keyLength: usize, value: usize, valueLength: usize): void {
  if (startsWith(key, keyLength, K_SCHILY, 13)) {
    refuseNul(key, keyLength)
    addXattr(RAW, key + 13, keyLength - 13, value, valueLength)
  } else if (startsWith(key, keyLength, K_LIBARCHIVE, 17)) {
    refuseNul(key, keyLength)
    const name = key + 17
    const nameLength = decodePercent(name, keyLength - 17)
    addXattr(ENCODED, name, nameLength, value, decodeBase64(value, valueLength))
  } else if (startsWith(key, keyLength, K_SPARSE, 11)) {
    sparseRecord(key + 11, keyLength - 11, value, valueLength)
  } else if (is(key, keyLength, K_PATH, 4)) {
    refuseNul(value, valueLength)
    path = value
    pathLength = valueLength
    mark(PAX_PATH, valueLength)
  } else if (is(key, keyLength, K_LINKPATH, 8)) {
    refuseNul(value, valueLength)
    linkpath = value
    linkpathLength = valueLength
    mark(PAX_LINKPATH, valueLength)
  } else if (is(key, keyLength, K_UNAME, 5) || is(key, keyLength, K_GNAME, 5)) {
    refuseNul(value, valueLength)
  } else if (is(key, keyLength, K_SIZE, 4)) {
    size = integer(value, valueLength)
    mark(PAX_SIZE, valueLength)
  } else if (is(key, keyLength, K_UID, 3)) {
    uid = integer(value, valueLength)
    mark(PAX_UID, valueLength)
  } else if (is(key, keyLength, K_GID, 3)) {
    gid = integer(value, valueLength)
    mark(PAX_GID, valueLength)
  } else if (is(key, keyLength, K_MTIME, 5)) {
    time(value, valueLength)
    mark(PAX_MTIME, valueLength)
  } else {
    refuseNul(key, keyLength)
  }
}

/** A record whose key began with GNU.sparse. */
function sparseRecord(key: usize, keyLength: usize, value: usize, valueLength: usize): void {
  if (is(key, keyLength, K_MAJOR, 5)) {
    sparseMajor = version(value, valueLength)
  } else if (is(key, keyLength, K_MINOR, 5)) {
    sparseMinor = version(value, valueLength)
  } else if (is(key, keyLength, K_NAME, 4)) {
    refuseNul(value, valueLength)
    sparseName = value
    sparseNameLength = valueLength
    mark(PAX_SPARSE_NAME, valueLength)
  } else if (is(key, keyLength, K_SIZE, 4)) {
    sparseSize = integer(value, valueLength)
    mark(PAX_SPARSE_SIZE, valueLength)
  } else if (is(key, keyLength, K_REALSIZE, 8)) {
    sparseRealsize = integer(value, valueLength)
    mark(PAX_SPARSE_REALSIZE, valueLength)
  } else if (is(key, keyLength, K_NUMBLOCKS, 9)) {
    sparseBlocks = integer(value, valueLength)
  } else if (is(key, keyLength, K_MAP, 3)) {
    // Version 0.1: OFFSET,LENGTH,OFFSET,LENGTH...
    const start = hasPairs ? sparseMap.length : 0
    sparseMap.length = start
    if (!hasPairs) mark(PAX_SPARSE_MAP, valueLength)
    const end = value + valueLength
    while (value < end) {
      let comma = value
      while (comma < end && load<u8>(comma) != 0x2c) comma++
      if (comma == value || comma + 1 == end) fail(Status.TarSparse)
      store<i64>(sparseMap.push(8), integer(value, comma - value))
      value = comma + 1
    }
    if (((sparseMap.length - start) & 15) != 0) fail(Status.TarSparse)
    if (hasPairs) sparseMap.length = start
  } else if (is(key, keyLength, K_OFFSET, 6) || is(key, keyLength, K_NUMBYTES, 8)) {
    // Version 0.0: the two keys alternate, a pair for each region.
    if (!hasPairs) sparseMap.length = 0
    hasPairs = true
    const wantsOffset = (sparseMap.length & 15) == 0
    if (wantsOffset != (keyLength == 6) || valueLength == 0) fail(Status.TarPaxRecord)
    set |= PAX_SPARSE_MAP
    store<i64>(sparseMap.push(8), integer(value, valueLength))
  } else {
    refuseNul(key, keyLength)
  }
}

// @ts-ignore: decorator
@inline
function mark(bit: u32, valueLength: usize): void {
  set = valueLength == 0 ? set & ~bit : set | bit
}

function refuseNul(at: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) if (load<u8>(at + i) == 0) fail(Status.TarPaxRecord)
}

function version(value: usize, length: usize): u8 {
  if (length == 0) return 0
  const digit = load<u8>(value)
  return length == 1 && (digit == 0x30 || digit == 0x31) ? digit : 0xff
}

/** A decimal number with an optional sign; 0 when empty. */
export function integer(at: usize, length: usize): i64 {
  if (length == 0) return 0
  const sign = load<u8>(at)
  const negative = sign == 0x2d
  let i: usize = negative || sign == 0x2b ? 1 : 0
  if (i == length) fail(Status.TarPaxRecord)
  let value: u64 = 0
  for (; i < length; i++) {
    const digit = <u8>(load<u8>(at + i) - 0x30)
    if (digit > 9 || value > 922337203685477580) fail(Status.TarPaxRecord)
    value = value * 10 + digit
  }
  if (value > <u64>i64.MAX_VALUE) fail(Status.TarPaxRecord)
  return negative ? -<i64>value : <i64>value
}

/** Seconds with an optional fraction, cut to nanoseconds; -1.5 is second -2 and half a second more. */
function time(at: usize, length: usize): void {
  let dot: usize = 0
  while (dot < length && load<u8>(at + dot) != 0x2e) dot++
  if (dot == 0 && length != 0) fail(Status.TarPaxRecord)
  const seconds = integer(at, dot)
  let fraction: u32 = 0
  let unit: u32 = 100_000_000
  for (let i = dot + 1; i < length; i++) {
    const digit = <u8>(load<u8>(at + i) - 0x30)
    if (digit > 9) fail(Status.TarPaxRecord)
    fraction += digit * unit
    unit /= 10
  }
  mtime = seconds
  nanos = fraction
  // The sign is the text's, since the seconds of -0.5 are zero.
  if (fraction != 0 && load<u8>(at) == 0x2d) {
    mtime = seconds - 1
    nanos = 1_000_000_000 - fraction
  }
}

function hexDigit(byte: u8): i32 {
  if (<u8>(byte - 0x30) < 10) return byte - 0x30
  const letter = <u8>((byte | 0x20) - 0x61)
  return letter < 6 ? letter + 10 : -1
}

/** Decodes %XX in place and returns the new length. A % that no two digits follow stands for itself. */
function decodePercent(at: usize, length: usize): usize {
  let out: usize = 0
  for (let i: usize = 0; i < length; i++) {
    let byte = load<u8>(at + i)
    if (byte == 0x25 && i + 2 < length) {
      const high = hexDigit(load<u8>(at + i + 1))
      const low = hexDigit(load<u8>(at + i + 2))
      if (high >= 0 && low >= 0) {
        byte = <u8>((high << 4) | low)
        i += 2
      }
    }
    store<u8>(at + out++, byte)
  }
  return out
}

/** Decodes base64 in place and returns the new length. As libarchive: `=` and `_` end it, what is no digit is passed over. */
function decodeBase64(at: usize, length: usize): usize {
  let out: usize = 0
  let bits: u32 = 0
  let have: u32 = 0
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(at + i)
    let sextet: u32 = 0
    if (<u8>(byte - 0x41) < 26) sextet = byte - 0x41
    else if (<u8>(byte - 0x61) < 26) sextet = byte - 0x61 + 26
    else if (<u8>(byte - 0x30) < 10) sextet = byte - 0x30 + 52
    else if (byte == 0x2b) sextet = 62
    else if (byte == 0x2f) sextet = 63
    else if (byte == 0x3d || byte == 0x5f) break
    else continue
    bits = (bits << 6) | sextet
    have += 6
    if (have >= 8) {
      have -= 8
      store<u8>(at + out++, <u8>(bits >> have))
    }
  }
  return out
}
