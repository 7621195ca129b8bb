// The options of opening an image, with their defaults.

import type { Limits } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { ImagePlatform, OpenImageOptions, RegistryOptions } from '../image-types.js'
import { checkCache, resolveLimits } from '../options.js'
import { escapeText } from '../text.js'
import { parsePlatform } from './platforms.js'

export interface ResolvedImageOptions {
  readonly tag: string | undefined
  /** Null where the caller did not ask for one. */
  readonly platform: ImagePlatform | null
  readonly verify: boolean
  readonly signal: AbortSignal | undefined
  readonly limits: Limits
}

/** What opening an image takes. */
export const OPEN_OPTIONS: readonly string[] = [
  ...['tag', 'platform', 'verify', 'from', 'registry', 'cache', 'engine', 'signal', 'limits'],
]

/** A misspelt option would do nothing, and nobody would know. @throws {LayerDiffError} INVALID_ARGUMENT */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new LayerDiffError('INVALID_ARGUMENT', `options has no "${escapeText(unknown)}". Known: ${known.join(', ')}.`)
}

const REGISTRY_OPTIONS = ['credentials', 'mirror', 'insecure', 'retries', 'timeout', 'fetch']

/** A misspelt `credentials` would ask without any, and a wait that is no number would never end. */
function checkRegistry(registry: RegistryOptions): void {
  const wrong = (what: string) => new LayerDiffError('INVALID_ARGUMENT', `registry${what}.`)
  const unknown = Object.keys(registry).find((name) => !REGISTRY_OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw wrong(` has no "${escapeText(unknown)}". Known: ${REGISTRY_OPTIONS.join(', ')}`)
  }
  const { retries = 0, timeout = 1, mirror, insecure = false } = registry
  if (!(Number.isSafeInteger(retries) && retries >= 0)) throw wrong('.retries must be a whole number')
  if (!(Number.isFinite(timeout) && timeout > 0)) throw wrong('.timeout must be a number of milliseconds above 0')
  if (mirror !== undefined && typeof mirror !== 'string') throw wrong('.mirror must be an address')
  const hosts = Array.isArray(insecure) ? insecure : []
  if (typeof insecure !== 'boolean' && !(Array.isArray(insecure) && hosts.every((host) => typeof host === 'string'))) {
    throw wrong('.insecure must be true, false or a list of registries')
  }
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveImageOptions(options: OpenImageOptions): ResolvedImageOptions {
  checkCache(options.cache)
  checkRegistry(options.registry ?? {})
  return {
    tag: options.tag,
    platform: options.platform === undefined ? null : parsePlatform(options.platform),
    verify: options.verify ?? false,
    signal: options.signal,
    limits: resolveLimits(options.limits, options.engine?.limits),
  }
}
