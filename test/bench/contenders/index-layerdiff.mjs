// One layer read to its index by layerdiff.

import { createEngine } from 'layerdiff'

/** @import { LayerIndex } from 'layerdiff' */
/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ layer: string }} options address
 * @returns {Promise<Prepared<LayerIndex>>}
 */
export async function prepare({ layer }) {
  const engine = createEngine({ workers: 1 })
  return {
    run: () => engine.index(new URL(layer)),
    async outcome({ entries, bytes, tarBytes }) {
      await engine.dispose()
      return { equal: `${entries} entries, ${tarBytes} bytes`, facts: { entries, tarBytes, indexBytes: bytes.length } }
    },
  }
}
