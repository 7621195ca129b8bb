// gzip by layerdiff's WebAssembly, crc32 verified: the loop of the engine's reader, without tar and hashes.
// Compressed bytes are copied from memory into its window, decompressed ones are looked at where they lie.

import { GzipState } from '../../../dist/engine/abi.js'
import { createCore, viewOf } from './core.mjs'
import { inputBytes } from './input-bytes.mjs'
import { outputCheck } from './output-check.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ url: string, whole: boolean }} options
 * @returns {Promise<Prepared<void>>}
 */
export async function prepare({ url, whole }) {
  const input = await inputBytes(url)
  const check = outputCheck(whole)
  return {
    async run() {
      const core = await createCore()
      core.gzipStart()
      let at = 0
      let state = -1
      while (state !== GzipState.Done) {
        const piece = input.subarray(at, at + core.gzipInputRoom())
        at += piece.length
        if (piece.length > 0) {
          viewOf(core, core.gzipInputAt(), piece.length).set(piece)
          core.gzipFed(piece.length)
        } else {
          core.gzipInputEnd()
        }
        do {
          state = core.gzipRun()
          check.take(viewOf(core, core.gzipOutputAt(), core.gzipOutputLength()))
        } while (state === GzipState.Output)
      }
    },
    outcome: async () => ({ equal: await check.say() }),
  }
}
