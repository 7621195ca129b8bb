// What follows `layerdiff` on the command line, taken apart and checked.

import { parseArgs } from 'node:util'
import { UsageError } from './exit-codes.js'
import { nearestName } from './nearest.js'

const FORMATS = ['text', 'json'] as const
const COLORS = ['auto', 'always', 'never'] as const
const PLACES = ['registry', 'daemon'] as const
const SYMLINK_PARENTS = ['overlay', 'follow'] as const

export interface DiffArguments {
  readonly command: 'diff'
  /** What makes up the two stacks, bottom first, as it was typed. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly format: (typeof FORMATS)[number]
  readonly color: (typeof COLORS)[number]
  readonly symlinkParents: (typeof SYMLINK_PARENTS)[number]
  readonly ignore: readonly string[]
  /** Where names of images are looked up. */
  readonly from: (typeof PLACES)[number]
  /** Null for standard output. */
  readonly output: string | null
  readonly all: boolean
  readonly mtime: boolean
  readonly strict: boolean
  readonly exitCode: boolean
}

export interface NameArguments {
  readonly command: 'name'
  readonly name: string
  readonly format: (typeof FORMATS)[number]
  /** Null for standard output. */
  readonly output: string | null
}

export type Arguments =
  | DiffArguments
  | NameArguments
  | { readonly command: 'help'; readonly of: 'layerdiff' | (typeof COMMANDS)[number] }
  | { readonly command: 'version' }

export const COMMANDS = ['diff', 'name'] as const

const GENERAL = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

const DIFF = {
  ...GENERAL,
  before: { type: 'string', multiple: true },
  after: { type: 'string', multiple: true },
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
  ignore: { type: 'string', multiple: true },
  from: { type: 'string' },
  all: { type: 'boolean' },
  mtime: { type: 'boolean' },
  strict: { type: 'boolean' },
  'symlink-parents': { type: 'string' },
  color: { type: 'string' },
  'exit-code': { type: 'boolean' },
} as const

const NAME = {
  ...GENERAL,
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

/** @throws {UsageError} */
export function parseArguments(args: readonly string[]): Arguments {
  const [command, ...rest] = args
  if (command === undefined) throw new UsageError('A command is missing: layerdiff diff OLD NEW.')
  if (command.startsWith('-')) return parseGeneral(args)
  if (command === 'diff') return parseDiff(rest)
  if (command === 'name') return parseName(rest)
  const nearest = nearestName(command, COMMANDS)
  const hint = nearest ? `Did you mean ${nearest}?` : `layerdiff diff compares layers.`
  throw new UsageError(`There is no command "${command}". ${hint}`)
}

function parseGeneral(args: readonly string[]): Arguments {
  const [first = ''] = args
  const name = first.replace(/^--?/, '').replace(/=.*/, '')
  if (!Object.hasOwn(GENERAL, name) && Object.hasOwn(DIFF, name)) {
    throw new UsageError(`--${name} is an option of diff and follows it: layerdiff diff OLD NEW --${name}.`)
  }
  const { values } = parse(args, GENERAL)
  if (values.help) return { command: 'help', of: 'layerdiff' }
  if (values.version) return { command: 'version' }
  throw new UsageError('Options of a command follow its name: layerdiff diff OLD NEW.')
}

function parseDiff(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args, DIFF)
  if (values.help) return { command: 'help', of: 'diff' }
  if (values.version) return { command: 'version' }
  const { before, after } = stacks(values.before ?? [], values.after ?? [], positionals)
  return {
    command: 'diff',
    before,
    after,
    format: choice('format', values.format, FORMATS),
    color: choice('color', values.color, COLORS),
    symlinkParents: choice('symlink-parents', values['symlink-parents'], SYMLINK_PARENTS),
    ignore: values.ignore ?? [],
    from: choice('from', values.from, PLACES),
    output: outputFile(values.output),
    all: values.all ?? false,
    mtime: values.mtime ?? false,
    strict: values.strict ?? false,
    exitCode: values['exit-code'] ?? false,
  }
}

function parseName(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args, NAME)
  if (values.help) return { command: 'help', of: 'name' }
  if (values.version) return { command: 'version' }
  const [name, ...more] = positionals
  if (name === undefined) throw new UsageError('An image name is missing: layerdiff name NAME.')
  if (more.length > 0)
    throw new UsageError(`${positionals.length} names were given: layerdiff name takes one at a time.`)
  return {
    command: 'name',
    name,
    format: choice('format', values.format, FORMATS),
    output: outputFile(values.output),
  }
}

function stacks(before: readonly string[], after: readonly string[], positionals: readonly string[]) {
  const [old, now, ...more] = positionals
  if (before.length + after.length > 0) {
    if (old !== undefined) {
      throw new UsageError(`"${old}" stands alone: give each layer after --before or --after, or just OLD and NEW.`)
    }
    if (before.length === 0) throw new UsageError('--after needs a layer to compare with: give --before FILE.')
    if (after.length === 0) throw new UsageError('--before needs a layer to compare with: give --after FILE.')
    return { before: before.map(operand), after: after.map(operand) }
  }
  if (old === undefined) throw new UsageError('Two layers are missing: layerdiff diff OLD NEW.')
  if (now === undefined) throw new UsageError(`A second layer is missing: layerdiff diff ${old} NEW.`)
  if (more.length > 0) {
    throw new UsageError(
      `${positionals.length} layers were given, and diff compares two. For stacks repeat --before FILE and --after FILE, bottom first.`,
    )
  }
  return { before: [operand(old)], after: [operand(now)] }
}

/** What it is, operands.ts finds out. */
function operand(text: string): string {
  if (/^((layer|docker-archive|oci|oci-archive|docker-daemon):)?$/.test(text))
    throw new UsageError(`"${text}" names no file.`)
  return text
}

function outputFile(value = '-'): string | null {
  if (value === '') throw new UsageError('--output needs the name of a file.')
  // A socket, as some callers give for standard output, cannot be opened by its path.
  return value === '-' || value === '/dev/stdout' ? null : value
}

/** The first choice is the default. */
function choice<T extends string>(name: string, value: string | undefined, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0]
  const chosen = choices.find((one) => one === value)
  if (chosen !== undefined) return chosen
  const nearest = nearestName(value, choices)
  const hint = nearest ? ` Did you mean ${nearest}?` : ''
  throw new UsageError(`--${name} takes ${choices.join(', ').replace(/, (\w+)$/, ' or $1')}, not "${value}".${hint}`)
}

type Option = { readonly type: 'boolean' | 'string'; readonly short?: string; readonly multiple?: boolean }
type Values<T extends Record<string, Option>> = {
  [K in keyof T]?: T[K] extends { type: 'boolean' } ? boolean : T[K] extends { multiple: true } ? string[] : string
}

/**
 * The standard library's parser, with answers of our own: its strict mode neither guesses what was meant nor promises
 * that its words stay.
 */
function parse<T extends Record<string, Option>>(args: readonly string[], options: T) {
  const config = { args: [...args], options, allowPositionals: true, strict: false, tokens: true } as const
  const { values, positionals, tokens } = parseArgs(config)
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (!option) throw new UsageError(unknownOption(token.rawName, Object.keys(options)))
    const { rawName, value, inlineValue } = token
    if (option.type === 'boolean' && value !== undefined) throw new UsageError(`${rawName} takes no value.`)
    if (option.type === 'string' && value === undefined) throw new UsageError(`${rawName} needs a value.`)
    if (option.type === 'string' && !inlineValue && /^-./.test(value ?? '')) {
      throw new UsageError(`${rawName} needs a value. One that begins with a dash is written --${token.name}=${value}.`)
    }
  }
  return { values: values as Values<T>, positionals }
}

function unknownOption(typed: string, names: readonly string[]): string {
  const name = typed.replace(/^-+/, '')
  const nearest = nearestName(name, names) ?? nearestName(name.replace(/^no-/, ''), names)
  return `There is no option ${typed}.${nearest ? ` Did you mean --${nearest}?` : ''}`
}
