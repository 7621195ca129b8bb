// The WebAssembly of layerdiff by itself: what its engine calls, without the engine. Runs in Node and in a page.

import { inputBytes } from './input-bytes.mjs'

/** @import { CoreExports } from '../../../src/engine/abi.js' */

/** @returns {Promise<CoreExports>} */
export async function createCore() {
  const bytes = await inputBytes(new URL('../../../dist/core.wasm', import.meta.url).href)
  const { instance } = await WebAssembly.instantiate(bytes, {
    env: {
      /** @param {number} status */
      fail(status) {
        throw new Error(`the WebAssembly failed with status ${status}`)
      },
    },
  })
  const core = /** @type {CoreExports} */ (/** @type {unknown} */ (instance.exports))
  core.begin(1, 2, 3, 4, 4096)
  return core
}

/**
 * A view of its memory; void as soon as memory grows.
 * @param {CoreExports} core
 * @param {number} at
 * @param {number} length
 */
export function viewOf(core, at, length) {
  return new Uint8Array(core.memory.buffer, at >>> 0, length >>> 0)
}
