// The merged tree of the layers up to one of them, as something that the tree of changes can show: every path is an added one, and
// what upper layers hid, where it is wanted, a removed one.
//
// Takes: what each layer did to those below it. Gives: all that was done so far, path by path. A path that was hidden and came again
// is what it came as.

import type { ImageReport } from '../image-types.js'
import { pathKey } from '../report/names.js'
import type { Change, Totals } from '../types.js'
import { visitAll } from './filter.js'
import type { ShownDiff } from './shown-diff.js'

/** Undefined when the signal ended the work. */
export async function mergedTree(
  { layers }: Pick<ImageReport, 'layers'>,
  upTo: number,
  withHidden: boolean,
  signal: AbortSignal,
): Promise<ShownDiff | undefined> {
  /** What stands at each path, and the layer whose diff says so. */
  const standing = new Map<string, { readonly change: Change; readonly layer: number }>()
  for (const [layer, { diff }] of layers.slice(0, upTo + 1).entries()) {
    const finished = await visitAll(diff.changes, signal, (change) => {
      if (change.kind === 'removed' && !withHidden) standing.delete(pathKey(change))
      else standing.set(pathKey(change), { change: standingChange(change), layer })
    })
    if (!finished) return undefined
  }
  const changes = [...standing.values()].map(({ change }) => change).sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    changes,
    summary: totalsOf(changes),
    warnings: [],
    notable: null,
    renames: null,
    packages: null,
    tree: null,
    images: null,
    async content(change, side, options) {
      const found = standing.get(pathKey(change))
      const diff = layers[found?.layer ?? 0]?.diff
      // A change of the last layer that touched the path has it on the same side.
      if (diff === undefined) throw new Error('There is no such layer.')
      return diff.content(change, side, options)
    },
  }
}

function standingChange(change: Change): Change {
  if (change.kind === 'removed') return change
  return { ...change, kind: 'added', fields: [], before: null, bytesBefore: 0 }
}

function totalsOf(changes: readonly Change[]): Totals {
  const totals = { added: 0, removed: 0, modified: 0, unchanged: 0, bytesBefore: 0, bytesAfter: 0 }
  for (const { kind, bytesBefore, bytesAfter } of changes) {
    totals[kind]++
    totals.bytesBefore += bytesBefore
    totals.bytesAfter += bytesAfter
  }
  return { ...totals, bytesAdded: totals.bytesAfter, bytesRemoved: totals.bytesBefore }
}
