// The layer index in the making: what the entries of one tar say about a tree.
//
// Takes: entries as tar.ts reads them, names still raw. Gives: the sections of a layer index (PATHS, NAMES, ENTRIES,
// BLOBS, WARNINGS), entries in the archive's order, since order decides what a merge sees.
// Follows the OCI image-spec's layer.md for markers; moby and containerd where it is silent, AUFS for its own metadata.
//
// A path is cleaned here, once: empty and "." components go, ".." goes up and is held at the root. Whether a component
// is a symlink is a question for the merge, which alone knows the tree.

import * as record from './records'
import { EntryType, FLAG_PSEUDO_LINK } from './records'
import { Vec } from './memory'
import { NO_PATH, PathTable, pathLimit, sameBytes } from './paths'
import { Status, Warning, fail } from './status'
import { beginXattrs, isForOverlay, writeXattrs } from './xattrs'

export const table = changetype<PathTable>(memory.data(offsetof<PathTable>(), 16))
export const paths = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const names = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const entries = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const blobs = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const warnings = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

/** Warnings beyond this many are counted, not kept: a hostile layer can earn one for every entry. */
const MAX_WARNINGS: usize = 1000
export let warningsDropped: u32 = 0

let entryLimit: u32 = 0
/** Entries of the archive so far, those included that leave no record. */
export let entryCount: u32 = 0
/** PATH id of the entry at hand, NO_PATH between entries; the place of a fault. */
export let currentPath: u32 = NO_PATH
/** Offset of the header of the entry at hand. */
let currentOffset: u64 = 0

// Where `place` put a name: its parent's id and the bytes of its last component; length 0 is the root itself.
let placedParent: u32 = 0
let placedName: usize = 0
let placedLength: usize = 0
let placedArea: Area = Area.Tree

/** AUFS keeps its own metadata under three names in the root of each branch. */
const enum Area {
  Tree,
  /** .wh..wh.aufs and .wh..wh.orph: nothing there is part of an image. */
  Metadata,
  /** .wh..wh.plnk: the inodes of hard links, by number. */
  PseudoLinks,
}

// The directory part of the last name, raw, and where it led: archives list a directory's files in a row, and comparing
// one run of bytes spares the interning of every component.
const lastDirectory = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
let lastParent: u32 = NO_PATH
let lastArea: Area = Area.Tree

// ".wh." read as one little-endian word, and ".wh." again behind it.
const WHITEOUT: u32 = 0x2e68772e
// Files by which a whole image is known, where they lie at the top of what was given for a layer.
const MANIFEST: u32 = 1
/** What stands beside a manifest.json: any tree may have one of that name alone. */
const DESCRIBED: u32 = 2
const LAYOUT: u32 = 4
/** Of the files above, those that were seen. */
let imageFiles: u32 = 0

// The rest of AUFS's names and of the opaque marker, after ".wh..wh.".
const AUFS: u32 = 0x73667561 // "aufs"
const ORPH: u32 = 0x6870726f // "orph"
const PLNK: u32 = 0x6b6e6c70 // "plnk"

export function begin(limit: u32): void {
  entryLimit = limit
  table.begin(paths, names)
  entries.clear()
  blobs.clear()
  // Offset 0 in BLOBS means "none".
  memory.fill(blobs.push(8), 0, 8)
  warnings.clear()
  beginXattrs()
  warningsDropped = 0
  entryCount = 0
  currentPath = NO_PATH
  lastDirectory.clear()
  lastParent = NO_PATH
  imageFiles = 0
}

/** A header begins at `offset`: the place of whatever is said next. */
export function enter(offset: u64): void {
  currentOffset = offset
  currentPath = NO_PATH
}

/** Counts an entry of the archive. */
export function countEntry(): void {
  if (++entryCount > entryLimit) fail(Status.LimitEntries)
}

export function warn(code: Warning): void {
  if (warnings.length >= MAX_WARNINGS * record.WARNING_SIZE) {
    warningsDropped++
    return
  }
  const warning = warnings.push(record.WARNING_SIZE)
  store<u32>(warning, code, record.WARNING_CODE)
  store<u32>(warning, currentPath + 1, record.WARNING_PATH) // NO_PATH + 1 is 0
  store<u64>(warning, 0, record.WARNING_SIDE)
  store<u64>(warning, currentOffset, record.WARNING_OFFSET)
}

function areaOf(name: usize, length: usize): Area {
  if (length != 12 || load<u32>(name) != WHITEOUT || load<u32>(name, 4) != WHITEOUT) return Area.Tree
  const rest = load<u32>(name, 8)
  if (rest == AUFS || rest == ORPH) return Area.Metadata
  return rest == PLNK ? Area.PseudoLinks : Area.Tree
}

// @ts-ignore: decorator
@inline
function isDots(at: usize, length: usize): bool {
  return length == 0 || (load<u8>(at) == 0x2e && (length == 1 || (length == 2 && load<u8>(at, 1) == 0x2e)))
}

/** Which file of an image has this name; 0 for none. */
function imageFile(name: usize, length: usize): u32 {
  // "oci-layout"
  if (length == 10) return load<u64>(name) == 0x6f79616c2d69636f && load<u16>(name, 8) == 0x7475 ? LAYOUT : 0
  // "repositories"
  if (length == 12) return load<u64>(name) == 0x6f7469736f706572 && load<u32>(name, 8) == 0x73656972 ? DESCRIBED : 0
  if (length < 13 || load<u8>(name + length - 1) != 0x6e || load<u32>(name + length - 5) != 0x6f736a2e) return 0 // ".json"
  // "manifest", and a config by its digest.
  if (length == 13) return load<u64>(name) == 0x74736566696e616d ? MANIFEST : 0
  return length == 69 ? DESCRIBED : 0
}

/** Warns, once, where files at the top are those of a whole image. */
function noteImageFile(name: usize, length: usize): void {
  const before = looksLikeImage()
  imageFiles |= imageFile(name, length)
  if (!before && looksLikeImage()) warn(Warning.LooksLikeImage)
}

function looksLikeImage(): bool {
  return (imageFiles & LAYOUT) != 0 || imageFiles == (MANIFEST | DESCRIBED)
}

/** Finds where a raw name belongs, interning all but its last component. Returns false when it climbed over the root. */
function place(name: usize, length: usize, cached: bool): bool {
  while (length > 0 && load<u8>(name + length - 1) == 0x2f) length--
  let cut = length
  while (cut > 0 && load<u8>(name + cut - 1) != 0x2f) cut--
  const plain = !isDots(name + cut, length - cut)
  if (cached && plain && lastParent != NO_PATH && cut == lastDirectory.length && sameBytes(name, lastDirectory.base, cut)) {
    placedParent = lastParent
    placedArea = lastParent == 0 ? areaOf(name + cut, length - cut) : lastArea
    placedName = name + cut
    placedLength = length - cut
    return true
  }

  let inside = true
  let parent: u32 = 0
  let area = Area.Tree
  let last: usize = 0
  let lastLength: usize = 0
  for (let at: usize = 0; at < length; ) {
    let end = at
    while (end < length && load<u8>(name + end) != 0x2f) end++
    const size = end - at
    if (!isDots(name + at, size)) {
      if (lastLength > 0) parent = table.intern(parent, last, lastLength)
      if (parent == 0) area = areaOf(name + at, size)
      last = name + at
      lastLength = size
    } else if (size == 2) {
      if (lastLength > 0) lastLength = 0
      else if (parent != 0) parent = table.parentOf(parent)
      else inside = false
      if (parent == 0 && lastLength == 0) area = Area.Tree
    }
    at = end + 1
  }
  if (lastLength == 0 && parent != 0) {
    // The name ended in dots: the directory that they led to is the path itself.
    last = table.nameOf(parent)
    lastLength = table.lengthOf(parent)
    parent = table.parentOf(parent)
  } else if (cached && plain) {
    lastDirectory.length = 0
    memory.copy(lastDirectory.push(cut), name, cut)
    lastParent = parent
    lastArea = area
  }
  placedParent = parent
  placedName = last
  placedLength = lastLength
  placedArea = area
  return inside
}

/** The PATH id of the placed name. */
function placedPath(): u32 {
  return placedLength == 0 ? 0 : table.intern(placedParent, placedName, placedLength)
}

/**
 * Adds one entry. `link` is the raw target of a symlink or hard link. Returns the offset in ENTRIES of a file whose content
 * is to be hashed, or -1.
 */
export function addEntry(
  name: usize,
  nameLength: usize,
  type: EntryType,
  mode: u32,
  uid: u32,
  gid: u32,
  size: u64,
  mtime: i64,
  nanos: u32,
  link: usize,
  linkLength: usize,
  major: u32,
  minor: u32,
): i32 {
  const inside = place(name, nameLength, true)
  // AUFS's own is no part of the tree. Files among its pseudo-links serve hard links, whatever they are named.
  let isPseudoLink = placedArea == Area.PseudoLinks
  if (placedArea == Area.Metadata || (isPseudoLink && (placedParent == 0 || type != EntryType.File))) return -1

  if (!isPseudoLink && placedLength >= 4 && load<u32>(placedName) == WHITEOUT) {
    addMarker(inside, type == EntryType.File)
    return -1
  }

  currentPath = placedPath()
  if (!inside) warn(Warning.PathEscapesRoot)
  if (currentPath == 0 && type != EntryType.Directory) {
    warn(Warning.RootNotDirectory)
    return -1
  }

  if (placedParent == 0 && type == EntryType.File) noteImageFile(placedName, placedLength)

  // BLOBS and PATHS first: whatever grows must not move while the entry's address is held.
  let payload0: u32 = 0
  let payload1: u32 = 0
  if (type == EntryType.Symlink) {
    // No kernel makes a longer one, and the merge walks along it.
    if (linkLength > <usize>pathLimit) fail(Status.LimitPathBytes)
    payload0 = <u32>blobs.length
    payload1 = <u32>linkLength
    memory.copy(blobs.push(linkLength), link, linkLength)
  } else if (type == EntryType.Hardlink) {
    if (!place(link, linkLength, false)) warn(Warning.PathEscapesRoot)
    isPseudoLink = placedArea == Area.PseudoLinks
    payload0 = placedPath()
  } else if (type == EntryType.Char || type == EntryType.Block) {
    payload0 = major
    payload1 = minor
  }
  const xattrs = writeXattrs(blobs)
  if (xattrs != 0 && isForOverlay) warn(Warning.OverlayAttribute)

  const at = entries.length
  const entry = entries.push(record.ENTRY_SIZE)
  memory.fill(entry, 0, record.ENTRY_SIZE)
  store<u32>(entry, currentPath, record.ENTRY_PATH)
  store<u8>(entry, <u8>type, record.ENTRY_TYPE)
  store<u8>(entry, isPseudoLink ? FLAG_PSEUDO_LINK : 0, record.ENTRY_FLAGS)
  // A symlink's own mode means nothing to any kernel that runs containers, and writers disagree on it.
  store<u16>(entry, type == EntryType.Symlink ? 0o777 : <u16>mode, record.ENTRY_MODE)
  store<u32>(entry, uid, record.ENTRY_UID)
  store<u32>(entry, gid, record.ENTRY_GID)
  store<u64>(entry, type == EntryType.File ? size : 0, record.ENTRY_CONTENT_SIZE)
  store<i64>(entry, mtime, record.ENTRY_MTIME)
  store<u32>(entry, nanos, record.ENTRY_NANOS)
  store<u32>(entry, xattrs, record.ENTRY_XATTRS)
  store<u64>(entry, currentOffset, record.ENTRY_OFFSET)
  store<u32>(entry, payload0, record.ENTRY_PAYLOAD)
  store<u32>(entry, payload1, record.ENTRY_PAYLOAD + 4)
  return type == EntryType.File ? <i32>at : -1
}

/** A name that begins with ".wh.": it says what goes, and is never shown. */
function addMarker(inside: bool, regular: bool): void {
  const rest = placedName + 4
  const length = placedLength - 4
  if (isDots(rest, length)) {
    currentPath = placedPath()
    warn(Warning.MarkerNameless)
    return
  }
  // ".wh..wh..opq", exactly. Anything longer is a whiteout of a file whose name begins with ".wh..opq".
  const opaque = length == 8 && load<u32>(rest) == WHITEOUT && load<u32>(rest, 4) == 0x71706f2e // ".opq"
  currentPath = opaque ? placedParent : table.intern(placedParent, rest, length)
  if (!inside) warn(Warning.PathEscapesRoot)
  if (!regular) warn(Warning.MarkerNotAFile)
  const entry = entries.push(record.ENTRY_SIZE)
  memory.fill(entry, 0, record.ENTRY_SIZE)
  store<u32>(entry, currentPath, record.ENTRY_PATH)
  store<u8>(entry, <u8>(opaque ? EntryType.Opaque : EntryType.Whiteout), record.ENTRY_TYPE)
  store<u64>(entry, currentOffset, record.ENTRY_OFFSET)
}
