// The entries of one layer as its index has them, for what asks about layers and not about trees.

import type { Entry, EntryType } from '../types.js'
import { ENTRY, ENTRY_TYPES, FLAG, MAGIC_INDEX, SECTION } from './abi.js'
import { Container } from './container.js'
import { hashAt, linkAt, xattrsAt } from './entry-fields.js'
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

/** All that an index knows of an entry. A hard link is one yet: its own header, and the name of its target. */
export interface LayerEntry extends Omit<Entry, 'type' | 'implicit' | 'layer'> {
  /** The path that it is about, as of a {@link StoredEntry}; empty for the root. */
  readonly path: string
  /** The path's bytes, only where they are not valid UTF-8. */
  readonly pathBytes?: Uint8Array
  /** Whether it is a marker, which says nothing but that. */
  readonly marker: 'whiteout' | 'opaque' | null
  readonly type: EntryType | 'hardlink'
  /** The target of a hard link, as the layer names it. */
  readonly hardlink: string | null
}

/** In the archive's order, decoded one by one. */
export function* layerEntries(index: Uint8Array): Generator<LayerEntry> {
  const container = new Container(index, MAGIC_INDEX)
  const paths = new Paths(container)
  const view = container.view(SECTION.ENTRIES)
  const blobs = container.slice(SECTION.BLOBS)
  const blobsView = container.view(SECTION.BLOBS)
  for (let at = 0; at < view.byteLength; at += ENTRY.SIZE) {
    const { text, bytes } = paths.path(view.getUint32(at + ENTRY.PATH, true))
    const number = view.getUint8(at + ENTRY.TYPE)
    const stored = TYPES[number] ?? 'other'
    const type = stored === 'hardlink' ? stored : (ENTRY_TYPES[number] ?? 'file')
    const payload = view.getUint32(at + ENTRY.PAYLOAD, true)
    const payloadNext = view.getUint32(at + ENTRY.PAYLOAD + 4, true)
    const hashed = type === 'file' && view.getUint8(at + ENTRY.FLAGS) & FLAG.HASHED
    yield {
      path: text,
      ...(bytes && { pathBytes: bytes }),
      marker: stored === 'whiteout' || stored === 'opaque' ? stored : null,
      type,
      mode: view.getUint16(at + ENTRY.MODE, true),
      uid: view.getUint32(at + ENTRY.UID, true),
      gid: view.getUint32(at + ENTRY.GID, true),
      size: Number(view.getBigUint64(at + ENTRY.CONTENT_SIZE, true)),
      mtime: Number(view.getBigInt64(at + ENTRY.MTIME, true)),
      mtimeNanos: view.getUint32(at + ENTRY.NANOS, true),
      ...(type === 'symlink' ? linkAt(blobs, payload, payloadNext) : { link: null }),
      hardlink: type === 'hardlink' ? paths.path(payload).text : null,
      device: type === 'char' || type === 'block' ? { major: payload, minor: payloadNext } : null,
      xattrs: xattrsAt(blobs, blobsView, view.getUint32(at + ENTRY.XATTRS, true)),
      hash: hashed ? hashAt(view, at + ENTRY.PAYLOAD) : null,
    }
  }
}
