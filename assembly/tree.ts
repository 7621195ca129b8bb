// A merged tree: which paths live on one side, and what each of them is.
//
// Takes: PATH ids of the table that both sides share, and entries by their address. Gives: attach, replace and remove,
// each in time proportional to what it changes. The rules of when to do what are merge.ts's.
//
// NODE, one for each path of the table and side:
//
//   0        4        8        12       16       20       24       28   30   32
//   +--------+--------+--------+--------+--------+--------+--------+----+----+
//   | inode  | layer  | child  |  next  |  prev  | cause  |cleared |name|need|
//   +--------+--------+--------+--------+--------+--------+--------+----+----+
//
//   inode     0: not in the tree; else an index in INODES
//   layer     of the stack, which put the path there
//   child     first living child; next, prev: living siblings. PATH ids; 0 for none, since the root is nobody's child
//   cause     of the last removal: marker << 24 | layer; 0 when it never was
//   cleared   1 + the last layer that removed all lower nodes below this directory
//   named     1 + the last layer with an entry of this very path
//   needed    1 + the last layer with a marker in this directory, which needs it there, as an entry would
//
// Living nodes have living parents, which are directories: whoever finds a directory alive need not look above it.
//
// INODE: what one or more paths are bound to.
//
//   0        4        8        12       16       20       24
//   +--------+--------+--------+--------+--------+--------+
//   | entry  |  slot  | links  | first  |  home  |  out   |
//   +--------+--------+--------+--------+--------+--------+
//
//   entry     address of the ENTRY, 0 for implicit directories
//   slot      of the loaded layer, where the entry's blobs lie
//   links     living paths bound to it
//   first, home, out     belong to diff.ts: first path, path that counts its bytes (1 + PATH id), 1 + index in the result

import { ENTRY_TYPE, EntryType, Marker } from './records'
import { PathTable } from './paths'
import { Vec } from './memory'

export const NODE_INODE: usize = 0
export const NODE_LAYER: usize = 4
export const NODE_CHILD: usize = 8
export const NODE_NEXT: usize = 12
export const NODE_PREV: usize = 16
export const NODE_CAUSE: usize = 20
export const NODE_CLEARED: usize = 24
const NODE_NAMED: usize = 28
const NODE_NEEDED: usize = 30
const NODE_SIZE: usize = 32

export const INODE_ENTRY: usize = 0
export const INODE_SLOT: usize = 4
export const INODE_LINKS: usize = 8
export const INODE_FIRST: usize = 12
export const INODE_HOME: usize = 16
export const INODE_OUT: usize = 20
const INODE_SIZE: usize = 24

/** The inode of every implicit directory; index 0 is none. */
export const IMPLICIT: u32 = 1

@unmanaged
export class Tree {
  table: PathTable
  nodes: Vec
  inodes: Vec
  /** The layer that is being applied. */
  layer: u32

  begin(table: PathTable, nodes: Vec, inodes: Vec): void {
    this.table = table
    this.nodes = nodes
    this.inodes = inodes
    nodes.clear()
    inodes.clear()
    memory.fill(inodes.push(INODE_SIZE * 2), 0, INODE_SIZE * 2)
    this.layer = 0
    this.reach(1)
    // The root is there before any layer says so.
    store<u32>(this.node(0), IMPLICIT, NODE_INODE)
  }

  /** Clears what diff.ts noted in the inodes. */
  forgetDiff(): void {
    for (let at = this.inodes.base, end = at + this.inodes.length; at < end; at += INODE_SIZE) {
      memory.fill(at + INODE_FIRST, 0, 12)
    }
  }

  /** Makes nodes for all ids below `count`. */
  reach(count: u32): void {
    const wanted = <usize>count * NODE_SIZE
    const missing = wanted - this.nodes.length
    if (wanted <= this.nodes.length) return
    memory.fill(this.nodes.push(missing), 0, missing)
  }

  /** Address of a node; void after `reach`. */
  @inline node(path: u32): usize {
    return this.nodes.base + <usize>path * NODE_SIZE
  }

  @inline inode(index: u32): usize {
    return this.inodes.base + <usize>index * INODE_SIZE
  }

  /** Address of the entry that a path is bound to, 0 for an implicit directory. Only for living paths. */
  @inline entryOf(path: u32): usize {
    return load<u32>(this.inode(load<u32>(this.node(path), NODE_INODE)), INODE_ENTRY)
  }

  @inline isAlive(path: u32): bool {
    return load<u32>(this.node(path), NODE_INODE) != 0
  }

  /** The type of a living path. */
  @inline typeOf(path: u32): EntryType {
    const entry = this.entryOf(path)
    return entry == 0 ? EntryType.Directory : <EntryType>load<u8>(entry, ENTRY_TYPE)
  }

  /** Makes room for `count` more inodes at once. */
  expect(count: u32): void {
    this.inodes.reserve(<u64>count * INODE_SIZE)
  }

  newInode(entry: usize, slot: u32): u32 {
    const index = <u32>(this.inodes.length / INODE_SIZE)
    const inode = this.inodes.push(INODE_SIZE)
    memory.fill(inode, 0, INODE_SIZE)
    store<u32>(inode, <u32>entry, INODE_ENTRY)
    store<u32>(inode, slot, INODE_SLOT)
    return index
  }

  /** Binds a path to an inode, for the layer at hand. A living path keeps its children. */
  bind(path: u32, inode: u32): void {
    const node = this.node(path)
    const old = load<u32>(node, NODE_INODE)
    if (old != 0) this.unlink(old)
    else if (path != 0) this.attach(path)
    const bound = this.inode(inode)
    store<u32>(bound, load<u32>(bound, INODE_LINKS) + 1, INODE_LINKS)
    store<u32>(node, inode, NODE_INODE)
    store<u32>(node, this.layer, NODE_LAYER)
  }

  private unlink(inode: u32): void {
    const bound = this.inode(inode)
    store<u32>(bound, load<u32>(bound, INODE_LINKS) - 1, INODE_LINKS)
  }

  /** Puts a path in front of its living siblings. */
  private attach(path: u32): void {
    const node = this.node(path)
    const parent = this.node(this.table.parentOf(path))
    const first = load<u32>(parent, NODE_CHILD)
    store<u32>(node, 0, NODE_CHILD)
    store<u32>(node, first, NODE_NEXT)
    store<u32>(node, 0, NODE_PREV)
    if (first != 0) store<u32>(this.node(first), path, NODE_PREV)
    store<u32>(parent, path, NODE_CHILD)
  }

  /** Takes one path without children out of the tree. */
  private detach(path: u32, marker: Marker): void {
    const node = this.node(path)
    this.unlink(load<u32>(node, NODE_INODE))
    store<u32>(node, 0, NODE_INODE)
    store<u32>(node, (<u32>marker << 24) | this.layer, NODE_CAUSE)
    store<u32>(node, 0, NODE_CLEARED)
    const next = load<u32>(node, NODE_NEXT)
    const prev = load<u32>(node, NODE_PREV)
    if (next != 0) store<u32>(this.node(next), prev, NODE_PREV)
    if (prev != 0) store<u32>(this.node(prev), next, NODE_NEXT)
    else store<u32>(this.node(this.table.parentOf(path)), next, NODE_CHILD)
  }

  /** Removes a living path and all below it. */
  remove(path: u32, marker: Marker): void {
    let at = path
    for (;;) {
      const child = load<u32>(this.node(at), NODE_CHILD)
      if (child != 0) {
        at = child
        continue
      }
      this.detach(at, marker)
      if (at == path) return
      at = this.table.parentOf(at)
    }
  }

  /**
   * Removes what lower layers put below a living path, and the path itself too when `self` is set. What the layer at
   * hand put there stays; a lower directory above it stays as an implicit one.
   *
   * Every directory is cleared once a layer: after that nothing lower is left in it, and nothing lower can come. So a
   * storm of markers costs no more than one walk over the tree.
   */
  removeLower(path: u32, self: bool, marker: Marker): void {
    const stamp = this.layer + 1
    let at = path
    for (;;) {
      const node = this.node(at)
      const child = load<u32>(node, NODE_CHILD)
      if (child != 0 && load<u32>(node, NODE_CLEARED) != stamp) {
        store<u32>(node, stamp, NODE_CLEARED)
        at = child
        continue
      }
      // All below `at` is settled; so is `at` itself next, then its siblings, then its parent.
      for (;;) {
        if (at == path) {
          if (self) this.settle(at, marker)
          return
        }
        const next = load<u32>(this.node(at), NODE_NEXT)
        const parent = this.table.parentOf(at)
        this.settle(at, marker)
        if (next != 0) {
          at = next
          break
        }
        at = parent
      }
    }
  }

  private settle(path: u32, marker: Marker): void {
    const node = this.node(path)
    if (load<u32>(node, NODE_LAYER) == this.layer) return
    if (load<u32>(node, NODE_CHILD) != 0 || this.isNeeded(path)) this.bind(path, IMPLICIT)
    else this.detach(path, marker)
  }

  private isNeeded(path: u32): bool {
    return load<u16>(this.node(path), NODE_NEEDED) == this.layer + 1
  }

  /** Notes that the layer at hand has a marker in a living directory. */
  need(path: u32): void {
    store<u16>(this.node(path), <u16>(this.layer + 1), NODE_NEEDED)
  }

  /** Notes that the layer at hand has an entry of a path, and tells whether it had one before. */
  name(path: u32): bool {
    const node = this.node(path)
    const stamp = this.layer + 1
    if (load<u16>(node, NODE_NAMED) == stamp) return true
    store<u16>(node, <u16>stamp, NODE_NAMED)
    return false
  }
}
