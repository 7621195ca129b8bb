// What the folders of node's packages measure, from the totals of a diff.

import type { FoundPackage } from '../packages/compare.js'
import type { DirectoryNode, LayerDiff, Side, Totals } from '../types.js'

const NESTED = '/node_modules'

/**
 * Bytes below the folder of each package of node, without the packages that lie in it: those are told by themselves. Where nothing
 * changed in them, a diff does not know what they measure, and they count along on both sides.
 */
export function folderBytes(
  diff: LayerDiff,
  packages: readonly FoundPackage[],
): (folder: string, side: Side) => number | null {
  const folders = packages.filter(({ manager }) => manager === 'node').map(({ home }) => home)
  const totals = folders.length === 0 ? new Map<string, Totals>() : totalsOf(diff.tree(), folders)
  return (folder, side) => {
    const field = side === 'before' ? 'bytesBefore' : 'bytesAfter'
    const whole = totals.get(folder)
    return whole ? whole[field] - (totals.get(folder + NESTED)?.[field] ?? 0) : null
  }
}

/** Of the folders and those nested in them; only what leads to one is looked at. */
function totalsOf(tree: DirectoryNode, folders: readonly string[]): Map<string, Totals> {
  const leading = new Set<string>([''])
  for (const folder of folders) {
    leading.add(folder + NESTED)
    for (
      let end = folder.length;
      end > 0 && !leading.has(folder.slice(0, end));
      end = folder.lastIndexOf('/', end - 1)
    ) {
      leading.add(folder.slice(0, end))
    }
  }
  const totals = new Map<string, Totals>()
  const left: DirectoryNode[] = [tree]
  for (let node = left.pop(); node; node = left.pop()) {
    totals.set(node.path, node.totals)
    for (const child of node.directories) if (leading.has(child.path)) left.push(child)
  }
  return totals
}
