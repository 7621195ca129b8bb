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

/** Writes a line that GitHub's runner is to take for a command. */
export function tellRunner(command: string): void {
  process.stderr.write(command.replaceAll('##[', BROKEN))
}

/** What begins a command to GitHub's runner: `##[` anywhere in a line of its log, and `::` behind any blanks at its start. */
const COMMAND = /##\[|(?<=^(?:[^\S\r\n]|\u0085)*):(?=:)/gm
const BROKEN = '## ['

/** For a log, of which a layer may have chosen the line: in GitHub's what would be a command is broken up. */
export function forLog(text: string): string {
  if (process.env.GITHUB_ACTIONS !== 'true') return text
  return text.replace(COMMAND, (found) => (found === ':' ? ': ' : BROKEN))
}

/** JSON for a log: the same data in other characters. */
export function jsonForLog(json: string): string {
  return process.env.GITHUB_ACTIONS === 'true' ? json.replaceAll('##[', '#\\u0023[') : json
}
