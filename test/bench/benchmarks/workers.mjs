// What a second worker brings: the clock on the wall for two layers with one worker and with two.

import { availableParallelism } from 'node:os'
import { atMost, compare } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'
import { busy } from '../machine.mjs'
import { inNode } from '../node-process.mjs'

/** @import { Benchmark, Measured } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const workers = {
  name: 'workers',
  title: 'Two workers against one, Node',
  async run(settings) {
    const layers = await usrLayers(settings)
    const urls = { before: fileUrl(layers.path('before', 'gzip')), after: fileUrl(layers.path('after', 'gzip')) }
    const before = busy()
    const measured = await compare(
      [
        inNode('one worker', 'layers-layerdiff', { ...urls, workers: 1 }),
        inNode('two workers', 'layers-layerdiff', { ...urls, workers: 2 }),
      ],
      settings.rounds,
    )
    const [one, two] = measured
    /** @param {Measured} measured */
    const walls = ({ rounds }) => rounds.map(({ wall }) => wall)
    return {
      about: [
        'The two gzip layers, wall time of the whole call with the workers started in it. It counts on an idle machine with',
        `two processors: here are ${availableParallelism()}, and the load before the start was ${before}.`,
      ],
      contenders: measured,
      targets: [atMost('wall time of one worker', walls(two), walls(one), 0.6)],
    }
  },
}
