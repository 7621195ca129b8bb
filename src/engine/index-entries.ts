// The entries of one layer as its index has them, for what asks about layers and not about trees.

import { ENTRY, MAGIC_INDEX, SECTION } from './abi.js'
import { Container } from './container.js'
import { Paths } from './paths.js'

/** What `type` may be beside the types of a merged tree's entries. */
export type StoredType = 'file' | 'directory' | 'other' | 'hardlink' | 'whiteout' | 'opaque'

export interface StoredEntry {
  readonly type: StoredType
  /** The path that it is about: what a whiteout deletes, the directory that an opaque marker clears. */
  readonly path: string
  /** Bytes of a regular file's content; 0 for all else. */
  readonly size: number
  /** Of its header in the uncompressed tar: no two entries of a layer have the same. */
  readonly offset: number
}

/** By the numbers of records.ts. */
const TYPES: readonly StoredType[] = [
  ...(['other', 'file', 'directory', 'other', 'other', 'other', 'other'] as const),
  ...(['hardlink', 'whiteout', 'opaque'] as const),
]

/** In the archive's order. Names that are not UTF-8 are told apart by their bytes. */
export function* indexEntries(index: Uint8Array): Generator<StoredEntry> {
  const container = new Container(index, MAGIC_INDEX)
  const paths = new Paths(container)
  const view = container.view(SECTION.ENTRIES)
  for (let at = 0; at < view.byteLength; at += ENTRY.SIZE) {
    const { text, bytes } = paths.path(view.getUint32(at + ENTRY.PATH, true))
    yield {
      type: TYPES[view.getUint8(at + ENTRY.TYPE)] ?? 'other',
      path: bytes === null ? text : `${text}\0${bytes.join()}`,
      size: Number(view.getBigUint64(at + ENTRY.CONTENT_SIZE, true)),
      offset: Number(view.getBigUint64(at + ENTRY.OFFSET, true)),
    }
  }
}
