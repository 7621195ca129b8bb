// The walk over both trees: every path that lives on either side, in byte order of the whole path.
//
// Takes: the shared path table and two trees. Gives: WALKED records, and a DIRECTORY record, still empty, for each
// directory with something below it.
//
// Byte order of whole paths is not the order of a tree walk: "a", "a-b", "a/x" is right, since "-" comes before "/". So a
// directory stands in its parent's list twice: as itself, under its name, and as what is below it, under its name and a
// slash. Each list is sorted for itself; a walk over the lists then meets every path in its place.

import { DIRECTORY_PARENT, DIRECTORY_PATH, DIRECTORY_SIZE, EntryType } from './records'
import * as glob from './glob'
import { PathTable } from './paths'
import { Tree } from './tree'
import { Vec, alloc, release } from './memory'

// WALKED:  | PATH id, top bit: ignored | DIRECTORY index of its parent |
export const WALKED_SIZE: usize = 8
export const IGNORED: u32 = 0x8000_0000
export const walked = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
export const directories = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

// ITEM of a list:  | first 8 bytes of the name, big-endian: u64 | PATH id << 1, lowest bit: what is below it | 0 |
const ITEM: usize = 16
const items = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const scratch = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

// FRAME of the walk:  | first item | next item | DIRECTORY index | length of the directory's path, slash included | ignored |
const FRAME: usize = 20
const frames = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
/** The path of the directory at hand, for globs. */
const text = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

let table = changetype<PathTable>(0)
let before = changetype<Tree>(0)
let after = changetype<Tree>(0)
/** starts[id]: where the children of a path begin in `children`; they end where the next path's begin. */
let starts: usize = 0
let children: usize = 0

export function walk(paths: PathTable, left: Tree, right: Tree): void {
  table = paths
  before = left
  after = right
  walked.clear()
  directories.clear()
  items.clear()
  scratch.clear()
  frames.clear()
  text.clear()
  listChildren()
  walked.reserve(<u64>table.count * WALKED_SIZE)
  const filtered = glob.any()
  enter(0, 0, 0, 0)
  while (frames.length > 0) {
    const frame = frames.base + frames.length - FRAME
    const next = load<u32>(frame, 4)
    if (next == <u32>items.length) {
      // The list is done, and lies on top of the items.
      items.length = load<u32>(frame)
      frames.length -= FRAME
      continue
    }
    store<u32>(frame, next + <u32>ITEM, 4)
    const code = load<u32>(items.base + next, 8)
    const path = code >> 1
    const directory = load<u32>(frame, 8)
    const prefix = load<u32>(frame, 12)
    let ignored = load<u32>(frame, 16)
    if (filtered && ignored == 0 && isIgnored(path, prefix)) ignored = IGNORED
    if (code & 1) {
      enter(path, directory, appendName(path, prefix, filtered), ignored)
    } else {
      const item = walked.push(WALKED_SIZE)
      store<u32>(item, path | ignored)
      store<u32>(item, directory, 4)
    }
  }
}

// @ts-ignore: decorator
@inline
function lives(path: u32): bool {
  return before.isAlive(path) || after.isAlive(path)
}

/** Sorts all living paths by parent: one counting pass, one placing pass. */
function listChildren(): void {
  const count = table.count
  const bytes = (<usize>count + 1) << 2
  starts = alloc(bytes)
  memory.fill(starts, 0, bytes)
  for (let id: u32 = 1; id < count; id++) {
    if (!lives(id)) continue
    const slot = starts + (<usize>table.parentOf(id) << 2)
    store<u32>(slot, load<u32>(slot) + 1)
  }
  let sum: u32 = 0
  for (let id: usize = 0; id <= <usize>count; id++) {
    sum += load<u32>(starts + (id << 2))
    store<u32>(starts + (id << 2), sum)
  }
  // Every entry of `starts` is now its list's end; placing backwards turns it into its start.
  children = alloc(max<usize>(<usize>sum << 2, 4))
  for (let id = count - 1; id > 0; id--) {
    if (!lives(id)) continue
    const slot = starts + (<usize>table.parentOf(id) << 2)
    const at = load<u32>(slot) - 1
    store<u32>(slot, at)
    store<u32>(children + (<usize>at << 2), id)
  }
}

// @ts-ignore: decorator
@inline
function startOf(path: u32): u32 {
  return load<u32>(starts + (<usize>path << 2))
}

/** Opens a directory: its record, its sorted list, its frame. */
function enter(path: u32, parent: u32, prefix: u32, ignored: u32): void {
  const index = <u32>(directories.length / DIRECTORY_SIZE)
  const directory = directories.push(DIRECTORY_SIZE)
  memory.fill(directory, 0, DIRECTORY_SIZE)
  store<u32>(directory, path, DIRECTORY_PATH)
  store<u32>(directory, parent, DIRECTORY_PARENT)

  const first = items.length
  for (let i = startOf(path), end = startOf(path + 1); i < end; i++) {
    const child = load<u32>(children + (<usize>i << 2))
    pushItem(child, 0)
    if (startOf(child) != startOf(child + 1)) pushItem(child, 1)
  }
  sort(first)
  const frame = frames.push(FRAME)
  store<u32>(frame, <u32>first)
  store<u32>(frame, <u32>first, 4)
  store<u32>(frame, index, 8)
  store<u32>(frame, prefix, 12)
  store<u32>(frame, ignored, 16)
}

function pushItem(path: u32, below: u32): void {
  const item = items.push(ITEM)
  const name = table.nameOf(path)
  const length = table.lengthOf(path)
  let key: u64 = 0
  for (let i: usize = 0; i < 8; i++) {
    const byte = i < length ? load<u8>(name + i) : i == length && below ? 0x2f : 0
    key = (key << 8) | byte
  }
  store<u64>(item, key)
  store<u32>(item, (path << 1) | below, 8)
}

/** Order of two items that agree in their first eight bytes, of which zeros are padding: names hold no NUL. */
function followsSlowly(a: usize, b: usize): bool {
  const codeA = load<u32>(a, 8)
  const codeB = load<u32>(b, 8)
  const nameA = table.nameOf(codeA >> 1)
  const nameB = table.nameOf(codeB >> 1)
  const lengthA = table.lengthOf(codeA >> 1)
  const lengthB = table.lengthOf(codeB >> 1)
  const wholeA = lengthA + (codeA & 1)
  const wholeB = lengthB + (codeB & 1)
  const length = min(wholeA, wholeB)
  for (let i: usize = 0; i < length; i++) {
    const byteA = i < lengthA ? load<u8>(nameA + i) : 0x2f
    const byteB = i < lengthB ? load<u8>(nameB + i) : 0x2f
    if (byteA != byteB) return byteA > byteB
  }
  return wholeA > wholeB
}

// @ts-ignore: decorator
@inline
function follows(a: usize, b: usize): bool {
  const keyA = load<u64>(a)
  const keyB = load<u64>(b)
  return keyA != keyB ? keyA > keyB : followsSlowly(a, b)
}

// @ts-ignore: decorator
@inline
function copyItem(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from))
  store<u64>(to, load<u64>(from, 8), 8)
}

/** Sorts the items from offset `first` on: runs of 16 by insertion, then merged, twice as long each time. */
function sort(first: usize): void {
  const base = items.base + first
  const length = items.length - first
  const RUN: usize = 16 * ITEM
  scratch.length = 0
  const spare = scratch.push(max<usize>(length, ITEM))
  for (let start: usize = 0; start < length; start += RUN) {
    const end = min(start + RUN, length)
    for (let i = start + ITEM; i < end; i += ITEM) {
      if (!follows(base + i - ITEM, base + i)) continue
      copyItem(spare, base + i)
      let hole = i
      do {
        copyItem(base + hole, base + hole - ITEM)
        hole -= ITEM
      } while (hole > start && follows(base + hole - ITEM, spare))
      copyItem(base + hole, spare)
    }
  }
  for (let run = RUN; run < length; run <<= 1) {
    for (let start: usize = 0; start + run < length; start += run << 1) {
      const middle = base + start + run
      // Archives mostly list directories in order already.
      if (!follows(middle - ITEM, middle)) continue
      const end = base + min(start + (run << 1), length)
      memory.copy(spare, base + start, run)
      let left = spare
      const leftEnd = spare + run
      let right = middle
      let out = base + start
      while (left < leftEnd && right < end) {
        if (follows(left, right)) {
          copyItem(out, right)
          right += ITEM
        } else {
          copyItem(out, left)
          left += ITEM
        }
        out += ITEM
      }
      if (left < leftEnd) memory.copy(out, left, leftEnd - left)
    }
  }
}

/** Puts a directory's name and a slash behind the first `prefix` bytes of `text`; returns the new length. */
function appendName(path: u32, prefix: u32, filtered: bool): u32 {
  if (!filtered) return 0
  const length = table.lengthOf(path)
  text.length = prefix
  memory.copy(text.push(length), table.nameOf(path), length)
  store<u8>(text.push(1), 0x2f)
  return <u32>text.length
}

function isIgnored(path: u32, prefix: u32): bool {
  const length = table.lengthOf(path)
  text.length = prefix
  memory.copy(text.push(length), table.nameOf(path), length)
  return glob.matches(text.base, text.length, prefix, isDirectory(path))
}

function isDirectory(path: u32): bool {
  return (
    (before.isAlive(path) && before.typeOf(path) == EntryType.Directory) ||
    (after.isAlive(path) && after.typeOf(path) == EntryType.Directory)
  )
}

/** Gives the lists back, for what comes after the walk. */
export function finish(): void {
  release(children, max<usize>(<usize>load<u32>(starts + (<usize>table.count << 2)) << 2, 4))
  release(starts, (<usize>table.count + 1) << 2)
  items.free()
  scratch.free()
  frames.free()
}
