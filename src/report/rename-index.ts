// Renames by their paths, so that a change can be told what it is half of. Pure.

import type { Change, Rename } from '../types.js'
import { pathKey } from './names.js'

export class RenameIndex {
  private readonly byPath = new Map<string, Rename>()
  /** How many halves lie below a directory, by its path. */
  private readonly counts = new Map<string, number>()

  /** @param renames null where nobody asked for them */
  constructor(renames: readonly Rename[] | null) {
    for (const rename of renames ?? []) {
      this.add(rename, rename.from, rename.fromBytes)
      this.add(rename, rename.to, rename.toBytes)
    }
  }

  private add(rename: Rename, path: string, bytes: Uint8Array | undefined): void {
    this.byPath.set(pathKey({ path, pathBytes: bytes }), rename)
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash)
      this.counts.set(above, (this.counts.get(above) ?? 0) + 1)
    }
  }

  /** The rename of which a removed or added file is half; null where it is none. */
  of(change: Change): Rename | null {
    if (change.kind === 'modified' || this.byPath.size === 0) return null
    return this.byPath.get(pathKey(change)) ?? null
  }

  /** How many halves of renames lie below a directory. */
  below({ path }: Change): number {
    return this.counts.get(path) ?? 0
  }
}
