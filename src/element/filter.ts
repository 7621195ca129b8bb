// The part of a diff that a filter lets through, again as a tree of directories.
//
// Takes: all changes, and what must hold. Gives: a DirectoryNode whose totals count what passed. A million changes take
// seconds, so the work is done in slices that leave the page free to answer; what passed is kept as indices and decoded
// where it is looked at.

import { notableReasons } from '../notable.js'
import { PickedDirectory } from '../report/picked.js'
import type { Change, ChangeField, Changes, DirectoryNode, NotableReason, Side } from '../types.js'
import type { List } from './shown-diff.js'

export interface Filter {
  /** What a path contains, whatever the case; or a glob, where it has one's signs. Empty lets all through. */
  readonly text: string
  readonly kinds: ReadonlySet<Change['kind']>
  /** What must differ, of modified paths; null for anything. */
  readonly field: ChangeField | null
  /** The layer that made the change, or on the before side the layer that what was there came from; null for all. */
  readonly layer: { readonly side: Side; readonly index: number } | null
  /** Why a change must be notable; null where it need not be. */
  readonly notable: NotableReason | 'any' | null
}

export const KINDS = ['added', 'removed', 'modified'] as const

export const NO_FILTER: Filter = { text: '', kinds: new Set(KINDS), field: null, layer: null, notable: null }

export function letsAllThrough({ text, kinds, field, layer, notable }: Filter): boolean {
  return text === '' && kinds.size === KINDS.length && field === null && layer === null && notable === null
}

/** Longest time without a pause, in milliseconds: well below what a person or an animation notices. */
const SLICE = 12

/** @param reasonsOf why a change is notable. Resolves with undefined when the signal ended the work. */
export async function filterChanges(
  changes: Changes,
  filter: Filter,
  signal: AbortSignal,
  reasonsOf: (change: Change) => readonly NotableReason[] = notableReasons,
): Promise<DirectoryNode | undefined> {
  const root = new PickedDirectory(changes)
  const passes = predicateOf(filter, reasonsOf)
  const finished = await visitAll(changes, signal, (change, index) => {
    if (passes(change)) root.pick(change, index)
  })
  return finished ? root : undefined
}

/** How many changes each layer of the after side made. Undefined when the signal ended the work. */
export async function countByLayer(changes: Changes, signal: AbortSignal): Promise<readonly number[] | undefined> {
  const counts: number[] = []
  const finished = await visitAll(changes, signal, ({ cause }) => {
    if (cause) counts[cause.layer] = (counts[cause.layer] ?? 0) + 1
  })
  return finished ? counts : undefined
}

/** Looks at all that is in a list, with pauses in between. False when the signal ended it. */
export async function visitAll<Value>(
  list: List<Value>,
  signal: AbortSignal,
  visit: (value: Value, index: number) => void,
): Promise<boolean> {
  let pausedAt = performance.now()
  for (let index = 0; index < list.length; index++) {
    if (index % 64 === 0 && performance.now() - pausedAt > SLICE) {
      await new Promise((resolve) => setTimeout(resolve))
      if (signal.aborted) return false
      pausedAt = performance.now()
    }
    const value = list.at(index)
    if (value) visit(value, index)
  }
  return !signal.aborted
}

function predicateOf(
  { text, kinds, field, layer, notable }: Filter,
  reasonsOf: (change: Change) => readonly NotableReason[],
): (change: Change) => boolean {
  const matches = pathMatcher(text)
  return (change) => {
    const { path, kind, fields, cause, before } = change
    if (!kinds.has(kind) || !matches(path)) return false
    if (field !== null && kind === 'modified' && !fields.includes(field)) return false
    if (notable !== null) {
      const reasons = reasonsOf(change)
      if (notable === 'any' ? reasons.length === 0 : !reasons.includes(notable)) return false
    }
    if (layer === null) return true
    return layer.side === 'after' ? cause?.layer === layer.index : before?.layer === layer.index
  }
}

/** Globs as `ignore` takes them: without a slash they match a name, with one a path from the root. */
function pathMatcher(text: string): (path: string) => boolean {
  if (text === '') return () => true
  if (!/[*?[]/.test(text)) {
    const wanted = text.toLowerCase()
    return (path) => path.toLowerCase().includes(wanted)
  }
  const anywhere = !text.replace(/\/$/, '').includes('/')
  const source = text.replace(/^\/|\/$/g, '').replace(/\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[.+^${}()|[\]\\]/g, (sign) => {
    if (sign === '**/') return '(?:.*/)?'
    if (sign === '**') return '.*'
    if (sign === '*') return '[^/]*'
    if (sign === '?') return '[^/]'
    return sign.length > 1 ? sign.replace(/^\[!/, '[^').replace(/\\/g, '\\\\') : `\\${sign}`
  })
  try {
    // A directory takes all below it along.
    const pattern = new RegExp(`${anywhere ? '(?:^|/)' : '^'}${source}(?:/|$)`, 's')
    return (path) => pattern.test(path)
  } catch {
    // Half typed, such as `[z-a]`.
    return (path) => path.includes(text)
  }
}
