// Merge and diff of the same entries by Maps over objects. The run builds both Maps from arrays of entries and compares
// them; making the entries came before. Nothing is looked for that the layers do not have, such as whiteouts.

import { syntheticEntries } from '../inputs/synthetic.mjs'
import { sayChanges } from './change-list.mjs'
import { diffTrees } from './map-tree.mjs'

/** @import { Prepared } from '../benchmark.mjs' */
/** @import { MapChange, MapEntry } from './map-tree.mjs' */

/**
 * @param {{ entries: number }} options
 * @returns {Promise<Prepared<MapChange[]>>}
 */
export async function prepare({ entries }) {
  const before = makeEntries(entries, 'before')
  const after = makeEntries(entries, 'after')
  return {
    run: () => diffTrees(mapOf(before), mapOf(after)),
    outcome: async (changes) => ({ equal: await sayChanges(changes) }),
  }
}

/** @param {readonly MapEntry[]} entries */
function mapOf(entries) {
  /** @type {Map<string, MapEntry>} */
  const tree = new Map()
  for (const entry of entries) tree.set(entry.path, entry)
  return tree
}

/**
 * Strings as a tar reader has them: decoded from bytes, each its own, none hashed yet. A template's result would be a
 * rope.
 * @param {number} count
 * @param {'before' | 'after'} side
 */
function makeEntries(count, side) {
  /** @type {MapEntry[]} */
  const entries = []
  const hash = Buffer.alloc(32)
  for (const { path, type, mode, size } of syntheticEntries({ entries: count, side })) {
    hash.writeUInt32LE(size, 0)
    entries.push({
      path: Buffer.from(path).toString('utf8'),
      type,
      mode,
      uid: 0,
      gid: 0,
      size,
      mtime: 1_700_000_000,
      link: null,
      hash: type === 'file' ? hash.toString('hex') : null,
    })
  }
  return entries
}
