// Some of a diff's changes, and the tree of directories that they make. Pure.
//
// Takes: all changes, and one by one which of them are picked. Gives: the picked ones, as changes and as a DirectoryNode whose totals
// count what was picked. Indices are kept, and a change is decoded where it is looked at.

import type { Change, Changes, DirectoryNode, Totals } from '../types.js'

/** Some of all changes. */
export class Picked implements Changes {
  readonly indices: number[] = []

  constructor(private readonly all: Changes) {}

  get length(): number {
    return this.indices.length
  }

  at(index: number): Change | undefined {
    const picked = this.indices.at(index)
    return picked === undefined ? undefined : this.all.at(picked)
  }

  *[Symbol.iterator](): Iterator<Change> {
    for (const index of this.indices) {
      const change = this.all.at(index)
      if (change) yield change
    }
  }
}

/** A directory that grows while changes are picked. */
export class PickedDirectory implements DirectoryNode {
  readonly directories: PickedDirectory[] = []
  private readonly children = new Map<string, PickedDirectory>()
  readonly changes: Picked
  readonly totals: { -readonly [K in keyof Totals]: Totals[K] } = {
    added: 0,
    removed: 0,
    modified: 0,
    unchanged: 0,
    bytesBefore: 0,
    bytesAfter: 0,
    bytesAdded: 0,
    bytesRemoved: 0,
  }

  constructor(
    private readonly all: Changes,
    readonly path = '',
    readonly name = '',
  ) {
    this.changes = new Picked(all)
  }

  /** Of the root: puts a change where it belongs. */
  pick(change: Change, index: number): void {
    let directory: PickedDirectory = this
    directory.count(change)
    const { path } = change
    for (let start = 0, end = path.indexOf('/'); end >= 0; start = end + 1, end = path.indexOf('/', start)) {
      directory = directory.child(path.slice(start, end))
      directory.count(change)
    }
    directory.changes.indices.push(index)
  }

  private count({ kind, bytesBefore, bytesAfter }: Change): void {
    this.totals[kind]++
    this.totals.bytesBefore += bytesBefore
    this.totals.bytesAfter += bytesAfter
    this.totals.bytesAdded += Math.max(0, bytesAfter - bytesBefore)
    this.totals.bytesRemoved += Math.max(0, bytesBefore - bytesAfter)
  }

  private child(name: string): PickedDirectory {
    let child = this.children.get(name)
    if (!child) {
      child = new PickedDirectory(this.all, this.path === '' ? name : `${this.path}/${name}`, name)
      this.children.set(name, child)
      this.directories.push(child)
    }
    return child
  }
}
