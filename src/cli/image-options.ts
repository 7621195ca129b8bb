// Options of every command that opens images: where they are looked up, how registries are asked, and what bounds the reading.

import { placeOf } from '../compose/image-input.js'
import { LayerDiffError, type Limits, type OpenImageOptions, openCache } from '../index.js'
import { UsageError } from './exit-codes.js'
import { limitsOf } from './limit-option.js'
import { tell } from './messages.js'
import { choice } from './option-parser.js'

const FROM = ['registry', 'daemon'] as const

export const IMAGE = {
  platform: { type: 'string' },
  from: { type: 'string', choices: FROM },
  insecure: { type: 'boolean' },
  mirror: { type: 'string' },
  timeout: { type: 'string' },
  cache: { type: 'string', value: 'folder' },
  'no-cache': { type: 'boolean' },
  limit: { type: 'string', multiple: true },
} as const

export interface ImageOptions {
  /** Undefined for the usual one. */
  readonly platform: string | undefined
  /** Where a plain name is looked up. */
  readonly from: (typeof FROM)[number]
  /** Whether registries may be asked over plain HTTP. */
  readonly insecure: boolean
  readonly mirror: string | undefined
  /** Milliseconds that a registry may keep silent; undefined for the usual ones. */
  readonly timeout: number | undefined
  /** The cache's folder, undefined for the usual one; null for no cache. */
  readonly cache: { readonly place: string | undefined } | null
  /** What is not given is the usual one. */
  readonly limits: Partial<Limits>
}

interface Values {
  readonly platform?: string
  readonly from?: string
  readonly insecure?: boolean
  readonly mirror?: string
  readonly timeout?: string
  readonly cache?: string
  readonly 'no-cache'?: boolean
  readonly limit?: string[]
}

/** @throws {UsageError} */
export function imageOptions(values: Values): ImageOptions {
  const none = values['no-cache'] ?? false
  if (none && values.cache !== undefined) throw new UsageError('--cache and --no-cache exclude each other.')
  return {
    platform: values.platform,
    from: choice('from', values.from, FROM),
    insecure: values.insecure ?? false,
    mirror: values.mirror,
    timeout: milliseconds(values.timeout),
    cache: none ? null : { place: cachePlace(values.cache) },
    limits: limitsOf(values.limit),
  }
}

function milliseconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0
  if (seconds > 0) return seconds * 1000
  throw new UsageError(`--timeout takes a number of seconds, not "${value}".`)
}

/** The folder that --cache names, else the one of the environment; undefined where neither does. */
export function cachePlace(value: string | undefined): string | undefined {
  if (value === '') throw new UsageError('--cache needs the name of a folder.')
  return value ?? (process.env.LAYERDIFF_CACHE || undefined)
}

/**
 * What opening an image takes, the cache opened where it is of use: for what comes from a registry, or where it is `needed` for what
 * comes out.
 *
 * @throws {LayerDiffError} CACHE_UNWRITABLE for a folder that was named, or is needed; without the usual one it goes on
 */
export async function openOptions(
  { platform, from, insecure, mirror, timeout, cache, limits }: ImageOptions,
  inputs: readonly string[] | 'needed',
): Promise<OpenImageOptions> {
  const options = { platform, from, registry: { insecure, mirror, timeout }, limits }
  if (cache === null) return options
  const needed = inputs === 'needed' || cache.place !== undefined
  if (!needed && !(await anyRemote(inputs, from))) return options
  try {
    return { ...options, cache: await openCache({ place: cache.place }) }
  } catch (error) {
    if (needed || !(error instanceof LayerDiffError)) throw error
    tell(`layerdiff: note: ${error.message} Going on without.\n`)
    return options
  }
}

async function anyRemote(inputs: readonly string[], from: ImageOptions['from']): Promise<boolean> {
  const places = await Promise.all(inputs.map((input) => placeOf(input, from).catch(() => null)))
  return places.some((place) => place?.kind === 'registry')
}

export const IMAGE_HELP = `      --platform P      of multi-platform images: os/architecture[/variant]
      --from WHERE      registry, or daemon: where a plain name is looked up
      --insecure        ask registries over plain HTTP
      --mirror URL      ask this address in place of the registry
      --timeout SECONDS how long a registry may keep silent before it is asked
                        anew; by default 60
      --cache DIR       keep what came from a registry there, and not fetch it
                        again; also LAYERDIFF_CACHE; by default layerdiff in
                        your cache folder
      --no-cache        neither look nor keep anything there
      --limit NAME=N    how much a layer may have before it is refused: entries,
                        layerBytes, expansion, pathBytes, metaBytes; repeat it.
                        entries=8000000 or layerBytes=128GiB, for example
`
