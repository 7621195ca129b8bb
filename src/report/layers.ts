// Which layers images share, as a table: a row for each layer, a column for each image.
//
//   A  app:1.0     linux/amd64  id 5e33c5ea061b
//   B  worker:1.0  linux/amd64  id 423605a757c8
//
//   A  B     SIZE  SAVED  LAYER         CREATED BY
//   ●  ●  3.40 MB  once   7454af541ab2  ADD rootfs.tar /
//   ·  ●   120 kB         96fa5738e787  COPY worker /srv
//
//   stored 3.52 MB, without sharing 6.92 MB: 3.40 MB (49%) saved

import type { Sharing } from '../image-types.js'
import { escapeText } from '../text.js'
import { columnsOf } from './columns.js'
import { shortCommand, shortDigest } from './commands.js'
import { cutStart, cutText, padText } from './cut.js'
import { formatBytes, formatCount } from './figures.js'
import { table } from './table.js'

export interface LayersOptions {
  /** What the images are called; by default as they call themselves. */
  readonly names?: readonly string[] | undefined
  /** Columns that lines should not pass. Default 80. */
  readonly width?: number | undefined
}

export function* layersReport(sharing: Sharing, options: LayersOptions = {}): Generator<string> {
  const { names, width = 80 } = options
  const letters = sharing.images.map((_, index) => letterOf(index))
  yield* legend(sharing, letters, names, width)
  if (sharing.layers.length === 0) {
    yield '\nNo layers.\n'
    return
  }
  yield '\n'
  const columns = [
    ...letters.map((heading) => ({ heading })),
    { heading: 'SIZE', align: 'right' as const, least: 7 },
    { heading: 'SAVED' },
    { heading: 'LAYER' },
    { heading: 'CREATED BY' },
  ]
  const rows = sharing.layers.map(({ counts, size, images, diffId, createdBy }) => [
    ...counts.map(mark),
    formatBytes(size),
    images > 1 ? timesWord(images - 1) : '',
    shortDigest(diffId),
    shortCommand(createdBy),
  ])
  yield* table(columns, rows, { gap: 2, width, shrink: [[columns.length - 1, 10]] })
  yield `\n${savedLine(sharing)}\n`
}

function* legend(
  sharing: Sharing,
  letters: readonly string[],
  names: readonly string[] | undefined,
  width: number,
): Generator<string> {
  const details = sharing.images.map(({ platform: { os, architecture, variant }, configDigest }) => {
    const platform = [os, architecture, ...(variant === null ? [] : [variant])].join('/')
    return `${escapeText(platform)}  id ${shortDigest(configDigest)}`
  })
  const letterColumns = Math.max(...letters.map((letter) => letter.length), 0)
  const detailColumns = details.reduce((most, text) => Math.max(most, columnsOf(text)), 0)
  const room = Math.max(10, width - letterColumns - detailColumns - 4)
  const shown = sharing.images.map(({ name }, index) => cutStart(escapeText(names?.[index] ?? name ?? 'unnamed'), room))
  const nameColumns = shown.reduce((most, name) => Math.max(most, columnsOf(name)), 0)
  for (const [index, name] of shown.entries()) {
    const line = `${(letters[index] ?? '').padEnd(letterColumns)}  ${padText(name, nameColumns)}  ${details[index]}`
    yield `${cutText(line, width)}\n`
  }
}

/** How often an image has a layer. */
function mark(count: number): string {
  if (count === 0) return '·'
  return count === 1 ? '●' : String(count)
}

function timesWord(times: number): string {
  if (times === 1) return 'once'
  return times === 2 ? 'twice' : `${formatCount(times)}×`
}

function savedLine({ storedBytes, sumBytes }: Sharing): string {
  const saved = sumBytes - storedBytes
  if (saved === 0) return `Stored ${formatBytes(storedBytes)}; nothing is shared.`
  const percent = Math.round((100 * saved) / sumBytes)
  return `Stored ${formatBytes(storedBytes)}, without sharing ${formatBytes(sumBytes)}: ${formatBytes(saved)} saved, ${percent}%.`
}

/** A to Z, then AA. */
function letterOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter
}
