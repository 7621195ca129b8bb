// Loaded layer indexes: what layer.ts wrote, back in memory for a merge.
//
// Takes: the bytes of a layer index, which may come from a cache or from anywhere: every id, offset and length is checked
// before use, so that a damaged or hostile index fails with IndexDamaged and never reads outside itself. (Whether it is
// the index of the layer that it claims to be is what its checksum and its keeper answer for.)
// Gives: slots, and for each the PATH ids of the table that both sides share.
//
// The container, of a layer index as of a diff; TypeScript writes the header (src/engine/container.ts):
//
//   0        4        8                         40       44       48         56         64       96         128
//   +--------+--------+-------------------------+--------+--------+----------+----------+--------+----------+----
//   | magic  |version | byte length of sections |dropped | flags  |  source  |   tar    | diffId | checksum | sections
//   +--------+--------+-------------------------+--------+--------+----------+----------+--------+----------+----
//     "LDIX" or "LDDF"   8 of them, u32           warnings          bytes      bytes      SHA-256  BLAKE3
//
//   Sections follow in order, each padded to 8 bytes. checksum covers all bytes but itself.
//   layer index: PATHS NAMES ENTRIES BLOBS WARNINGS        diff: PATHS NAMES ENTRIES BLOBS WARNINGS CHANGES DIRECTORIES

import * as record from './records'
import { EntryType } from './records'
import { INODE_ENTRY, INODE_SLOT, Tree } from './tree'
import { PathTable, sameBytes } from './paths'
import { Status, fail } from './status'
import { Vec, alloc } from './memory'

const MAGIC: u32 = 0x5849444c // "LDIX"
export const VERSION: u32 = 1
const HEADER: usize = 128

// SLOT:  | entries | entry count | blobs | blobs length | map | warnings | warnings length | warnings dropped |
const ENTRIES: usize = 0
const ENTRY_COUNT: usize = 4
const BLOBS: usize = 8
const BLOBS_LENGTH: usize = 12
/** For each PATH id of the index, the id in the shared table. */
const MAP: usize = 16
const WARNINGS: usize = 20
const WARNINGS_LENGTH: usize = 24
const WARNINGS_DROPPED: usize = 28
const SLOT: usize = 32

const slots = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

export function begin(): void {
  slots.clear()
}

// @ts-ignore: decorator
@inline
function field(slot: u32, name: usize): u32 {
  return load<u32>(slots.base + <usize>slot * SLOT + name)
}

export function entries(slot: u32): usize {
  return field(slot, ENTRIES)
}

export function entryCount(slot: u32): u32 {
  return field(slot, ENTRY_COUNT)
}

export function blobs(slot: u32): usize {
  return field(slot, BLOBS)
}

/** The shared PATH id of an index's own. */
export function globalPath(slot: u32, path: u32): u32 {
  return load<u32>(<usize>field(slot, MAP) + (<usize>path << 2))
}

export function warnings(slot: u32): usize {
  return field(slot, WARNINGS)
}

export function warningsLength(slot: u32): usize {
  return field(slot, WARNINGS_LENGTH)
}

export function warningsDropped(slot: u32): u32 {
  return field(slot, WARNINGS_DROPPED)
}

/** Address of a symlink's target. */
export function linkOf(tree: Tree, inode: u32): usize {
  const node = tree.inode(inode)
  return <usize>blobs(load<u32>(node, INODE_SLOT)) + load<u32>(load<u32>(node, INODE_ENTRY), record.ENTRY_PAYLOAD)
}

export function linkLengthOf(tree: Tree, inode: u32): usize {
  return load<u32>(load<u32>(tree.inode(inode), INODE_ENTRY), record.ENTRY_PAYLOAD + 4)
}

// @ts-ignore: decorator
@inline
function demand(condition: bool): void {
  if (!condition) fail(Status.IndexDamaged)
}

/** Checks and loads the index of `length` bytes at `at`, which stays where it is; returns its slot. */
export function loadIndex(at: usize, length: usize, table: PathTable): u32 {
  demand(length >= HEADER && load<u32>(at) == MAGIC)
  if (load<u32>(at, 4) != VERSION) fail(Status.IndexVersion)
  const index = <u32>(slots.length / SLOT)
  const slot = slots.push(SLOT)
  let next: u64 = HEADER
  let paths: usize = 0
  let pathsLength: usize = 0
  let names: usize = 0
  let namesLength: usize = 0
  for (let section: usize = 0; section < 8; section++) {
    const base = at + <usize>next
    const bytes = load<u32>(at + 8 + section * 4)
    next += (<u64>bytes + 7) & ~7
    demand(next <= <u64>length)
    switch (<i32>section) {
      case 0: {
        paths = base
        pathsLength = bytes
        break
      }
      case 1: {
        names = base
        namesLength = bytes
        break
      }
      case 2: {
        demand(bytes % <u32>record.ENTRY_SIZE == 0)
        store<u32>(slot, <u32>base, ENTRIES)
        store<u32>(slot, bytes / <u32>record.ENTRY_SIZE, ENTRY_COUNT)
        break
      }
      case 3: {
        store<u32>(slot, <u32>base, BLOBS)
        store<u32>(slot, bytes, BLOBS_LENGTH)
        break
      }
      case 4: {
        demand(bytes % <u32>record.WARNING_SIZE == 0)
        store<u32>(slot, <u32>base, WARNINGS)
        store<u32>(slot, bytes, WARNINGS_LENGTH)
        break
      }
      default: {
        demand(bytes == 0)
      }
    }
  }
  demand(next == <u64>length)
  store<u32>(slot, load<u32>(at, 40), WARNINGS_DROPPED)
  const pathCount = loadPaths(index, paths, pathsLength, names, namesLength, table)
  checkEntries(index, pathCount)
  checkWarnings(index, pathCount)
  return index
}

/** Checks the paths and interns them all; returns how many there are. */
function loadPaths(slot: u32, paths: usize, bytes: usize, names: usize, namesLength: usize, table: PathTable): u32 {
  demand(bytes != 0 && bytes % record.PATH_SIZE == 0)
  demand(load<u64>(paths) == 0 && load<u64>(paths, 8) == 0) // the root
  const count = <u32>(bytes / record.PATH_SIZE)
  const map = alloc(<usize>count << 2)
  store<u32>(slots.base + <usize>slot * SLOT, <u32>map, MAP)
  store<u32>(map, 0)
  // The first index fills the table; later ones mostly have the same paths, in the same order, and then the path after
  // the last one is right at the first guess: a million of them take 25 ms so, and 130 ms through the hash table.
  if (table.count == 1) table.reserve(count)
  let guess: u32 = 0
  for (let id: u32 = 1; id < count; id++) {
    const path = paths + <usize>id * record.PATH_SIZE
    const parent = load<u32>(path, record.PATH_PARENT)
    const name = load<u32>(path, record.PATH_NAME)
    const length = load<u32>(path, record.PATH_LENGTH)
    demand(parent < id && length != 0 && <u64>name + length <= <u64>namesLength && isName(names + name, length))
    // Nothing here goes by the length of a whole path, but whoever decodes it later makes room for as much.
    const whole = parent == 0 ? <u64>0 : <u64>load<u32>(paths + <usize>parent * record.PATH_SIZE, record.PATH_WHOLE) + 1
    demand(<u64>load<u32>(path, record.PATH_WHOLE) == whole + length)
    const above = load<u32>(map + (<usize>parent << 2))
    if (++guess >= table.count || !table.is(guess, above, names + name, length)) {
      guess = table.intern(above, names + name, length)
    }
    store<u32>(map + (<usize>id << 2), guess)
  }
  return count
}

/** One component: no slash, no NUL, not "." or "..". */
function isName(at: usize, length: usize): bool {
  if (load<u8>(at) == 0x2e && (length == 1 || (length == 2 && load<u8>(at, 1) == 0x2e))) return false
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(at + i)
    if (byte == 0x2f || byte == 0) return false
  }
  return true
}

/** Address of an entry's XATTRS block, 0 for none. */
export function xattrsOf(entry: usize, slot: u32): usize {
  const offset = load<u32>(entry, record.ENTRY_XATTRS)
  return offset == 0 ? 0 : blobs(slot) + offset
}

export function sameXattrs(a: usize, b: usize): bool {
  if (a == b) return true
  if (a == 0 || b == 0) return false
  const bytes = load<u32>(a, record.XATTRS_BYTES)
  return bytes == load<u32>(b, record.XATTRS_BYTES) && sameBytes(a, b, bytes)
}

function checkEntries(slot: u32, pathCount: u32): void {
  const blobsLength = <u64>field(slot, BLOBS_LENGTH)
  let entry = entries(slot)
  for (let i: u32 = 0, count = entryCount(slot); i < count; i++, entry += record.ENTRY_SIZE) {
    const path = load<u32>(entry, record.ENTRY_PATH)
    const type = <EntryType>load<u8>(entry, record.ENTRY_TYPE)
    demand(path < pathCount && type >= EntryType.File && type <= EntryType.Opaque)
    // The root is a directory, whatever else is said of it.
    demand(path != 0 || type == EntryType.Directory || type == EntryType.Opaque)
    demand(load<i64>(entry, record.ENTRY_CONTENT_SIZE) >= 0 && load<u32>(entry, record.ENTRY_NANOS) < 1_000_000_000)
    const xattrs = load<u32>(entry, record.ENTRY_XATTRS)
    if (xattrs != 0) checkXattrs(slot, xattrs)
    if (type == EntryType.Symlink) {
      demand(<u64>load<u32>(entry, record.ENTRY_PAYLOAD) + load<u32>(entry, record.ENTRY_PAYLOAD + 4) <= blobsLength)
    } else if (type == EntryType.Hardlink) {
      demand(load<u32>(entry, record.ENTRY_PAYLOAD) < pathCount)
    }
  }
}

function checkXattrs(slot: u32, offset: u32): void {
  const blobsLength = <u64>field(slot, BLOBS_LENGTH)
  demand(<u64>offset + record.XATTRS_HEAD <= blobsLength)
  const block = <usize>blobs(slot) + offset
  const bytes = <u64>load<u32>(block, record.XATTRS_BYTES)
  demand(bytes >= record.XATTRS_HEAD && <u64>offset + bytes <= blobsLength)
  let at: u64 = record.XATTRS_HEAD
  for (let count = load<u32>(block, record.XATTRS_COUNT); count > 0; count--) {
    demand(at + 8 <= bytes)
    at += 8 + <u64>load<u32>(block + <usize>at) + load<u32>(block + <usize>at, 4)
    demand(at <= bytes)
  }
  demand(at == bytes)
}

function checkWarnings(slot: u32, pathCount: u32): void {
  const base = warnings(slot)
  for (let at = base, end = base + warningsLength(slot); at < end; at += record.WARNING_SIZE) {
    demand(load<u32>(at, record.WARNING_PATH) <= pathCount)
  }
}
