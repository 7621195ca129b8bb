// The result of a diff: columns in one buffer, decoded as they are asked for.
//
// Takes: the container that a worker sent. Gives: a LayerDiff. A million changes cost nothing until they are read, and
// then only those that are.

import { changeJson, notableJson } from '../json.js'
import type {
  Cause,
  Change,
  ChangeField,
  ChangeJson,
  Changes,
  DirectoryNode,
  Entry,
  LayerDiff,
  LayerDiffJson,
  NotableChange,
  Totals,
  Warning,
} from '../types.js'
import { CHANGE, DIRECTORY, ENTRY, ENTRY_TYPES, FIELDS, FLAG, KINDS, MAGIC_DIFF, MARKERS, SECTION } from './abi.js'
import { Container } from './container.js'
import { hashAt, linkAt, xattrsAt } from './entry-fields.js'
import { Paths } from './paths.js'

/** Decodes what the records of a diff say. */
class Columns {
  readonly container: Container
  readonly paths: Paths
  private readonly entries: DataView
  private readonly blobs: Uint8Array
  private readonly blobsView: DataView
  private readonly changes: DataView
  private readonly directories: DataView

  constructor(bytes: Uint8Array) {
    this.container = new Container(bytes, MAGIC_DIFF)
    this.paths = new Paths(this.container)
    this.entries = this.container.view(SECTION.ENTRIES)
    this.blobs = this.container.slice(SECTION.BLOBS)
    this.blobsView = this.container.view(SECTION.BLOBS)
    this.changes = this.container.view(SECTION.CHANGES)
    this.directories = this.container.view(SECTION.DIRECTORIES)
  }

  get changeCount(): number {
    return this.changes.byteLength / CHANGE.SIZE
  }

  get directoryCount(): number {
    return this.directories.byteLength / DIRECTORY.SIZE
  }

  /** PATH id of a change. */
  pathOfChange(index: number): number {
    return this.changes.getUint32(index * CHANGE.SIZE + CHANGE.PATH, true)
  }

  change(index: number): Change {
    const view = this.changes
    const at = index * CHANGE.SIZE
    const { text, bytes } = this.paths.path(this.pathOfChange(index))
    const mask = view.getUint16(at + CHANGE.FIELDS, true)
    const fields: ChangeField[] = FIELDS.filter((_, bit) => mask & (1 << bit))
    const marker = MARKERS[view.getUint8(at + CHANGE.MARKER)] ?? null
    const cause: Cause | null = marker && { layer: view.getUint32(at + CHANGE.CAUSE_LAYER, true), marker }
    return {
      path: text,
      ...(bytes && { pathBytes: bytes }),
      kind: KINDS[view.getUint8(at + CHANGE.KIND)] ?? 'modified',
      fields,
      before: this.entry(view.getUint32(at + CHANGE.BEFORE, true), view.getUint32(at + CHANGE.BEFORE_LAYER, true)),
      after: this.entry(view.getUint32(at + CHANGE.AFTER, true), view.getUint32(at + CHANGE.AFTER_LAYER, true)),
      cause,
      bytesBefore: Number(view.getBigUint64(at + CHANGE.BYTES_BEFORE, true)),
      bytesAfter: Number(view.getBigUint64(at + CHANGE.BYTES_AFTER, true)),
    }
  }

  /** `reference` is 1 + the entry's index, 0 for none. */
  private entry(reference: number, layer: number): Entry | null {
    if (reference === 0) return null
    const view = this.entries
    const at = (reference - 1) * ENTRY.SIZE
    const type = ENTRY_TYPES[view.getUint8(at + ENTRY.TYPE)] ?? 'file'
    const flags = view.getUint8(at + ENTRY.FLAGS)
    const first = view.getUint32(at + ENTRY.PATH, true)
    const payload = view.getUint32(at + ENTRY.PAYLOAD, true)
    const payloadNext = view.getUint32(at + ENTRY.PAYLOAD + 4, true)
    return {
      type,
      mode: view.getUint16(at + ENTRY.MODE, true),
      uid: view.getUint32(at + ENTRY.UID, true),
      gid: view.getUint32(at + ENTRY.GID, true),
      size: Number(view.getBigUint64(at + ENTRY.CONTENT_SIZE, true)),
      mtime: Number(view.getBigInt64(at + ENTRY.MTIME, true)),
      mtimeNanos: view.getUint32(at + ENTRY.NANOS, true),
      ...(type === 'symlink' ? linkAt(this.blobs, payload, payloadNext) : { link: null }),
      hardlink: first === 0 ? null : this.paths.path(first - 1).text,
      device: type === 'char' || type === 'block' ? { major: payload, minor: payloadNext } : null,
      xattrs: xattrsAt(this.blobs, this.blobsView, view.getUint32(at + ENTRY.XATTRS, true)),
      hash: flags & FLAG.HASHED ? hashAt(view, at + ENTRY.PAYLOAD) : null,
      ...(flags & FLAG.IMPLICIT && { implicit: true as const }),
      layer,
    }
  }

  directoryPath(index: number): number {
    return this.directories.getUint32(index * DIRECTORY.SIZE + DIRECTORY.PATH, true)
  }

  directoryParent(index: number): number {
    return this.directories.getUint32(index * DIRECTORY.SIZE + DIRECTORY.PARENT, true)
  }

  totals(index: number): Totals {
    const view = this.directories
    const at = index * DIRECTORY.SIZE
    const count = (field: number) => view.getUint32(at + field, true)
    const bytes = (field: number) => Number(view.getBigUint64(at + field, true))
    return {
      added: count(DIRECTORY.ADDED),
      removed: count(DIRECTORY.REMOVED),
      modified: count(DIRECTORY.MODIFIED),
      unchanged: count(DIRECTORY.SAME),
      bytesBefore: bytes(DIRECTORY.BYTES_BEFORE),
      bytesAfter: bytes(DIRECTORY.BYTES_AFTER),
      bytesAdded: bytes(DIRECTORY.BYTES_ADDED),
      bytesRemoved: bytes(DIRECTORY.BYTES_REMOVED),
    }
  }
}

/** All changes, or those of a list of indices. */
class DecodedChanges implements Changes {
  readonly length: number

  constructor(
    private readonly columns: Columns,
    private readonly indices?: Uint32Array,
  ) {
    this.length = indices?.length ?? columns.changeCount
  }

  at(index: number): Change | undefined {
    const at = index < 0 ? this.length + index : index
    return at >= 0 && at < this.length ? this.columns.change(this.indices?.[at] ?? at) : undefined
  }

  toJSON(): ChangeJson[] {
    return Array.from(this, changeJson)
  }

  *[Symbol.iterator](): Iterator<Change> {
    for (let i = 0; i < this.length; i++) yield this.columns.change(this.indices?.[i] ?? i)
  }
}

/** Indices grouped by a number below `groups`: those of group g are `members[starts[g]]` to `members[starts[g + 1] - 1]`. */
function groupBy(count: number, groups: number, groupOf: (index: number) => number) {
  const starts = new Uint32Array(groups + 1)
  for (let i = 0; i < count; i++) starts[groupOf(i) + 1] = (starts[groupOf(i) + 1] ?? 0) + 1
  for (let g = 0; g < groups; g++) starts[g + 1] = (starts[g + 1] ?? 0) + (starts[g] ?? 0)
  const members = new Uint32Array(count)
  const next = starts.slice()
  for (let i = 0; i < count; i++) {
    const group = groupOf(i)
    members[next[group] ?? 0] = i
    next[group] = (next[group] ?? 0) + 1
  }
  return (group: number) => members.subarray(starts[group], starts[group + 1])
}

/** Directories by their parents and changes by their directories; nodes are made when they are first asked for. */
function buildTree(columns: Columns): DirectoryNode {
  const { directoryCount, changeCount } = columns
  const directoryOfPath = new Map<number, number>()
  for (let i = 0; i < directoryCount; i++) directoryOfPath.set(columns.directoryPath(i), i)
  // The root is its own parent, and in nobody's list: index 0 is skipped.
  const childrenOf = groupBy(directoryCount - 1, directoryCount, (i) => columns.directoryParent(i + 1))
  const changesOf = groupBy(changeCount, directoryCount, (i) => {
    return directoryOfPath.get(columns.paths.parentOf(columns.pathOfChange(i))) ?? 0
  })
  const node = (index: number): DirectoryNode => {
    const id = columns.directoryPath(index)
    let directories: DirectoryNode[] | undefined
    return {
      path: columns.paths.path(id).text,
      name: columns.paths.name(id),
      totals: columns.totals(index),
      changes: new DecodedChanges(columns, changesOf(index)),
      get directories() {
        directories ??= Array.from(childrenOf(index), (child) => node(child + 1))
        return directories
      },
    }
  }
  return node(0)
}

async function warningsOf(container: Container): Promise<readonly Warning[]> {
  if (container.length(SECTION.WARNINGS) + container.facts.warningsDropped === 0) return []
  const { readWarnings } = await import('./warnings.js')
  return readWarnings(container)
}

/** A layer that stands on both sides is merged twice and warns twice; the first warning is kept. */
function dropTwins(warnings: readonly Warning[], sharedLayers: readonly (number | undefined)[]): Warning[] {
  const seen = new Set<string>()
  return warnings.filter(({ code, side, layer, path, offset }) => {
    const twin = side === 'after' ? sharedLayers[layer] : layer
    const key = JSON.stringify([code, twin ?? `after ${layer}`, path, offset])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/**
 * Decodes the container of a diff. `sharedLayers` gives, for each layer of the after stack, the place in the before stack
 * where the same layer stands.
 */
export async function decodeDiff(
  bytes: Uint8Array,
  sharedLayers: readonly (number | undefined)[],
  reading: Pick<LayerDiff, 'content' | 'contents'>,
): Promise<LayerDiff> {
  // Loaded when there is a result: a page that shows none yet does without.
  const { notableChanges } = await import('../notable.js')
  const columns = new Columns(bytes)
  let tree: DirectoryNode | undefined
  let notable: NotableChange[] | undefined
  const changes = new DecodedChanges(columns)
  const summary = columns.totals(0)
  const warnings = dropTwins(await warningsOf(columns.container), sharedLayers)
  const findNotable = () => {
    notable ??= notableChanges(changes)
    return notable
  }
  return {
    changes,
    summary,
    warnings,
    notable: findNotable,
    renames: null,
    packages: null,
    tree() {
      tree ??= buildTree(columns)
      return tree
    },
    ...reading,
    toJSON(): LayerDiffJson {
      return {
        schema: 'layerdiff/1',
        summary,
        notable: findNotable().map(notableJson),
        renames: null,
        packages: null,
        changes: Array.from(changes, changeJson),
        warnings,
      }
    },
  }
}
