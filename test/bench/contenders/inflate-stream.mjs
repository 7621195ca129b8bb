// gzip by the DecompressionStream that browsers and Node have; crc32 verified.

import { inputBytes } from './input-bytes.mjs'
import { outputCheck } from './output-check.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

const pieceBytes = 256 * 1024

/**
 * @param {{ url: string, whole: boolean }} options
 * @returns {Promise<Prepared<void>>}
 */
export async function prepare({ url, whole }) {
  const input = await inputBytes(url)
  const check = outputCheck(whole)
  return {
    async run() {
      let at = 0
      /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */
      const pieces = new ReadableStream({
        pull(controller) {
          if (at >= input.length) controller.close()
          else controller.enqueue(input.slice(at, at + pieceBytes))
          at += pieceBytes
        },
      })
      const reader = pieces.pipeThrough(new DecompressionStream('gzip')).getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        check.take(value)
      }
    },
    outcome: async () => ({ equal: await check.say() }),
  }
}
