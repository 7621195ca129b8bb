// What a diff tells beyond its changes, found by path: why some deserve a second look, and under which other name a file was or is.
//
// Takes: a diff. Gives: the changes of each reason, as indices, and what is known of any one change. A JSON that tells its notable
// changes is believed; else each change is looked at. A million take seconds, so all is done in slices.

import { notableReasons } from '../notable.js'
import type { Change, NotableReason } from '../types.js'
import { visitAll } from './filter.js'
import type { ShownDiff } from './shown-diff.js'

/** All reasons, the most serious first. */
export const REASONS: readonly NotableReason[] = [
  'setuid',
  'setgid',
  'capability',
  'world-writable',
  'device',
  'credential',
  'escaping-symlink',
  'root-owner',
  'executable',
]

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
  const told = new Map<string, readonly NotableReason[]>()
  const reasonsOf = notable === null ? notableReasons : (change: Change) => told.get(keyOf(change)) ?? []
  const others = new Map<string, { -readonly [Key in keyof OtherName]: OtherName[Key] }>()
  const groups = new Map(REASONS.map((reason): [NotableReason, number[]] => [reason, []]))
  let count = 0
  const finished =
    (await visitAll(notable ?? [], signal, (one) => {
      told.set(
        keyOf(one),
        // A later version may know more of them.
        REASONS.filter((reason) => one.reasons.includes(reason)),
      )
    })) &&
    (await visitAll(renames ?? [], signal, ({ from, fromBytes, to, toBytes }) => {
      others.set(keyOf({ path: from, pathBytes: fromBytes }), { path: to, pathBytes: toBytes, index: -1 })
      others.set(keyOf({ path: to, pathBytes: toBytes }), { path: from, pathBytes: fromBytes, index: -1 })
    })) &&
    (await visitAll(changes, signal, (change, index) => {
      const reasons = reasonsOf(change)
      for (const reason of reasons) groups.get(reason)?.push(index)
      if (reasons.length > 0) count++
      const other = others.size === 0 ? undefined : others.get(keyOf(change))
      const back = other && others.get(keyOf(other))
      if (back) back.index = index
    }))
  if (!finished) return undefined
  for (const [reason, indices] of groups) if (indices.length === 0) groups.delete(reason)
  return { groups, notable: count, reasonsOf, otherNameOf: (change) => others.get(keyOf(change)) }
}

/** Bytes of names that are no UTF-8 may read alike. */
export function keyOf({
  path,
  pathBytes,
}: {
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
}): string {
  return pathBytes ? pathBytes.join() : path
}
