// Two layers end to end in a page: layerdiff against DecompressionStream, modern-tar and crypto.subtle.

import { openChromium } from '../chromium-page.mjs'
import { atMost, compare, costs } from '../comparison.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const layersChromium = {
  name: 'layers-chromium',
  title: 'Two layers end to end, Chromium',
  async run(settings) {
    const layers = await usrLayers(settings)
    const chromium = await openChromium()
    try {
      const urls = {
        before: chromium.url(layers.path('before', 'gzip')),
        after: chromium.url(layers.path('after', 'gzip')),
      }
      const measured = await compare(
        [
          chromium.contender('layerdiff', 'layers-layerdiff', urls),
          chromium.contender('modern-tar', 'layers-modern-tar', urls),
        ],
        settings.rounds,
      )
      const [ours, theirs] = measured
      return {
        about: [
          'The same gzip layers as Blobs, until every change is in hand. modern-tar: DecompressionStream, modern-tar,',
          'crypto.subtle and Maps. CPU is that of all processes of the browser, reading the Blobs included.',
          `All found: ${ours.rounds[0].equal}.`,
        ],
        contenders: measured,
        targets: [
          atMost('CPU, of DecompressionStream, modern-tar and crypto.subtle', costs(ours), costs(theirs), 0.35),
        ],
      }
    } finally {
      await chromium.close()
    }
  },
}
