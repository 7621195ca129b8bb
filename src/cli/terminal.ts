// What is known of the terminal that a report is written to.

import { closeSync, constants, openSync, statSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Lines of a report are for reading: on a terminal wider than this they are not drawn out further. */
const MOST_COLUMNS = 120

/** Columns that a report may take; undefined where it goes to a file or a pipe. */
export function reportWidth(output: string | null): number | undefined {
  if (output !== null || !process.stdout.isTTY) return undefined
  return Math.min(process.stdout.columns || 80, MOST_COLUMNS)
}

/** Whether what is written there is seen at once: the standard output, or a device that was named. */
export function leadsToTerminal(output: string | null): boolean {
  if (output === null) return process.stdout.isTTY === true
  try {
    if (!statSync(output).isCharacterDevice()) return false
    const file = openSync(output, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    try {
      return isatty(file)
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}
