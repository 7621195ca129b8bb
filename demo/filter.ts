// The part of a diff that a filter lets through, again as a tree of directories.
//
// Takes: all changes, a text and kinds. Gives: a DirectoryNode whose totals count what passed. A million changes take
// seconds, so the work is done in slices that leave the page free to answer; what passed is kept as indices and decoded
// where it is looked at.

import type { Change, Changes, DirectoryNode, Totals } from 'layerdiff'

export interface Filter {
  /** What a path contains, whatever the case; empty lets all through. */
  readonly text: string
  readonly kinds: ReadonlySet<Change['kind']>
}

/** Longest time without a pause, in milliseconds: well below what a person or an animation notices. */
const SLICE = 12

/** Some of all changes. */
class Picked implements Changes {
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

/** A directory that grows while changes pass. */
class Branch implements DirectoryNode {
  readonly directories: Branch[] = []
  readonly children = new Map<string, Branch>()
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
    readonly path: string,
    readonly name: string,
  ) {
    this.changes = new Picked(all)
  }

  count({ kind, bytesBefore, bytesAfter }: Change): void {
    this.totals[kind]++
    this.totals.bytesBefore += bytesBefore
    this.totals.bytesAfter += bytesAfter
    this.totals.bytesAdded += Math.max(0, bytesAfter - bytesBefore)
    this.totals.bytesRemoved += Math.max(0, bytesBefore - bytesAfter)
  }

  child(name: string): Branch {
    let child = this.children.get(name)
    if (!child) {
      child = new Branch(this.all, this.path === '' ? name : `${this.path}/${name}`, name)
      this.children.set(name, child)
      this.directories.push(child)
    }
    return child
  }
}

/** Resolves with undefined when the signal ended the work. */
export async function filterChanges(
  changes: Changes,
  filter: Filter,
  signal: AbortSignal,
): Promise<DirectoryNode | undefined> {
  const root = new Branch(changes, '', '')
  const wanted = filter.text.toLowerCase()
  let pausedAt = performance.now()
  for (let index = 0; index < changes.length; index++) {
    if (index % 64 === 0 && performance.now() - pausedAt > SLICE) {
      await new Promise((resolve) => setTimeout(resolve))
      if (signal.aborted) return undefined
      pausedAt = performance.now()
    }
    const change = changes.at(index)
    if (!change || !filter.kinds.has(change.kind)) continue
    if (wanted !== '' && !change.path.toLowerCase().includes(wanted)) continue
    const components = change.path.split('/')
    components.pop()
    let branch = root
    branch.count(change)
    for (const component of components) {
      branch = branch.child(component)
      branch.count(change)
    }
    branch.changes.indices.push(index)
  }
  return root
}
