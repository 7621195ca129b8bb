// Opens the cache of the environment: what it needs to know of the engine is given to it here.

import { platform } from '#platform'
import { VERSION } from '../engine/abi.js'
import { sharedEngine } from '../engine/engine.js'
import type { Cache, CacheOptions } from '../engine-types.js'
import { hexText } from '../text.js'

/** See `openCache` in src/images.ts. */
export async function openCacheWith(options: CacheOptions): Promise<Cache> {
  // Browsers hash what was put in, in a worker; Node hashes what passes through.
  return platform.openCache(options, VERSION, digestOf)
}

/** `sha256:HEX` of a Blob, computed in a worker. */
async function digestOf(blob: Blob): Promise<string> {
  const [hash] = await sharedEngine()
    .pool.call()
    .do({ type: 'digest', source: { kind: 'blob', blob } })
  return `sha256:${hexText(hash as Uint8Array)}`
}
