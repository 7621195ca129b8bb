// The part of a diff that a report is to show: of some kinds, of one layer, the biggest, in another order. Pure.
//
// Takes: a diff, and what is wanted. Gives: the same diff with fewer changes, and what belongs to them. Its summary stays that of
// the whole: what is left out is still a difference.

import type { ImageDiff } from '../image-types.js'
import type { Change, LayerDiff, Rename } from '../types.js'
import { Picked, PickedDirectory } from './picked.js'

export interface Selection {
  /** Null for all kinds. */
  readonly kinds: readonly Change['kind'][] | null
  /** The layer of the after side that made the change; null for all. */
  readonly layer: number | null
  /** How many at most: those that grew or shrank most. Null for all. */
  readonly top: number | null
  /** In the order of paths, or those first that grew or shrank most. */
  readonly sort: 'path' | 'delta'
}

export const WHOLE: Selection = { kinds: null, layer: null, top: null, sort: 'path' }

export function selectChanges<Diff extends LayerDiff | ImageDiff>(diff: Diff, selection: Selection): Diff {
  const { kinds, layer, top, sort } = selection
  if (kinds === null && layer === null && top === null && sort === 'path') return diff
  const found: { index: number; weight: number }[] = []
  let index = 0
  for (const { kind, cause, bytesBefore, bytesAfter } of diff.changes) {
    if ((kinds?.includes(kind) ?? true) && (layer === null || cause?.layer === layer)) {
      found.push({ index, weight: Math.abs(bytesAfter - bytesBefore) })
    }
    index++
  }
  if (top !== null || sort === 'delta') found.sort((a, b) => b.weight - a.weight || a.index - b.index)
  if (top !== null) found.length = Math.min(found.length, top)
  const ordered = new Picked(diff.changes)
  const inPathOrder = [...found].sort((a, b) => a.index - b.index)
  for (const one of sort === 'delta' ? found : inPathOrder) ordered.indices.push(one.index)
  const complete = found.length === diff.changes.length
  let root: PickedDirectory | undefined
  const paths = new Set(Array.from(complete ? [] : ordered, ({ path }) => path))
  const shows = ({ path }: { readonly path: string }) => complete || paths.has(path)
  return {
    ...diff,
    changes: ordered,
    renames:
      diff.renames === null
        ? null
        : diff.renames.filter(({ from, to }: Rename) => complete || paths.has(from) || paths.has(to)),
    notable: () => diff.notable().filter(shows),
    tree() {
      if (complete) return diff.tree()
      if (root === undefined) {
        root = new PickedDirectory(diff.changes)
        for (const { index: at } of inPathOrder) root.pick(diff.changes.at(at) as Change, at)
      }
      return root
    },
  }
}
