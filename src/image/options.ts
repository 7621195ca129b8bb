// The options of opening an image, with their defaults.

import type { ImagePlatform, OpenImageOptions } from '../image-types.js'
import { resolveLimits } from '../options.js'
import type { Limits } from '../types.js'
import { parsePlatform } from './platforms.js'

export interface ResolvedImageOptions {
  readonly tag: string | undefined
  /** Null where the caller did not ask for one. */
  readonly platform: ImagePlatform | null
  readonly verify: boolean
  readonly signal: AbortSignal | undefined
  readonly limits: Limits
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveImageOptions(options: OpenImageOptions): ResolvedImageOptions {
  return {
    tag: options.tag,
    platform: options.platform === undefined ? null : parsePlatform(options.platform),
    verify: options.verify ?? false,
    signal: options.signal,
    limits: resolveLimits(options.limits),
  }
}
