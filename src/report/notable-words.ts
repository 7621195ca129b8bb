// Why changes are notable, in words; and the changes by reason, the gravest first. Pure.

import { NOTABLE_REASONS } from '../notable.js'
import type { NotableChange, NotableReason } from '../types.js'

const WORDS: Readonly<Record<NotableReason, string>> = {
  setuid: 'setuid bit',
  setgid: 'setgid bit',
  capability: 'file capability',
  'world-writable': 'writable by everybody',
  device: 'device node',
  credential: 'named like a key or credential',
  'escaping-symlink': 'symlink above the root',
  'root-owner': 'now owned by root',
  executable: 'new executable',
}

export function notableWords(reason: NotableReason): string {
  return WORDS[reason]
}

export interface NotableGroup {
  readonly reason: NotableReason
  readonly changes: readonly NotableChange[]
}

/** Each change stands under the first of its reasons. */
export function notableGroups(changes: readonly NotableChange[]): NotableGroup[] {
  return NOTABLE_REASONS.flatMap((reason) => {
    const found = changes.filter(({ reasons }) => reasons[0] === reason)
    return found.length > 0 ? [{ reason, changes: found }] : []
  })
}
