// BLAKE3 by layerdiff's WebAssembly. `inPlace` leaves out the copy of the message into its memory: in the engine,
// contents are hashed where they were decompressed.

import { createCore, viewOf } from './core.mjs'
import { messagePool, sayDigests, start } from './messages.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ bytes: number, count: number, inPlace: boolean }} options
 * @returns {Promise<Prepared<Uint8Array<ArrayBuffer>>>}
 */
export async function prepare({ bytes, count, inPlace }) {
  const pool = messagePool({ bytes, count })
  const core = await createCore()
  const at = core.alloc(pool.length)
  const out = core.alloc(32)
  // Nothing below makes memory grow, so that the views hold.
  const window = viewOf(core, at, pool.length)
  const digest = viewOf(core, out, 32)
  window.set(pool)
  /** @param {number} many */
  const hash = (many) => {
    const digests = new Uint8Array(many * 32)
    for (let i = 0; i < many; i++) {
      const from = start(i)
      if (!inPlace) window.set(pool.subarray(from, from + bytes))
      core.blake3Start()
      core.blake3Update(inPlace ? at + from : at, bytes)
      core.blake3Finish(out)
      digests.set(digest, i * 32)
    }
    return digests
  }
  hash(Math.ceil(count / 10)) // lets V8 compile it with its optimising compiler
  return { run: () => hash(count), outcome: async (digests) => ({ equal: await sayDigests(digests) }) }
}
