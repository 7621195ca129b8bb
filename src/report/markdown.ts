// The report as a comment on a pull request: what matters first, the rest folded, and no longer than a comment may be.
//
// Takes: a diff. Gives: GitHub's Markdown. Names stand in code spans, so that nothing in them is markup.

import type { ImageDiff } from '../image-types.js'
import { escapeText } from '../text.js'
import type { Change, GateResult, LayerDiff } from '../types.js'
import { shortCommand, shortDigest } from './commands.js'
import { configLabel, configValue } from './config.js'
import { changeDetails } from './details.js'
import { formatBytes, formatCount, formatDelta, formatPaths, formatShare } from './figures.js'
import { unverifiedWords } from './image-diff.js'
import type { LeftOut } from './left-out.js'
import { gatesPart, notablePart, packagesPart } from './markdown-findings.js'
import { code, codeBlock, cutLines, fold, table } from './markdown-text.js'
import { safeText } from './names.js'
import { RenameIndex } from './rename-index.js'
import { SIGNS } from './styles.js'
import { warningLines } from './warnings.js'

/** What the comment says besides the diff, and how long it may be. */
export interface MarkdownOptions extends LeftOut {
  /** What two images are called, before and after; by default as they call themselves. */
  readonly names?: readonly [string | null, string | null] | undefined
  /** Characters that it may have. Default 65,536, which is what GitHub takes. */
  readonly limit?: number | undefined
  /** What rules found. */
  readonly gates?: readonly GateResult[] | undefined
  /** Unified diffs of files. */
  readonly patches?: readonly string[] | undefined
  /** How many there are besides. Default 0. */
  readonly morePatches?: number | undefined
  /** Changes there are in all, where the diff has but some of them. */
  readonly selectedOf?: number | undefined
}

/** What GitHub takes. */
export const COMMENT_LIMIT = 65_536
const BIGGEST = 10
/** Kept for the end, which says what was left out. */
const TAIL = 200
/** Of what is left, for patches; the list of all paths takes the rest. */
const PATCH_SHARE = 0.6
const MOST_WARNINGS = 10
/** Characters of a warning's path: a layer chose it, and must not push what failed out of the comment. */
const LONGEST_PATH = 200

/** The whole report. Where it would be too long, what comes last is left out, and counted. */
export function markdownReport(diff: LayerDiff | ImageDiff, options: MarkdownOptions = {}): string {
  const {
    names = [null, null],
    limit = COMMENT_LIMIT,
    gates = [],
    patches = [],
    selectedOf = diff.changes.length,
  } = options
  const images = 'layerBytes' in diff ? diff : null
  const renames = new RenameIndex(diff.renames)
  const head = [
    headline(diff, images, names, selectedOf),
    leftOut(options),
    warningsPart(diff),
    gatesPart(gates),
    ...(images === null ? [] : [layersTable(images), configTable(images)]),
    notablePart(diff.notable()),
    packagesPart(diff.packages ?? []),
    selectedOf === 0 ? (images === null ? 'No differences.' : 'No file differs.') : biggestTable(diff, renames),
  ].filter((part) => part !== '')
  const text = joinParts(head, limit - TAIL)
  const patchRoom = Math.floor((limit - text.length) * PATCH_SHARE)
  const patchPart = patchesPart(patches, options.morePatches ?? 0, patchRoom)
  return `${text}${patchPart}${allChanges(diff, renames, limit - text.length - patchPart.length)}\n`
}

function headline(
  diff: LayerDiff,
  images: ImageDiff | null,
  names: readonly [string | null, string | null],
  selectedOf: number,
): string {
  const { summary } = diff
  const delta = summary.bytesAfter - summary.bytesBefore
  const share = summary.bytesBefore === 0 || delta === 0 ? '' : ` (${formatShare(delta / summary.bytesBefore)})`
  const sizes = `${formatBytes(summary.bytesBefore)} → ${formatBytes(summary.bytesAfter)}`
  const counts = (['added', 'removed', 'modified'] as const).map((kind) => `${formatCount(summary[kind])} ${kind}`)
  const renamed = diff.renames?.length ? `; ${formatCount(diff.renames.length)} renamed` : ''
  const shown = diff.changes.length
  const selected = shown < selectedOf ? `. Shown: ${formatPaths(shown)} of ${formatCount(selectedOf)}.` : ''
  const sides =
    images === null
      ? []
      : [`${code(names[0] ?? images.before.name ?? 'before')} → ${code(names[1] ?? images.after.name ?? 'after')}`]
  return [
    `### ${delta === 0 ? 'Same size' : formatDelta(delta)}${share}: ${sizes}`,
    ...sides,
    `${counts.join(', ')}, ${formatCount(summary.unchanged)} unchanged${renamed}${selected}`,
  ].join('\n\n')
}

function leftOut({ ignored = [], semantic = false }: MarkdownOptions): string {
  const parts = [...(semantic ? ['what every rebuild changes'] : []), ...ignored.map((glob) => code(glob))]
  return parts.length === 0 ? '' : `Left out: ${parts.join(', ')}`
}

/** What may make the whole comparison doubtful: it stands above what passed. */
function warningsPart({ warnings }: LayerDiff): string {
  if (warnings.length === 0) return ''
  const shown = warnings.slice(0, MOST_WARNINGS).map((warning) => {
    const path = escapeText(warning.path ?? '')
    return path.length > LONGEST_PATH ? { ...warning, path: `${path.slice(0, LONGEST_PATH)}…` } : warning
  })
  const lines = warningLines(shown).map((line) => `- ${code(line, false)}`)
  const left = warnings.length - shown.length
  if (left > 0) lines.push(`- and ${formatCount(left)} more`)
  return `**Warnings**\n\n${lines.join('\n')}`
}

function layersTable({ layers, before, after, layerBytes, verified }: ImageDiff): string {
  const rows = layers.map(({ kind, before: old, after: now, diffId }) => {
    const facts = now === null ? before.layers[old ?? 0] : after.layers[now]
    const sign = kind === 'moved' ? '~ moved' : kind === 'shared' ? 'shared' : `${SIGNS[kind]} ${kind}`
    const size = formatBytes(facts?.size ?? 0)
    return [sign, String(now ?? old), size, code(shortDigest(diffId)), code(shortCommand(facts?.createdBy ?? null))]
  })
  const { shared, added, removed } = layerBytes
  const bytes = `${formatBytes(shared.stored)} shared, ${formatBytes(removed.stored)} removed, ${formatBytes(added.stored)} added`
  const doubt = verified ? '' : `; ${unverifiedWords(before, after)}`
  return `**Layers**: ${bytes}${doubt}\n\n${table(['', 'Layer', 'Stored', 'ID', 'Created by'], rows)}`
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

function biggestTable({ changes }: LayerDiff, renames: RenameIndex): string {
  if (changes.length === 0) return ''
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
    detailsOf(change, renames),
  ])
  return `**Biggest changes**\n\n${table(['Delta', 'Path', ''], rows)}`
}

/** Parts one below the other: what does not fit is cut at a line, or left out where a cut would leave it open. */
function joinParts(parts: readonly string[], limit: number): string {
  let text = ''
  for (const part of parts) {
    const before = text === '' ? '' : '\n\n'
    const room = limit - text.length - before.length
    if (part.length <= room) text += before + part
    else if (!part.includes('<details>')) return `${text}${before}${cutLines(part, Math.max(0, room))}`
  }
  return text
}

/** Whole patches, as many as fit. */
function patchesPart(patches: readonly string[], more: number, room: number): string {
  if (patches.length + more === 0) return ''
  let length = TAIL
  const shown: string[] = []
  for (const patch of patches) {
    // Escapes make it longer.
    length += codeBlock('diff', patch).length
    if (length > room) break
    shown.push(patch)
  }
  const left = patches.length + more - shown.length
  const note = left > 0 ? `\n\n${formatCount(left)} more left out: a comment holds no more.` : ''
  const files = `${formatCount(shown.length)} ${shown.length === 1 ? 'file' : 'files'}`
  const block = shown.length > 0 ? codeBlock('diff', shown.join('').replace(/\n$/, '')) : ''
  return `\n\n${fold(`Patch of ${files}`, `${block}${note}`)}`
}

function allChanges({ changes }: LayerDiff, renames: RenameIndex, room: number): string {
  if (changes.length <= BIGGEST) return ''
  const summary = `All ${formatPaths(changes.length)}`
  const frame = fold(summary, '').length + 2 + TAIL
  let text = ''
  let shown = 0
  for (const change of changes) {
    const details = detailsOf(change, renames, false)
    // Escaped: a sign of its own would begin one more list.
    const line = `- \\${SIGNS[change.kind]} ${code(pathOf(change), false)}${details === '' ? '' : ` ${details}`}\n`
    if (frame + text.length + line.length > room) break
    text += line
    shown++
  }
  const left = changes.length - shown
  if (left > 0) text += `\n${formatPaths(left)} left out: a comment holds no more.\n`
  return `\n\n${fold(summary, text)}`
}

function weightOf({ bytesBefore, bytesAfter }: Change): number {
  return Math.abs(bytesAfter - bytesBefore)
}

function pathOf({ path, pathBytes }: Change): string {
  return safeText(path, pathBytes)
}

/** Words and values of a layer's choosing, as code. */
function detailsOf(change: Change, renames: RenameIndex, inTable = true): string {
  const details = changeDetails(change, renames.of(change)).join(', ')
  return details === '' ? '' : code(details, inTable)
}
