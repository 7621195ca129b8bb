// What follows `layerdiff` on the command line, taken apart and checked.

import { type CacheArguments, parseCache } from './cache-arguments.js'
import { type CompletionArguments, parseCompletion } from './completion-arguments.js'
import { DIFF, type DiffArguments, parseDiff } from './diff-arguments.js'
import { UsageError } from './exit-codes.js'
import { type HistoryArguments, parseHistory } from './history-arguments.js'
import { type InspectArguments, parseInspect } from './inspect-arguments.js'
import { type LayersArguments, parseLayers } from './layers-arguments.js'
import { nearestName } from './nearest.js'
import { choice, FORMATS, GENERAL, outputFile, parse } from './option-parser.js'
import { type PullArguments, parsePull } from './pull-arguments.js'
import { parseShow, type ShowArguments } from './show-arguments.js'
import { parseTree, type TreeArguments } from './tree-arguments.js'

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
  | CompletionArguments
  | { readonly command: 'help'; readonly of: 'layerdiff' | (typeof COMMANDS)[number] }
  | { readonly command: 'version' }

/** In the order in which they are listed anywhere. */
export const COMMANDS = [
  'diff',
  'inspect',
  'history',
  'layers',
  'show',
  'tree',
  'pull',
  'name',
  'cache',
  'completion',
] as const

export const NAME = {
  ...GENERAL,
  format: { type: 'string', choices: FORMATS },
  output: { type: 'string', short: 'o', value: 'file' },
} as const

/** @throws {UsageError} */
export function parseArguments(args: readonly string[]): Arguments {
  const [command, ...rest] = args
  if (command === undefined) throw new UsageError('A command is missing: layerdiff diff OLD NEW.')
  // As words, since other commands have them so.
  if (command === 'help') return parseArguments([...rest.slice(0, 1), '--help'])
  // Short alone: after a command it would be taken for something of that command.
  if (command === '-v' && rest.length === 0) return { command: 'version' }
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
  if (command === 'completion') return parseCompletion(rest)
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
