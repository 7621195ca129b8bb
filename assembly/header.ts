// One tar header: 512 bytes, pure decoding, no state.
//
// Takes: the address of a block. Gives: its fields as numbers and runs of bytes; what they mean for the entry that
// follows (long names, pax records, sparse maps) is tar.ts's business.
// Follows POSIX.1-1988 (ustar), GNU tar's manual ("Basic Tar Format") and, where writers differ, Go's archive/tar, which
// is what moby, containerd, podman and buildah read layers with.
//
//   offset length  field        offset length  field
//        0    100  name            265     32  uname
//      100      8  mode            297     32  gname
//      108      8  uid             329      8  devmajor
//      116      8  gid             337      8  devminor
//      124     12  size            345    155  prefix            (ustar; 131 bytes in star)
//      136     12  mtime           345     12  atime             (GNU)
//      148      8  checksum        357     12  ctime             (GNU)
//      156      1  typeflag        386     96  4 sparse entries  (GNU)
//      157    100  linkname        482      1  isextended        (GNU)
//      257      8  magic, version  483     12  realsize          (GNU)

import { EntryType } from './records'
import { Status, fail } from './status'

export const BLOCK: usize = 512

export const NAME: usize = 0
export const NAME_LENGTH: usize = 100
export const MODE: usize = 100
export const UID: usize = 108
export const GID: usize = 116
export const SIZE: usize = 124
export const MTIME: usize = 136
export const CHECKSUM: usize = 148
export const TYPEFLAG: usize = 156
export const LINKNAME: usize = 157
export const LINKNAME_LENGTH: usize = 100
export const MAGIC: usize = 257
export const DEVMAJOR: usize = 329
export const DEVMINOR: usize = 337
export const PREFIX: usize = 345
export const PREFIX_LENGTH: usize = 155
export const STAR_PREFIX_LENGTH: usize = 131
export const STAR_TRAILER: usize = 508
export const GNU_ATIME: usize = 345
export const GNU_CTIME: usize = 357
export const GNU_SPARSE: usize = 386
export const GNU_SPARSE_ENTRIES: i32 = 4
export const GNU_ISEXTENDED: usize = 482
export const GNU_REALSIZE: usize = 483

/** Dialect of one header. Pax is not one of them: it is ustar after a header of type x. */
export const enum Dialect {
  V7,
  Ustar,
  Star,
  Gnu,
}

/** Whether all 512 bytes are zero, as the two blocks that end an archive are. */
export function isZeroBlock(block: usize): bool {
  let bits: u64 = 0
  for (let at = block, end = block + BLOCK; at < end; at += 32) {
    bits |= load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)
    if (bits != 0) return false
  }
  return true
}

/**
 * Whether the checksum is right: the sum of all bytes, its own eight counted as spaces. Writers of the eighties summed
 * signed chars, so that sum is accepted too.
 *
 * Eight bytes are summed at a time, as lanes of 16 bits in one word: 64 words put at most 64 * 2 * 255 in a lane, which
 * fits. The signed sum is the unsigned one less 256 for every byte with its top bit set.
 */
export function checksumMatches(block: usize): bool {
  let lanes: u64 = 0
  let high: i32 = 0
  for (let at = block, end = block + BLOCK; at < end; at += 8) {
    const word = load<u64>(at)
    lanes += (word & 0x00ff00ff00ff00ff) + ((word >> 8) & 0x00ff00ff00ff00ff)
    high += <i32>popcnt(word & 0x8080808080808080)
  }
  let sum = <i32>((lanes & 0xffff) + ((lanes >> 16) & 0xffff) + ((lanes >> 32) & 0xffff) + (lanes >> 48))
  for (let i: usize = 0; i < 8; i++) {
    const byte = <i32>load<u8>(block + CHECKSUM + i)
    sum += 32 - byte
    high -= byte >> 7
  }
  // Octal only: no writer stores it in base 256.
  if (load<u8>(block + CHECKSUM) & 0x80 || !parse(block + CHECKSUM, 8)) return false
  return parsed == <i64>sum || parsed == <i64>(sum - (high << 8))
}

export function dialect(block: usize): Dialect {
  // "ustar\0", or "ustar  \0" with the version.
  if (load<u32>(block + MAGIC) != 0x61747375 || load<u8>(block + MAGIC, 4) != 0x72) return Dialect.V7
  const rest = load<u8>(block + MAGIC, 5)
  if (rest == 0) return load<u32>(block + STAR_TRAILER) == 0x00726174 ? Dialect.Star : Dialect.Ustar // "tar\0"
  if (rest == 0x20 && load<u16>(block + MAGIC, 6) == 0x0020) return Dialect.Gnu
  return Dialect.V7
}

/** Bytes before the first NUL, `length` at most. */
export function textLength(at: usize, length: usize): usize {
  let n: usize = 0
  while (n < length && load<u8>(at + n) != 0) n++
  return n
}

/** Whether `number` can read the field. */
export function isNumber(at: usize, length: usize): bool {
  return parse(at, length)
}

/** A numeric field: octal digits, or base 256 when the top bit of its first byte is set. Fails with TarNumber. */
export function number(at: usize, length: usize): i64 {
  if (!parse(at, length)) fail(Status.TarNumber)
  return parsed
}

/** What `parse` read. */
let parsed: i64 = 0

function parse(at: usize, length: usize): bool {
  const first = load<u8>(at)
  if (first & 0x80) {
    // Base 256, big-endian, two's complement without the top bit, which is the mark.
    const negative = (first & 0x40) != 0
    const flip: u8 = negative ? 0xff : 0
    let value: u64 = 0
    for (let i: usize = 0; i < length; i++) {
      let byte = load<u8>(at + i) ^ flip
      if (i == 0) byte &= 0x7f
      if (value >> 56) return false
      value = (value << 8) | byte
    }
    if (value >> 63) return false
    parsed = negative ? ~<i64>value : <i64>value
    return true
  }
  // Octal between spaces and NULs on either side. What follows an inner NUL is not looked at.
  let end = at + length
  while (at < end && isPadding(load<u8>(at))) at++
  while (at < end && isPadding(load<u8>(end - 1))) end--
  let value: u64 = 0
  for (; at < end; at++) {
    const byte = load<u8>(at)
    if (byte == 0) break
    const digit = <u8>(byte - 0x30)
    if (digit > 7 || value >> 60) return false
    value = (value << 3) | digit
  }
  parsed = <i64>value
  return true
}

// @ts-ignore: decorator
@inline
function isPadding(byte: u8): bool {
  return byte == 0x20 || byte == 0
}

/** Whether an archive made by Go before 1.8 put a prefix where GNU has its times: see tar.ts. */
export function isAscii(at: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(at + i) & 0x80) return false
  return true
}

/** Bytes of the prefix field that belong to the name. */
export function prefixLength(header: usize, dialect: Dialect): usize {
  const prefix = header + PREFIX
  if (dialect == Dialect.Ustar) return textLength(prefix, PREFIX_LENGTH)
  if (dialect == Dialect.Star) return textLength(prefix, STAR_PREFIX_LENGTH)
  // GNU has its times here. Go before 1.8 wrote a prefix all the same, and Docker of those years is built with it: when
  // the times are not numbers, and the prefix is text, it is one.
  if (dialect == Dialect.Gnu) {
    const bad =
      (load<u8>(header + GNU_ATIME) != 0 && !isNumber(header + GNU_ATIME, 12)) ||
      (load<u8>(header + GNU_CTIME) != 0 && !isNumber(header + GNU_CTIME, 12))
    const length = bad ? textLength(prefix, PREFIX_LENGTH) : 0
    return isAscii(prefix, length) ? length : 0
  }
  return 0
}

/** What a typeflag makes; unknown ones are files. */
export function entryType(typeflag: u8, name: usize, nameLength: usize): EntryType {
  switch (typeflag) {
    case 0x31: return EntryType.Hardlink
    case 0x32: return EntryType.Symlink
    case 0x33: return EntryType.Char
    case 0x34: return EntryType.Block
    case 0x35: return EntryType.Directory
    case 0x36: return EntryType.Fifo
    case 0x44: return EntryType.Directory // D: GNU's incremental directory; its data is a listing
    // Before typeflags, a directory was a file whose name ends in a slash.
    case 0: return nameLength > 0 && load<u8>(name + nameLength - 1) == 0x2f ? EntryType.Directory : EntryType.File
    default: return EntryType.File
  }
}

/** Whether a typeflag is one that tells an entry's type. */
export function isKnown(typeflag: u8): bool {
  return typeflag == 0 || (typeflag >= 0x30 && typeflag <= 0x37) || typeflag == 0x44 || typeflag == 0x53
}
