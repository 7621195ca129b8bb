// The history of an image as a table: docker's columns, in docker's words, with sizes that were measured.
//
// Takes: what inspectImage gives. Gives: lines. Layout of docker's `history` command: cells of at least ten columns, three
// blanks between them, commands as they are stored, cut to 45. Where the terminal is narrower than that all moves closer.

import type { ImageReport } from '../image-types.js'
import { escapeText } from '../text.js'
import { columnsOf } from './columns.js'
import { shortDigest } from './commands.js'
import { cutText } from './cut.js'
import { dockerAgo, dockerSize } from './docker-units.js'
import { table } from './table.js'

export interface HistoryOptions {
  /** Milliseconds since 1970, from which ages are told. */
  readonly now: number
  /** Ids and commands in full. Default false. */
  readonly noTrunc?: boolean | undefined
  /** Columns that lines should not pass, as far as commands can be cut; null for docker's own widths. */
  readonly width?: number | null | undefined
}

const COMMAND_COLUMNS = 45
const LEAST_COLUMNS = 10
const HEADINGS = ['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'] as const
const [COMMAND, COMMENT] = [2, 4]

export function* historyReport({ rows }: Pick<ImageReport, 'rows'>, options: HistoryOptions): Generator<string> {
  const { now, noTrunc = false, width = null } = options
  const cells = rows.map(({ image, created, createdBy, size, comment }) => {
    const command = escapeText((createdBy ?? '').replace(/\t/g, ' '))
    return [
      image === null ? '<missing>' : noTrunc ? escapeText(image) : shortDigest(image),
      dockerAgo(created, now),
      noTrunc ? command : cutText(command, COMMAND_COLUMNS),
      size === null ? 'N/A' : dockerSize(size),
      escapeText(comment ?? ''),
    ]
  })
  const columns = (least: number) =>
    HEADINGS.map((heading, index) => ({ heading, least: index === COMMENT ? 0 : least }))
  const whole = [...table(columns(LEAST_COLUMNS), cells, { gap: 3, width: null })]
  if (noTrunc || width === null || whole.every((line) => columnsOf(line.trimEnd()) <= width)) {
    yield* whole
    return
  }
  const shrink = [
    [COMMAND, 24],
    [COMMENT, 7],
    [COMMAND, 10],
  ] as const
  yield* table(columns(0), cells, { gap: 2, width, shrink })
}
