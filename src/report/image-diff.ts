// What differs between two images besides their files: the head of the text report.
//
// Takes: an ImageDiff. Gives: lines that fit the width. Columns are those of the tree below: a size, a sign, what it is.
//
//   before  app:1.0  linux/amd64  id 5e33c5ea061b
//   after   app:1.1  linux/amd64  id 423605a757c8
//
//   Layers        shared   removed     added
//   stored       1.55 MB       0 B   88.0 kB
//   on disk      20.1 MB       0 B   8.46 MB
//
//     1.55 MB    L0-L2  3 layers, shared  (same IDs, contents not read)
//     87.5 kB  + L3     RUN make install
//
//   Config
//             ~ env PATH  /bin → /usr/bin:/bin

import type { ConfigChange, ImageDiff, ImageFacts, LayerBytesTotal, LayerMatch } from '../image-types.js'
import { escapeText } from '../text.js'
import { columnsOf } from './columns.js'
import { shortCommand, shortDigest } from './commands.js'
import { configLine } from './config.js'
import { cutStart, cutText } from './cut.js'
import { formatBytes, formatCount } from './figures.js'
import { BOLD, COLORS, DELTA_COLUMNS, DIM, type Paint, SIGNS } from './styles.js'

export interface ImageHeadOptions {
  readonly width: number
  /** Each shared layer gets its line too. */
  readonly all: boolean
  /** What the images are called, before and after; null for their own names. */
  readonly names: readonly [string | null, string | null]
}

/** Shared layers in a row that are worth one line for all of them. */
const FOLDED_FROM = 3

/** Columns that a command keeps beside a note. */
const LEAST_COMMAND = 12

/** `before`, `after`, and the blanks behind them. */
const SIDE_COLUMNS = 8

/** Where what a line is about begins. */
const TEXT_COLUMN = DELTA_COLUMNS + 4

export function* imageHead(diff: ImageDiff, options: ImageHeadOptions, paint: Paint): Generator<string> {
  const { width, all, names } = options
  yield* imageLines(diff, names, width, paint)
  yield '\n'
  if (diff.layers.length > 0) {
    yield* bytesTable(diff.layerBytes, paint)
    yield* verifiedLine(diff, paint)
    yield '\n'
    yield* layerLines(diff, width, all, paint)
    yield '\n'
  }
  yield* section('Config', configLines(diff.config, width, paint), paint)
  yield* section('History', historyLines(diff, width, paint), paint)
}

function* section(title: string, lines: readonly string[], paint: Paint): Generator<string> {
  if (lines.length === 0) return
  yield `${paint(BOLD, title)}\n`
  yield* lines
  yield '\n'
}

/** A line for each image where both fit into one, else two each. */
function* imageLines(
  { before, after }: ImageDiff,
  given: ImageHeadOptions['names'],
  width: number,
  paint: Paint,
): Generator<string> {
  const room = width - SIDE_COLUMNS
  const texts = [before, after].map((facts, index) => ({
    side: (index === 0 ? 'before' : 'after').padEnd(SIDE_COLUMNS),
    name: cutStart(escapeText(given[index] ?? facts.name ?? 'unnamed'), room),
    details: cutText(imageDetails(facts), room),
  }))
  const nameColumns = Math.max(...texts.map(({ name }) => columnsOf(name)))
  const fits = texts.every(({ details }) => nameColumns + 2 + columnsOf(details) <= room)
  for (const { side, name, details } of texts) {
    const gap = fits ? ' '.repeat(nameColumns - columnsOf(name) + 2) : `\n${' '.repeat(SIDE_COLUMNS)}`
    yield `${side}${paint(BOLD, name)}${gap}${paint(DIM, details)}\n`
  }
}

function imageDetails({ platform: { os, architecture, variant }, configDigest, manifestDigest }: ImageFacts): string {
  const platform = escapeText([os, architecture, ...(variant === null ? [] : [variant])].join('/'))
  const manifest = manifestDigest === null ? '' : `  manifest ${shortDigest(manifestDigest)}`
  return `${platform}  id ${shortDigest(configDigest)}${manifest}`
}

function* bytesTable(bytes: ImageDiff['layerBytes'], paint: Paint): Generator<string> {
  const kinds = ['shared', 'removed', 'added'] as const
  const cell = (text: string) => text.padStart(DELTA_COLUMNS + 1)
  const row = (label: string, of: (total: LayerBytesTotal) => string) =>
    `${label.padEnd(11)}${kinds.map((kind) => cell(of(bytes[kind]))).join('')}\n`
  yield `${paint(BOLD, 'Layers'.padEnd(11))}${kinds.map(cell).join('')}\n`
  yield row('stored', ({ stored }) => formatBytes(stored))
  yield row('on disk', ({ unpacked }) => (unpacked === null ? 'unknown' : formatBytes(unpacked)))
}

/** How many layers may not be what their configs claim. */
export function unverifiedWords(before: ImageDiff['before'], after: ImageDiff['after']): string {
  const layers = [...before.layers, ...after.layers]
  const open = layers.filter((layer) => !layer.verified).length
  return `${formatCount(open)} of ${formatCount(layers.length)} layers not verified (--verify reads them whole)`
}

/** Said only where it is not so: archives of old docker have no digests to verify by. */
function* verifiedLine({ before, after, verified }: ImageDiff, paint: Paint): Generator<string> {
  if (verified) return
  yield `${paint(DIM, unverifiedWords(before, after))}\n`
}

interface LayerRow {
  readonly size: number
  readonly sign: string
  readonly color: string
  readonly place: string
  readonly text: string
  /** What stands behind the text, and is cut after it; empty for nothing. */
  readonly note: string
}

function layerLines(diff: ImageDiff, width: number, all: boolean, paint: Paint): string[] {
  const rows: LayerRow[] = []
  for (let at = 0; at < diff.layers.length; ) {
    const run = all ? 0 : sharedRun(diff.layers, at)
    rows.push(run >= FOLDED_FROM ? foldedRow(diff, at, run) : layerRow(diff, diff.layers[at] as LayerMatch))
    at += run >= FOLDED_FROM ? run : 1
  }
  const placeColumns = rows.reduce((most, { place }) => Math.max(most, place.length), 0)
  return rows.map(({ size, sign, color, place, text, note }) => {
    const room = width - TEXT_COLUMN - placeColumns - 2
    const shown = `${sign} ${place.padEnd(placeColumns)}`
    const bytes = formatBytes(size).padStart(DELTA_COLUMNS)
    return `${bytes}  ${color ? paint(color, shown) : shown}  ${noted(text, note, room, paint)}\n`
  })
}

/** A text and what is to be known of it, which is the shorter one: the text makes room first. */
function noted(text: string, note: string, room: number, paint: Paint): string {
  if (note === '') return cutText(text, room)
  const shown = cutText(text, Math.max(LEAST_COMMAND, room - columnsOf(note) - 4))
  return `${shown}  ${paint(DIM, cutText(`(${note})`, room - columnsOf(shown) - 2))}`
}

/** How many layers from here on are shared at the same place. */
function sharedRun(layers: readonly LayerMatch[], from: number): number {
  let at = from
  while (isSharedInPlace(layers[at])) at++
  return at - from
}

function isSharedInPlace(layer: LayerMatch | undefined): boolean {
  return layer?.kind === 'shared' && layer.before === layer.after
}

function foldedRow(diff: ImageDiff, from: number, count: number): LayerRow {
  const matches = diff.layers.slice(from, from + count)
  const size = matches.reduce((sum, { after }) => sum + (diff.after.layers[after ?? 0]?.size ?? 0), 0)
  const [first, last] = [matches[0]?.after, matches.at(-1)?.after]
  const claimed = matches.filter((match) => match.claimed).length
  return {
    size,
    sign: ' ',
    color: '',
    place: `L${first}-L${last}`,
    text: `${formatCount(count)} layers, shared`,
    note: claimed === 0 ? '' : `${claimed === count ? 'same IDs' : `${claimed} by ID`}, contents not read`,
  }
}

function layerRow(diff: ImageDiff, { kind, before, after, claimed }: LayerMatch): LayerRow {
  const facts = after === null ? diff.before.layers[before ?? 0] : diff.after.layers[after]
  const notes = [
    ...(kind === 'removed' || kind === 'added' || before === after ? [] : [`was L${before}`]),
    ...(claimed ? ['same ID, contents not read'] : []),
  ]
  return {
    size: facts?.size ?? 0,
    sign: kind === 'moved' ? '~' : kind === 'shared' ? ' ' : SIGNS[kind],
    color: kind === 'moved' ? COLORS.modified : kind === 'shared' ? '' : COLORS[kind],
    place: `L${after ?? before}`,
    text: shortCommand(facts?.createdBy ?? null),
    note: notes.join('; '),
  }
}

function configLines(changes: readonly ConfigChange[], width: number, paint: Paint): string[] {
  return changes.map((change) => signed(change.kind, configLine(change, width - TEXT_COLUMN), paint))
}

/** Lines whose layers are not shown above, which says the same. */
function historyLines(diff: ImageDiff, width: number, paint: Paint): string[] {
  const listed = { removed: new Set<number | null>(), added: new Set<number | null>() }
  for (const { kind, before, after } of diff.layers) {
    if (kind === 'removed') listed.removed.add(before)
    if (kind === 'added') listed.added.add(after)
  }
  return diff.history.flatMap(({ kind, index, createdBy }) => {
    const line = (kind === 'removed' ? diff.before : diff.after).history[index]
    if (line && line.layer !== null && listed[kind].has(line.layer)) return []
    const comment = line?.comment ? `  (${escapeText(line.comment)})` : ''
    return [signed(kind, cutText(shortCommand(createdBy) + comment, width - TEXT_COLUMN), paint)]
  })
}

function signed(kind: ConfigChange['kind'], text: string, paint: Paint): string {
  return `${' '.repeat(DELTA_COLUMNS + 2)}${paint(COLORS[kind], SIGNS[kind])} ${text}\n`
}
