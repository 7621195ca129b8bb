// Options of any command: one table each, one way to take them apart and to say what is wrong.

import { parseArgs } from 'node:util'
import { UsageError } from './exit-codes.js'
import { nearestName } from './nearest.js'

export const FORMATS = ['text', 'json'] as const

/** Every command has these. */
export const GENERAL = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

export function outputFile(value = '-'): string | null {
  if (value === '') throw new UsageError('--output needs the name of a file.')
  // A socket, as some callers give for standard output, cannot be opened by its path.
  return value === '-' || value === '/dev/stdout' ? null : value
}

/** The first choice is the default. */
export function choice<T extends string>(name: string, value: string | undefined, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0]
  const chosen = choices.find((one) => one === value)
  if (chosen !== undefined) return chosen
  const nearest = nearestName(value, choices)
  const hint = nearest ? ` Did you mean ${nearest}?` : ''
  throw new UsageError(`--${name} takes ${choices.join(', ').replace(/, (\w+)$/, ' or $1')}, not "${value}".${hint}`)
}

/** One or several of the choices, separated by commas or repeated; null where none is given. */
export function choices<T extends string>(
  name: string,
  values: readonly string[] | undefined,
  known: readonly [T, ...T[]],
): readonly T[] | null {
  if (values === undefined) return null
  return [...new Set(values.flatMap((value) => value.split(',')).map((value) => choice(name, value.trim(), known)))]
}

export interface Option {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  readonly multiple?: boolean
  /** Of a boolean: it may have a value, `--patch=GLOB`. */
  readonly optionalValue?: boolean
  /** The words that it takes, the list that goes to `choice`, or where it is repeated, to `choices`. */
  readonly choices?: readonly string[]
  /** What else a shell may complete. */
  readonly value?: 'file' | 'folder' | 'image'
}

/** Of an option whose value may be left out: the value, and which positional argument stands behind it. */
export interface OptionalValue {
  readonly value: string | null
  readonly next: number | null
}

type Values<T extends Record<string, Option>> = {
  [K in keyof T]?: T[K] extends { type: 'boolean' } ? boolean : T[K] extends { multiple: true } ? string[] : string
}

/**
 * The standard library's parser, with answers of our own: its strict mode neither guesses what was meant nor promises
 * that its words stay.
 */
export function parse<T extends Record<string, Option>>(args: readonly string[], options: T) {
  const config = { args: [...args], options, allowPositionals: true, strict: false, tokens: true } as const
  const { values, positionals, tokens } = parseArgs(config)
  const optional: Record<string, OptionalValue> = {}
  let seen = 0
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'positional') seen++
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (!option) throw new UsageError(unknownOption(token.rawName, options))
    const { rawName, value, inlineValue } = token
    if (option.optionalValue) {
      optional[token.name] = { value: value ?? null, next: tokens[index + 1]?.kind === 'positional' ? seen : null }
      continue
    }
    if (option.type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value.`)
    if (option.type === 'string' && value === undefined) throw new UsageError(`${rawName} needs a value.`)
    if (option.type === 'string' && !inlineValue && /^-./.test(value ?? '')) {
      throw new UsageError(`${rawName} needs a value. One that begins with a dash is written --${token.name}=${value}.`)
    }
  }
  return { values: values as Values<T>, positionals, optional: optional as { [K in keyof T]?: OptionalValue } }
}

function unknownOption(typed: string, options: Readonly<Record<string, Option>>): string {
  const name = typed.replace(/^-+/, '')
  const names = Object.keys(options)
  // What other commands have for a format of ours.
  if (options.format?.choices?.includes(name)) {
    return `There is no option ${typed}: write --format ${name}.`
  }
  const nearest = nearestName(name, names) ?? nearestName(name.replace(/^no-/, ''), names)
  return `There is no option ${typed}.${nearest ? ` Did you mean --${nearest}?` : ''}`
}
