// Which bytes of memory belong to something: the checked build's own knowledge, and nothing at all in the others.
//
// Takes: static memory as it is declared (scripts/checked-wasm.mjs writes those calls into the sources that it compiles),
// and blocks as memory.ts hands them out and takes them back. Gives: checks, which scripts/checked-wasm.mjs puts before
// every instruction that reads or writes memory. A byte that belongs to nothing ends the job with OUT_OF_BOUNDS.
//
//   0                 SHADOW: 32 MiB               64 MiB            + 64 KiB
//   |  static memory, blocks  |  a byte for each byte  |  edge counters  |
//
//   A shadow byte is 0 where its byte may be used. Nothing may, until it is said: so what lies between two pieces of
//   static memory (64 bytes at least), behind a block's last byte, and in blocks that were given back, is poisoned.
//
// Memory does not grow here: what does not fit below SHADOW is OutOfMemory, which tests of that fault make use of.

import { fail } from './status'

/** Only the checked build defines CHECKED: elsewhere all of this is folded away, and the bytes are as if it were not here. */
const SHADOW: usize = 1 << 25
/** Poisoned bytes behind everything. */
export const REDZONE: usize = isDefined(CHECKED) ? 64 : 0
/** No `Status`: the host has no words for it, and calls it INTERNAL. */
const OUT_OF_BOUNDS: i32 = 200
const OUT_OF_STEPS: i32 = 201
/** What a block holds that nobody has written to. */
const UNDEFINED: u8 = 0xa5

let started = false
/** The byte that did not belong. */
export let badAddress: u32 = 0
let stepsLeft: u64 = u64.MAX_VALUE

/** Bytes up to which blocks may be handed out, of `have` that there are. */
// @ts-ignore: decorator
@inline
export function arenaEnd(have: u64): u64 {
  return isDefined(CHECKED) ? SHADOW : have
}

/** `size` bytes at `at` may be used from now on. */
export function allow(at: usize, size: usize): void {
  if (isDefined(CHECKED)) memory.fill(SHADOW + at, 0, size)
}

/** They may not, any more. */
export function deny(at: usize, size: usize): void {
  if (isDefined(CHECKED)) memory.fill(SHADOW + at, 0xff, size)
}

/** A block is handed out, of which `size` bytes may be used. */
export function allowBlock(at: usize, size: usize): void {
  if (!isDefined(CHECKED)) return
  allow(at, size)
  memory.fill(at, UNDEFINED, size)
}

/** Static memory: called where it is declared. */
export function allowStatic(at: usize, size: usize): void {
  if (!isDefined(CHECKED)) return
  if (!started) deny(0, SHADOW)
  started = true
  allow(at, size)
}

/** So many steps may be made from now on. */
export function allowSteps(steps: f64): void {
  stepsLeft = <u64>steps
}

/** How many are left. */
export function stepsToGo(): f64 {
  return <f64>stepsLeft
}

/** Before every turn of every loop. */
export function step(): void {
  takeSteps(1)
}

function takeSteps(steps: u64): void {
  if (stepsLeft < steps) fail(OUT_OF_STEPS)
  stepsLeft -= steps
}

// Checks. `at` is given back, so that a check can stand where the address stood.

function outOfBounds(at: u64): void {
  badAddress = <u32>at
  fail(OUT_OF_BOUNDS)
}

export function check1(at: usize, offset: usize): usize {
  const first = <u64>at + offset
  if (first + 1 > SHADOW || load<u8>(<usize>first, SHADOW) != 0) outOfBounds(first)
  return at
}

export function check2(at: usize, offset: usize): usize {
  const first = <u64>at + offset
  if (first + 2 > SHADOW || load<u16>(<usize>first, SHADOW) != 0) outOfBounds(first)
  return at
}

export function check4(at: usize, offset: usize): usize {
  const first = <u64>at + offset
  if (first + 4 > SHADOW || load<u32>(<usize>first, SHADOW) != 0) outOfBounds(first)
  return at
}

export function check8(at: usize, offset: usize): usize {
  const first = <u64>at + offset
  if (first + 8 > SHADOW || load<u64>(<usize>first, SHADOW) != 0) outOfBounds(first)
  return at
}

export function check16(at: usize, offset: usize): usize {
  const first = <u64>at + offset
  if (first + 16 > SHADOW || (load<u64>(<usize>first, SHADOW) | load<u64>(<usize>first, SHADOW + 8)) != 0) outOfBounds(first)
  return at
}

/** Before memory.copy and memory.fill. */
export function checkRange(at: usize, size: usize): void {
  let first: u64 = at
  const end: u64 = first + size
  takeSteps(size >> 6)
  if (end > SHADOW) outOfBounds(end)
  for (; first + 8 <= end; first += 8) if (load<u64>(<usize>first, SHADOW) != 0) outOfBounds(first)
  for (; first < end; first++) if (load<u8>(<usize>first, SHADOW) != 0) outOfBounds(first)
}

export function copyChecked(to: usize, from: usize, size: usize): void {
  checkRange(to, size)
  checkRange(from, size)
  memory.copy(to, from, size)
}

export function fillChecked(at: usize, value: u32, size: usize): void {
  checkRange(at, size)
  memory.fill(at, <u8>value, size)
}
