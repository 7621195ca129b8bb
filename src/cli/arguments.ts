// What follows `layerdiff` on the command line, taken apart and checked.

import { type CacheArguments, parseCache } from './cache-arguments.js'
import { UsageError } from './exit-codes.js'
import { type HistoryArguments, parseHistory } from './history-arguments.js'
import { IMAGE, type ImageOptions, imageOptions } from './image-options.js'
import { type InspectArguments, parseInspect } from './inspect-arguments.js'
import { type LayersArguments, parseLayers } from './layers-arguments.js'
import { nearestName } from './nearest.js'
import { choice, FORMATS, GENERAL, outputFile, parse } from './option-parser.js'
import { type PullArguments, parsePull } from './pull-arguments.js'
import { parseShow, type ShowArguments } from './show-arguments.js'
import { parseTree, type TreeArguments } from './tree-arguments.js'

const COLORS = ['auto', 'always', 'never'] as const
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
  /** Null for standard output. */
  readonly output: string | null
  readonly all: boolean
  readonly mtime: boolean
  readonly strict: boolean
  readonly exitCode: boolean
  /** A column for the layer that made each change. */
  readonly layers: boolean
  readonly opening: ImageOptions
  readonly verify: boolean
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
  | InspectArguments
  | HistoryArguments
  | LayersArguments
  | ShowArguments
  | TreeArguments
  | PullArguments
  | CacheArguments
  | { readonly command: 'help'; readonly of: 'layerdiff' | (typeof COMMANDS)[number] }
  | { readonly command: 'version' }

export const COMMANDS = ['diff', 'inspect', 'history', 'layers', 'show', 'tree', 'pull', 'name', 'cache'] as const

const DIFF = {
  ...GENERAL,
  ...IMAGE,
  before: { type: 'string', multiple: true },
  after: { type: 'string', multiple: true },
  format: { type: 'string' },
  output: { type: 'string', short: 'o' },
  ignore: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  mtime: { type: 'boolean' },
  strict: { type: 'boolean' },
  'symlink-parents': { type: 'string' },
  color: { type: 'string' },
  'exit-code': { type: 'boolean' },
  layers: { type: 'boolean' },
  verify: { type: 'boolean' },
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
  // As words, since other commands have them so.
  if (command === 'help') return parseArguments([...rest.slice(0, 1), '--help'])
  if (command === 'version') return parseArguments(['--version', ...rest])
  if (command.startsWith('-')) return parseGeneral(args)
  if (command === 'diff') return parseDiff(rest)
  if (command === 'inspect') return parseInspect(rest)
  if (command === 'history') return parseHistory(rest)
  if (command === 'layers') return parseLayers(rest)
  if (command === 'show') return parseShow(rest)
  if (command === 'tree') return parseTree(rest)
  if (command === 'name') return parseName(rest)
  if (command === 'pull') return parsePull(rest)
  if (command === 'cache') return parseCache(rest)
  const nearest = nearestName(command, COMMANDS)
  const hint = nearest ? `Did you mean ${nearest}?` : 'layerdiff diff compares images and layers.'
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
    output: outputFile(values.output),
    all: values.all ?? false,
    mtime: values.mtime ?? false,
    strict: values.strict ?? false,
    exitCode: values['exit-code'] ?? false,
    layers: values.layers ?? false,
    opening: imageOptions(values),
    verify: values.verify ?? false,
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
      throw new UsageError(
        `"${old}" stands alone: give each image or layer after --before or --after, or just OLD and NEW.`,
      )
    }
    if (before.length === 0) throw new UsageError('--after needs something to compare with: give --before FILE.')
    if (after.length === 0) throw new UsageError('--before needs something to compare with: give --after FILE.')
    return { before: before.map(operand), after: after.map(operand) }
  }
  if (old === undefined) throw new UsageError('What is to be compared is missing: layerdiff diff OLD NEW.')
  if (now === undefined) throw new UsageError(`A second image or layer is missing: layerdiff diff ${old} NEW.`)
  if (more.length > 0) {
    throw new UsageError(
      `${positionals.length} images or layers were given, and diff compares two. For stacks repeat --before FILE and --after FILE, bottom first.`,
    )
  }
  return { before: [operand(old)], after: [operand(now)] }
}

/** What it is, operands.ts finds out. */
function operand(text: string): string {
  if (/^((layer|docker-archive|oci|oci-archive|docker-daemon):|docker:\/\/)?$/.test(text))
    throw new UsageError(`"${text}" names no file.`)
  return text
}
