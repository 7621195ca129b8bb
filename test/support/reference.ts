// The obvious diff: what the engine must say, as the JSON of schema layerdiff/1, for two stacks of uncompressed layer
// tars. Slow on purpose, and independent of the engine.
// Warnings carry no message and no offset here, and an error is a thrown RefusedError: all layers are read before any
// is merged, so an archive's fault is found before one of the merge.

import { type Cause, type Inode, mergeLayers, type Node, type Tree, type Warning } from './reference-merge.js'
import { RefusedError, readTar, type TarEntry, type TarResult, unbinary } from './reference-tar.js'

export type Field = 'content' | 'type' | 'mode' | 'owner' | 'link' | 'device' | 'xattrs' | 'mtime'

export interface ReferenceOptions {
  /** the first warning ends the diff */
  strict?: boolean
  symlinkParents?: 'overlay' | 'follow'
  /** fields that are compared; all but mtime by default */
  compare?: Partial<Record<Field, boolean>>
  /** paths that are left out of the changes and of all counts */
  ignore?: (path: string) => boolean
}

export interface JsonEntry {
  type: Inode['type']
  mode: number
  uid: number
  gid: number
  size: number
  mtime: number
  mtimeNanos: number
  link: string | null
  linkBytes?: string
  hardlink: string | null
  device: { major: number; minor: number } | null
  xattrs: Record<string, string>
  hash: string | null
  implicit?: true
  layer: number
}

export interface JsonChange {
  path: string
  pathBytes?: string
  kind: 'added' | 'removed' | 'modified'
  fields: Field[]
  before: JsonEntry | null
  after: JsonEntry | null
  cause: Cause | null
  /** What the path counts, where that is not the size of the file it is on that side, or 0 where it is none. */
  bytesBefore?: number
  bytesAfter?: number
}

export interface JsonSummary {
  added: number
  removed: number
  modified: number
  unchanged: number
  bytesBefore: number
  bytesAfter: number
  bytesAdded: number
  bytesRemoved: number
}

export interface JsonDiff {
  schema: 'layerdiff/1'
  summary: JsonSummary
  changes: JsonChange[]
  /** those of `before`, then those of `after`; of each, its archives' first */
  warnings: Warning[]
}

export async function referenceDiff(
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
  options: ReferenceOptions = {},
): Promise<JsonDiff> {
  const read = new Map<Uint8Array, TarResult>()
  const stacks = [before, after].map((stack) => readStack(stack, read)) as [Stack, Stack]
  const trees: Tree[] = []
  for (const stack of stacks) trees.push(await mergeLayers(stack.layers, options.symlinkParents ?? 'overlay'))
  const warnings = stacks.flatMap((stack, side) => [...stack.warnings, ...(trees[side]?.warnings ?? [])])
  if (options.strict && warnings[0]) throw new RefusedError(warnings[0].code)
  return { ...diffTrees(trees[0] as Tree, trees[1] as Tree, options), warnings }
}

/** The merged tree of one stack. */
export async function referenceTree(layers: readonly Uint8Array[], options: ReferenceOptions = {}): Promise<Tree> {
  return mergeLayers(readStack(layers, new Map()).layers, options.symlinkParents ?? 'overlay')
}

interface Stack {
  layers: TarEntry[][]
  warnings: Warning[]
}

/** `read` holds what was read before: most layers stand on both sides. */
function readStack(archives: readonly Uint8Array[], read: Map<Uint8Array, TarResult>): Stack {
  const stack: Stack = { layers: [], warnings: [] }
  for (const [layer, archive] of archives.entries()) {
    const result = read.get(archive) ?? readTar(archive)
    read.set(archive, result)
    const { entries, warnings, error } = result
    if (error) throw new RefusedError(error.code, error.offset)
    stack.layers.push(entries)
    stack.warnings.push(...warnings.map(({ code, path }) => ({ code, path, layer })))
  }
  return stack
}

/** Compares two merged trees; paths in byte order. */
export function diffTrees(before: Tree, after: Tree, options: ReferenceOptions = {}): Omit<JsonDiff, 'warnings'> {
  const compared = { ...ALL_BUT_MTIME, ...options.compare }
  const summary = { added: 0, removed: 0, modified: 0, unchanged: 0, ...sumBytes(before, after, options.ignore) }
  const weight = weights(before, after, options.ignore)
  const firstBefore = firstLinks(before)
  const firstAfter = firstLinks(after)
  const changes: JsonChange[] = []
  for (const path of pathsOf(before, after, options.ignore)) {
    const old = before.nodes.get(path)
    const now = after.nodes.get(path)
    const fields = old && now ? differingFields(old.inode, now.inode).filter((field) => compared[field]) : []
    if (old && now && fields.length === 0) {
      summary.unchanged++
      continue
    }
    const kind = !old ? 'added' : !now ? 'removed' : 'modified'
    summary[kind]++
    changes.push({
      ...textAndBytes('path', path),
      kind,
      fields,
      before: old ? jsonEntry(old, firstBefore) : null,
      after: now ? jsonEntry(now, firstAfter) : null,
      cause: now ? { layer: now.layer, marker: 'entry' } : (after.removals.get(path) ?? null),
      ...countedApart('bytesBefore', old, weight(before, path)),
      ...countedApart('bytesAfter', now, weight(after, path)),
    } as JsonChange)
  }
  return { schema: 'layerdiff/1', summary, changes }
}

function countedApart(key: 'bytesBefore' | 'bytesAfter', node: Node | undefined, bytes: number): Partial<JsonChange> {
  return bytes === (node?.inode.type === 'file' ? node.inode.size : 0) ? {} : { [key]: bytes }
}

const ALL_BUT_MTIME: Record<Field, boolean> = {
  content: true,
  type: true,
  mode: true,
  owner: true,
  link: true,
  device: true,
  xattrs: true,
  mtime: false,
}

function differingFields(old: Inode, now: Inode): Field[] {
  if (old.type !== now.type) return ['type']
  if (old.implicit || now.implicit) return []
  const differs: Record<Field, boolean> = {
    content: old.size !== now.size || old.hash !== now.hash,
    type: false,
    mode: old.mode !== now.mode,
    owner: old.uid !== now.uid || old.gid !== now.gid,
    link: old.link !== now.link,
    device: old.device?.major !== now.device?.major || old.device?.minor !== now.device?.minor,
    xattrs: sortedXattrs(old) !== sortedXattrs(now),
    mtime: !sameTime(old, now),
  }
  return (Object.keys(differs) as Field[]).filter((field) => differs[field])
}

function sortedXattrs(inode: Inode): string {
  return JSON.stringify([...inode.xattrs].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A time without a fraction equals every time of its second: many tools drop the fraction. */
function sameTime(old: Inode, now: Inode): boolean {
  if (old.mtime !== now.mtime) return false
  return old.mtimeNanos === now.mtimeNanos || old.mtimeNanos === 0 || now.mtimeNanos === 0
}

/** Every path of either tree but the root, in byte order. */
function pathsOf(before: Tree, after: Tree, ignore: (path: string) => boolean = () => false): string[] {
  const all = new Set([...before.nodes.keys(), ...after.nodes.keys()])
  return [...all].filter((path) => path !== '' && !ignore(textOf(path))).sort()
}

/** For each inode with at least two paths, the first of them. */
function firstLinks(tree: Tree): Map<Inode, string> {
  const first = new Map<Inode, string>()
  const several = new Set<Inode>()
  for (const path of [...tree.nodes.keys()].sort()) {
    const inode = (tree.nodes.get(path) as Node).inode
    if (first.has(inode)) several.add(inode)
    else first.set(inode, path)
  }
  return new Map([...first].filter(([inode]) => several.has(inode)))
}

/**
 * Each inode's bytes count once, at one path. Where an inode has several, the path is chosen so that a file which only
 * got or lost a name shows neither growth nor shrinkage: a path that both sides have, if there is one.
 */
function weights(before: Tree, after: Tree, ignore?: (path: string) => boolean) {
  const paths = pathsOf(before, after, ignore)
  const chosen = new Map<Inode, string>()
  for (const path of paths) {
    const old = before.nodes.get(path)?.inode
    const now = after.nodes.get(path)?.inode
    if (old?.type !== 'file' || now?.type !== 'file' || chosen.has(old) || chosen.has(now)) continue
    chosen.set(old, path).set(now, path)
  }
  for (const tree of [before, after]) {
    for (const path of paths) {
      const inode = tree.nodes.get(path)?.inode
      if (inode && !chosen.has(inode)) chosen.set(inode, path)
    }
  }
  return (tree: Tree, path: string) => {
    const inode = tree.nodes.get(path)?.inode
    return inode?.type === 'file' && chosen.get(inode) === path ? inode.size : 0
  }
}

function sumBytes(before: Tree, after: Tree, ignore?: (path: string) => boolean) {
  const weight = weights(before, after, ignore)
  const sums = { bytesBefore: 0, bytesAfter: 0, bytesAdded: 0, bytesRemoved: 0 }
  for (const path of pathsOf(before, after, ignore)) {
    const [old, now] = [weight(before, path), weight(after, path)]
    sums.bytesBefore += old
    sums.bytesAfter += now
    sums.bytesAdded += Math.max(now - old, 0)
    sums.bytesRemoved += Math.max(old - now, 0)
  }
  return sums
}

function jsonEntry({ inode, layer }: Node, first: Map<Inode, string>): JsonEntry {
  const { type, mode, uid, gid, size, mtime, mtimeNanos, device, hash } = inode
  const hardlink = first.get(inode)
  const xattrs: Record<string, string> = Object.create(null)
  for (const [key, value] of inode.xattrs) xattrs[textOf(key)] = btoa(value)
  return {
    type,
    mode,
    uid,
    gid,
    size,
    mtime,
    mtimeNanos,
    ...(inode.link === null ? { link: null } : textAndBytes('link', inode.link)),
    hardlink: hardlink === undefined ? null : textOf(hardlink),
    device,
    xattrs: { ...xattrs },
    hash,
    ...(inode.implicit ? { implicit: true } : {}),
    layer,
  } as JsonEntry
}

/** The text, and as base64 the bytes where they are not valid UTF-8. */
function textAndBytes(key: 'path' | 'link', value: string): Record<string, string> {
  const text = textOf(value)
  const roundTrip = new TextEncoder().encode(text)
  const valid = String.fromCharCode(...roundTrip) === value
  return valid ? { [key]: text } : { [key]: text, [`${key}Bytes`]: btoa(value) }
}

export function textOf(value: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(unbinary(value))
}
