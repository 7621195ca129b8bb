// gzip by node:zlib's stream, whose output comes in chunks of a size to choose; crc32 verified.

import { once } from 'node:events'
import { createGunzip } from 'node:zlib'
import { inputBytes } from './input-bytes.mjs'
import { outputCheck } from './output-check.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ url: string, whole: boolean, chunkSize: number }} options
 * @returns {Promise<Prepared<void>>}
 */
export async function prepare({ url, whole, chunkSize }) {
  const input = await inputBytes(url)
  const check = outputCheck(whole)
  return {
    async run() {
      const gunzip = createGunzip({ chunkSize })
      gunzip.on('data', check.take)
      const ended = once(gunzip, 'end')
      // All at once is what it does fastest: there is no wait for the next piece of input.
      gunzip.end(input)
      await ended
    },
    outcome: async () => ({ equal: await check.say() }),
  }
}
