// What a user downloads, as scripts/sizes.mjs measures it.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../../scripts/files.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */

const line = /^(.+?) +([\d.]+) KB gzip, limit ([\d.]+) KB/gm

/** @type {Benchmark} */
export const sizes = {
  name: 'sizes',
  title: 'Sizes',
  async run() {
    const { stderr } = spawnSync(process.execPath, [join(root, 'scripts/sizes.mjs')], { encoding: 'utf8' })
    const targets = [...stderr.matchAll(line)].map(([, what, size, limit]) => ({
      what,
      target: `under ${limit} KB`,
      figure: `${size} KB`,
      reached: Number(size) < Number(limit),
    }))
    if (targets.length === 0) throw new Error(`scripts/sizes.mjs said nothing of sizes:\n${stderr}`)
    return { about: ['Compressed with gzip -9; the zstd decoder is in none of them.'], contenders: [], targets }
  },
}
