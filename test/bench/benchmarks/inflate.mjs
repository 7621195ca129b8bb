// gzip with crc32 in Node: layerdiff's WebAssembly against node:zlib at four chunk sizes.

import { cheapest, compare, costs, timesAsFast } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'
import { inNode } from '../node-process.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */

const chunkKilobytes = [16, 64, 256, 1024]

/** @type {Benchmark} */
export const inflate = {
  name: 'inflate',
  title: 'gzip with crc32, Node',
  async run(settings) {
    const layers = await usrLayers(settings)
    const url = fileUrl(layers.path('before', 'gzip'))
    /** @param {boolean} whole */
    const contenders = (whole) => [
      inNode('layerdiff', 'inflate-core', { url, whole }),
      ...chunkKilobytes.map((kilobytes) =>
        inNode(`zlib, ${kilobytes} KB`, 'inflate-zlib', { url, whole, chunkSize: kilobytes * 1024 }),
      ),
    ]
    await compare(contenders(true), 1)
    const measured = await compare(contenders(false), settings.rounds)
    const [ours, ...zlib] = measured
    const best = cheapest(zlib)
    return {
      about: [
        `One layer of ${layers.size('before', 'plain')} bytes, with gzip -6 ${layers.size('before', 'gzip')}, from memory to memory.`,
        'In a round before, the SHA-256 of all output was equal. Starting the WebAssembly is in the figures.',
      ],
      contenders: measured,
      targets: [timesAsFast(`${best.name}, its best chunk size`, costs(ours), costs(best), 1.2)],
    }
  },
}
