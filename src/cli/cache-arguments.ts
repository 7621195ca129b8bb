// What follows `layerdiff cache`, taken apart and checked, and what its --help says.

import { parseSize } from './amounts.js'
import { UsageError } from './exit-codes.js'
import { cachePlace } from './image-options.js'
import { nearestName } from './nearest.js'
import { choice, FORMATS, GENERAL, parse } from './option-parser.js'

export const ACTIONS = ['ls', 'rm', 'prune'] as const
/** What the cache keeps by itself. */
const DEFAULT_MAX = 10 * 2 ** 30

export interface CacheArguments {
  readonly command: 'cache'
  readonly action: (typeof ACTIONS)[number]
  /** The cache's folder; undefined for the usual one. */
  readonly place: string | undefined
  readonly format: (typeof FORMATS)[number]
  /** For rm: what goes, as it was typed; null for all. */
  readonly digests: readonly string[] | null
  /** For prune. */
  readonly maxBytes: number
}

export const OPTIONS = {
  ...GENERAL,
  cache: { type: 'string', value: 'folder' },
  format: { type: 'string', choices: FORMATS },
  all: { type: 'boolean' },
  max: { type: 'string' },
} as const

/** Options that one of the actions has. */
const OPTION_OF = { format: 'ls', all: 'rm', max: 'prune' } as const

/** @throws {UsageError} */
export function parseCache(
  args: readonly string[],
): CacheArguments | { command: 'help'; of: 'cache' } | { command: 'version' } {
  const { values, positionals } = parse(args, OPTIONS)
  const [given, ...rest] = positionals
  if (values.version) return { command: 'version' }
  if (values.help || given === undefined) return { command: 'help', of: 'cache' }
  const action = ACTIONS.find((name) => name === given)
  if (action === undefined) {
    const nearest = nearestName(given, ACTIONS)
    throw new UsageError(`cache takes ls, rm or prune, not "${given}".${nearest ? ` Did you mean ${nearest}?` : ''}`)
  }
  for (const name of ['format', 'all', 'max'] as const) {
    if (values[name] === undefined || OPTION_OF[name] === action) continue
    throw new UsageError(`--${name} is an option of cache ${OPTION_OF[name]}, not of ${action}.`)
  }
  if (action !== 'rm' && rest.length > 0) throw new UsageError(`cache ${action} takes no "${rest[0]}".`)
  return {
    command: 'cache',
    action,
    place: cachePlace(values.cache),
    format: choice('format', values.format, FORMATS),
    digests: action === 'rm' ? digestsOf(rest, values.all ?? false) : null,
    maxBytes: values.max === undefined ? DEFAULT_MAX : sizeOf(values.max),
  }
}

function digestsOf(positionals: readonly string[], all: boolean): readonly string[] | null {
  if (all && positionals.length > 0) throw new UsageError('--all leaves nothing to choose: give it alone.')
  if (all) return null
  if (positionals.length === 0) throw new UsageError('What is to go? Give digests, as cache ls shows them, or --all.')
  for (const digest of positionals) {
    if (!/^(sha256:)?[0-9a-f]{4,64}$/.test(digest)) {
      throw new UsageError(`"${digest}" is no digest: give four or more of its hex digits, as cache ls shows them.`)
    }
  }
  return positionals
}

/** @throws {UsageError} */
function sizeOf(text: string): number {
  const size = parseSize(text)
  if (size !== null) return size
  throw new UsageError(`--max takes a size such as 500MB or 2GB, not "${text}".`)
}

export const CACHE_HELP = `Shows what the cache holds, and makes room in it.

Usage: layerdiff cache ls [--format FORMAT]
       layerdiff cache rm DIGEST... | --all
       layerdiff cache prune [--max SIZE]

The cache keeps blobs of images and what was read of layers, so that neither is
fetched or read twice. What was not used for longest goes first.

Examples:
  layerdiff cache ls
  layerdiff cache rm d3de9a65e653
  layerdiff cache prune --max 2GB

      --format FORMAT   text or json, of ls
      --all             remove all, of rm
      --max SIZE        how much may stay, of prune: 500MB, 2G (of 1000), 2GiB
                        (of 1024); by default 10 GiB, as much as the cache
                        keeps by itself
      --cache DIR       the cache's folder, also LAYERDIFF_CACHE; by default
                        layerdiff in your cache folder

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 a folder that cannot be written to; 70 a
fault of layerdiff.
`
