// Contents that must be read after all: of files that both sides have, under one path and of one size.
//
// Takes: two merged trees whose entries may lack hashes, since plain layers are first read by their headers alone. Gives:
// the entries whose contents decide whether such a pair differs. A file that only one side has, or whose size differs, is a
// change whatever it holds, and one entry that stands on both sides is none.

import * as order from './order'
import * as record from './records'
import * as stored from './stored'
import { EntryType, FLAG_HASHED, FLAG_WANTED } from './records'
import { IMPLICIT, INODE_ENTRY, INODE_SLOT, NODE_INODE, Tree } from './tree'
import { IGNORED, WALKED_SIZE, walked } from './order'
import { PathTable } from './paths'
import { Vec } from './memory'

// WANTED:  | slot | index in its ENTRIES |
export const wanted = changetype<Vec>(memory.data(offsetof<Vec>(), 16))

export function find(table: PathTable, before: Tree, after: Tree, mask: u16): Vec {
  wanted.clear()
  if (!(mask & record.FIELD_CONTENT)) return wanted
  before.reach(table.count)
  after.reach(table.count)
  order.walk(table, before, after)
  for (let item = walked.base, end = item + walked.length; item < end; item += WALKED_SIZE) {
    const path = load<u32>(item)
    if (path & IGNORED) continue
    const old = load<u32>(before.node(path), NODE_INODE)
    const now = load<u32>(after.node(path), NODE_INODE)
    if (old > IMPLICIT && now > IMPLICIT) comparePair(before.inode(old), after.inode(now))
  }
  order.finish()
  return wanted
}

function comparePair(oldInode: usize, newInode: usize): void {
  const a = <usize>load<u32>(oldInode, INODE_ENTRY)
  const b = <usize>load<u32>(newInode, INODE_ENTRY)
  if (a == b || !isFile(a) || !isFile(b)) return
  if (load<u64>(a, record.ENTRY_CONTENT_SIZE) != load<u64>(b, record.ENTRY_CONTENT_SIZE)) return
  want(a, load<u32>(oldInode, INODE_SLOT))
  want(b, load<u32>(newInode, INODE_SLOT))
}

// @ts-ignore: decorator
@inline
function isFile(entry: usize): bool {
  return <EntryType>load<u8>(entry, record.ENTRY_TYPE) == EntryType.File
}

function want(entry: usize, slot: u32): void {
  const flags = load<u8>(entry, record.ENTRY_FLAGS)
  if (flags & (FLAG_HASHED | FLAG_WANTED)) return
  store<u8>(entry, flags | FLAG_WANTED, record.ENTRY_FLAGS)
  const out = wanted.push(8)
  store<u32>(out, slot)
  store<u32>(out, <u32>((entry - stored.entries(slot)) / record.ENTRY_SIZE), 4)
}
