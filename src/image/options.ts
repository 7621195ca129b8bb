// The options of opening an image, with their defaults.

import type { Limits } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { ImagePlatform, OpenImageOptions } from '../image-types.js'
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

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveImageOptions(options: OpenImageOptions): ResolvedImageOptions {
  checkCache(options.cache)
  return {
    tag: options.tag,
    platform: options.platform === undefined ? null : parsePlatform(options.platform),
    verify: options.verify ?? false,
    signal: options.signal,
    limits: resolveLimits(options.limits, options.engine?.limits),
  }
}
