// The tree of a diff as rows, top down: what every report that shows a tree has in common.
//
// Takes: the directory view of a diff. Gives: rows one by one. Under each directory the biggest change of bytes comes
// first. What says the same is one row, unless all paths are asked for: a directory that came or went whole, and the
// names of one file that changed. Directories with nothing but one directory in them share a row with it.

import type { Change, DirectoryNode } from '../types.js'
import { columnsOf } from './columns.js'
import { changeName, directoryName } from './names.js'

export interface Row {
  /** 0 right under the root. */
  readonly depth: number
  /** As it may be shown; several components where directories share the row. Directories end with a slash. */
  readonly name: string
  /** Columns of the longest name beside this one, leaving out those that stand out. */
  readonly nameColumns: number
  /** Null for a directory that is here because of what lies below it. */
  readonly change: Change | null
  /** What the bytes of all that the row stands for grew by. */
  readonly delta: number
  /** Whether bytes came or went at all; their sum may still be 0. */
  readonly touchesBytes: boolean
  /** Changed paths below that the row stands for. */
  readonly foldedPaths: number
  /** Other names of the same file in this directory that the row stands for. */
  readonly foldedLinks: number
}

export interface RowOptions {
  /** Every path gets its row. Default false. */
  readonly all?: boolean | undefined
  /** How the paths of a directory follow each other: what changed most first (default), or by name. */
  readonly sort?: 'delta' | 'path' | undefined
}

/** Names longer than this do not push the details of the others to the right. */
const LONGEST_NAME = 28

/** A path and what is below it. */
interface Item {
  readonly name: string
  readonly change: Change | null
  /** What is to be opened, null where nothing is. */
  readonly directory: DirectoryNode | null
  readonly delta: number
  /** Bytes that came plus bytes that went: a directory in which as much went as came did change. */
  readonly churn: number
  readonly foldedPaths: number
  foldedLinks: number
}

/** Rows of everything below a directory. */
export function* treeRows(root: DirectoryNode, { all = false, sort = 'delta' }: RowOptions = {}): Generator<Row> {
  // A stack of its own: a hostile layer nests two thousand directories.
  const open = [openDirectory(root, all, sort)]
  for (;;) {
    const level = open.at(-1)
    if (!level) return
    const item = level.items[level.next++]
    if (!item) {
      open.pop()
      continue
    }
    const { name, change, delta, foldedPaths, foldedLinks } = item
    const touchesBytes = item.churn > 0 || (change?.fields.includes('content') ?? false)
    const { nameColumns } = level
    yield { depth: open.length - 1, name, nameColumns, change, delta, touchesBytes, foldedPaths, foldedLinks }
    if (item.directory) open.push(openDirectory(item.directory, all, sort))
  }
}

/** What lies right in a directory. */
function openDirectory(directory: DirectoryNode, all: boolean, sort: 'delta' | 'path') {
  const directories = new Map(directory.directories.map((child) => [directoryName(child).key, child]))
  const items: Item[] = []
  for (const change of directory.changes) {
    const { text, key } = changeName(change)
    const child = directories.get(key) ?? null
    directories.delete(key)
    items.push(changedItem(text, change, child, all))
  }
  for (const child of directories.values()) items.push(unchangedItem(child))
  items.sort((a, b) => (sort === 'delta' ? b.churn - a.churn : 0) || (a.name < b.name ? -1 : 1))
  const shown = all ? items : foldLinks(items)
  const columns = shown.map(({ name }) => columnsOf(name)).filter((width) => width <= LONGEST_NAME)
  return { items: shown, nameColumns: columns.reduce((most, width) => Math.max(most, width), 0), next: 0 }
}

function changedItem(name: string, change: Change, child: DirectoryNode | null, all: boolean): Item {
  const { kind, before, after, bytesBefore, bytesAfter } = change
  // Nothing below can have stayed, and all of it came or went with its directory.
  const folds = !all && child !== null && (kind !== 'modified' || before?.type !== after?.type)
  const own = bytesAfter - bytesBefore
  return {
    name: (after ?? before)?.type === 'directory' ? `${name}/` : name,
    change,
    directory: folds ? null : child,
    delta: own + growthOf(child),
    churn: Math.abs(own) + churnOf(child),
    foldedPaths: folds ? child.totals.added + child.totals.removed : 0,
    foldedLinks: 0,
  }
}

/** A directory that did not change itself, joined with those further down for which it is but the way. */
function unchangedItem(from: DirectoryNode): Item {
  let name = `${directoryName(from).text}/`
  let directory = from
  for (;;) {
    const [only, second] = directory.directories
    if (!only || second || directory.changes.length > 0) break
    name += `${directoryName(only).text}/`
    directory = only
  }
  return {
    name,
    change: null,
    directory,
    delta: growthOf(from),
    churn: churnOf(from),
    foldedPaths: 0,
    foldedLinks: 0,
  }
}

/**
 * Keeps one of the names that a file had before and has now: they changed in the same way. Without this a new busybox
 * takes three hundred lines to say that it is new.
 */
function foldLinks(items: readonly Item[]): Item[] {
  const kept = new Map<string, Item>()
  return items.filter((item) => {
    const { before, after, kind } = item.change ?? {}
    if (kind !== 'modified' || !before?.hardlink || !after?.hardlink) return true
    const file = `${before.hardlink}\0${after.hardlink}`
    const first = kept.get(file)
    if (first) first.foldedLinks++
    else kept.set(file, item)
    return !first
  })
}

function growthOf(directory: DirectoryNode | null): number {
  return directory ? directory.totals.bytesAfter - directory.totals.bytesBefore : 0
}

function churnOf(directory: DirectoryNode | null): number {
  return directory ? directory.totals.bytesAdded + directory.totals.bytesRemoved : 0
}
