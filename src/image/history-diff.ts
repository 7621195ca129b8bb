// Which lines of history only one of two images has.
//
// A line is what was run, by whom and with which comment, and whether it made a layer. When it was run is no difference:
// every build says another time. A line that only stands elsewhere is none either.

import type { HistoryChange, HistoryEntry } from '../image-types.js'
import { align } from './alignment.js'

export function diffHistories(before: readonly HistoryEntry[], after: readonly HistoryEntry[]): HistoryChange[] {
  return align(before.map(keyOf), after.map(keyOf)).flatMap((row): HistoryChange[] => {
    if (row.kind === 'removed') return [change('removed', row.before, before)]
    if (row.kind === 'added') return [change('added', row.after, after)]
    return []
  })
}

function keyOf({ createdBy, author, comment, emptyLayer }: HistoryEntry): string {
  return JSON.stringify([createdBy, author, comment, emptyLayer])
}

function change(kind: HistoryChange['kind'], place: number | null, lines: readonly HistoryEntry[]): HistoryChange {
  const index = place ?? 0
  return { kind, index, createdBy: lines[index]?.createdBy ?? null }
}
