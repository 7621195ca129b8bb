// Merging: one layer after another onto a tree, as a union filesystem shows it.
//
// Takes: loaded layer indexes (stored.ts) and a tree. Gives: the tree with the layer on top, and warnings.
// Follows the OCI image-spec's layer.md; moby, containerd and umoci where it is silent. docs/ tells every rule's source.
//
// Entries are applied in the archive's order, in one pass. A marker removes what lower layers have put there, and only
// that, so its place among its own layer's entries does not matter.

import * as record from './records'
import { EntryType, FLAG_PSEUDO_LINK, Marker } from './records'
import { IMPLICIT, INODE_ENTRY, INODE_SLOT, NODE_INODE, NODE_LAYER, Tree } from './tree'
import { NO_PATH, PathTable } from './paths'
import { Status, Warning, fail } from './status'
import { Vec } from './memory'
import * as stored from './stored'

export const warnings = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const MAX_WARNINGS: usize = 1000
export let warningsDropped: u32 = 0

/** Whether a symlink of a lower layer is followed as a parent (umoci, vfs), or replaced (overlay: what a container sees). */
let follow = false

// The layer at hand.
let tree = changetype<Tree>(0)
let table = changetype<PathTable>(0)
let side: u32 = 0
let slot: u32 = 0
let entryOffset: u64 = 0
/** Path of the entry at hand, NO_PATH between entries; the place of a fault. */
export let currentPath: u32 = NO_PATH
/**
 * The directory of the layer's AUFS pseudo-links, 0 while it has none. It stands in the root under a name that no path can
 * lead to, and goes with the layer: a directory named .wh..wh.plnk that links lead to is one like any other.
 */
let pseudoLinks: u32 = 0
const NO_NAME = memory.data<u8>([0x2f]) // "/"

// Components still to be walked by `resolve`, last first:  | address | length |
const work = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const WORK: usize = 8
/** As many symlinks as one path may lead through, as securejoin has it. */
const MAX_HOPS: u32 = 255
// Steps of `resolve`. Archives with symlinked parents need a few for each entry; the allowance is a hundred times that,
// and ends a hostile layer that chains long links under every entry.
let steps: u64 = 0
let stepLimit: u64 = 0
const STEPS_PER_ENTRY: u64 = 1024
const STEPS_AT_LEAST: u64 = 1 << 22

// The last parent that took a resolve, and where it led; void as soon as anything that a walk can meet has changed.
let cachedFrom: u32 = NO_PATH
let cachedTo: u32 = 0

export function begin(followLower: bool): void {
  warnings.clear()
  warningsDropped = 0
  work.clear()
  follow = followLower
  steps = 0
  stepLimit = STEPS_AT_LEAST
  currentPath = NO_PATH
}

function warn(code: Warning, path: u32): void {
  if (warnings.length >= MAX_WARNINGS * record.WARNING_SIZE) {
    warningsDropped++
    return
  }
  const warning = warnings.push(record.WARNING_SIZE)
  store<u32>(warning, code, record.WARNING_CODE)
  store<u32>(warning, path + 1, record.WARNING_PATH)
  store<u32>(warning, side, record.WARNING_SIDE)
  store<u32>(warning, tree.layer, record.WARNING_LAYER)
  store<u64>(warning, entryOffset, record.WARNING_OFFSET)
}

/** Applies loaded layer `index` as layer `layer` of a side (0 before, 1 after). */
export function apply(onto: Tree, ofSide: u32, index: u32, layer: u32): void {
  tree = onto
  table = onto.table
  side = ofSide
  slot = index
  tree.layer = layer
  tree.reach(table.count)
  cachedFrom = NO_PATH
  pseudoLinks = 0
  const count = stored.entryCount(slot)
  stepLimit += STEPS_PER_ENTRY * count
  tree.expect(count)
  let entry = stored.entries(slot)
  for (let i: u32 = 0; i < count; i++, entry += record.ENTRY_SIZE) {
    const path = stored.globalPath(slot, load<u32>(entry, record.ENTRY_PATH))
    currentPath = path
    entryOffset = load<u64>(entry, record.ENTRY_OFFSET)
    const type = <EntryType>load<u8>(entry, record.ENTRY_TYPE)
    switch (type) {
      case EntryType.Whiteout: {
        const parent = liveParent(path)
        tree.need(parent)
        const target = childOf(parent, path)
        if (target != NO_PATH && tree.isAlive(target)) tree.removeLower(target, true, Marker.Whiteout)
        cachedFrom = NO_PATH
        break
      }
      case EntryType.Opaque: {
        const directory = liveDirectory(path)
        tree.need(directory)
        tree.removeLower(directory, false, Marker.Opaque)
        cachedFrom = NO_PATH
        break
      }
      case EntryType.Hardlink: {
        // The target first: a link that is left out leaves nothing behind.
        const link = stored.globalPath(slot, load<u32>(entry, record.ENTRY_PAYLOAD))
        const target = isPseudoLink(entry) ? findPseudoLink(link) : findTarget(link)
        if (target == NO_PATH) {
          warn(Warning.HardlinkTargetMissing, path)
          break
        }
        const inode = load<u32>(tree.node(target), NODE_INODE)
        const at = finalPath(path)
        if (at == target) {
          warn(Warning.HardlinkTargetMissing, path)
          break
        }
        if (isOtherwise(entry, inode)) warn(Warning.HardlinkAttributes, path)
        put(at, inode, false)
        break
      }
      case EntryType.File: {
        const inode = tree.newInode(entry, slot)
        if (isPseudoLink(entry)) putPseudoLink(path, inode)
        else put(finalPath(path), inode, false)
        break
      }
      default:
        put(finalPath(path), tree.newInode(entry, slot), type == EntryType.Directory)
    }
  }
  if (pseudoLinks != 0) tree.remove(pseudoLinks, Marker.None)
  currentPath = NO_PATH
}

/** Whether the header of a hard link says anything else of its file than the file's own: moby, containerd and Podman go by it. */
function isOtherwise(link: usize, inode: u32): bool {
  const bound = tree.inode(inode)
  const file = <usize>load<u32>(bound, INODE_ENTRY)
  // The mode of a symlink is no symlink's own, and nobody sets it.
  const isSymlink = <EntryType>load<u8>(file, record.ENTRY_TYPE) == EntryType.Symlink
  if (!isSymlink && load<u16>(link, record.ENTRY_MODE) != load<u16>(file, record.ENTRY_MODE)) return true
  if (load<u32>(link, record.ENTRY_UID) != load<u32>(file, record.ENTRY_UID)) return true
  if (load<u32>(link, record.ENTRY_GID) != load<u32>(file, record.ENTRY_GID)) return true
  // Most writers tell attributes of the file alone.
  const xattrs = stored.xattrsOf(link, slot)
  return xattrs != 0 && !stored.sameXattrs(xattrs, stored.xattrsOf(file, load<u32>(bound, INODE_SLOT)))
}

/** Binds a path whose parent is alive to what an entry made it. */
function put(path: u32, inode: u32, isDirectory: bool): void {
  if (tree.name(path)) warn(Warning.DuplicatePath, path)
  if (tree.isAlive(path)) {
    // Directory over directory: the children stay. Anything else: the old subtree goes.
    const old = tree.typeOf(path)
    if (!isDirectory || old != EntryType.Directory) {
      tree.remove(path, Marker.Replaced)
      cachedFrom = NO_PATH
    }
  }
  tree.bind(path, inode)
}

/** Whether a file is one of AUFS's pseudo-links, or a hard link leads to one. */
// @ts-ignore: decorator
@inline
function isPseudoLink(entry: usize): bool {
  return (load<u8>(entry, record.ENTRY_FLAGS) & FLAG_PSEUDO_LINK) != 0
}

/** Keeps a pseudo-link for the hard links of its layer, by its own name alone, as moby does. The last of a name counts. */
function putPseudoLink(path: u32, inode: u32): void {
  if (pseudoLinks == 0) {
    pseudoLinks = table.intern(0, NO_NAME, 1)
    tree.reach(table.count)
    tree.bind(pseudoLinks, IMPLICIT)
  }
  const link = table.intern(pseudoLinks, table.nameOf(path), table.lengthOf(path))
  tree.reach(table.count)
  tree.bind(link, inode)
}

function findPseudoLink(path: u32): u32 {
  if (pseudoLinks == 0) return NO_PATH
  const link = table.find(pseudoLinks, table.nameOf(path), table.lengthOf(path))
  return link != NO_PATH && tree.isAlive(link) ? link : NO_PATH
}

/** Where the entry at hand goes: its own path, or, behind symlinks, the path that they lead to. The parent is alive. */
function finalPath(path: u32): u32 {
  if (path == 0) return 0
  const parent = liveParent(path)
  if (parent == table.parentOf(path)) return path
  const final = table.intern(parent, table.nameOf(path), table.lengthOf(path))
  tree.reach(table.count)
  return final
}

/** The child of `parent` that bears the name of `path`, or NO_PATH. */
function childOf(parent: u32, path: u32): u32 {
  return parent == table.parentOf(path) ? path : table.find(parent, table.nameOf(path), table.lengthOf(path))
}

// @ts-ignore: decorator
@inline
function liveParent(path: u32): u32 {
  return liveDirectory(table.parentOf(path))
}

/** The living directory that a path leads to; what is missing on the way is made, what is in the way is replaced. */
function liveDirectory(path: u32): u32 {
  // Nearly always the path itself is alive, and a directory, and so is all above it.
  if (tree.isAlive(path) && tree.typeOf(path) == EntryType.Directory) return path
  if (path == cachedFrom) return cachedTo
  const directory = resolve(path, true)
  cachedFrom = path
  cachedTo = directory
  return directory
}

/** The living non-directory that a hard link's target leads to, or NO_PATH. Makes and replaces nothing. */
function findTarget(path: u32): u32 {
  if (path == 0) return NO_PATH
  let target = path
  if (!tree.isAlive(target)) {
    const parent = resolve(table.parentOf(path), false)
    if (parent == NO_PATH) return NO_PATH
    target = childOf(parent, path)
    if (target == NO_PATH || !tree.isAlive(target)) return NO_PATH
  }
  return tree.typeOf(target) == EntryType.Directory ? NO_PATH : target
}

/** Pushes the components of `length` bytes at `at` onto `work`, so that the first is popped first. */
function pushComponents(at: usize, length: usize): void {
  let end = length
  while (end > 0) {
    let start = end
    while (start > 0 && load<u8>(at + start - 1) != 0x2f) start--
    if (end > start) {
      const item = work.push(WORK)
      store<u32>(item, <u32>(at + start))
      store<u32>(item, <u32>(end - start), 4)
    }
    end = start > 0 ? start - 1 : 0
  }
}

/**
 * Walks to a directory component by component, through symlinks, never above the root. With `make`, missing parents are
 * made and what stands in the way is replaced; without, NO_PATH says that the walk could not go on.
 */
function resolve(path: u32, make: bool): u32 {
  work.length = 0
  for (let at = path; at != 0; at = table.parentOf(at)) {
    const item = work.push(WORK)
    store<u32>(item, <u32>table.nameOf(at))
    store<u32>(item, <u32>table.lengthOf(at), 4)
  }
  let hops: u32 = 0
  let at: u32 = 0
  while (work.length > 0) {
    if (++steps > stepLimit) fail(Status.LimitResolution)
    work.length -= WORK
    const item = work.base + work.length
    const name = <usize>load<u32>(item)
    const length = <usize>load<u32>(item, 4)
    if (load<u8>(name) == 0x2e) {
      if (length == 1) continue
      if (length == 2 && load<u8>(name, 1) == 0x2e) {
        at = table.parentOf(at)
        continue
      }
    }
    const child = make ? table.intern(at, name, length) : table.find(at, name, length)
    if (child == NO_PATH) return NO_PATH
    tree.reach(table.count)
    if (!tree.isAlive(child)) {
      if (!make) return NO_PATH
      tree.bind(child, IMPLICIT)
      at = child
      continue
    }
    const type = tree.typeOf(child)
    if (type == EntryType.Directory) {
      at = child
      continue
    }
    if (type == EntryType.Symlink && (follow || load<u32>(tree.node(child), NODE_LAYER) == tree.layer)) {
      if (++hops > MAX_HOPS) fail(Status.SymlinkLoop)
      const inode = load<u32>(tree.node(child), NODE_INODE)
      const target = stored.linkOf(tree, inode)
      const targetLength = stored.linkLengthOf(tree, inode)
      if (targetLength > 0 && load<u8>(target) == 0x2f) at = 0
      pushComponents(target, targetLength)
      continue
    }
    if (!make) return NO_PATH
    if (type != EntryType.Symlink) warn(Warning.FileAsParent, child)
    tree.remove(child, Marker.Replaced)
    tree.bind(child, IMPLICIT)
    at = child
  }
  return at
}
