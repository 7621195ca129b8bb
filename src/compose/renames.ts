// Files that only changed their names: removed at one path and added at another, with one content.
//
// Takes: the container of a diff, and its layers. Gives: pairs. Plain layers were read by their headers, so where a removed and
// an added file have one size their contents are read now, and their hashes written into the container, as if they had been
// read with the rest. Empty files are all alike, and no pairs.

import { CHANGE, ENTRY, ENTRY_TYPES, FLAG, KINDS, MAGIC_DIFF, SECTION } from '../engine/abi.js'
import type { Call } from '../engine/client.js'
import { Container } from '../engine/container.js'
import { hashAt } from '../engine/entry-fields.js'
import { Paths } from '../engine/paths.js'
import type { Rename } from '../types.js'
import { hashEntries } from './contents.js'
import { inParallel, type PlacedLayer } from './layers.js'

const FILE = ENTRY_TYPES.indexOf('file')
const ADDED = KINDS.indexOf('added')
const REMOVED = KINDS.indexOf('removed')
/** Of a file that changed its name as well: boilerplate is shorter. */
const LEAST_BYTES = 100

/** A file that one side has at a path and the other has not. */
interface Lone {
  /** Of its change. */
  readonly index: number
  readonly path: { readonly text: string; readonly bytes: Uint8Array | null }
  /** Where its entry begins in the ENTRIES section. */
  readonly entry: number
}

/** Files that are alike: in size, or in content. */
interface Alike {
  readonly removed: Lone[]
  readonly added: Lone[]
}

/** @throws {LayerDiffError} INPUT_UNREADABLE where a layer is not what it was; or the signal's reason */
export async function findRenames(
  call: Call,
  layers: readonly PlacedLayer[],
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Rename[]> {
  const container = new Container(bytes, MAGIC_DIFF)
  const entries = container.view(SECTION.ENTRIES)
  const sizeOf = ({ entry }: Lone) => Number(entries.getBigUint64(entry + ENTRY.CONTENT_SIZE, true))
  const ofOneSize = alike(loneFiles(container), sizeOf)
  const candidates = ofOneSize.flatMap(({ removed, added }) => [...removed, ...added])
  await readHashes(call, layers, entries, candidates, signal)
  const isHashed = ({ entry }: Lone) => (entries.getUint8(entry + ENTRY.FLAGS) & FLAG.HASHED) !== 0
  const hashOf = ({ entry }: Lone) => hashAt(entries, entry + ENTRY.PAYLOAD)
  return ofOneSize
    .map(({ removed, added }) => ({ removed: removed.filter(isHashed), added: added.filter(isHashed) }))
    .flatMap((files) => alike(files, hashOf))
    .flatMap((files) => pairs(files, sizeOf))
    .sort(([a], [b]) => a.index - b.index)
    .map(([from, to]) => ({
      from: from.path.text,
      ...(from.path.bytes && { fromBytes: from.path.bytes }),
      to: to.path.text,
      ...(to.path.bytes && { toBytes: to.path.bytes }),
      size: sizeOf(from),
      hash: hashOf(from),
    }))
}

/** All removed and all added files that hold anything. */
function loneFiles(container: Container): Alike {
  const paths = new Paths(container)
  const changes = container.view(SECTION.CHANGES)
  const entries = container.view(SECTION.ENTRIES)
  const found: Alike = { removed: [], added: [] }
  for (let at = 0; at < changes.byteLength; at += CHANGE.SIZE) {
    const kind = changes.getUint8(at + CHANGE.KIND)
    if (kind !== ADDED && kind !== REMOVED) continue
    const reference = changes.getUint32(at + (kind === ADDED ? CHANGE.AFTER : CHANGE.BEFORE), true)
    const entry = (reference - 1) * ENTRY.SIZE
    if (entries.getUint8(entry + ENTRY.TYPE) !== FILE) continue
    if (entries.getBigUint64(entry + ENTRY.CONTENT_SIZE, true) === 0n) continue
    const path = changes.getUint32(at + CHANGE.PATH, true)
    const lone: Lone = {
      index: at / CHANGE.SIZE,
      entry,
      // Decoded for the few that are paired.
      get path() {
        return paths.path(path)
      },
    }
    if (kind === ADDED) found.added.push(lone)
    else found.removed.push(lone)
  }
  return found
}

/** Files by what they are alike in, where both sides have some. */
function alike({ removed, added }: Alike, keyOf: (file: Lone) => number | string): Alike[] {
  const groups = new Map<number | string, Alike>()
  for (const file of removed) {
    const key = keyOf(file)
    const group = groups.get(key)
    if (group) group.removed.push(file)
    else groups.set(key, { removed: [file], added: [] })
  }
  for (const file of added) groups.get(keyOf(file))?.added.push(file)
  return [...groups.values()].filter((group) => group.added.length > 0)
}

/**
 * One with one: those whose names stayed, and of the others two that are alone in what they hold. What several files hold alike, or
 * is but a few bytes, many files hold that have nothing to do with each other.
 */
function pairs({ removed, added }: Alike, sizeOf: (file: Lone) => number): [from: Lone, to: Lone][] {
  const found: [Lone, Lone][] = []
  const byName = new Map<string, Lone[]>()
  // Backwards, so that the first of a name comes off first.
  for (const file of [...added].reverse()) {
    const name = nameOf(file)
    const files = byName.get(name)
    if (files) files.push(file)
    else byName.set(name, [file])
  }
  const taken = new Set<Lone>()
  const left = removed.filter((from) => {
    const to = byName.get(nameOf(from))?.pop()
    if (to === undefined) return true
    taken.add(to)
    found.push([from, to])
    return false
  })
  const others = added.filter((to) => !taken.has(to))
  const [[from], [to]] = [left, others]
  // Names of one file are one.
  const alone = [left, others].every((files) => new Set(files.map(({ entry }) => entry)).size === 1)
  if (from && to && alone && sizeOf(from) >= LEAST_BYTES) found.push([from, to])
  return found
}

function nameOf({ path: { text } }: Lone): string {
  return text.slice(text.lastIndexOf('/') + 1)
}

/** Reads what was passed over. */
async function readHashes(
  call: Call,
  layers: readonly PlacedLayer[],
  entries: DataView,
  files: readonly Lone[],
  signal: AbortSignal | undefined,
): Promise<void> {
  /** By slot; names of one inode have one entry. */
  const missing = new Map<number, Set<number>>()
  for (const { entry } of files) {
    if (entries.getUint8(entry + ENTRY.FLAGS) & FLAG.HASHED) continue
    const slot = Number(entries.getBigUint64(entry + ENTRY.OFFSET, true) >> BigInt(ENTRY.SLOT_BIT))
    missing.set(slot, (missing.get(slot) ?? new Set()).add(entry))
  }
  await inParallel(signal, [...missing], ([slot, found], each) =>
    hashEntries(call, layers[slot] as PlacedLayer, { entries, places: [...found] }, each),
  )
}
