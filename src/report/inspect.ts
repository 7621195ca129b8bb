// What an image is made of, and what it stores and never shows.
//
// Takes: what inspectImage gives. Gives: lines. Bytes stored are those that go over the wire, mostly compressed; bytes on disk are of
// the layers' files, unpacked. Waste is told twice, as dive counts it and as it is.
//
//   app.tar  app:1  linux/amd64  id 5e33c5ea061b
//   3 layers: 1.90 MB stored, 4.82 MB on disk; shows 412 paths, 4.81 MB
//
//   LAYER   STORED  ON DISK  ADDED  REMOVED  CHANGED  CREATED BY
//       0  1.31 MB  3.20 MB    410        -        -  ADD rootfs.tar /
//
//   As dive counts, by names:
//     efficiency 99.1%, wasted 2.50 kB, 0.2% of the layers above the first
//   In truth:
//     a squash would save 1.24 kB, <0.1% of what is on disk, of 2 paths
//
//    WASTED  LAYERS  PATH
//   1.20 kB  0, 1    etc/passwd

import type { ImageReport, ImageWaste } from '../image-types.js'
import { escapeText } from '../text.js'
import { shortCommand, shortDigest } from './commands.js'
import { formatBytes, formatCount, formatPaths } from './figures.js'
import { table } from './table.js'

export interface InspectOptions {
  /** What the image is called; by default as it calls itself. */
  readonly name?: string | undefined
  /** Every wasted path gets its line. Default false: the 20 largest. */
  readonly all?: boolean | undefined
  /** Columns that lines should not pass; only names may. Default 80. */
  readonly width?: number | undefined
}

const MOST_PATHS = 20
/** Layers of a wasted path that are named. */
const MOST_LAYERS = 3

export function* inspectReport(report: Omit<ImageReport, 'toJSON'>, options: InspectOptions = {}): Generator<string> {
  const { width = 80, all = false, name } = options
  yield* head(report, name)
  if (report.layers.length > 0) {
    yield '\n'
    yield* layerTable(report, width)
  }
  yield* wasteLines(report.waste)
  yield* wastedPaths(report.waste.actual.paths, all)
}

function* head(report: Omit<ImageReport, 'toJSON'>, name: string | undefined): Generator<string> {
  const { platform, configDigest, layers } = report
  const { os, architecture, variant } = platform
  const names = [name, report.name].filter((one, index, all) => one && all.indexOf(one) === index)
  const facts = [
    ...(names.length > 0 ? names : ['unnamed']).map((one) => escapeText(one ?? '')),
    escapeText([os, architecture, ...(variant === null ? [] : [variant])].join('/')),
    `id ${shortDigest(configDigest)}`,
  ]
  yield `${facts.join('  ')}\n`
  // A layer that stands twice is stored once.
  const distinct = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()]
  const stored = distinct.reduce((sum, { size }) => sum + size, 0)
  const onDisk = distinct.reduce((sum, { unpackedBytes }) => sum + (unpackedBytes ?? 0), 0)
  const count = layers.length === 1 ? '1 layer' : `${formatCount(layers.length)} layers`
  const { paths, bytes } = shownBy(report)
  yield `${count}: ${formatBytes(stored)} stored, ${formatBytes(onDisk)} on disk; shows ${formatPaths(paths)}, ${formatBytes(bytes)}\n`
}

/** What the merged tree holds. */
function shownBy({ layers }: Pick<ImageReport, 'layers'>): { paths: number; bytes: number } {
  const last = layers.at(-1)?.diff.summary
  if (!last) return { paths: 0, bytes: 0 }
  return { paths: last.added + last.modified + last.unchanged, bytes: last.bytesAfter }
}

function* layerTable({ layers }: Pick<ImageReport, 'layers'>, width: number): Generator<string> {
  const right = 'right' as const
  const columns = [
    { heading: 'LAYER', align: right },
    { heading: 'STORED', align: right },
    { heading: 'ON DISK', align: right },
    { heading: 'ADDED', align: right },
    { heading: 'REMOVED', align: right },
    { heading: 'CHANGED', align: right },
    { heading: 'CREATED BY' },
  ]
  const counted = (count: number) => (count === 0 ? '-' : formatCount(count))
  const rows = layers.map(({ size, unpackedBytes, createdBy, diff: { summary } }, index) => [
    String(index),
    formatBytes(size),
    unpackedBytes === null ? '-' : formatBytes(unpackedBytes),
    counted(summary.added),
    counted(summary.removed),
    counted(summary.modified),
    shortCommand(createdBy),
  ])
  yield* table(columns, rows, { gap: 2, width, shrink: [[columns.length - 1, 10]] })
}

/** dive's figures first: they are what rules of dive's ask for. What it counts is another thing than what is lost. */
function* wasteLines({ dive, actual }: ImageWaste): Generator<string> {
  yield '\nAs dive counts, by names:\n'
  yield `  efficiency ${scoreText(dive.efficiency)}, wasted ${formatBytes(dive.wastedBytes)}, ${percent(dive.wastedPercent)} of the layers above the first\n`
  yield 'In truth:\n'
  yield actual.wastedBytes === 0
    ? '  nothing is stored that is not shown: a squash would save nothing\n'
    : `  a squash would save ${formatBytes(actual.wastedBytes)}, ${percent(actual.wastedPercent)} of what is on disk, of ${formatPaths(actual.paths.length)}\n`
}

function* wastedPaths(paths: ImageWaste['actual']['paths'], all: boolean): Generator<string> {
  if (paths.length === 0) return
  const shown = all ? paths : paths.slice(0, MOST_PATHS)
  yield '\n'
  const columns = [{ heading: 'WASTED', align: 'right' as const, least: 7 }, { heading: 'LAYERS' }, { heading: 'PATH' }]
  const rows = shown.map(({ path, bytes, layers }) => [formatBytes(bytes), layerList(layers), escapeText(path)])
  // No width: only names may pass it, and none is cut.
  yield* table(columns, rows, { gap: 2, width: null })
  const left = paths.slice(shown.length)
  if (left.length === 0) return
  const bytes = left.reduce((sum, one) => sum + one.bytes, 0)
  yield `and ${formatPaths(left.length)} more, ${formatBytes(bytes)}: --all lists them\n`
}

/** `0, 2`, and of many layers the first ones. */
function layerList(layers: readonly number[]): string {
  const more = layers.length - MOST_LAYERS
  const named = layers.slice(0, MOST_LAYERS).join(', ')
  return more > 0 ? `${named}, +${more}` : named
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1%'
  return `${(100 * share).toFixed(1)}%`
}

/** As gates tell it; what is not quite all is not shown as 100%. */
function scoreText(share: number): string {
  const percent = Number((100 * share).toPrecision(4))
  return `${percent === 100 && share < 1 ? 99.99 : percent}%`
}
