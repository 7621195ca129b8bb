// What both kinds of cache go by: digests that may become names, options with their defaults, and what has to go first.

import type { CacheEntry, CacheOptions } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { isSha256 } from '../image/digest.js'
import { escapeText } from '../text.js'

/** `sha256:HEX` of what a Blob holds. */
export type DigestOf = (blob: Blob) => Promise<string>

/** The HEX of a digest. What is no digest never becomes a path. @throws {LayerDiffError} DIGEST_UNSUPPORTED */
export function hexOf(digest: string): string {
  if (typeof digest === 'string' && isSha256(digest)) return digest.slice('sha256:'.length)
  throw new LayerDiffError(
    'DIGEST_UNSUPPORTED',
    `The cache keeps blobs by sha256 and 64 lower-case hex digits, and "${escapeText(String(digest))}" is no such digest. Give the digest in full.`,
  )
}

/** That there is none where there should be one. */
export function noCache(place: string): LayerDiffError {
  return new LayerDiffError('CACHE_NOT_FOUND', `There is no cache in ${escapeText(place)}.`, { path: place })
}

const OPTIONS = ['place', 'maxBytes', 'create']

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveCacheOptions(options: CacheOptions, place: string, maxBytes: number): Required<CacheOptions> {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw new LayerDiffError('INVALID_ARGUMENT', `options has no "${unknown}". Known: ${OPTIONS.join(', ')}.`)
  }
  const resolved = {
    place: options.place ?? place,
    maxBytes: options.maxBytes ?? maxBytes,
    create: options.create ?? true,
  }
  if (typeof resolved.place !== 'string' || resolved.place === '') {
    throw new LayerDiffError('INVALID_ARGUMENT', 'place must be a folder, or in browsers the name of a store.')
  }
  checkMaxBytes(resolved.maxBytes)
  return resolved
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function checkMaxBytes(maxBytes: number): void {
  if (Number.isSafeInteger(maxBytes) && maxBytes >= 0) return
  throw new LayerDiffError('INVALID_ARGUMENT', `maxBytes must be a whole number of bytes, not ${maxBytes}.`)
}

/** Most recently used first; what was used in one moment stays in one order. */
export function byUse(a: CacheEntry, b: CacheEntry): number {
  return b.usedAt - a.usedAt || (a.digest < b.digest ? -1 : Number(a.digest > b.digest))
}

/** What goes, oldest first, so that no more than `maxBytes` are left. `kept` stays, whatever its size. */
export function overflow<T extends CacheEntry>(entries: readonly T[], maxBytes: number, kept?: T): T[] {
  let total = entries.reduce((sum, { size }) => sum + size, 0)
  const gone: T[] = []
  for (const entry of [...entries].sort(byUse).reverse()) {
    if (total <= maxBytes) break
    if (kept && entry.kind === kept.kind && entry.digest === kept.digest) continue
    gone.push(entry)
    total -= entry.size
  }
  return gone
}

export function sizeMismatch(digest: string, size: number, found: string): LayerDiffError {
  return new LayerDiffError(
    'SIZE_MISMATCH',
    `The blob ${digest} should have ${size} bytes, and has ${found}. It was damaged or cut off on its way: get it again.`,
  )
}

export function digestMismatch(digest: string, computed: string): LayerDiffError {
  return new LayerDiffError(
    'DIGEST_MISMATCH',
    `The blob ${digest} has the digest ${computed}. It was damaged or changed on its way: get it again from its source.`,
  )
}
