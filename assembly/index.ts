// The ABI: every export of the WebAssembly module, and nothing else. src/engine/wasm.ts is its only caller.
//
// One instance does one job at a time. Reading a layer: `begin`, then bytes into a window and `scan` until the end, then
// `endLayer` and the sections. Diffing: `begin`, `beginDiff`, `loadIndex` for each layer, `applyLayer` for each layer of
// each stack, `diff`, and the sections. A fault throws through env.fail(status); the next `begin` forgets everything.
// Numbers that may pass 2^32 travel as f64, exact below 2^53.

import * as arena from './memory'
import * as blake3 from './blake3'
import * as differ from './diff'
import * as globs from './glob'
import * as inflate from './inflate'
import * as layer from './layer'
import * as merger from './merge'
import * as stored from './stored'
import * as tar from './tar'
import * as wanted from './wanted'
import { NO_PATH, PathTable, setHashKey, setPathLimit } from './paths'
import { WARNING_LAYER, WARNING_PATH, WARNING_SIDE, WARNING_SIZE } from './records'
import { Tree } from './tree'
import { Vec } from './memory'

export { alloc } from './memory'
export { start as blake3Start, update as blake3Update, updateZeros as blake3UpdateZeros, finish as blake3Finish } from './blake3'
export { start as sha256Start, update as sha256Update, finish as sha256Finish } from './sha256'
export {
  start as gzipStart,
  inputAt as gzipInputAt,
  inputRoom as gzipInputRoom,
  fed as gzipFed,
  inputEnd as gzipInputEnd,
  run as gzipRun,
  outputAt as gzipOutputAt,
  outputLength as gzipOutputLength,
} from './inflate'

export function gzipBytesIn(): f64 {
  return <f64>inflate.bytesIn()
}

export function gzipBytesOut(): f64 {
  return <f64>inflate.bytesOut()
}

export function gzipMembers(): u32 {
  return inflate.members()
}

/** Forgets the last job. The key is 128 random bits, the path limit bytes of a whole path. */
export function begin(key0: u32, key1: u32, key2: u32, key3: u32, pathBytes: u32): void {
  arena.reset()
  setHashKey((<u64>key1 << 32) | key0, (<u64>key3 << 32) | key2)
  setPathLimit(pathBytes)
}

// Reading a layer.

export function beginLayer(entries: u32, layerBytes: f64, metaBytes: f64, expansion: f64): void {
  layer.begin(entries)
  tar.begin(<u64>layerBytes, <u64>metaBytes, <u64>expansion)
}

/** Reads tar bytes; `source` counts the stored bytes that gave all tar bytes up to and including these. */
export function scan(at: usize, length: usize, source: f64): void {
  tar.scan(at, length, <u64>source)
}

/** Before the first `scan`: contents are passed over. */
export function passContents(): void {
  tar.passContents()
}

/** Bytes that may be left out before the next `scan`. */
export function skippable(): f64 {
  return <f64>tar.skippable()
}

/** So many of them were left out. */
export function pass(bytes: f64): void {
  tar.pass(<u64>bytes)
}

export function endLayer(): void {
  tar.finish()
}

export function tarOffset(): f64 {
  return <f64>tar.offset()
}

export function entryCount(): u32 {
  return layer.entryCount
}

// Diffing.

const shared = changetype<PathTable>(memory.data(offsetof<PathTable>(), 16))
const sharedPaths = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const before = changetype<Tree>(memory.data(offsetof<Tree>(), 16))
const beforeNodes = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const beforeInodes = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const after = changetype<Tree>(memory.data(offsetof<Tree>(), 16))
const afterNodes = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const afterInodes = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
/** Warnings of a diff: of its layers as they were read, and of the merge. */
const diffWarnings = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
let diffWarningsDropped: u32 = 0

export function beginDiff(followSymlinks: bool): void {
  shared.begin(sharedPaths, null)
  before.begin(shared, beforeNodes, beforeInodes)
  after.begin(shared, afterNodes, afterInodes)
  stored.begin()
  globs.begin()
  merger.begin(followSymlinks)
  diffWarnings.clear()
  diffWarningsDropped = 0
}

/** Loads the layer index at `at`, which must stay there; returns its slot. */
export function loadIndex(at: usize, length: usize): u32 {
  return stored.loadIndex(at, length, shared)
}

/** Leaves out of the diff what the pattern at `at`, which must stay there, matches. */
export function ignore(at: usize, length: usize): void {
  globs.add(at, length)
}

/** Puts a loaded layer on top of a side: 0 before, 1 after. */
export function applyLayer(side: u32, slot: u32, index: u32): void {
  merger.apply(side == 0 ? before : after, side, slot, index)
}

/** Reports what was odd about a loaded layer when it was read, as layer `index` of a side. */
export function reportLayer(side: u32, slot: u32, index: u32): void {
  const from = diffWarnings.length
  const length = stored.warningsLength(slot)
  memory.copy(diffWarnings.push(length), stored.warnings(slot), length)
  for (let at = from; at < diffWarnings.length; at += WARNING_SIZE) {
    const warning = diffWarnings.base + at
    const path = load<u32>(warning, WARNING_PATH)
    if (path != 0) store<u32>(warning, stored.globalPath(slot, path - 1) + 1, WARNING_PATH)
    store<u32>(warning, side, WARNING_SIDE)
    store<u32>(warning, index, WARNING_LAYER)
  }
  diffWarningsDropped += stored.warningsDropped(slot)
}

/**
 * Finds the contents that decide whether two files differ and that nobody has read, when content is compared at all.
 * Returns how many; `wantedAt` has each as a slot and an index in its ENTRIES.
 */
export function findWanted(mask: u32): u32 {
  return <u32>(wanted.find(shared, before, after, <u16>mask).length >> 3)
}

export function wantedAt(): usize {
  return wanted.wanted.base
}

/** Forgets what the last `diff` noted, so that layers can be put on top and compared once more. */
export function nextStep(): void {
  before.forgetDiff()
  after.forgetDiff()
  differ.free()
  diffWarnings.length = 0
  merger.warnings.length = 0
}

/** Compares the two sides in the fields of `mask`. */
export function diff(mask: u32): void {
  const length = merger.warnings.length
  memory.copy(diffWarnings.push(length), merger.warnings.base, length)
  diffWarningsDropped += merger.warningsDropped
  differ.run(shared, before, after, <u16>mask)
  for (let at: usize = 0; at < diffWarnings.length; at += WARNING_SIZE) {
    const path = load<u32>(diffWarnings.base + at, WARNING_PATH)
    if (path != 0) {
      const out = differ.outPath(path - 1) + 1
      store<u32>(diffWarnings.base + at, out, WARNING_PATH)
    }
  }
}

// Results.

// The section table:  | address | length |  * 8
const sections = memory.data(64, 16)

function setSection(index: usize, run: Vec): void {
  store<u32>(sections + index * 8, <u32>run.base)
  store<u32>(sections + index * 8, <u32>run.length, 4)
}

/** Address of the section table of the layer that was read. */
export function layerSections(): usize {
  memory.fill(sections, 0, 64)
  setSection(0, layer.paths)
  setSection(1, layer.names)
  setSection(2, layer.entries)
  setSection(3, layer.blobs)
  setSection(4, layer.warnings)
  return sections
}

/** Address of the section table of the diff. */
export function diffSections(): usize {
  memory.fill(sections, 0, 64)
  setSection(0, differ.paths)
  setSection(1, differ.names)
  setSection(2, differ.entries)
  setSection(3, differ.blobs)
  setSection(4, diffWarnings)
  setSection(5, differ.changes)
  setSection(6, differ.totals)
  return sections
}

export function warningsDropped(merging: bool): u32 {
  return merging ? diffWarningsDropped : layer.warningsDropped
}

// The place of a fault: a path of the layer that is read, or of the merge, one component at a time from the last up.

/** PATH id of the entry at hand; 0 for none, as a fault of the root's own has no name to give. */
export function faultPath(merging: bool): u32 {
  const path = merging ? merger.currentPath : layer.currentPath
  return path == NO_PATH ? 0 : path
}

export function parentOf(merging: bool, path: u32): u32 {
  return merging ? shared.parentOf(path) : layer.table.parentOf(path)
}

export function nameOf(merging: bool, path: u32): usize {
  return merging ? shared.nameOf(path) : layer.table.nameOf(path)
}

export function nameLength(merging: bool, path: u32): usize {
  return merging ? shared.lengthOf(path) : layer.table.lengthOf(path)
}
