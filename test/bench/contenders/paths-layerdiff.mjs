// Merge and diff of two stored layer indexes by layerdiff. The run is one `diffLayers` with two LayerIndex objects: the
// indexes are copied to a worker, loaded, merged and compared there, and the rows come back to this thread as one
// transferred buffer. Reading the layers came before; decoding the changes comes after, as a Map's changes are objects
// already but name only path and kind.

import { createEngine, diffLayers } from 'layerdiff'
import { sayChanges } from './change-list.mjs'

/** @import { LayerDiff, LayerIndex } from 'layerdiff' */
/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ before: string, after?: string }} options addresses; without `after` that side is an empty stack
 * @returns {Promise<Prepared<LayerDiff>>}
 */
export async function prepare({ before, after }) {
  const engine = createEngine({ workers: 1 })
  /** @type {LayerIndex[]} */
  const indexes = []
  for (const layer of after === undefined ? [before] : [before, after]) indexes.push(await engine.index(new URL(layer)))
  return {
    run: () => diffLayers(indexes.slice(0, 1), indexes.slice(1), { engine }),
    async outcome({ changes }) {
      await engine.dispose()
      return { equal: await sayChanges(changes), facts: { rows: changes.length } }
    },
  }
}
