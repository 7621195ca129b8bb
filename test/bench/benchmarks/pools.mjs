// What a smaller pool saves and what it costs: stacks of layers by one worker, by two, by as many as there are processors, and by the most
// that a pool has.

import { availableParallelism } from 'node:os'
import { openChromium } from '../chromium-page.mjs'
import { compare } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { syntheticLayer } from '../inputs/synthetic.mjs'
import { inNode } from '../node-process.mjs'
import { ratioOf, spreadOf } from '../statistics.mjs'

/** @import { Benchmark, Measured, Target } from '../benchmark.mjs' */

/** Most workers that an engine has of its own accord. */
const most = 8

/** @type {Benchmark} */
export const pools = {
  name: 'pools',
  title: 'Pools of one worker and of more, Node and Chromium',
  async run(settings) {
    const [stack, entries, fileBytes] = settings.smoke ? [2, 200, 1000] : [4, 2000, 10_000]
    const layers = { before: await stackOf('before'), after: await stackOf('after') }
    /** @param {'before' | 'after'} side */
    async function stackOf(side) {
      const paths = []
      for (let layer = 0; layer < stack; layer++) {
        paths.push(await syntheticLayer({ entries: entries + layer, side, fileBytes, perDirectory: 100 }))
      }
      return paths
    }
    const sizes = [...new Set([1, 2, availableParallelism(), most])].sort((a, b) => a - b)
    const rounds = Math.min(settings.rounds, 3)
    const say = (/** @type {number} */ workers) => `${workers} worker${workers === 1 ? '' : 's'}`
    /** @param {(path: string) => string} url */
    const options = (url) => ({ before: layers.before.map(url).join(' '), after: layers.after.map(url).join(' ') })
    const node = await compare(
      sizes.map((workers) => inNode(`Node, ${say(workers)}`, 'stacks-layerdiff', { ...options(fileUrl), workers })),
      rounds,
    )
    const chromium = await openChromium()
    try {
      const pages = await compare(
        sizes.map((workers) =>
          chromium.contender(
            `Chromium, ${say(workers)}`,
            'stacks-layerdiff',
            { ...options(chromium.url), workers },
            { watchMemory: true },
          ),
        ),
        rounds,
      )
      return {
        about: [
          `Two stacks of ${stack} gzip layers each, of ${entries} files of ${fileBytes / 1000} KB a layer, until every change is in hand; the`,
          'workers start in it. Memory is the most that the process, or all of the browser, took while it lasted. A hidden page is served by',
          'one worker, a device with 4 GiB or less by two, others by as many as there are processors, at most eight.',
        ],
        contenders: [...node, ...pages],
        targets: [...against(node, sizes), ...against(pages, sizes)],
      }
    } finally {
      await chromium.close()
    }
  },
}

/**
 * The smallest pool as the measure of all.
 * @param {Measured[]} measured
 * @param {number[]} sizes
 * @returns {Target[]}
 */
function against(measured, sizes) {
  const [one] = measured
  return measured.slice(1).map((more, index) => {
    const seconds = ratioOf(walls(more), walls(one)).median
    const memory = (peak(more) - peak(one)) / 1e6
    const each = memory / (sizes[index + 1] - 1)
    return {
      what: `${more.name}, against one`,
      target: 'information',
      figure: `${seconds.toFixed(2)} of its time, ${memory.toFixed(0)} MB more, ${each.toFixed(0)} MB a worker`,
      reached: null,
    }
  })
}

/** @param {Measured} measured */
function walls({ rounds }) {
  return rounds.map(({ wall }) => wall)
}

/** @param {Measured} measured */
function peak({ rounds }) {
  return spreadOf(rounds.map(({ peak }) => peak ?? Number.NaN)).median
}
