// The rows of the tree as they stand on the screen: directories that are open, and what lies in them.
//
// Takes: a DirectoryNode, and which directories are open. Gives: the row at any place, without having made those before it:
// a directory of a million paths costs a list of a million numbers when it is opened, and a row when it is looked at.
//
//   Level   one open directory: `order` lists what lies right in it, directories first, each a number:
//           0 to D-1 a directory, D and more a change. `opened` are the levels below, by their place in `order`.

import type { Change, DirectoryNode } from '../types.js'

export type Sort = 'path' | 'delta'

export interface Row {
  /** From 1 on. */
  readonly level: number
  readonly name: string
  readonly path: string
  /** Set where the row is a directory with changes below it; the last one of a chain that holds nothing else. */
  readonly directory: DirectoryNode | null
  /** Set where the path itself changed. */
  readonly change: Change | null
  readonly open: boolean
  /** Among its neighbours, from 1 on, and how many they are. */
  readonly position: number
  readonly setSize: number
}

/** A row of a level, and the place of the level's first row. */
interface Found {
  readonly level: Level
  readonly at: number
  readonly start: number
}

class Level {
  readonly order: Uint32Array
  readonly opened: { at: number; level: Level }[] = []
  /** Rows of this level and of those below it. Kept, since every look at a row asks for it. */
  length: number
  /** The change of a directory's own path, by the directory's index. */
  private readonly own = new Map<number, number>()

  constructor(
    readonly node: DirectoryNode,
    private readonly parent: Level | null,
    private readonly sort: Sort,
  ) {
    const { directories, changes } = node
    const taken = new Set<number>()
    for (const [index, directory] of directories.entries()) {
      const change = findPath(node, directory.path)
      if (change < 0) continue
      this.own.set(index, change)
      taken.add(change)
    }
    this.order = new Uint32Array(directories.length + changes.length - taken.size)
    let at = 0
    for (let index = 0; index < directories.length; index++) this.order[at++] = index
    for (let index = 0; index < changes.length; index++) {
      if (!taken.has(index)) this.order[at++] = directories.length + index
    }
    if (sort === 'delta') this.sortByDelta()
    this.length = this.order.length
  }

  /** From 1 on. */
  get depth(): number {
    return this.parent === null ? 1 : this.parent.depth + 1
  }

  /** Opens or closes the directory at a place; gives whether it is one. */
  setOpen(at: number, open: boolean): boolean {
    const { directory } = this.row(at)
    if (directory === null) return false
    const place = this.opened.findIndex((one) => one.at >= at)
    const isOpen = this.opened[place]?.at === at
    if (open && !isOpen) {
      const level = new Level(directory, this, this.sort)
      this.opened.splice(place < 0 ? this.opened.length : place, 0, { at, level })
      this.grow(level.length)
    } else if (!open && isOpen) {
      const [closed] = this.opened.splice(place, 1)
      this.grow(-(closed?.level.length ?? 0))
    }
    return true
  }

  private grow(rows: number): void {
    this.length += rows
    this.parent?.grow(rows)
  }

  private sortByDelta(): void {
    const deltas = new Map<number, number>()
    for (const member of this.order) deltas.set(member, Math.abs(this.deltaOf(member)))
    this.order.sort((a, b) => (deltas.get(b) ?? 0) - (deltas.get(a) ?? 0) || a - b)
  }

  private deltaOf(member: number): number {
    const { directories, changes } = this.node
    const directory = directories[member]
    if (directory) return directory.totals.bytesAfter - directory.totals.bytesBefore
    const change = changes.at(member - directories.length)
    return change ? change.bytesAfter - change.bytesBefore : 0
  }

  /** The row at a place of this level, those of open directories included; `start` is the place of the level's first row. */
  find(index: number, start = 0): Found | null {
    let at = index - start
    let passed = 0
    for (const { at: place, level } of this.opened) {
      if (at <= place) break
      const { length } = level
      if (at <= place + length) return level.find(index, start + passed + place + 1)
      at -= length
      passed += length
    }
    return at < this.order.length ? { level: this, at, start } : null
  }

  /** How many rows of this level and those below it stand before one of its own. */
  rowsBefore(at: number): number {
    return this.opened.reduce((sum, one) => (one.at < at ? sum + one.level.length : sum), at)
  }

  /** The place of what is a path or holds it, -1 where nothing does. */
  placeOf(path: string): number {
    const { directories } = this.node
    const directory = directories.findIndex((one) => one.path === path || isBelow(path, one.path))
    const change = directory < 0 ? findPath(this.node, path) : -1
    if (directory < 0 && change < 0) return -1
    return this.order.indexOf(directory < 0 ? directories.length + change : directory)
  }

  row(at: number): Row {
    const member = this.order[at] as number
    const { directories, changes } = this.node
    const directory = directories[member]
    const facts = { level: this.depth, position: at + 1, setSize: this.order.length }
    if (directory === undefined) {
      const change = changes.at(member - directories.length) as Change
      return { ...facts, name: nameOf(change.path), path: change.path, directory: null, change, open: false }
    }
    const own = this.own.get(member)
    const { last, name } = own === undefined ? chainOf(directory) : { last: directory, name: directory.name }
    return {
      ...facts,
      name,
      path: last.path,
      directory: last,
      change: own === undefined ? null : (changes.at(own) ?? null),
      open: this.opened.some((one) => one.at === at),
    }
  }
}

export class Rows {
  private readonly root: Level

  constructor(node: DirectoryNode, sort: Sort) {
    this.root = new Level(node, null, sort)
  }

  get length(): number {
    return this.root.length
  }

  row(index: number): Row | null {
    const found = index < 0 ? null : this.root.find(index)
    return found?.level.row(found.at) ?? null
  }

  /** Opens or closes the directory at a place; gives whether it is one. */
  setOpen(index: number, open: boolean): boolean {
    const found = this.root.find(index)
    return found?.level.setOpen(found.at, open) ?? false
  }

  /** Opens directories, the upper ones first, for as long as there are no more than so many rows. */
  openWhile(most: number): void {
    // Level by level: a place moves only when a directory before it opens.
    for (let depth = 1; ; depth++) {
      let met = false
      for (let index = 0; index < this.length && this.length < most; index++) {
        const row = this.row(index)
        if (row?.directory && !row.open && row.level === depth) {
          met = true
          const { directories, changes } = row.directory
          if (this.length + directories.length + changes.length <= most) this.setOpen(index, true)
        }
      }
      if (!met) return
    }
  }

  /** The place of a path, after opening what is above it; -1 where the tree does not have it. */
  reveal(path: string): number {
    let level = this.root
    let start = 0
    for (;;) {
      const at = level.placeOf(path)
      if (at < 0) return -1
      const index = start + level.rowsBefore(at)
      const row = level.row(at)
      // It may be one of a chain that stands in one row.
      if (row.path === path || isBelow(row.path, path)) return index
      level.setOpen(at, true)
      const below = level.opened.find((one) => one.at === at)
      if (!below) return -1
      level = below.level
      start = index + 1
    }
  }

  /** The row of the directory that a row lies in; -1 for those at the top. */
  parentOf(index: number): number {
    return (this.root.find(index)?.start ?? 0) - 1
  }

  /** The next row, or the one before, that is a change; directories on the way are opened. -1 where there is none. */
  changeFrom(index: number, step: 1 | -1): number {
    let at = index
    if (step === 1) {
      if (this.row(at)?.directory) this.setOpen(at, true)
      for (at++; at < this.length; at++) {
        const row = this.row(at)
        if (row?.change) return at
        this.setOpen(at, true)
      }
      return -1
    }
    for (at--; at >= 0; at--) {
      const row = this.row(at)
      if (row?.directory && !row.open) {
        const before = this.length
        this.setOpen(at, true)
        at += this.length - before + 1
      } else if (row?.change) {
        return at
      }
    }
    return -1
  }
}

/** A chain of directories that hold nothing but the next one is one row. */
function chainOf(directory: DirectoryNode): { last: DirectoryNode; name: string } {
  let last = directory
  let { name } = directory
  while (last.directories.length === 1 && last.changes.length === 0) {
    last = last.directories[0] as DirectoryNode
    name += `/${last.name}`
  }
  return { last, name }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory) && path[directory.length] === '/'
}

/** The index of a path among the changes right in a directory; they are in the order of their bytes. */
function findPath({ changes }: DirectoryNode, path: string): number {
  let [low, high] = [0, changes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const order = compareBytes(changes.at(middle)?.path ?? '', path)
    if (order === 0) return changes.at(middle)?.pathBytes ? -1 : middle
    if (order < 0) low = middle + 1
    else high = middle
  }
  return -1
}

/** As the bytes of UTF-8 compare, which `<` does not do for what lies beyond 16 bits. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x === y) continue
    // Surrogates stand for more than any other unit.
    const [wideX, wideY] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000]
    return wideX === wideY ? x - y : wideX ? 1 : -1
  }
  return a.length - b.length
}
