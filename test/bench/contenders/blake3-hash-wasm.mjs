// BLAKE3 by hash-wasm: one hasher, started afresh for every message, which is its fastest way.

import { createBLAKE3 } from 'hash-wasm'
import { messagePool, sayDigests, start } from './messages.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ bytes: number, count: number }} options
 * @returns {Promise<Prepared<Uint8Array<ArrayBuffer>>>}
 */
export async function prepare({ bytes, count }) {
  const pool = messagePool({ bytes, count })
  const hasher = await createBLAKE3()
  /** @param {number} many */
  const hash = (many) => {
    const digests = new Uint8Array(many * 32)
    for (let i = 0; i < many; i++) {
      const from = start(i)
      digests.set(
        hasher
          .init()
          .update(pool.subarray(from, from + bytes))
          .digest('binary'),
        i * 32,
      )
    }
    return digests
  }
  hash(Math.ceil(count / 10)) // lets V8 compile it with its optimising compiler
  return { run: () => hash(count), outcome: async (digests) => ({ equal: await sayDigests(digests) }) }
}
