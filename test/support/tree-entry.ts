// An entry of a merged tree in the words of a file system, so that what the engine says and what a real tree shows can be
// compared. Takes: a stack of layers for the engine. Gives: its tree, path to entry; a path's key has one unit a byte.
// Node only.

import type { Core } from '../../src/engine/wasm.js'
import { type ChangeJson, type DiffOptions, type EntryJson, LayerDiffError } from '../../src/index.js'
import { coreDiff } from './core-outcome.js'

export interface TreeEntry {
  type: EntryJson['type']
  /** null, like all below it, for a directory that no entry made: its attributes are nobody's word */
  attributes: {
    mode: number
    uid: number
    gid: number
    /** nanoseconds */
    mtime: string
    /** hex */
    xattrs: Record<string, string>
  } | null
  /** blake3, of regular files */
  hash: string | null
  /** hex, of symlinks */
  link: string | null
  device: string | null
  /** key of the first path of the same inode, where there are several */
  hardlink: string | null
}

export type Tree = Map<string, TreeEntry>

/** A tree, or the words in which there is none. */
export type TreeOutcome = Tree | { readonly refused: string }

export async function engineTree(
  core: Core,
  layers: readonly Uint8Array[],
  symlinkParents: DiffOptions['symlinkParents'],
): Promise<TreeOutcome> {
  try {
    const { changes } = (await coreDiff(core, [], layers, { symlinkParents })).toJSON()
    const first = firstPaths(changes)
    return new Map(changes.map((change) => [keyOf(change), treeEntry(change.after as EntryJson, first)]))
  } catch (error) {
    if (error instanceof LayerDiffError) return { refused: error.code }
    throw error
  }
}

/** Without the directories that nothing but a marker made, where the other tree has none. */
export function withoutTraces(of: Tree, other: Tree): Tree {
  const kept = new Map(of)
  // The deepest first: a directory may hold nothing but such directories.
  for (const path of [...of.keys()].sort().reverse()) {
    const bare = kept.get(path)?.attributes === null && !other.has(path)
    if (bare && ![...kept.keys()].some((name) => name.startsWith(`${path}/`))) kept.delete(path)
  }
  return kept
}

/** Later than all times in random layers. */
export const LATEST = 1_750_000_000_000_000_000n

/** With the times of directories that the other tree has from the clock, and from no archive. */
export function withUnsetTimes(of: Tree, other: Tree): Tree {
  return new Map(
    Array.from(of, ([path, entry]) => {
      const mtime = other.get(path)?.attributes?.mtime ?? '0'
      const unset = entry.type === 'directory' && BigInt(mtime) > LATEST
      return [path, unset && entry.attributes ? { ...entry, attributes: { ...entry.attributes, mtime } } : entry]
    }),
  )
}

/** Without the attributes of directories that have their time from the clock: no archive tells them. */
export function withoutMade(of: Tree): Tree {
  return new Map(
    Array.from(of, ([path, entry]) => {
      const made = entry.type === 'directory' && BigInt(entry.attributes?.mtime ?? 0) > LATEST
      return [path, made ? { ...entry, attributes: null } : entry]
    }),
  )
}

/** Where a directory's attributes are nobody's word on one side, they are so on the other; in order of paths. */
export function alike(of: Tree, other: Tree): [string, TreeEntry][] {
  return [...of]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, entry]) => [path, other.get(path)?.attributes === null ? { ...entry, attributes: null } : entry])
}

const keyOf = ({ path, pathBytes }: Pick<ChangeJson, 'path' | 'pathBytes'>) =>
  (pathBytes === undefined ? Buffer.from(path) : Buffer.from(pathBytes, 'base64')).toString('latin1')

/** The key of an inode's first path by that path's text, which is all that other entries tell of it. */
function firstPaths(changes: readonly ChangeJson[]): Map<string, string> {
  return new Map(changes.filter(({ path, after }) => after?.hardlink === path).map((at) => [at.path, keyOf(at)]))
}

function treeEntry(entry: EntryJson, first: Map<string, string>): TreeEntry {
  const { type, mode, uid, gid, mtime, mtimeNanos, link, linkBytes, device, hardlink, hash } = entry
  const xattrs = Object.entries(entry.xattrs).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('hex')])
  const target = linkBytes === undefined ? Buffer.from(link ?? '') : Buffer.from(linkBytes, 'base64')
  return {
    type,
    attributes: entry.implicit
      ? null
      : {
          mode,
          uid,
          gid,
          mtime: String(BigInt(mtime) * 1_000_000_000n + BigInt(mtimeNanos)),
          xattrs: Object.fromEntries(xattrs),
        },
    hash,
    link: type === 'symlink' ? target.toString('hex') : null,
    device: device && `${device.major}:${device.minor}`,
    hardlink: hardlink === null ? null : (first.get(hardlink) ?? null),
  }
}
