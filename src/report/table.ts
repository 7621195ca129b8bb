// Columns of text under their headings. Pure: what goes in is safe already.

import { columnsOf } from './columns.js'
import { cutText, padText } from './cut.js'

export interface Column {
  readonly heading: string
  /** Figures stand to the right. Default left. */
  readonly align?: 'left' | 'right' | undefined
  /** Fewest columns, whatever is in it. */
  readonly least?: number | undefined
}

export interface TableOptions {
  /** Blanks between columns. */
  readonly gap: number
  /** Columns that lines should not pass; null for no such bound. */
  readonly width: number | null
  /** Indices of the columns that are cut where lines would be too long, the first one first, and how far down. */
  readonly shrink?: readonly (readonly [column: number, least: number])[] | undefined
}

/** The heading, then the rows; no blanks at the end of a line. */
export function* table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { gap, width, shrink = [] }: TableOptions,
): Generator<string> {
  const widths = columns.map(({ heading, least = 0 }, index) =>
    rows.reduce((most, row) => Math.max(most, columnsOf(row[index] ?? '')), Math.max(least, heading.length)),
  )
  const total = () => widths.reduce((sum, one) => sum + one + gap, -gap)
  for (const [index, least] of shrink) {
    const over = width === null ? 0 : total() - width
    if (over > 0) widths[index] = Math.max(Math.min(least, widths[index] ?? 0), (widths[index] ?? 0) - over)
  }
  for (const row of [columns.map(({ heading }) => heading), ...rows]) {
    const cells = columns.map(({ align }, index) => {
      const [text, room] = [row[index] ?? '', widths[index] ?? 0]
      return align === 'right' ? text.padStart(room) : padText(cutText(text, room), room)
    })
    yield `${cells.join(' '.repeat(gap)).trimEnd()}\n`
  }
}
