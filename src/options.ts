// Options with their defaults, resolved once, here.

import type { Cache, DiffOptions, EngineOptions, IndexOptions, Limits } from './engine-types.js'
import { LayerDiffError } from './errors.js'
import type { ChangeField } from './types.js'

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
export function resolveLimits(given: Partial<Limits> = {}, defaults: Limits = DEFAULT_LIMITS): Limits {
  const limits = { ...defaults }
  for (const name of names(given)) {
    if (!(name in limits)) throw unknownName('limits', name, names(limits))
    const value = given[name]
    if (value === undefined) continue
    checkKind(`limits.${name}`, value, 'a positive whole number', Number.isSafeInteger(value) && value >= 1)
    limits[name] = Math.min(value, LARGEST[name])
  }
  return limits
}

const ENGINE_OPTIONS = ['workers', 'worker', 'wasm', 'cache', 'limits', 'logger']

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function checkEngineOptions(options: EngineOptions): void {
  checkNames(options, ENGINE_OPTIONS)
  const { workers, logger, cache } = options
  checkCache(cache)
  checkKind('workers', workers, 'a positive whole number', Number.isSafeInteger(workers) && Number(workers) >= 1)
  if (logger !== undefined && typeof logger?.warn !== 'function') {
    throw new LayerDiffError('INVALID_ARGUMENT', 'logger must have a function warn(message, cause), as console has.')
  }
}

export interface ResolvedOptions {
  readonly signal: AbortSignal | undefined
  readonly limits: Limits
  readonly strict: boolean
}

const INDEX_OPTIONS = ['signal', 'limits', 'strict']
const DIFF_OPTIONS = [
  ...INDEX_OPTIONS,
  ...['onProgress', 'ignore', 'compare', 'renames', 'packages', 'semantic', 'symlinkParents', 'engine'],
]

/** A misspelt option would do nothing, and nobody would know. */
function checkNames(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new LayerDiffError('INVALID_ARGUMENT', `The options must be an object, not ${options}.`)
  }
  for (const name of Object.keys(options)) if (!known.includes(name)) throw unknownName('options', name, known)
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveIndexOptions(options: IndexOptions, limits: Limits): ResolvedOptions {
  checkNames(options, INDEX_OPTIONS)
  return resolveCommon(options, limits)
}

function resolveCommon(options: IndexOptions, defaults: Limits | undefined): ResolvedOptions {
  const { signal, limits, strict = false } = options
  checkKind('signal', signal, 'an AbortSignal', typeof signal?.addEventListener === 'function')
  checkSwitch('strict', strict)
  return { signal, limits: resolveLimits(limits, defaults), strict }
}

/** What is not given needs no check. @throws {LayerDiffError} INVALID_ARGUMENT */
function checkKind(name: string, value: unknown, kind: string, right: boolean): void {
  if (value === undefined || right) return
  const given =
    typeof value === 'string' ? `"${value}"` : value instanceof Promise ? 'a promise: await it' : String(value)
  throw new LayerDiffError('INVALID_ARGUMENT', `${name} must be ${kind}, not ${given}.`)
}

function checkSwitch(name: string, value: unknown): void {
  checkKind(name, value, 'true or false', typeof value === 'boolean')
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function checkCache(cache: Cache | undefined): void {
  checkKind('cache', cache, 'what openCache() gives', typeof cache?.putIndex === 'function')
}

export interface ResolvedDiffOptions extends ResolvedOptions {
  readonly onProgress: DiffOptions['onProgress']
  readonly ignore: readonly string[]
  readonly compare: Readonly<Record<ChangeField, boolean>>
  readonly renames: boolean
  readonly packages: boolean
  readonly semantic: boolean
  readonly followSymlinks: boolean
  readonly engine: DiffOptions['engine']
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveDiffOptions(options: DiffOptions): ResolvedDiffOptions {
  checkNames(options, DIFF_OPTIONS)
  const compare = { ...DEFAULT_COMPARE }
  for (const [name, value] of Object.entries(options.compare ?? {})) {
    if (!(name in compare)) throw unknownName('compare', name, names(compare))
    checkSwitch(`compare.${name}`, value)
    if (value !== undefined) compare[name as ChangeField] = value
  }
  const symlinkParents = options.symlinkParents ?? 'overlay'
  if (symlinkParents !== 'overlay' && symlinkParents !== 'follow') {
    throw new LayerDiffError(
      'INVALID_ARGUMENT',
      `symlinkParents must be "overlay" or "follow", not "${symlinkParents}".`,
    )
  }
  const { ignore = [], renames = false, packages = false, semantic = false } = options
  for (const [name, value] of Object.entries({ renames, packages, semantic })) checkSwitch(name, value)
  checkKind('onProgress', options.onProgress, 'a function', typeof options.onProgress === 'function')
  if (semantic && compare.mtime) {
    throw new LayerDiffError('INVALID_ARGUMENT', 'semantic leaves times out, and compare asks for mtime: choose one.')
  }
  if (!Array.isArray(ignore)) throw new LayerDiffError('INVALID_ARGUMENT', 'ignore must be a list of globs.')
  for (const glob of ignore) {
    if (typeof glob !== 'string' || glob === '' || glob === '/') {
      throw new LayerDiffError('INVALID_ARGUMENT', 'ignore must be a list of globs, none of them empty.')
    }
    if (/^\.\.?\//.test(glob)) {
      throw new LayerDiffError(
        'INVALID_ARGUMENT',
        `The glob "${glob}" matches nothing: paths have no "." or "..". Begin it with "/" for a path from the root.`,
      )
    }
    if (glob.startsWith('!')) {
      throw new LayerDiffError(
        'INVALID_ARGUMENT',
        `The glob "${glob}" begins with "!", which would negate it. Negation is not supported; write "\\!" for the character.`,
      )
    }
  }
  return {
    ...resolveCommon(options, options.engine?.limits),
    onProgress: options.onProgress,
    ignore,
    compare,
    renames,
    packages,
    semantic,
    followSymlinks: symlinkParents === 'follow',
    engine: options.engine,
  }
}
