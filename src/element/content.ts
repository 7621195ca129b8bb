// What a file held and holds, made ready to be looked at: lines that differ where both are text, else the first bytes.
// Loaded when a content is first asked for.
//
// Takes: what reads a side. Gives: lines, or rows of hexadecimal. All of it is bounded: bytes, lines, and the work of comparing.

import { structuredPatch } from 'diff'
import type { Change, FileContent, Side } from '../types.js'

/** Bytes of each side that are read. */
const KEPT_BYTES = 256 << 10
/** Lines that are shown. */
const SHOWN_LINES = 2000
/** Lines that may differ before the texts count as two. */
const MOST_EDITS = 4000
const CONTEXT_LINES = 3
const HEX_BYTES = 256
const HEX_ROW = 16

export interface Line {
  /** `@` stands for lines that are left out. */
  readonly sign: '+' | '-' | ' ' | '@'
  /** In the file before and after, from 1 on; null where it is not there. */
  readonly before: number | null
  readonly after: number | null
  readonly text: string
}

export interface HexRow {
  readonly offset: string
  readonly bytes: string
  readonly text: string
}

export interface ShownContent {
  /** Null where one side is no text. */
  readonly lines: readonly Line[] | null
  /** Of each side that has the file, where it is no text. */
  readonly hex: Readonly<Partial<Record<Side, readonly HexRow[]>>>
  /** Whether there is more than what is shown. */
  readonly cut: boolean
}

export type ReadSide = (side: Side, limit: number) => Promise<FileContent>

/** @throws {LayerDiffError} what reading a content throws */
export async function showContent({ before, after }: Change, read: ReadSide): Promise<ShownContent> {
  const [old, now] = await Promise.all([
    before?.type === 'file' ? read('before', KEPT_BYTES) : null,
    after?.type === 'file' ? read('after', KEPT_BYTES) : null,
  ])
  const whole = [old, now].every((content) => content === null || content.bytes.byteLength === content.size)
  const texts = [old, now].map((content) => (content === null ? '' : textOf(content)))
  const [oldText, newText] = texts
  if (oldText == null || newText == null) {
    const hex = { ...(old && { before: hexRows(old.bytes) }), ...(now && { after: hexRows(now.bytes) }) }
    const longest = Math.max(old?.size ?? 0, now?.size ?? 0)
    return { lines: null, hex, cut: longest > HEX_BYTES }
  }
  const lines =
    old === null || now === null ? allLines(old === null ? '+' : '-', oldText + newText) : compare(oldText, newText)
  return { lines: lines.slice(0, SHOWN_LINES), hex: {}, cut: !whole || lines.length > SHOWN_LINES }
}

/** Null where it is no text: not UTF-8, or with control characters that no text has. */
function textOf({ bytes, size }: FileContent): string | null {
  // A character may have been cut in two, of four bytes at most.
  for (let end = bytes.byteLength; end >= Math.max(0, bytes.byteLength - 3); end--) {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end))
      return NO_TEXT.test(text) ? null : text
    } catch {
      if (bytes.byteLength === size) return null
    }
  }
  return null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const NO_TEXT = /[\u0000-\u0007\u000e-\u001a\u001c-\u001f]/

function allLines(sign: '+' | '-', text: string): Line[] {
  return linesOf(text).map((line, index) => ({
    sign,
    before: sign === '-' ? index + 1 : null,
    after: sign === '+' ? index + 1 : null,
    text: line,
  }))
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function compare(before: string, after: string): Line[] {
  const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS }
  const patch = structuredPatch('', '', before, after, undefined, undefined, options)
  // Too much of it differs to say what became of what.
  if (patch === undefined) return [...allLines('-', before), ...allLines('+', after)]
  return patch.hunks.flatMap(({ oldStart, newStart, lines }, index) => {
    let [old, now] = [oldStart, newStart]
    const gap: Line[] = index === 0 && oldStart <= 1 ? [] : [{ sign: '@', before: null, after: null, text: '' }]
    const shown = lines.flatMap((line): Line[] => {
      const [sign, text] = [line[0], line.slice(1)]
      if (sign === '+') return [{ sign, before: null, after: now++, text }]
      if (sign === '-') return [{ sign, before: old++, after: null, text }]
      // A last line without its end is told by a line of its own.
      return sign === ' ' ? [{ sign, before: old++, after: now++, text }] : []
    })
    return [...gap, ...shown]
  })
}

function hexRows(bytes: Uint8Array): HexRow[] {
  const rows: HexRow[] = []
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  for (let at = 0; at < Math.min(bytes.byteLength, HEX_BYTES); at += HEX_ROW) {
    const row = Array.from(bytes.subarray(at, at + HEX_ROW))
    rows.push({
      offset: hex(at, 4),
      bytes: row.map((byte) => hex(byte, 2)).join(' '),
      text: row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join(''),
    })
  }
  return rows
}
