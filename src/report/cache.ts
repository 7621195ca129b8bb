// What a cache holds, as a table. Pure.

import type { CacheEntry } from '../engine-types.js'
import { escapeText } from '../text.js'
import { formatBytes, formatCount, formatTime } from './figures.js'
import { shortDigest } from './pull.js'

const HEADINGS = ['KIND', 'DIGEST', 'SIZE', 'LAST USED']

/** A row for each entry, in the order given, and the total. */
export function cacheTable(entries: readonly CacheEntry[], place: string): string[] {
  const rows = [HEADINGS, ...entries.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => `${row.map((cell, column) => align(cell, column, widths)).join('  ')}\n`)
  return [...(entries.length > 0 ? lines : []), `${totalOf(entries)} in ${escapeText(place)}\n`]
}

/** What was removed, on one line. */
export function removedLine(entries: readonly CacheEntry[], place: string): string {
  return `Removed ${totalOf(entries)} from ${escapeText(place)}\n`
}

function totalOf(entries: readonly CacheEntry[]): string {
  const bytes = entries.reduce((sum, { size }) => sum + size, 0)
  return `${formatCount(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'}, ${formatBytes(bytes)}`
}

function cells({ kind, digest, size, usedAt }: CacheEntry): string[] {
  return [kind, shortDigest(digest), formatBytes(size), formatTime(Math.floor(usedAt / 1000), 0)]
}

/** Sizes end where they are compared; nothing follows the last column. */
function align(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0
  if (HEADINGS[column] === 'SIZE') return cell.padStart(width)
  return column === HEADINGS.length - 1 ? cell : cell.padEnd(width)
}
