// What the process ends with, and what it says on the way out.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'

export const EXIT = {
  DONE: 0,
  /** Differences were found, and --exit-code asked to be told. */
  DIFFERENT: 1,
  USAGE: 2,
  /** Something cannot be read, or written, or is broken. */
  INPUT: 3,
  /** A gate failed, which beats that there are differences. */
  GATE: 4,
  /** A fault of layerdiff itself. */
  FAULT: 70,
  /** 128 and the number of the signal, as shells count. */
  SIGNALLED: 128,
} as const

/** The command line does not make sense; the message says what would. */
export class UsageError extends Error {}

/** The report cannot be written. */
export class OutputError extends Error {}

/** Codes of what was typed. */
const USAGE: readonly string[] = ['INVALID_ARGUMENT', 'INVALID_REFERENCE']

/** Codes that no layer and no argument can bring about. */
const FAULTS: readonly string[] = ['INTERNAL', 'WORKER_FAILED', 'ENGINE_DISPOSED', 'INDEX_VERSION', 'INDEX_DAMAGED']

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.USAGE
  if (error instanceof OutputError) return EXIT.INPUT
  if (!(error instanceof LayerDiffError) || FAULTS.includes(error.code)) return EXIT.FAULT
  return USAGE.includes(error.code) ? EXIT.USAGE : EXIT.INPUT
}

/** What the words about an error need to know of the command that failed. */
export interface ErrorContext {
  /** What to type for help. */
  readonly help: string
  /** The file of the layer that an error is about. */
  fileOf(error: LayerDiffError): string | undefined
}

/** One line, or two: the second names the file of a layer that the first can only count, or says where to turn. */
export function errorLines(error: unknown, { help, fileOf }: ErrorContext): string {
  const message = error instanceof Error ? error.message : String(error)
  const lines = [`layerdiff: ${escapeText(message)}`]
  if (error instanceof UsageError) lines.push(`Try ${help}.`)
  else if (error instanceof LayerDiffError) {
    const file = fileOf(error)
    // What cannot be opened is named already.
    const named = error.code === 'INPUT_NOT_FOUND' || error.code === 'INPUT_UNREADABLE'
    if (file !== undefined && !named) lines.push(`The layer is ${escapeText(file)}.`)
  } else if (!(error instanceof OutputError)) {
    lines.push('This is a fault of layerdiff itself: please report it.')
  }
  return `${lines.join('\n')}\n`
}
