// Two images end to end by layerdiff: from their names to all changes, decoded.

import { createEngine, diffImages, diffLayers, openCache, openImage } from 'layerdiff'
import { sayChanges } from './change-list.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ before: string, after: string, layersOnly?: boolean, cache?: string, again?: boolean }} options images as
 * `openImage` takes them; `layersOnly` opens them off the clock and measures the engine alone; `cache` is a folder;
 * `again` compares them once off the clock
 * @returns {Promise<Prepared<{ kind: string, path: string }[]>>}
 */
export async function prepare({ before, after, layersOnly, cache: place, again }) {
  const engine = createEngine()
  const opened = layersOnly ? await Promise.all([openImage(before), openImage(after)]) : null
  const cache = place === undefined ? undefined : await openCache({ place })
  let bytesRead = 0
  if (again) await diffImages(before, after, { engine, cache })
  return {
    async run() {
      if (opened) {
        const { changes } = await diffLayers(opened[0].layers, opened[1].layers, { engine })
        return Array.from(changes, ({ kind, path }) => ({ kind, path }))
      }
      const diff = await diffImages(before, after, { engine, cache })
      bytesRead = diff.bytesRead
      return Array.from(diff.changes, ({ kind, path }) => ({ kind, path }))
    },
    async outcome(changes) {
      await engine.dispose()
      return { equal: await sayChanges(changes), facts: { bytesRead } }
    },
  }
}
