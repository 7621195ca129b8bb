// What the process ends with, and what it says on the way out.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { OperandError } from './operand-error.js'

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

/** One line, or two: the second says where to turn. */
export function errorLines(error: unknown, { help, fileOf }: ErrorContext): string {
  if (error instanceof LayerDiffError && !USAGE.includes(error.code))
    return `layerdiff: error: ${coded(error, fileOf)}\n`
  const message = error instanceof Error ? error.message : String(error)
  const lines = [`layerdiff: ${escapeText(message)}`]
  if (error instanceof UsageError) lines.push(`Try ${help}.`)
  else if (!(error instanceof LayerDiffError) && !(error instanceof OutputError)) {
    lines.push('This is a fault of layerdiff itself: please report it.')
  }
  return `${lines.join('\n')}\n`
}

/** What precedes the message of an error about a layer. */
const COUNTED = /^Layer \d+(?: of the (?:before|after) side)?: /

/** Code, place and words, as warnings have them. A file says more than the number of a layer, which is left out then. */
function coded(error: LayerDiffError, fileOf: ErrorContext['fileOf']): string {
  const layer = fileOf(error)
  const message = escapeText(layer === undefined ? error.message : error.message.replace(COUNTED, ''))
  const file = layer ?? (error instanceof OperandError ? error.given : undefined)
  const place = file === undefined || tells(message, escapeText(file)) ? '' : ` (${escapeText(file)})`
  return `${error.code}${place}: ${message}`
}

/** Whether a message names a file. Letters alone may be a word of it. */
function tells(message: string, file: string): boolean {
  if (message.startsWith(`There is no file ${file};`)) return true
  if (/^[a-z]*$/i.test(file)) return false
  for (let at = message.indexOf(file); at >= 0; at = message.indexOf(file, at + 1)) {
    const around = [message.slice(0, at).at(-1) ?? ' ', message.slice(at + file.length, at + file.length + 2)]
    if (/[\s"(]/.test(around[0] ?? '') && /^([\s"),;]|[.:](\s|$)|$)/.test(around[1] ?? '')) return true
  }
  return false
}
