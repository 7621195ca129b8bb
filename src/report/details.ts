// What a change is, in words: what an added path is besides a plain file, and what differs in a modified one.

import type { Change, ChangeField, Entry, Rename } from '../types.js'
import { formatMode, formatSizes, formatTime } from './figures.js'
import { safeText } from './names.js'

/** Phrases in the order of the fields; none for a plain file or directory that came or went. */
export function changeDetails(change: Change, rename: Rename | null = null): string[] {
  const { before, after } = change
  if (rename !== null) return [renameWords(change, rename), ...changeDetails(change)]
  if (before && after) return change.fields.map((field) => DIFFERENCES[field](before, after)).concat(hardLink(change))
  const entry = before ?? after
  if (!entry) return []
  if (entry.type === 'file' || entry.type === 'directory') return hardLink(change)
  return [kindWords(entry)]
}

function renameWords({ kind }: Change, { from, fromBytes, to, toBytes }: Rename): string {
  return kind === 'added' ? `renamed from ${safeText(from, fromBytes)}` : `renamed to ${safeText(to, toBytes)}`
}

const DIFFERENCES: Readonly<Record<ChangeField, (before: Entry, after: Entry) => string>> = {
  content: (before, after) =>
    before.size === after.size ? 'content, same size' : formatSizes(before.size, after.size),
  type: (before, after) => `${kindWords(before)} → ${kindWords(after)}`,
  mode: (before, after) => `mode ${formatMode(before.mode)} → ${formatMode(after.mode)}`,
  owner: (before, after) => `owner ${before.uid}:${before.gid} → ${after.uid}:${after.gid}`,
  link: (before, after) => `link ${linkText(before)} → ${linkText(after)}`,
  device: (before, after) => `device ${deviceText(before)} → ${deviceText(after)}`,
  xattrs: (before, after) => `xattrs ${xattrWords(before.xattrs, after.xattrs).join(' ')}`,
  mtime: (before, after) =>
    `mtime ${formatTime(before.mtime, before.mtimeNanos)} → ${formatTime(after.mtime, after.mtimeNanos)}`,
}

function kindWords(entry: Entry): string {
  switch (entry.type) {
    case 'symlink':
      return `symlink to ${linkText(entry)}`
    case 'char':
      return `character device ${deviceText(entry)}`
    case 'block':
      return `block device ${deviceText(entry)}`
    default:
      return entry.type
  }
}

function linkText({ link, linkBytes }: Entry): string {
  return safeText(link ?? '', linkBytes)
}

function deviceText({ device }: Entry): string {
  return device ? `${device.major}:${device.minor}` : 'unknown'
}

/** The bytes of a file with several names are counted at one of them: without these words the others would lack theirs. */
function hardLink({ path, before, after }: Change): string[] {
  const others = (entry: Entry | null) => (entry?.hardlink && entry.hardlink !== path ? entry.hardlink : null)
  const now = others(after ?? before)
  if (now) return [`hard link to ${safeText(now, undefined)}`]
  const old = others(before)
  return old ? [`was a hard link to ${safeText(old, undefined)}`] : []
}

/** The names that differ, each with the sign of what became of it. */
function xattrWords(before: Entry['xattrs'], after: Entry['xattrs']): string[] {
  const words: string[] = []
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const [old, now] = [before[name], after[name]]
    const sign = old && now ? '~' : now ? '+' : '-'
    if (!old || !now || old.join() !== now.join()) words.push(`${sign}${safeText(name, undefined)}`)
  }
  return words
}
