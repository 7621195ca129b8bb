// The report as a comment on a pull request: what matters first, the rest folded, and no longer than a comment may be.
//
// Takes: a diff. Gives: GitHub's Markdown. Names stand in code spans, so that nothing in them is markup. Spec: GFM 0.29.

import type { ImageDiff } from '../image-types.js'
import { escapeText } from '../text.js'
import type { Change, LayerDiff } from '../types.js'
import { shortCommand, shortDigest } from './commands.js'
import { configLabel, configValue } from './config.js'
import { changeDetails } from './details.js'
import { formatBytes, formatCount, formatDelta, formatPaths, formatShare } from './figures.js'
import { safeText } from './names.js'
import { SIGNS } from './styles.js'

export interface MarkdownOptions {
  /** What two images are called, before and after; by default as they call themselves. */
  readonly names?: readonly [string | null, string | null] | undefined
  /** Characters that it may have. Default 65,536, which is what GitHub takes. */
  readonly limit?: number | undefined
}

const LIMIT = 65_536
const BIGGEST = 10
/** Kept for the end, which says what was left out. */
const TAIL = 200

/** The whole report. Where it would be too long, changes are left out from the end, and counted. */
export function markdownReport(diff: LayerDiff | ImageDiff, options: MarkdownOptions = {}): string {
  const { names = [null, null], limit = LIMIT } = options
  const images = 'layerBytes' in diff ? diff : null
  const head = [
    headline(diff, images, names),
    ...(images === null ? [] : [layersTable(images), configTable(images)]),
    biggestTable(diff),
  ].filter((part) => part !== '')
  const text = cutLines(head.join('\n\n'), limit - TAIL)
  return `${text}${allChanges(diff, limit - text.length)}\n`
}

function headline(diff: LayerDiff, images: ImageDiff | null, names: readonly [string | null, string | null]): string {
  const { summary } = diff
  const delta = summary.bytesAfter - summary.bytesBefore
  const share = summary.bytesBefore === 0 ? '' : `, ${formatShare(delta / summary.bytesBefore)}`
  const sizes = `${formatBytes(summary.bytesBefore)} → ${formatBytes(summary.bytesAfter)}`
  const counts = (['added', 'removed', 'modified'] as const).map((kind) => `${formatCount(summary[kind])} ${kind}`)
  const sides =
    images === null
      ? []
      : [`${code(names[0] ?? images.before.name ?? 'before')} → ${code(names[1] ?? images.after.name ?? 'after')}`]
  return [
    `### ${delta === 0 ? 'Same size' : formatDelta(delta)}: ${sizes}${delta === 0 ? '' : ` (${formatDelta(delta)}${share})`}`,
    ...sides,
    `${counts.join(', ')}, ${formatCount(summary.unchanged)} unchanged`,
  ].join('\n\n')
}

function layersTable({ layers, before, after, layerBytes }: ImageDiff): string {
  const rows = layers.map(({ kind, before: old, after: now, diffId }) => {
    const facts = now === null ? before.layers[old ?? 0] : after.layers[now]
    const sign = kind === 'moved' ? '~ moved' : kind === 'shared' ? 'shared' : `${SIGNS[kind]} ${kind}`
    const size = formatBytes(facts?.size ?? 0)
    return [sign, String(now ?? old), size, code(shortDigest(diffId)), code(shortCommand(facts?.createdBy ?? null))]
  })
  const { shared, added, removed } = layerBytes
  const bytes = `${formatBytes(shared.stored)} shared, ${formatBytes(removed.stored)} removed, ${formatBytes(added.stored)} added`
  return `**Layers**: ${bytes}\n\n${table(['', 'Layer', 'Stored', 'ID', 'Created by'], rows)}`
}

function configTable({ config }: ImageDiff): string {
  if (config.length === 0) return ''
  const rows = config.map(({ field, name, kind, before, after }) => [
    `${SIGNS[kind]} ${configLabel(field)}${name === null ? '' : ` ${code(name)}`}`,
    before === null ? '' : code(configValue(before)),
    after === null ? '' : code(configValue(after)),
  ])
  return `**Config**\n\n${table(['Setting', 'Before', 'After'], rows)}`
}

function biggestTable({ changes }: LayerDiff): string {
  if (changes.length === 0) return 'No differences.'
  // The list stays short whatever there is to choose from.
  const biggest: Change[] = []
  for (const change of changes) {
    const place = biggest.findIndex((other) => weightOf(other) < weightOf(change))
    if (place >= 0) biggest.splice(place, 0, change)
    else if (biggest.length < BIGGEST) biggest.push(change)
    if (biggest.length > BIGGEST) biggest.pop()
  }
  const rows = biggest.map((change) => [
    formatDelta(change.bytesAfter - change.bytesBefore),
    `${SIGNS[change.kind]} ${code(pathOf(change))}`,
    detailsOf(change),
  ])
  return `**Biggest changes**\n\n${table(['Delta', 'Path', ''], rows)}`
}

function allChanges({ changes }: LayerDiff, room: number): string {
  if (changes.length <= BIGGEST) return ''
  const open = `\n\n<details><summary>All ${formatPaths(changes.length)}</summary>\n\n`
  const close = '\n</details>'
  let text = ''
  let shown = 0
  for (const change of changes) {
    const details = detailsOf(change)
    const line = `- ${SIGNS[change.kind]} ${code(pathOf(change))}${details === '' ? '' : ` ${details}`}\n`
    if (open.length + text.length + line.length + close.length + TAIL > room) break
    text += line
    shown++
  }
  const left = changes.length - shown
  if (left > 0) text += `\n${formatPaths(left)} left out: a comment holds no more.\n`
  return open + text + close
}

function weightOf({ bytesBefore, bytesAfter }: Change): number {
  return Math.abs(bytesAfter - bytesBefore)
}

function pathOf({ path, pathBytes }: Change): string {
  return safeText(path, pathBytes)
}

/** Words and values of a layer's choosing, as code. */
function detailsOf(change: Change): string {
  const details = changeDetails(change).join(', ')
  return details === '' ? '' : code(details)
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A code span that holds any text: fenced by more backticks than it has in a row, and safe in a table. */
function code(text: string): string {
  const safe = escapeText(text)
  if (safe === '') return ''
  const longest = Math.max(0, ...Array.from(safe.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const pad = longest > 0 || /^ .* $/.test(safe) ? ' ' : ''
  // A table ends a cell at a bar, also inside of code.
  return `${fence}${pad}${safe.replace(/\|/g, '\\|')}${pad}${fence}`
}

/** Whole lines, as many as fit. */
function cutLines(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, text.lastIndexOf('\n', limit))
}
