// What a diff tells beyond its changes, found by path: why some deserve a second look, and under which other name a file was or is.
//
// Takes: a diff. Gives: the changes of each reason, as indices, and what is known of any one change. A JSON that tells its notable
// changes is believed; else each change is looked at. A million take seconds, so all is done in slices.

import { NOTABLE_REASONS, notableReasons } from '../notable.js'
import { pathKey } from '../report/names.js'
import type { Change, NotableReason, Rename } from '../types.js'
import { visitAll } from './filter.js'
import type { ShownDiff } from './shown-diff.js'

/** The other side of a rename. */
export interface OtherName {
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
  /** Of its change; -1 where there is none. */
  readonly index: number
}

export interface Findings {
  /** Indices of the changes that a reason speaks of, the most serious reason first; no reason without any. */
  readonly groups: ReadonlyMap<NotableReason, readonly number[]>
  /** How many changes are notable. */
  readonly notable: number
  reasonsOf(change: Change): readonly NotableReason[]
  otherNameOf(change: Change): OtherName | undefined
}

/** Undefined when the signal ended the work. */
export async function lookThrough(
  { changes, notable, renames }: Pick<ShownDiff, 'changes' | 'notable' | 'renames'>,
  signal: AbortSignal,
): Promise<Findings | undefined> {
  /** Reasons as bits, in the order of NOTABLE_REASONS. */
  const told = new Paths()
  const reasonsOf =
    notable === null
      ? notableReasons
      : (change: Change) => NOTABLE_REASONS.filter((_, bit) => (told.get(change) ?? 0) & (1 << bit))
  /** Twice the index of the rename, and one more where the path is the new one. */
  const renamed = new Paths()
  const places = new Int32Array(2 * (renames?.length ?? 0)).fill(-1)
  const groups = new Map(NOTABLE_REASONS.map((reason): [NotableReason, number[]] => [reason, []]))
  let count = 0
  const finished =
    (await visitAll(notable ?? [], signal, (one) => {
      // A later version may know more of them.
      told.set(
        one,
        NOTABLE_REASONS.reduce((bits, reason, bit) => (one.reasons.includes(reason) ? bits | (1 << bit) : bits), 0),
      )
    })) &&
    (await visitAll(renames ?? [], signal, (rename, index) => {
      renamed.set(oldName(rename), 2 * index)
      renamed.set(newName(rename), 2 * index + 1)
    })) &&
    (await visitAll(changes, signal, (change, index) => {
      const reasons = reasonsOf(change)
      for (const reason of reasons) groups.get(reason)?.push(index)
      if (reasons.length > 0) count++
      const at = renamed.get(change)
      if (at !== undefined) places[at] = index
    }))
  if (!finished) return undefined
  for (const [reason, indices] of groups) if (indices.length === 0) groups.delete(reason)
  return {
    groups,
    notable: count,
    reasonsOf,
    otherNameOf(change) {
      const at = renamed.get(change)
      const rename = at === undefined ? undefined : renames?.at(at >> 1)
      if (at === undefined || rename === undefined) return undefined
      return { ...(at & 1 ? oldName(rename) : newName(rename)), index: places[at ^ 1] ?? -1 }
    },
  }
}

/** A path, as changes and all else name it. */
interface Path {
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
}

const oldName = ({ from, fromBytes }: Rename): Path => ({ path: from, pathBytes: fromBytes })
const newName = ({ to, toBytes }: Rename): Path => ({ path: to, pathBytes: toBytes })

/** Numbers by path, in many small maps: a large one that grows holds the page up for longer than anybody should notice. */
class Paths {
  private readonly maps = Array.from({ length: 256 }, () => new Map<string, number>())

  get(path: Path): number | undefined {
    const key = pathKey(path)
    return this.maps[mapOf(key)]?.get(key)
  }

  set(path: Path, value: number): void {
    const key = pathKey(path)
    this.maps[mapOf(key)]?.set(key, value)
  }
}

/** Ends differ more than beginnings. */
function mapOf(key: string): number {
  let hash = key.length
  for (let at = Math.max(0, key.length - 12); at < key.length; at++) hash = (hash * 31 + key.charCodeAt(at)) | 0
  return hash & 0xff
}
