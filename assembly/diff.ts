// The diff: two merged trees -> the changes that turn one into the other, and what they add up to.
//
// Takes: two trees over one path table. Gives: the sections of a diff (stored.ts draws the container): only the paths,
// entries, names and blobs that a change, a directory's total or a warning speaks of.
//
// Bytes are counted once for each inode, at one of its paths, its home: the first path that both sides share and whose
// inodes have no home yet, or else the inode's first path. So a file that loses one of its names shrinks nothing, and
// bytes after - bytes before = bytes added - bytes removed, in every directory as in the whole.

import * as record from './records'
import { EntryType, FLAG_HASHED, FLAG_IMPLICIT, Kind, Marker } from './records'
import {
  IMPLICIT, INODE_ENTRY, INODE_FIRST, INODE_HOME, INODE_LINKS, INODE_OUT, INODE_SLOT, NODE_CAUSE, NODE_INODE, NODE_LAYER, Tree,
} from './tree'
import { PathTable, sameBytes } from './paths'
import * as order from './order'
import { IGNORED, WALKED_SIZE, directories, walked } from './order'
import * as stored from './stored'
import { Vec, alloc, release } from './memory'

export const paths = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const names = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const entries = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const blobs = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const changes = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const totals = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

let table = changetype<PathTable>(0)
/** For each shared PATH id 1 + its id in the result; 0: not there yet. */
let outPaths: usize = 0
/** Shared PATH ids that `outPath` has yet to write, deepest first. */
const climb = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
/** Which fields are compared. */
let mask: u16 = 0

export function run(shared: PathTable, before: Tree, after: Tree, compared: u16): void {
  table = shared
  mask = compared
  paths.clear()
  names.clear()
  entries.clear()
  blobs.clear()
  changes.clear()
  totals.clear()
  climb.clear()
  memory.fill(blobs.push(8), 0, 8)
  before.reach(table.count)
  after.reach(table.count)
  order.walk(table, before, after)
  findHomes(before, after)

  outPaths = alloc(<usize>table.count << 2)
  memory.fill(outPaths, 0, <usize>table.count << 2)
  memory.fill(paths.push(record.PATH_SIZE), 0, record.PATH_SIZE)
  store<u32>(outPaths, 1)

  for (let item = walked.base, end = item + walked.length; item < end; item += WALKED_SIZE) {
    const path = load<u32>(item)
    if (path & IGNORED) continue
    comparePath(path, before, after, load<u32>(item, 4))
  }
  order.finish()
  addUp()
  writeTotals()
}

/** Gives back what `run` made. */
export function free(): void {
  release(outPaths, <usize>table.count << 2)
  walked.free()
  directories.free()
  paths.free()
  names.free()
  entries.free()
  blobs.free()
  changes.free()
  totals.free()
  climb.free()
}

// @ts-ignore: decorator
@inline
function inodeOf(tree: Tree, path: u32): u32 {
  return load<u32>(tree.node(path), NODE_INODE)
}

/** Whether an inode is a regular file: only those have bytes to count. */
// @ts-ignore: decorator
@inline
function isFile(tree: Tree, inode: u32): bool {
  if (inode <= IMPLICIT) return false
  return <EntryType>load<u8>(load<u32>(tree.inode(inode), INODE_ENTRY), record.ENTRY_TYPE) == EntryType.File
}

/** Notes each inode's first path and its home. */
function findHomes(before: Tree, after: Tree): void {
  const end = walked.base + walked.length
  for (let item = walked.base; item < end; item += WALKED_SIZE) {
    const code = load<u32>(item)
    const path = code & ~IGNORED
    const old = inodeOf(before, path)
    const now = inodeOf(after, path)
    if (old > IMPLICIT) noteFirst(before, old, path)
    if (now > IMPLICIT) noteFirst(after, now, path)
    if (code & IGNORED || !isFile(before, old) || !isFile(after, now)) continue
    const a = before.inode(old)
    const b = after.inode(now)
    if (load<u32>(a, INODE_HOME) != 0 || load<u32>(b, INODE_HOME) != 0) continue
    store<u32>(a, path + 1, INODE_HOME)
    store<u32>(b, path + 1, INODE_HOME)
  }
  for (let item = walked.base; item < end; item += WALKED_SIZE) {
    const path = load<u32>(item)
    if (path & IGNORED) continue
    settleHome(before, inodeOf(before, path), path)
    settleHome(after, inodeOf(after, path), path)
  }
}

// @ts-ignore: decorator
@inline
function noteFirst(tree: Tree, inode: u32, path: u32): void {
  const at = tree.inode(inode)
  if (load<u32>(at, INODE_FIRST) == 0) store<u32>(at, path, INODE_FIRST)
}

// @ts-ignore: decorator
@inline
function settleHome(tree: Tree, inode: u32, path: u32): void {
  if (inode <= IMPLICIT) return
  const at = tree.inode(inode)
  if (load<u32>(at, INODE_HOME) == 0) store<u32>(at, path + 1, INODE_HOME)
}

/** What a living path counts in bytes. */
// @ts-ignore: decorator
@inline
function bytesAt(tree: Tree, inode: u32, path: u32): u64 {
  if (!isFile(tree, inode)) return 0
  const at = tree.inode(inode)
  if (load<u32>(at, INODE_HOME) != path + 1) return 0
  return load<u64>(load<u32>(at, INODE_ENTRY), record.ENTRY_CONTENT_SIZE)
}

// @ts-ignore: decorator
@inline
function count(directory: usize, field: usize): void {
  store<u32>(directory + field, load<u32>(directory + field) + 1)
}

// @ts-ignore: decorator
@inline
function addBytes(directory: usize, field: usize, bytes: u64): void {
  store<u64>(directory + field, load<u64>(directory + field) + bytes)
}

function comparePath(path: u32, before: Tree, after: Tree, directoryIndex: u32): void {
  const directory = directories.base + <usize>directoryIndex * record.DIRECTORY_SIZE
  const old = inodeOf(before, path)
  const now = inodeOf(after, path)
  const bytesBefore = bytesAt(before, old, path)
  const bytesAfter = bytesAt(after, now, path)
  addBytes(directory, record.DIRECTORY_BYTES_BEFORE, bytesBefore)
  addBytes(directory, record.DIRECTORY_BYTES_AFTER, bytesAfter)
  if (bytesAfter > bytesBefore) addBytes(directory, record.DIRECTORY_BYTES_ADDED, bytesAfter - bytesBefore)
  else addBytes(directory, record.DIRECTORY_BYTES_REMOVED, bytesBefore - bytesAfter)

  let kind = Kind.Modified
  let fields: u16 = 0
  if (old == 0) {
    kind = Kind.Added
    count(directory, record.DIRECTORY_ADDED)
  } else if (now == 0) {
    kind = Kind.Removed
    count(directory, record.DIRECTORY_REMOVED)
  } else {
    fields = compareEntries(before, old, after, now) & mask
    if (fields == 0) {
      count(directory, record.DIRECTORY_SAME)
      return
    }
    count(directory, record.DIRECTORY_MODIFIED)
  }

  // The cause: what put the path there on the after side, or what took it away last.
  let marker: u32 = Marker.Entry
  let causeLayer = load<u32>(after.node(path), NODE_LAYER)
  if (now == 0) {
    const cause = load<u32>(after.node(path), NODE_CAUSE)
    marker = cause >> 24
    causeLayer = cause & 0xff_ffff
  }
  const outBefore = old == 0 ? 0 : outEntry(before, old)
  const outAfter = now == 0 ? 0 : outEntry(after, now)
  const out = outPath(path)
  const change = changes.push(record.CHANGE_SIZE)
  store<u32>(change, out, record.CHANGE_PATH)
  store<u8>(change, <u8>kind, record.CHANGE_KIND)
  store<u8>(change, <u8>marker, record.CHANGE_MARKER)
  store<u16>(change, fields, record.CHANGE_FIELDS)
  store<u32>(change, outBefore, record.CHANGE_BEFORE)
  store<u32>(change, outAfter, record.CHANGE_AFTER)
  store<u32>(change, load<u32>(before.node(path), NODE_LAYER), record.CHANGE_BEFORE_LAYER)
  store<u32>(change, load<u32>(after.node(path), NODE_LAYER), record.CHANGE_AFTER_LAYER)
  store<u64>(change, causeLayer, record.CHANGE_CAUSE_LAYER) // and the zero behind it
  store<u64>(change, bytesBefore, record.CHANGE_BYTES_BEFORE)
  store<u64>(change, bytesAfter, record.CHANGE_BYTES_AFTER)
}

/** The fields in which two living entries of one path differ. */
function compareEntries(before: Tree, old: u32, after: Tree, now: u32): u16 {
  const oldInode = before.inode(old)
  const newInode = after.inode(now)
  const a = <usize>load<u32>(oldInode, INODE_ENTRY)
  const b = <usize>load<u32>(newInode, INODE_ENTRY)
  // A layer that both sides share gives both the same entry.
  if (a == b) return 0
  const typeA = a == 0 ? EntryType.Directory : <EntryType>load<u8>(a, record.ENTRY_TYPE)
  const typeB = b == 0 ? EntryType.Directory : <EntryType>load<u8>(b, record.ENTRY_TYPE)
  if (typeA != typeB) return record.FIELD_TYPE
  // Nobody said what an implicit directory is like, so nothing about it has changed.
  if (a == 0 || b == 0) return 0

  let fields: u16 = 0
  switch (typeA) {
    case EntryType.File: {
      if (!sameContent(a, b)) fields |= record.FIELD_CONTENT
      break
    }
    case EntryType.Symlink: {
      const length = stored.linkLengthOf(before, old)
      if (
        length != stored.linkLengthOf(after, now) ||
        !sameBytes(stored.linkOf(before, old), stored.linkOf(after, now), length)
      ) fields |= record.FIELD_LINK
      break
    }
    case EntryType.Char:
    case EntryType.Block: {
      if (load<u64>(a, record.ENTRY_PAYLOAD) != load<u64>(b, record.ENTRY_PAYLOAD)) fields |= record.FIELD_DEVICE
      break
    }
    default: {
      break
    }
  }
  if (load<u16>(a, record.ENTRY_MODE) != load<u16>(b, record.ENTRY_MODE)) fields |= record.FIELD_MODE
  // uid and gid in one word.
  if (load<u64>(a, record.ENTRY_UID) != load<u64>(b, record.ENTRY_UID)) fields |= record.FIELD_OWNER
  const xattrs = stored.xattrsOf(a, load<u32>(oldInode, INODE_SLOT))
  if (!stored.sameXattrs(xattrs, stored.xattrsOf(b, load<u32>(newInode, INODE_SLOT)))) fields |= record.FIELD_XATTRS
  const nanosA = load<u32>(a, record.ENTRY_NANOS)
  const nanosB = load<u32>(b, record.ENTRY_NANOS)
  // Some writers keep fractions of seconds and some do not: that alone is no difference.
  if (load<i64>(a, record.ENTRY_MTIME) != load<i64>(b, record.ENTRY_MTIME) || (nanosA != nanosB && nanosA != 0 && nanosB != 0)) {
    fields |= record.FIELD_MTIME
  }
  return fields
}

function sameContent(a: usize, b: usize): bool {
  if (load<u64>(a, record.ENTRY_CONTENT_SIZE) != load<u64>(b, record.ENTRY_CONTENT_SIZE)) return false
  // Two contents that nobody has read are not known to be equal.
  if (!(load<u8>(a, record.ENTRY_FLAGS) & load<u8>(b, record.ENTRY_FLAGS) & FLAG_HASHED)) return false
  return sameBytes(a + record.ENTRY_PAYLOAD, b + record.ENTRY_PAYLOAD, 32)
}

/** The result's id of a path, which it and its parents are given when they are first asked for. */
export function outPath(path: u32): u32 {
  const known = load<u32>(outPaths + (<usize>path << 2))
  if (known != 0) return known - 1
  climb.length = 0
  let at = path
  while (load<u32>(outPaths + (<usize>at << 2)) == 0) {
    store<u32>(climb.push(4), at)
    at = table.parentOf(at)
  }
  let out = load<u32>(outPaths + (<usize>at << 2)) - 1
  while (climb.length > 0) {
    climb.length -= 4
    at = load<u32>(climb.base + climb.length)
    const length = table.lengthOf(at)
    const name = names.length
    memory.copy(names.push(length), table.nameOf(at), length)
    const id = <u32>(paths.length / record.PATH_SIZE)
    const record_ = paths.push(record.PATH_SIZE)
    store<u32>(record_, out, record.PATH_PARENT)
    store<u32>(record_, <u32>name, record.PATH_NAME)
    store<u32>(record_, <u32>length, record.PATH_LENGTH)
    store<u32>(record_, load<u32>(table.at(at), record.PATH_WHOLE), record.PATH_WHOLE)
    store<u32>(outPaths + (<usize>at << 2), id + 1)
    out = id
  }
  return out
}

/** 1 + the result's index of an inode's entry. */
function outEntry(tree: Tree, inode: u32): u32 {
  const known = load<u32>(tree.inode(inode), INODE_OUT)
  if (known != 0) return known
  const source = <usize>load<u32>(tree.inode(inode), INODE_ENTRY)
  const index = <u32>(entries.length / record.ENTRY_SIZE) + 1
  store<u32>(tree.inode(inode), index, INODE_OUT)
  if (source == 0) {
    const out = entries.push(record.ENTRY_SIZE)
    memory.fill(out, 0, record.ENTRY_SIZE)
    store<u8>(out, <u8>EntryType.Directory, record.ENTRY_TYPE)
    store<u8>(out, FLAG_IMPLICIT, record.ENTRY_FLAGS)
    store<u16>(out, 0o755, record.ENTRY_MODE)
    return index
  }
  const slot = load<u32>(tree.inode(inode), INODE_SLOT)
  const type = <EntryType>load<u8>(source, record.ENTRY_TYPE)
  const links = load<u32>(tree.inode(inode), INODE_LINKS)
  const first = load<u32>(tree.inode(inode), INODE_FIRST)
  const firstPath = links > 1 ? outPath(first) + 1 : 0
  const xattrs = outBlob(stored.xattrsOf(source, slot))
  let link: usize = 0
  if (type == EntryType.Symlink) {
    const length = stored.linkLengthOf(tree, inode)
    link = blobs.length
    memory.copy(blobs.push(length), stored.linkOf(tree, inode), length)
  }
  const out = entries.push(record.ENTRY_SIZE)
  memory.copy(out, source, record.ENTRY_SIZE)
  store<u32>(out, firstPath, record.ENTRY_PATH)
  store<u64>(out, load<u64>(source, record.ENTRY_OFFSET) | (<u64>slot << record.ENTRY_SLOT_BIT), record.ENTRY_OFFSET)
  store<u32>(out, xattrs, record.ENTRY_XATTRS)
  if (type == EntryType.Symlink) store<u32>(out, <u32>link, record.ENTRY_PAYLOAD)
  return index
}

/** Copies an XATTRS block, and returns its offset, 0 for none. */
function outBlob(block: usize): u32 {
  if (block == 0) return 0
  const offset = <u32>blobs.length
  const bytes = load<u32>(block, record.XATTRS_BYTES)
  memory.copy(blobs.push(bytes), block, bytes)
  return offset
}

/** Adds every directory's totals to its parent's. Children come after their parents. */
function addUp(): void {
  for (let offset = directories.length - record.DIRECTORY_SIZE; offset > 0; offset -= record.DIRECTORY_SIZE) {
    const child = directories.base + offset
    const parent = directories.base + <usize>load<u32>(child, record.DIRECTORY_PARENT) * record.DIRECTORY_SIZE
    for (let field = record.DIRECTORY_ADDED; field <= record.DIRECTORY_SAME; field += 4) {
      store<u32>(parent + field, load<u32>(parent + field) + load<u32>(child + field))
    }
    for (let field = record.DIRECTORY_BYTES_BEFORE; field <= record.DIRECTORY_BYTES_REMOVED; field += 8) {
      addBytes(parent, field, load<u64>(child + field))
    }
  }
}

/** Writes the root's totals, and those of each directory with a change below it. */
function writeTotals(): void {
  let index: u32 = 0
  for (let offset: usize = 0; offset < directories.length; offset += record.DIRECTORY_SIZE) {
    const directory = directories.base + offset
    const changed =
      load<u32>(directory, record.DIRECTORY_ADDED) |
      load<u32>(directory, record.DIRECTORY_REMOVED) |
      load<u32>(directory, record.DIRECTORY_MODIFIED)
    if (changed == 0 && offset != 0) continue
    const parent = directories.base + <usize>load<u32>(directory, record.DIRECTORY_PARENT) * record.DIRECTORY_SIZE
    const path = outPath(load<u32>(directory, record.DIRECTORY_PATH))
    const out = totals.push(record.DIRECTORY_SIZE)
    memory.copy(out, directory, record.DIRECTORY_SIZE)
    store<u32>(out, path, record.DIRECTORY_PATH)
    // The parent has been written already, and its path is no longer needed: it holds its index now.
    store<u32>(out, offset == 0 ? 0 : load<u32>(parent, record.DIRECTORY_PATH), record.DIRECTORY_PARENT)
    store<u32>(directory, index++, record.DIRECTORY_PATH)
  }
}
