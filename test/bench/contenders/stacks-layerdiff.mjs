// Two stacks of layers by layerdiff, with a pool of a given size. Runs in Node, which gives paths, and in a page, which gives Blobs.

import { createEngine, diffLayers } from 'layerdiff'
import { sayChanges } from './change-list.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ before: string, after: string, workers: number }} options addresses with spaces in between, bottom first
 * @returns {Promise<Prepared<{ kind: string, path: string }[]>>}
 */
export async function prepare({ before, after, workers }) {
  const [old, now] = await Promise.all([before, after].map((urls) => Promise.all(urls.split(' ').map(openInput))))
  const engine = createEngine({ workers })
  return {
    async run() {
      const { changes } = await diffLayers(old, now, { engine })
      return Array.from(changes, ({ kind, path }) => ({ kind, path }))
    },
    async outcome(changes) {
      const { workers } = engine.stats()
      await engine.dispose()
      return { equal: await sayChanges(changes), facts: { workers } }
    },
  }
}

/** @param {string} url */
async function openInput(url) {
  return url.startsWith('file:') ? new URL(url) : (await fetch(url)).blob()
}
