// Renames by their paths, so that a change can be told what it is half of. Pure.

import type { Change, Rename } from '../types.js'

export class RenameIndex {
  private readonly byPath = new Map<string, Rename>()

  /** @param renames null where nobody asked for them */
  constructor(renames: readonly Rename[] | null) {
    for (const rename of renames ?? []) {
      this.byPath.set(keyOf(rename.from, rename.fromBytes), rename)
      this.byPath.set(keyOf(rename.to, rename.toBytes), rename)
    }
  }

  /** The rename of which a removed or added file is half; null where it is none. */
  of({ path, pathBytes, kind }: Change): Rename | null {
    if (kind === 'modified' || this.byPath.size === 0) return null
    return this.byPath.get(keyOf(path, pathBytes)) ?? null
  }
}

/** Names that are not UTF-8 may read alike. */
function keyOf(path: string, bytes: Uint8Array | undefined): string {
  return bytes ? `\0${bytes.join()}` : path
}
