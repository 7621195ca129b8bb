// A long list of changes on a page: <layer-diff> against an element for each change.

import { openChromium } from '../chromium-page.mjs'
import { compare, timesAsFast } from '../comparison.mjs'
import { syntheticLayer } from '../inputs/synthetic.mjs'
import { spreadOf } from '../statistics.mjs'

/** @import { Benchmark, Measured, Target } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const elementChromium = {
  name: 'element-chromium',
  title: 'A long list of changes, Chromium',
  async run(settings) {
    const [many, fewer] = settings.smoke ? [2000, 1000] : [1_000_000, 100_000]
    const rounds = Math.min(settings.rounds, 3)
    const layer = (/** @type {number} */ entries) => syntheticLayer({ entries, side: 'after', perDirectory: entries })
    const paths = [await layer(fewer), await layer(many)]
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
      return {
        about: [
          'All changes lie in one directory, which is open. Wall is the time from the report to the first row; a frame is',
          'the time from one to the next while the list is scrolled from end to end in 120 steps, 16.7 ms at best.',
        ],
        contenders: [ours, list, million],
        targets: [
          timesAsFast('first row, as fast as a plain list', walls(ours), walls(list), null),
          ...[ours, list, million].map(frames),
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
