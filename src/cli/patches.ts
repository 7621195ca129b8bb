// Unified diffs of the texts that changed, in a form that `patch -p1` and `git apply` take.
//
// Takes: a diff. Gives: a patch for each file, in the order of the paths. Text is UTF-8 without control characters but tab, line
// feed, form feed and carriage return; of all else hash and size are told, in lines that patch passes over. Bounded: bytes of a
// file, bytes that are held at a time, and the work of comparing.

import { formatPatch, OMIT_HEADERS, type StructuredPatch, structuredPatch } from 'diff'
import { globMatcher } from '../glob.js'
import type { Change, Entry, FileContent, LayerDiff, Side } from '../index.js'
import { formatBytes } from '../report/figures.js'
import { safeText } from '../report/names.js'
import { quotedName } from '../report/quoted-name.js'
import { BOLD, COLORS, DIM, painter } from '../report/styles.js'
import { decodeText, escapeText } from '../text.js'

/** Larger files are told by hash and size. */
const MOST_BYTES = 1 << 20
/** Contents that are held at a time; each time compressed layers are read once more. */
const HELD_BYTES = 64 << 20
/** Lines that may differ before a file counts as replaced whole. */
const MOST_EDITS = 5000
const CONTEXT_LINES = 3
/** Git's names of what is not there, and of an empty file. */
const [NOTHING, EMPTY] = ['0'.repeat(40), 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391']

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\x00-\x08\x0b\x0e-\x1f\x7f]/

export interface FilePatch {
  /** Whole lines. Not escaped: what it is of is text, without control characters. */
  readonly text: string
}

/** Patches in groups, as contents are read. @throws the signal's reason */
export async function* patchesOf(diff: LayerDiff, glob: string | null): AsyncGenerator<readonly FilePatch[]> {
  const matches = glob === null ? () => true : globMatcher([glob])
  let held: Change[] = []
  let bytes = 0
  for (const change of diff.changes) {
    if (!isPatchable(change) || !matches(change)) continue
    held.push(change)
    bytes += isLarge(change) ? 0 : (change.before?.size ?? 0) + (change.after?.size ?? 0)
    if (bytes < HELD_BYTES) continue
    yield await patchAll(diff, held)
    held = []
    bytes = 0
  }
  if (held.length > 0) yield await patchAll(diff, held)
}

/** A regular file that came, went, or has another content or mode. What changed its type has no lines in common. */
function isPatchable({ kind, fields, before, after }: Change): boolean {
  if ((before ?? after)?.type !== 'file' || (after ?? before)?.type !== 'file') return false
  return kind !== 'modified' || fields.includes('content') || modeOf(before) !== modeOf(after)
}

function isLarge({ before, after }: Change): boolean {
  return Math.max(before?.size ?? 0, after?.size ?? 0) > MOST_BYTES
}

async function patchAll(diff: LayerDiff, changes: readonly Change[]): Promise<FilePatch[]> {
  const sides = (change: Change): Side[] =>
    isLarge(change) ? [] : [...(change.before ? ['before' as const] : []), ...(change.after ? ['after' as const] : [])]
  const wanted = changes.flatMap((change) => sides(change).map((side) => ({ change, side })))
  const contents = (await diff.contents(wanted, { limit: MOST_BYTES })).values()
  return changes.map((change) => {
    const read = new Map(sides(change).map((side) => [side, contents.next().value as FileContent | Error]))
    return { text: patchText(change, read) }
  })
}

function patchText(change: Change, read: ReadonlyMap<Side, FileContent | Error>): string {
  const failed = [...read.values()].find((content) => content instanceof Error)
  const name = safeText(change.path, change.pathBytes)
  if (failed instanceof Error) return `Cannot show ${name}: ${escapeText(failed.message)}\n`
  if (isLarge(change)) return `File ${name} is over ${formatBytes(MOST_BYTES)}: ${facts(change)}\n`
  const [old, now] = (['before', 'after'] as const).map((side) => textOf(read.get(side) as FileContent | undefined))
  if (old === null || now === null) return `Binary file ${name}: ${facts(change)}\n`
  return headerOf(change) + hunksOf(change, old ?? '', now ?? '')
}

/** `1.20 kB blake3:… → 1.30 kB blake3:…`. */
function facts({ before, after }: Change): string {
  return [before, after]
    .map((entry) =>
      entry === null ? 'none' : [formatBytes(entry.size), ...(entry.hash ? [entry.hash] : [])].join(' '),
    )
    .join(' → ')
}

/** Null where it is no text; undefined where there is no file. */
function textOf(content: FileContent | undefined): string | null | undefined {
  if (content === undefined) return undefined
  const { text, exact } = decodeText(content.bytes)
  return exact && !CONTROL.test(text) ? text : null
}

/** Git's header, which tells modes too. */
function headerOf(change: Change): string {
  const { path, pathBytes, kind, before, after } = change
  const bytes = pathBytes ?? new TextEncoder().encode(path)
  const prefixed = (prefix: string) => quotedName(Uint8Array.of(...new TextEncoder().encode(prefix), ...bytes))
  const [old, now] = [prefixed('a/'), prefixed('b/')]
  const lines = [`diff --git ${old} ${now}`]
  if (kind === 'added') lines.push(`new file mode ${modeOf(after)}`)
  else if (kind === 'removed') lines.push(`deleted file mode ${modeOf(before)}`)
  else if (modeOf(before) !== modeOf(after)) lines.push(`old mode ${modeOf(before)}`, `new mode ${modeOf(after)}`)
  // An empty file is told by its name in git: without it patch does not know that it is to go.
  const empty = kind !== 'modified' && !hasHunks(change)
  if (empty) lines.push(kind === 'added' ? `index ${NOTHING}..${EMPTY}` : `index ${EMPTY}..${NOTHING}`)
  if (hasHunks(change)) {
    // A tab ends a name with blanks.
    const end = (name: string) => (/ /.test(name) ? `${name}\t` : name)
    lines.push(`--- ${kind === 'added' ? '/dev/null' : end(old)}`, `+++ ${kind === 'removed' ? '/dev/null' : end(now)}`)
  }
  return `${lines.join('\n')}\n`
}

function modeOf(entry: Entry | null): string {
  return `100${((entry?.mode ?? 0) & 0o777).toString(8).padStart(3, '0')}`
}

function hasHunks({ kind, fields, before, after }: Change): boolean {
  return kind === 'modified' ? fields.includes('content') : (before ?? after)?.size !== 0
}

function hunksOf(change: Change, old: string, now: string): string {
  if (!hasHunks(change)) return ''
  const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS }
  const patch = structuredPatch('', '', old, now, undefined, undefined, options) ?? replacement(old, now)
  return formatPatch(patch, OMIT_HEADERS)
}

/** Two texts that have too little in common: all lines go, all lines come. */
function replacement(old: string, now: string): StructuredPatch {
  const signed = (sign: string, text: string) => {
    if (text === '') return { count: 0, lines: [] }
    const lines = text.split('\n')
    const ends = lines.at(-1) === ''
    if (ends) lines.pop()
    const shown = lines.map((line) => sign + line)
    return { count: lines.length, lines: ends ? shown : [...shown, '\\ No newline at end of file'] }
  }
  const [gone, come] = [signed('-', old), signed('+', now)]
  const hunk = { oldStart: 1, oldLines: gone.count, newStart: 1, newLines: come.count }
  return {
    oldFileName: '',
    newFileName: '',
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [{ ...hunk, lines: [...gone.lines, ...come.lines] }],
  }
}

/** A patch as a terminal may show it: what would mislead is escaped, so that it can be read and no longer applied. */
export function* patchForTerminal({ text }: FilePatch, color: boolean): Generator<string> {
  const paint = painter(color)
  for (const line of text.split('\n').slice(0, -1)) {
    const style = /^(\+\+\+|---|diff) /.test(line) ? BOLD : (STYLES[line[0] ?? ''] ?? '')
    const safe = line.split('\t').map(escapeText).join('\t')
    yield `${style === '' ? safe : paint(style, safe)}\n`
  }
}

const STYLES: Readonly<Record<string, string>> = { '+': COLORS.added, '-': COLORS.removed, '@': DIM }
