// The page's end of a long life: test/bench/long-life/chromium-life.mjs begins it and goes on with it.

import { beginLife } from './life.mjs'

/** @import { Life } from './life.mjs' */

/**
 * @typedef {object} PageLife
 * @property {(entry: string) => Promise<void>} begin an engine of the package's build at an address
 * @property {(mark: number, leak: number) => Promise<void>} go diffs until so many have been made; `leak` bytes are kept of each
 * @property {() => Promise<void>} dispose
 */

/** @type {Life} */
let life
/** @type {Uint8Array[]} */
const leaked = []

/** @type {PageLife} */
const pageLife = {
  async begin(entry) {
    life = await beginLife(await import(entry), { workers: 2 })
  },
  async go(mark, leak) {
    for (let made = leaked.length; leak > 0 && made < mark; made++) {
      await life.go(made + 1)
      leaked.push(new Uint8Array(leak))
    }
    await life.go(mark)
  },
  dispose: () => life.engine.dispose(),
}
Object.assign(globalThis, { pageLife })
