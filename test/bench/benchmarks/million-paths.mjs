// One million paths a side: merge and diff of stored layer indexes against Maps over objects.

import { compare, costs, timesAsFast } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { syntheticLayer } from '../inputs/synthetic.mjs'
import { inNode } from '../node-process.mjs'
import { spreadOf } from '../statistics.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const millionPaths = {
  name: 'million-paths',
  title: 'One million paths a side, Node',
  async run({ smoke, rounds }) {
    const entries = smoke ? 10_000 : 1_000_000
    const before = fileUrl(await syntheticLayer({ entries, side: 'before' }))
    const after = fileUrl(await syntheticLayer({ entries, side: 'after' }))
    const measured = await compare(
      [
        inNode('layerdiff', 'paths-layerdiff', { before, after }),
        inNode('its WebAssembly alone', 'paths-core', { before, after, again: false }),
        inNode('its WebAssembly, again', 'paths-core', { before, after, again: true }),
        inNode('Maps', 'paths-maps', { entries }),
      ],
      rounds,
    )
    const [ours, alone, again, theirs] = measured
    const allRows = await compare([inNode('layerdiff, all differ', 'paths-layerdiff', { before })], rounds)
    const { median, min, max } = spreadOf(allRows[0].rounds.map(({ wall }) => wall * 1000))
    const rows = allRows[0].rounds[0].facts.rows
    return {
      about: [
        `${entries} paths a side, of which: ${ours.rounds[0].equal}.`,
        'layerdiff: diffLayers of two LayerIndex objects that were made before: copying them to the worker, merging, comparing',
        'and bringing the rows to the main thread in one transfer are in the figure. Its WebAssembly alone: merging and',
        'comparing, of indexes that lie in its memory; "again" in memory that it has used before. Maps: building two Maps',
        'from arrays of entry objects that were made before, and comparing them. "All differ": against an empty stack.',
      ],
      contenders: [...measured, ...allRows],
      targets: [
        timesAsFast('CPU of diffLayers, of Maps over objects', costs(ours), costs(theirs), 8),
        timesAsFast('CPU of merge and diff alone', costs(alone), costs(theirs), 8),
        timesAsFast('CPU of merge and diff alone, again', costs(again), costs(theirs), null),
        {
          what: `wall time until ${rows} rows of changes are in the main thread`,
          target: 'information',
          figure: `${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)}), one transfer`,
          reached: null,
        },
      ],
    }
  },
}
