// The page's end of a measurement: prepares a contender in this thread or in a worker, runs it once, says what came
// out. test/bench/chromium-page.mjs calls the three steps and reads the processors' time in between.

/** @import { Options, Outcome, Prepared } from '../benchmark.mjs' */

/**
 * @typedef {object} BenchPage
 * @property {(module: string, options: Options, inWorker: boolean) => Promise<void>} prepare
 * @property {() => Promise<number>} run gives seconds
 * @property {() => Promise<Outcome>} outcome
 */

/** @type {{ run(): Promise<number>, outcome(): Promise<Outcome> } | null} */
let contender = null

/** @type {BenchPage} */
const bench = {
  async prepare(module, options, inWorker) {
    contender = inWorker ? await prepareInWorker(module, options) : await prepareHere(module, options)
  },
  run: () => prepared().run(),
  outcome: () => prepared().outcome(),
}
Object.assign(globalThis, { bench })

function prepared() {
  if (contender === null) throw new Error('nothing is prepared')
  return contender
}

/**
 * @param {string} module
 * @param {Options} options
 */
async function prepareHere(module, options) {
  const { prepare } = await import(`../contenders/${module}.mjs`)
  /** @type {Prepared<unknown>} */
  const { run, outcome } = await prepare(options)
  /** @type {unknown} */
  let value
  return {
    async run() {
      const start = performance.now()
      value = await run()
      return (performance.now() - start) / 1000
    },
    outcome: async () => outcome(value),
  }
}

/**
 * @param {string} module
 * @param {Options} options
 */
async function prepareInWorker(module, options) {
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' })
  /**
   * @param {object} message
   * @returns {Promise<unknown>}
   */
  const ask = (message) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.error === undefined ? resolve(data.value) : reject(new Error(data.error)))
      worker.onerror = (event) => reject(new Error(event.message))
      worker.postMessage(message)
    })
  await ask({ step: 'prepare', module, options })
  return {
    run: async () => Number(await ask({ step: 'run' })),
    outcome: async () => /** @type {Outcome} */ (await ask({ step: 'outcome' })),
  }
}
