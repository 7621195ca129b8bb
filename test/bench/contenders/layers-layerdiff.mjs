// Two layers end to end by layerdiff: from stored bytes to all changes, decoded. Runs in Node, which gives paths, and
// in a page, which gives Blobs, as a dropped file is one.

import { createEngine, diffLayers } from 'layerdiff'
import { sayChanges } from './change-list.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ before: string, after: string, workers?: number }} options addresses
 * @returns {Promise<Prepared<{ kind: string, path: string }[]>>}
 */
export async function prepare({ before, after, workers }) {
  const inputs = await Promise.all([before, after].map(openInput))
  const engine = createEngine({ workers })
  return {
    async run() {
      const { changes } = await diffLayers(inputs[0], inputs[1], { engine })
      return Array.from(changes, ({ kind, path }) => ({ kind, path }))
    },
    async outcome(changes) {
      const { mode, workers } = engine.stats()
      if (mode !== 'worker') throw new Error(`layerdiff worked ${mode}, not in workers`)
      await engine.dispose()
      return { equal: await sayChanges(changes), facts: { workers } }
    },
  }
}

/** @param {string} url */
async function openInput(url) {
  return url.startsWith('file:') ? new URL(url) : (await fetch(url)).blob()
}
