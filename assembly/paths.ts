// Interned paths: bytes -> PATH id.
//
// Takes: a parent's id and one component's bytes. Gives: the id of the path they make, the same one every time.
// A path is its parent and its last component, so that a million files in ten thousand directories store each directory
// once, ids compare in place of bytes, and a walk upwards needs no parsing.
//
// The table is open-addressed: eight bytes a slot, at most three quarters full, probed linearly.
//
//   slot: | hash | 1 + id |      0 in the second word: free
//
// Names come from hostile layers, so the hash is keyed: SipHash-1-3 under a key that the host draws for each job. A
// multiplicative hash would be cheaper and could be flooded by names that collide under every key.

import { PATH_LENGTH, PATH_NAME, PATH_PARENT, PATH_SIZE, PATH_WHOLE } from './records'
import { Vec, alloc, release } from './memory'
import { Status, fail } from './status'

const SLOT: usize = 8
const FIRST_SLOTS: usize = 1024

let key0: u64 = 0
let key1: u64 = 0

/** Sets the key of every table of this job: 128 random bits. */
export function setHashKey(a: u64, b: u64): void {
  key0 = a
  key1 = b
}

/** Longest whole path allowed, in bytes. It bounds the depth too: a path of n bytes has at most (n + 1) / 2 components. */
export let pathLimit: u32 = 4096

export function setPathLimit(bytes: u32): void {
  pathLimit = bytes
}

/** The last one to eight bytes of a name as a number, zeros above. */
// @ts-ignore: decorator
@inline
function tail(at: usize, length: usize): u64 {
  // Two overlapping loads read exactly the bytes that are there.
  if (length >= 4) {
    return <u64>load<u32>(at) | (<u64>load<u32>(at + length - 4) << ((<u64>length - 4) << 3))
  }
  if (length == 0) return 0
  const middle = length >> 1
  const last = length - 1
  return (
    <u64>load<u8>(at) |
    (<u64>load<u8>(at + middle) << (<u64>middle << 3)) |
    (<u64>load<u8>(at + last) << (<u64>last << 3))
  )
}

/** SipHash-1-3 of the parent's id and a name, folded to 32 bits. */
function hashOf(parent: u32, at: usize, length: usize): u32 {
  let v0: u64 = key0 ^ 0x736f6d6570736575
  let v1: u64 = key1 ^ 0x646f72616e646f6d
  let v2: u64 = key0 ^ 0x6c7967656e657261
  let v3: u64 = key1 ^ 0x7465646279746573
  // The first word: parent and length. The length keeps "a" and "a\0" apart, as SipHash's own last byte would.
  let word: u64 = (<u64>parent << 32) | <u64>length
  let rest = length
  for (;;) {
    v3 ^= word
    v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
    v2 += v3; v3 = rotl(v3, 16) ^ v2
    v0 += v3; v3 = rotl(v3, 21) ^ v0
    v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
    v0 ^= word
    if (rest == 0) break
    if (rest >= 8) {
      word = load<u64>(at)
      at += 8
      rest -= 8
    } else {
      word = tail(at, rest)
      rest = 0
    }
  }
  v2 ^= 0xff
  for (let round = 0; round < 3; round++) {
    v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
    v2 += v3; v3 = rotl(v3, 16) ^ v2
    v0 += v3; v3 = rotl(v3, 21) ^ v0
    v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
  }
  const h = v0 ^ v1 ^ v2 ^ v3
  return <u32>(h ^ (h >> 32))
}

/** Whether two runs of bytes are equal. */
export function sameBytes(a: usize, b: usize, length: usize): bool {
  while (length >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false
    a += 8
    b += 8
    length -= 8
  }
  while (length > 0) {
    if (load<u8>(a) != load<u8>(b)) return false
    a++
    b++
    length--
  }
  return true
}

/** No path. */
export const NO_PATH: u32 = 0xffff_ffff

/** A table of paths, in static memory; `begin` before use. */
@unmanaged
export class PathTable {
  /** PATH records. */
  paths: Vec
  /** Where names are copied to, or null: then names stay where they are, and PATH's name is their address. */
  names: Vec | null
  slots: usize
  mask: u32
  /** Ids in use. */
  count: u32

  begin(paths: Vec, names: Vec | null): void {
    this.paths = paths
    this.names = names
    paths.clear()
    if (names) names.clear()
    this.mask = <u32>FIRST_SLOTS - 1
    this.slots = alloc(FIRST_SLOTS * SLOT)
    memory.fill(this.slots, 0, FIRST_SLOTS * SLOT)
    memory.fill(paths.push(PATH_SIZE), 0, PATH_SIZE)
    this.count = 1
  }

  /** Address of a PATH record; void after the next `intern`. */
  @inline at(id: u32): usize {
    return this.paths.base + <usize>id * PATH_SIZE
  }

  @inline parentOf(id: u32): u32 {
    return load<u32>(this.at(id), PATH_PARENT)
  }

  @inline lengthOf(id: u32): usize {
    return load<u32>(this.at(id), PATH_LENGTH)
  }

  /** Address of the last component's bytes. */
  @inline nameOf(id: u32): usize {
    const names = this.names
    const name = <usize>load<u32>(this.at(id), PATH_NAME)
    return names ? names.base + name : name
  }

  /** The slot that holds this child, or the free one where it belongs. */
  private slotOf(hash: u32, parent: u32, at: usize, length: usize): usize {
    let index = hash & this.mask
    let slot = this.slots + <usize>index * SLOT
    let found: u32
    while ((found = load<u32>(slot, 4)) != 0) {
      if (load<u32>(slot) == hash && this.is(found - 1, parent, at, length)) break
      index = (index + 1) & this.mask
      slot = this.slots + <usize>index * SLOT
    }
    return slot
  }

  /** The id of `parent`/name, or NO_PATH. */
  find(parent: u32, at: usize, length: usize): u32 {
    return load<u32>(this.slotOf(hashOf(parent, at, length), parent, at, length), 4) - 1
  }

  /** The id of `parent`/name, made when it is new. */
  intern(parent: u32, at: usize, length: usize): u32 {
    const hash = hashOf(parent, at, length)
    const slot = this.slotOf(hash, parent, at, length)
    const found = load<u32>(slot, 4)
    if (found != 0) return found - 1

    const whole = <u32>length + (parent == 0 ? 0 : load<u32>(this.at(parent), PATH_WHOLE) + 1)
    if (whole > pathLimit) fail(Status.LimitPathBytes)
    const id = this.count
    let name = <u32>at
    const names = this.names
    if (names) {
      name = <u32>names.length
      // The bytes may be part of a name that is there already, and `push` may move it.
      const inside = at - names.base
      const held = inside < names.length
      const copy = names.push(length)
      memory.copy(copy, held ? names.base + inside : at, length)
    }
    const path = this.paths.push(PATH_SIZE)
    store<u32>(path, parent, PATH_PARENT)
    store<u32>(path, name, PATH_NAME)
    store<u32>(path, <u32>length, PATH_LENGTH)
    store<u32>(path, whole, PATH_WHOLE)
    store<u32>(slot, hash)
    store<u32>(slot, id + 1, 4)
    this.count = id + 1
    if (this.count > this.mask - (this.mask >> 2)) this.widen((this.mask + 1) << 1)
    return id
  }

  /** Whether `id` is the path `parent`/name: cheaper than `find` for a caller with a good guess. */
  is(id: u32, parent: u32, at: usize, length: usize): bool {
    const path = this.at(id)
    return (
      load<u32>(path, PATH_PARENT) == parent &&
      load<u32>(path, PATH_LENGTH) == <u32>length &&
      sameBytes(this.nameOf(id), at, length)
    )
  }

  /** Makes room for `more` paths at once. */
  reserve(more: u32): void {
    let slots = this.mask + 1
    while (this.count + more > slots - (slots >> 2)) slots <<= 1
    if (slots != this.mask + 1) this.widen(slots)
    this.paths.reserve(<u64>more * PATH_SIZE)
  }

  private widen(count: u32): void {
    const oldSlots = this.slots
    const oldCount = this.mask + 1
    const mask = count - 1
    const slots = alloc(<usize>count * SLOT)
    memory.fill(slots, 0, <usize>count * SLOT)
    for (let slot = oldSlots, end = oldSlots + <usize>oldCount * SLOT; slot < end; slot += SLOT) {
      if (load<u32>(slot, 4) == 0) continue
      let index = load<u32>(slot) & mask
      while (load<u32>(slots + <usize>index * SLOT, 4) != 0) index = (index + 1) & mask
      store<u64>(slots + <usize>index * SLOT, load<u64>(slot))
    }
    release(oldSlots, <usize>oldCount * SLOT)
    this.slots = slots
    this.mask = mask
  }
}
