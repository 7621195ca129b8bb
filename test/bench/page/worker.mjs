// A contender in a worker of the page, one step a message. Imports no package: workers have no import map.

/** @import { Prepared } from '../benchmark.mjs' */

/** @type {Prepared<unknown> | undefined} */
let prepared
/** @type {unknown} */
let value

/** @param {{ step: 'prepare' | 'run' | 'outcome', module: string, options: object }} message */
async function take({ step, module, options }) {
  if (step === 'prepare') {
    const { prepare } = await import(`../contenders/${module}.mjs`)
    prepared = await prepare(options)
    return null
  }
  if (prepared === undefined) throw new Error('nothing is prepared')
  if (step === 'outcome') return prepared.outcome(value)
  const start = performance.now()
  value = await prepared.run()
  return (performance.now() - start) / 1000
}

globalThis.onmessage = ({ data }) => {
  take(data).then(
    (value) => globalThis.postMessage({ value }),
    (error) => globalThis.postMessage({ error: String(error) }),
  )
}
