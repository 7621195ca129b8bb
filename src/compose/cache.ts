// Opens the cache of the environment: what it needs to know of the engine is given to it here.

import { platform } from '#platform'
import type { DigestOf } from '../cache/entries.js'
import { VERSION } from '../engine/abi.js'
import type { Cache, CacheOptions } from '../image-types.js'

/**
 * See `openCache` in src/images.ts.
 *
 * @param digestOf how browsers verify what is put in; Node hashes what passes through
 */
export async function openCacheWith(options: CacheOptions, digestOf: DigestOf = digestInMemory): Promise<Cache> {
  return platform.openCache(options, VERSION, digestOf)
}

/** The browser's own SHA-256 takes no parts, and so a blob at once. Where there is Cache Storage there is this. */
async function digestInMemory(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
