// Names made to meet in the table of paths, against names at random: hashes are keyed, and the key is drawn for each job.

import { atMost, compare, costs } from '../comparison.mjs'
import { inNode } from '../node-process.mjs'
import { ratioOf } from '../statistics.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const pathFlooding = {
  name: 'path-flooding',
  title: 'Flooding the table of paths, Node',
  async run({ smoke, rounds }) {
    const times = smoke ? 1 : 100
    /** @type {(name: string, names: string, key?: string) => import('../benchmark.mjs').Contender} */
    const contender = (name, names, key = 'drawn') => inNode(name, 'flooding-core', { names, key, times })
    const measured = await compare(
      [
        contender('names at random', 'random'),
        contender('made against a key', 'against a key'),
        contender('made against FNV-1a', 'against FNV'),
        contender('made against the key that is used', 'against a key', 'known'),
      ],
      rounds,
    )
    const [random, key, fnv, known] = measured.map(costs)
    return {
      about: [
        `8,192 names of 96 bytes each, loaded ${times} times. "Made against a key": names whose hashes agree in their lowest 8`,
        'bits under the key 0, found by trying; with another key, as every job draws one, they must be names like any others.',
        '"Made against FNV-1a": names that all have one hash under it. The last line is what the attack would come to if the key were known.',
      ],
      contenders: measured,
      targets: [
        atMost('CPU, names made against another key, to names at random', key, random, 2),
        atMost('CPU, names made against FNV-1a, to names at random', fnv, random, 2),
        {
          what: 'CPU, names made against the key that is used, to names at random',
          target: 'information',
          figure: `${ratioOf(known, random).median.toFixed(0)} times`,
          reached: null,
        },
      ],
    }
  },
}
