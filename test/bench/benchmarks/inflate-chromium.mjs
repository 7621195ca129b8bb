// gzip with crc32 in a worker of a page: layerdiff's WebAssembly against DecompressionStream.

import { openChromium } from '../chromium-page.mjs'
import { compare, costs, timesAsFast } from '../comparison.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const inflateChromium = {
  name: 'inflate-chromium',
  title: 'gzip with crc32, Chromium',
  async run(settings) {
    const layers = await usrLayers(settings)
    const chromium = await openChromium()
    try {
      const url = chromium.url(layers.path('before', 'gzip'))
      /** @param {boolean} whole */
      const contenders = (whole) => [
        chromium.contender('layerdiff', 'inflate-core', { url, whole }, { inWorker: true }),
        chromium.contender('DecompressionStream', 'inflate-stream', { url, whole }, { inWorker: true }),
      ]
      await compare(contenders(true), 1)
      const measured = await compare(contenders(false), settings.rounds)
      const [ours, theirs] = measured
      return {
        about: [
          `One layer of ${layers.size('before', 'plain')} bytes, with gzip -6 ${layers.size('before', 'gzip')}, from memory to memory, both in a worker.`,
          'CPU is that of all processes of the browser. In a round before, the SHA-256 of all output was equal.',
        ],
        contenders: measured,
        targets: [timesAsFast(theirs.name, costs(ours), costs(theirs), 3)],
      }
    } finally {
      await chromium.close()
    }
  },
}
