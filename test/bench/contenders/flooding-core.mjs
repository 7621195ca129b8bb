// Interning names: a layer index that has nothing but paths is loaded, again and again. Of its time nothing is anything else.

import { indexOf, namesAgainstFnv, namesAgainstKey, randomNames } from '../inputs/flooding-names.mjs'
import { createCore, viewOf } from './core.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

const KNOWN_KEY = /** @type {const} */ ([0, 0, 0, 0])

/**
 * @param {{ names: 'random' | 'against a key' | 'against FNV', key: 'drawn' | 'known', times: number }} options
 * @returns {Promise<Prepared<number>>}
 */
export async function prepare({ names, key, times }) {
  const core = await createCore()
  const list =
    names === 'random' ? randomNames() : names === 'against FNV' ? namesAgainstFnv() : namesAgainstKey(KNOWN_KEY)
  const index = indexOf(list)
  const load = () => {
    const [a, b, c, d] = key === 'known' ? KNOWN_KEY : crypto.getRandomValues(new Uint32Array(4))
    core.begin(a, b, c, d, 4096)
    core.beginDiff(false)
    const at = core.alloc(index.length)
    viewOf(core, at, index.length).set(index)
    core.loadIndex(at, index.length)
    return list.length
  }
  load()
  return {
    run() {
      let loaded = 0
      for (let i = 0; i < times; i++) loaded = load()
      return loaded
    },
    outcome: (loaded) => ({ equal: `${loaded} names` }),
  }
}
