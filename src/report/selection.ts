// The part of a diff that a report is to show: of some kinds, of one layer, the biggest, in another order. Pure.
//
// Takes: a diff, and what is wanted. Gives: the same diff with fewer changes, and what belongs to them. Its summary stays that of
// the whole: what is left out is still a difference.

import type { ImageDiff } from '../image-types.js'
import type { Change, ChangeField, Changes, LayerDiff, Rename } from '../types.js'
import { pathKey } from './names.js'
import { Picked, PickedDirectory } from './picked.js'

export interface Selection {
  /** Null for all kinds. */
  readonly kinds: readonly Change['kind'][] | null
  /** What must differ in a modified path, of which nothing else is told; null for anything. */
  readonly fields: readonly ChangeField[] | null
  /** The layer of the after side that made the change; null for all. */
  readonly layer: number | null
  /** How many at most: those that grew or shrank most. Null for all. */
  readonly top: number | null
  /** In the order of paths, or those first that grew or shrank most. */
  readonly sort: 'path' | 'delta'
}

export const WHOLE: Selection = { kinds: null, fields: null, layer: null, top: null, sort: 'path' }

export function selectChanges<Diff extends LayerDiff | ImageDiff>(diff: Diff, selection: Selection): Diff {
  const { kinds, fields, layer, top, sort } = selection
  const all = kinds === null && fields === null && layer === null
  if (all && top === null && sort === 'path') return diff
  const told = fields === null ? diff.changes : new WithFields(diff.changes, fields)
  const passing: { index: number; weight: number }[] = []
  // What is notable stays so however few paths are shown.
  const passed = new Set<string>()
  let index = 0
  for (const change of told) {
    const { kind, fields: differing, cause, bytesBefore, bytesAfter } = change
    const wanted = (kinds?.includes(kind) ?? true) && (kind !== 'modified' || differing.length > 0)
    if (wanted && (layer === null || cause?.layer === layer)) {
      passing.push({ index, weight: Math.abs(bytesAfter - bytesBefore) })
      if (!all) passed.add(pathKey(change))
    }
    index++
  }
  if (top !== null || sort === 'delta') passing.sort((a, b) => b.weight - a.weight || a.index - b.index)
  const shown = passing.slice(0, top ?? passing.length)
  const inPathOrder = [...shown].sort((a, b) => a.index - b.index)
  const picked = new Picked(told)
  for (const one of sort === 'delta' ? shown : inPathOrder) picked.indices.push(one.index)
  const passes = (path: string, pathBytes?: Uint8Array) => all || passed.has(pathKey({ path, pathBytes }))
  let root: PickedDirectory | undefined
  return {
    ...diff,
    changes: picked,
    renames:
      diff.renames?.filter((one: Rename) => passes(one.from, one.fromBytes) || passes(one.to, one.toBytes)) ?? null,
    // Nothing tells which layer a package came with.
    packages: layer === null ? (diff.packages?.filter(({ kind }) => kinds?.includes(kind) ?? true) ?? null) : null,
    notable: () => diff.notable().filter(({ path, pathBytes }) => passes(path, pathBytes)),
    tree() {
      if (shown.length === diff.changes.length && fields === null) return diff.tree()
      if (root === undefined) {
        root = new PickedDirectory(told)
        for (const { index: at } of inPathOrder) root.pick(told.at(at) as Change, at)
      }
      return root
    },
  }
}

/** Changes of which only some fields are told; a modified path may be left with none. */
class WithFields implements Changes {
  constructor(
    private readonly all: Changes,
    private readonly fields: readonly ChangeField[],
  ) {}

  get length(): number {
    return this.all.length
  }

  at(index: number): Change | undefined {
    const change = this.all.at(index)
    return change && this.told(change)
  }

  *[Symbol.iterator](): Iterator<Change> {
    for (const change of this.all) yield this.told(change)
  }

  private told(change: Change): Change {
    return { ...change, fields: change.fields.filter((field) => this.fields.includes(field)) }
  }
}
