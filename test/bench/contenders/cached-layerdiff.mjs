// Two layers with digests by layerdiff, whose engine keeps their indexes in a cache. Runs in Node and in a page.

import { createEngine, diffLayers, openCache } from 'layerdiff'
import { sayChanges } from './change-list.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ before: string, after: string, beforeDigest: string, afterDigest: string, place: string, cache: boolean, again: boolean }}
 * options addresses and their digests; the cache's place, and whether there is one; `again` compares them once off the clock, by another
 * engine
 * @returns {Promise<Prepared<{ kind: string, path: string }[]>>}
 */
export async function prepare({ before, after, beforeDigest, afterDigest, place, cache: wanted, again }) {
  const cache = wanted ? await openCache({ place }) : undefined
  const old = { digest: beforeDigest, open: await opener(before) }
  const now = { digest: afterDigest, open: await opener(after) }
  if (again) {
    const first = createEngine({ cache })
    await diffLayers(old, now, { engine: first })
    await first.dispose()
  }
  const engine = createEngine({ cache })
  return {
    async run() {
      const { changes } = await diffLayers(old, now, { engine })
      return Array.from(changes, ({ kind, path }) => ({ kind, path }))
    },
    async outcome(changes) {
      const { cached } = engine.stats()
      await engine.dispose()
      if (cached !== (again ? 2 : 0)) throw new Error(`${cached} layers came from the cache`)
      const kept = (await cache?.list()) ?? []
      const indexBytes = kept.reduce((sum, { size }) => sum + size, 0)
      return { equal: await sayChanges(changes), facts: { cached, indexBytes } }
    },
  }
}

/**
 * @param {string} url
 * @returns {Promise<() => URL | Blob>}
 */
async function opener(url) {
  const bytes = url.startsWith('file:') ? new URL(url) : await (await fetch(url)).blob()
  return () => bytes
}
