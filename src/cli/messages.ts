// What is said on standard error, broken at its blanks where a terminal would break it inside of words.

import { columnsOf } from '../report/columns.js'

/** Before what a long line goes on with. */
const INDENT = '  '

/** Lines of no more than so many columns, as far as words allow: none is broken. Line breaks in the text stay. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n')
}

function wrapLine(line: string, columns: number): string {
  const [first = '', ...words] = line.split(' ')
  const lines = [first]
  let used = columnsOf(first)
  for (const word of words) {
    const width = columnsOf(word)
    if (used + 1 + width <= columns) {
      lines[lines.length - 1] += ` ${word}`
      used += 1 + width
    } else {
      lines.push(INDENT + word)
      used = INDENT.length + width
    }
  }
  return lines.join('\n')
}

/** Writes lines to standard error: whole where it is no terminal, since programs take them apart by line. */
export function tell(text: string): void {
  const { stderr } = process
  stderr.write(stderr.isTTY ? wrapLines(text, stderr.columns || 80) : forLog(text))
}

/**
 * GitHub's runner takes `##[` for the beginning of a command wherever it stands in a line of its log, and a layer may have chosen the
 * line: there it is broken up.
 */
export function forLog(text: string): string {
  return process.env.GITHUB_ACTIONS === 'true' ? text.replaceAll('##[', '## [') : text
}
