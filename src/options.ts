// Options with their defaults, resolved once, here.

import { LayerDiffError } from './errors.js'
import type { ChangeField, DiffOptions, IndexOptions, Limits } from './types.js'

export const DEFAULT_LIMITS: Limits = {
  entries: 4_000_000,
  layerBytes: 64 * 2 ** 30,
  expansion: 200,
  pathBytes: 4096,
  metaBytes: 2 ** 20,
}

/** The largest value of each limit that the engine's own numbers can hold. */
const LARGEST: Limits = {
  entries: 2 ** 28,
  layerBytes: Number.MAX_SAFE_INTEGER,
  expansion: Number.MAX_SAFE_INTEGER,
  pathBytes: 2 ** 24,
  metaBytes: 2 ** 28,
}

const DEFAULT_COMPARE: Readonly<Record<ChangeField, boolean>> = {
  content: true,
  type: true,
  mode: true,
  owner: true,
  link: true,
  device: true,
  xattrs: true,
  mtime: false,
}

function names<T extends object>(of: T): (keyof T & string)[] {
  return Object.keys(of) as (keyof T & string)[]
}

function unknownName(option: string, name: string, known: readonly string[]): LayerDiffError {
  return new LayerDiffError('INVALID_ARGUMENT', `${option} has no "${name}". Known: ${known.join(', ')}.`)
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  const limits = { ...DEFAULT_LIMITS }
  for (const name of names(given)) {
    if (!(name in limits)) throw unknownName('limits', name, names(limits))
    const value = given[name]
    if (value === undefined) continue
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new LayerDiffError('INVALID_ARGUMENT', `limits.${name} must be a positive whole number, not ${value}.`)
    }
    limits[name] = Math.min(value, LARGEST[name])
  }
  return limits
}

export interface ResolvedOptions {
  readonly signal: AbortSignal | undefined
  readonly limits: Limits
  readonly strict: boolean
}

const INDEX_OPTIONS = ['signal', 'limits', 'strict']
const DIFF_OPTIONS = [...INDEX_OPTIONS, 'onProgress', 'ignore', 'compare', 'packages', 'symlinkParents', 'engine']

/** A misspelt option would do nothing, and nobody would know. */
function checkNames(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new LayerDiffError('INVALID_ARGUMENT', `The options must be an object, not ${options}.`)
  }
  for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownName('options', name, known)
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveIndexOptions(options: IndexOptions): ResolvedOptions {
  checkNames(options, INDEX_OPTIONS)
  return resolveCommon(options)
}

function resolveCommon(options: IndexOptions): ResolvedOptions {
  return { signal: options.signal, limits: resolveLimits(options.limits), strict: options.strict ?? false }
}

export interface ResolvedDiffOptions extends ResolvedOptions {
  readonly onProgress: DiffOptions['onProgress']
  readonly ignore: readonly string[]
  readonly compare: Readonly<Record<ChangeField, boolean>>
  readonly packages: boolean
  readonly followSymlinks: boolean
  readonly engine: DiffOptions['engine']
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveDiffOptions(options: DiffOptions): ResolvedDiffOptions {
  checkNames(options, DIFF_OPTIONS)
  const compare = { ...DEFAULT_COMPARE }
  for (const [name, value] of Object.entries(options.compare ?? {})) {
    if (!(name in compare)) throw unknownName('compare', name, names(compare))
    if (value !== undefined) compare[name as ChangeField] = value
  }
  const symlinkParents = options.symlinkParents ?? 'overlay'
  if (symlinkParents !== 'overlay' && symlinkParents !== 'follow') {
    throw new LayerDiffError(
      'INVALID_ARGUMENT',
      `symlinkParents must be "overlay" or "follow", not "${symlinkParents}".`,
    )
  }
  const ignore = options.ignore ?? []
  if (!Array.isArray(ignore)) throw new LayerDiffError('INVALID_ARGUMENT', 'ignore must be a list of globs.')
  for (const glob of ignore) {
    if (typeof glob !== 'string' || glob === '' || glob === '/') {
      throw new LayerDiffError('INVALID_ARGUMENT', 'ignore must be a list of globs, none of them empty.')
    }
    if (glob.startsWith('!')) {
      throw new LayerDiffError(
        'INVALID_ARGUMENT',
        `The glob "${glob}" begins with "!", which would negate it. Negation is not supported; write "\\!" for the character.`,
      )
    }
  }
  return {
    ...resolveCommon(options),
    onProgress: options.onProgress,
    ignore,
    compare,
    packages: options.packages ?? false,
    followSymlinks: symlinkParents === 'follow',
    engine: options.engine,
  }
}
