// Markdown as GitHub reads it (GFM 0.29): code spans, tables, folds. Pure.

import { escapeText } from '../text.js'

/** A code span that holds any text: fenced by more backticks than it has in a row. */
export function code(text: string, inTable = true): string {
  const safe = escapeText(text)
  if (safe === '') return ''
  const longest = longestRun(safe)
  const fence = '`'.repeat(longest + 1)
  const pad = longest > 0 || /^ .* $/.test(safe) ? ' ' : ''
  // A table ends a cell at a bar, also inside of code, and takes the backslash away that stands before it.
  return `${fence}${pad}${inTable ? safe.replace(/\|/g, '\\|') : safe}${pad}${fence}`
}

/** A block of code, its lines escaped. */
export function codeBlock(language: string, text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t').map(escapeText).join('\t'))
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`
}

function longestRun(text: string): number {
  let longest = 0
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return longest
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Something folded, which a click opens. Both are markup already. */
export function fold(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n</details>`
}

/** Whole lines, as many as fit. */
export function cutLines(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, text.lastIndexOf('\n', limit))
}
