// Renames by their paths, so that a change can be told what it is half of. Pure.

import type { Change, Rename } from '../types.js'

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
    this.byPath.set(keyOf(path, bytes), rename)
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash)
      this.counts.set(above, (this.counts.get(above) ?? 0) + 1)
    }
  }

  /** The rename of which a removed or added file is half; null where it is none. */
  of({ path, pathBytes, kind }: Change): Rename | null {
    if (kind === 'modified' || this.byPath.size === 0) return null
    return this.byPath.get(keyOf(path, pathBytes)) ?? null
  }

  /** How many halves of renames lie below a directory. */
  below({ path }: Change): number {
    return this.counts.get(path) ?? 0
  }
}

/** Names that are not UTF-8 may read alike. */
function keyOf(path: string, bytes: Uint8Array | undefined): string {
  return bytes ? `\0${bytes.join()}` : path
}
