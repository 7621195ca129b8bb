// <layer-diff> on a page: a long list of changes against an element for each change, and how free the page is while two large
// layers are compared.

import { openChromium } from '../chromium-page.mjs'
import { compare, timesAsFast } from '../comparison.mjs'
import { syntheticLayer } from '../inputs/synthetic.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'
import { spreadOf } from '../statistics.mjs'

/** @import { Benchmark, Measured, Target } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const elementChromium = {
  name: 'element-chromium',
  title: 'The element, Chromium',
  async run(settings) {
    const [many, fewer] = settings.smoke ? [2000, 1000] : [1_000_000, 100_000]
    const rounds = Math.min(settings.rounds, 3)
    const layer = (/** @type {number} */ entries) => syntheticLayer({ entries, side: 'after', perDirectory: entries })
    const paths = [await layer(fewer), await layer(many)]
    const usr = await usrLayers(settings)
    const chromium = await openChromium()
    try {
      const [few, all] = paths.map((path) => ({ layer: chromium.url(path) }))
      const [ours, list] = await compare(
        [
          chromium.contender(`layer-diff, ${fewer} changes`, 'rows-element', few),
          chromium.contender(`a plain list, ${fewer} changes`, 'rows-list', few),
        ],
        rounds,
      )
      const [million] = await compare([chromium.contender(`layer-diff, ${many} changes`, 'rows-element', all)], rounds)
      const urls = { before: chromium.url(usr.path('before', 'gzip')), after: chromium.url(usr.path('after', 'gzip')) }
      const [large] = await compare(
        [chromium.contender('layer-diff, two layers compared', 'layers-element', urls)],
        rounds,
      )
      const longest = Math.max(...large.rounds.map(({ facts }) => facts.longest))
      return {
        about: [
          'All changes lie in one directory, which is open. Wall is the time from the report to the first row; a frame is',
          'the time from one to the next while the list is scrolled from end to end in 120 steps, 16.7 ms at best.',
        ],
        contenders: [ours, list, million, large],
        targets: [
          timesAsFast('first row, as fast as a plain list', walls(ours), walls(list), null),
          ...[ours, list, million].map(frames),
          {
            what: 'longest task of the page while two layers are compared',
            target: 'under 50 ms',
            figure: longest === 0 ? 'none of 50 ms' : `${longest.toFixed(0)} ms`,
            reached: longest < 50,
          },
        ],
      }
    } finally {
      await chromium.close()
    }
  },
}

/** @param {Measured} measured */
function walls({ rounds }) {
  return rounds.map(({ wall }) => wall)
}

/**
 * @param {Measured} measured
 * @returns {Target}
 */
function frames({ name, rounds }) {
  const of = (/** @type {string} */ fact) => spreadOf(rounds.map(({ facts }) => facts[fact])).median.toFixed(1)
  return {
    what: `frames while scrolling, ${name}`,
    target: 'information',
    figure: `${of('frameMedian')} ms in the middle, ${of('frameWorst')} ms at worst`,
    reached: null,
  }
}
