// A contender in a page of its own, in a browser context of its own and so in a process of its own, so that none finds
// its code compiled or its memory grown by another.
//
// CPU time is that of all the browser's processes, user and system, while the run lasts: the page's threads, its
// workers, and the browser's own part in reading Blobs. Where the system does not tell it, the clock on the wall has to
// do.

import { chromium } from 'playwright'
import { chromiumArgs, ensureChromium } from '../../scripts/chromium.mjs'
import { serveFiles } from './file-server.mjs'
import { cpuBelow, memoryBelow } from './process-tree.mjs'

/** @import { Contender, Options } from './benchmark.mjs' */
/** @import { BenchPage } from './page/page.mjs' */

/** Milliseconds between two looks at memory. */
const lookEvery = 50

/**
 * @typedef {object} More
 * @property {boolean} [inWorker] whether it runs in a worker of the page
 * @property {boolean} [watchMemory] whether the browser's memory is looked at while it runs, which takes time of its own
 *
 * @typedef {object} Chromium
 * @property {(name: string, module: string, options: Options, more?: More) => Contender} contender
 * @property {(path: string) => string} url of a file, for the page
 * @property {() => Promise<void>} close
 */

/**
 * @returns {Promise<Chromium>}
 * @throws {Error} where there is no browser
 */
export async function openChromium() {
  const executablePath = ensureChromium()
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  const server = await serveFiles()
  return {
    url: server.url,
    async close() {
      await browser.close()
      await server.close()
    },
    contender: (name, module, options, { inWorker = false, watchMemory = false } = {}) => ({
      name,
      async measure() {
        const context = await browser.newContext()
        try {
          const page = await context.newPage()
          page.on('pageerror', (error) => process.stderr.write(`${name}: ${error.message}\n`))
          await page.goto(server.url('test/bench/page/index.html'))
          await page.waitForFunction(() => 'bench' in globalThis)
          const bench = await page.evaluateHandle(
            () => /** @type {{ bench: BenchPage }} */ (/** @type {unknown} */ (globalThis)).bench,
          )
          await bench.evaluate(
            (bench, args) => bench.prepare(...args),
            /** @type {Parameters<BenchPage['prepare']>} */ ([module, options, inWorker]),
          )
          const start = cpuBelow(process.pid)
          const running = bench.evaluate((bench) => bench.run())
          const peak = watchMemory ? await watchedPeak(running) : null
          const wall = await running
          const end = cpuBelow(process.pid)
          const { equal, facts = {} } = await bench.evaluate((bench) => bench.outcome())
          return { cpu: start === null || end === null ? null : end - start, wall, peak, equal, facts }
        } finally {
          await context.close()
        }
      },
    }),
  }
}

/**
 * The most that all of the browser's processes take while something runs; null where the system does not tell.
 * @param {Promise<unknown>} running
 */
async function watchedPeak(running) {
  let over = false
  const end = () => {
    over = true
  }
  running.then(end, end)
  let peak = memoryBelow(process.pid)
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, lookEvery))
    const now = memoryBelow(process.pid)
    peak = peak === null || now === null ? null : Math.max(peak, now)
  }
  return peak
}
