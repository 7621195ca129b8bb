// The report for people: a headline, then the tree of changes.
//
// Takes: a diff. Gives: text, line by line. Plain text at 80 columns; colours are added, never needed: a sign says what
// became of a path, words say what differs. Nothing that a layer chose is shown raw.
//
//   49.5 kB → 171 kB (+122 kB, +246%)
//   + 1 added, - 3 removed, ~ 2 modified, 4 unchanged
//
//     +170 kB    srv/
//     +170 kB  +   big.bin
//    -48.3 kB    usr/share/
//    -48.3 kB  -   doc/  and 2 paths below
//      +100 B    etc/
//      +100 B  ~   passwd  1.20 kB → 1.30 kB
//              ~   shadow  mode 0644 → 0600

import type { ImageDiff } from '../image-types.js'
import type { GateResult, LayerDiff, Totals } from '../types.js'
import { columnsOf } from './columns.js'
import { cutText } from './cut.js'
import { changeDetails } from './details.js'
import { formatBytes, formatCount, formatDelta, formatPaths, formatShare } from './figures.js'
import { gateLines, notableLines, packageLines } from './findings.js'
import { imageHead } from './image-diff.js'
import { type LeftOut, leftOutLine } from './left-out.js'
import { RenameIndex } from './rename-index.js'
import { type Row, treeRows } from './rows.js'
import { BOLD, COLORS, DELTA_COLUMNS, DIM, type Paint, painter, SIGNS } from './styles.js'

export interface TextOptions extends LeftOut {
  /** Colours, as escape sequences of a terminal. Default false. */
  readonly color?: boolean | undefined
  /** Every path gets its line, also where a whole directory came or went. Default false. */
  readonly all?: boolean | undefined
  /** Columns that lines should not pass; only names may. Default 80. */
  readonly width?: number | undefined
  /** A column for the layer that made each change, `L3`. Default false. */
  readonly layers?: boolean | undefined
  /** How paths follow each other in a directory: what changed most first (default), or by name. */
  readonly sort?: 'delta' | 'path' | undefined
  /** What rules found, for the end of the report. */
  readonly gates?: readonly GateResult[] | undefined
  /** Changes there are in all, where the diff has but some of them. */
  readonly selectedOf?: number | undefined
  /** What two images are called, before and after; by default as they call themselves. */
  readonly names?: readonly [string | null, string | null] | undefined
}

/** Columns of a layer's number and the two spaces before it. */
const LAYER_COLUMNS = 6

/** The report in pieces, each of whole lines. */
export function* textReport(diff: LayerDiff | ImageDiff, options: TextOptions = {}): Generator<string> {
  const paint = painter(options.color)
  const { all = false, layers = false, width = 80, names = [null, null], gates = [] } = options
  const images = 'layerBytes' in diff
  // A column of numbers is of no use without what they stand for.
  if (images) yield* imageHead(diff, { width, all: all || layers, names }, paint)
  const findings = [
    ...notableLines(diff.notable(), { width, all }, paint),
    ...packageLines(diff.packages ?? [], { width, all }, paint),
  ]
  yield* findings
  if (images || findings.length > 0) yield `${paint(BOLD, 'Files')}\n`
  yield* fileLines(diff, options, paint)
  yield* gateLines(gates, { width, all }, paint)
}

function* fileLines(diff: LayerDiff | ImageDiff, options: TextOptions, paint: Paint): Generator<string> {
  const { all = false, layers = false, width = 80, sort = 'delta', selectedOf = diff.changes.length } = options
  const { summary } = diff
  const leftOut = leftOutLine(options)
  if (selectedOf === 0) {
    // Of files that were not read nobody here knows what they hold.
    const claimed = 'layerBytes' in diff && diff.layers.some((match) => match.claimed)
    const seen = claimed ? 'No differences, if layers are what their IDs say' : 'No differences'
    yield `${seen}: ${formatPaths(summary.unchanged)}, ${formatBytes(summary.bytesAfter)}.\n`
    if (leftOut !== '') yield `${paint(DIM, cutText(leftOut, width))}\n`
    return
  }
  const renamed = diff.renames?.length ?? 0
  yield `${paint(BOLD, sizesLine(summary))}\n${countsLine(summary, renamed, paint)}\n`
  if (diff.changes.length < selectedOf) {
    const shown = `${formatPaths(diff.changes.length)} of ${formatCount(selectedOf)} shown; directories count these alone`
    yield `${paint(DIM, shown)}\n`
  }
  if (leftOut !== '') yield `${paint(DIM, cutText(leftOut, width))}\n`
  if (diff.changes.length === 0) return
  yield '\n'
  const renames = new RenameIndex(diff.renames)
  for (const row of treeRows(diff.tree(), { all, sort })) yield rowLines(row, { width, layers, renames }, paint)
}

function sizesLine({ bytesBefore, bytesAfter }: Totals): string {
  const sizes = `${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)}`
  const delta = bytesAfter - bytesBefore
  if (delta === 0) return `${sizes} (same size)`
  if (bytesBefore === 0) return `${sizes} (${formatDelta(delta)})`
  return `${sizes} (${formatDelta(delta)}, ${formatShare(delta / bytesBefore)})`
}

/** The counts, which are the key to the signs as well. */
function countsLine(totals: Totals, renamed: number, paint: Paint): string {
  const kinds = (['added', 'removed', 'modified'] as const).map((kind) =>
    paint(COLORS[kind], `${SIGNS[kind]} ${formatCount(totals[kind])} ${kind}`),
  )
  const counts = [...kinds, `${formatCount(totals.unchanged)} unchanged`].join(', ')
  return renamed === 0 ? counts : `${counts}; ${formatCount(renamed)} renamed`
}

interface RowStyle {
  readonly width: number
  readonly layers: boolean
  readonly renames: RenameIndex
}

function rowLines(row: Row, { width, layers, renames }: RowStyle, paint: Paint): string {
  const kind = row.change?.kind
  const delta = row.delta !== 0 || row.touchesBytes ? formatDelta(row.delta) : ''
  const layer = layers ? `  ${row.change?.cause ? `L${row.change.cause.layer}` : ''}`.padEnd(LAYER_COLUMNS) : ''
  const indent = DELTA_COLUMNS + layer.length + 4 + 2 * row.depth
  const name = paint(kind ? COLORS[kind] : BOLD, row.name)
  const start = `${delta.padStart(DELTA_COLUMNS)}${layer}  ${kind ? paint(COLORS[kind], SIGNS[kind]) : ' '} `
  const nameColumns = Math.max(row.nameColumns, columnsOf(row.name))
  const besideColumn = indent + nameColumns + 2
  const { beside, below } = wrapPhrases(rowPhrases(row, renames), width - besideColumn, width - indent - 4)
  const gap = beside ? ' '.repeat(nameColumns - columnsOf(row.name) + 2) : ''
  const belowColumn = beside ? besideColumn : indent + 4
  return [
    start + ' '.repeat(2 * row.depth) + name + gap + paint(DIM, beside),
    ...below.map((line) => ' '.repeat(belowColumn) + paint(DIM, line)),
    '',
  ].join('\n')
}

function rowPhrases({ change, foldedPaths, foldedLinks }: Row, renames: RenameIndex): string[] {
  const phrases = change ? changeDetails(change, renames.of(change)) : []
  if (foldedPaths > 0) {
    const renamed = change ? renames.below(change) : 0
    phrases.push(`and ${formatPaths(foldedPaths)} below${renamed > 0 ? ` (${formatCount(renamed)} renamed)` : ''}`)
  }
  if (foldedLinks > 0)
    phrases.push(`and ${formatCount(foldedLinks)} more ${foldedLinks === 1 ? 'link' : 'links'} to it`)
  return phrases
}

/**
 * Phrases joined by commas, broken between them: what fits beside a name, and the lines below it. Those are as wide as
 * the first, or where not even one phrase fits beside the name, `otherwise` wide.
 */
function wrapPhrases(phrases: readonly string[], room: number, otherwise: number) {
  const [first = ''] = phrases
  const fits = columnsOf(first) <= room
  const lines: string[] = fits ? [] : ['']
  phrases.forEach((phrase, index) => {
    const text = index < phrases.length - 1 ? `${phrase},` : phrase
    const line = lines.at(-1)
    const joined = line ? `${line} ${text}` : text
    if (line && columnsOf(joined) <= (fits ? room : otherwise)) lines[lines.length - 1] = joined
    else lines.push(text)
  })
  const [beside = '', ...below] = lines
  return { beside, below }
}
