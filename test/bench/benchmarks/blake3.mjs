// The content hash: layerdiff's WebAssembly against hash-wasm, on messages of four sizes.

import { compare, costs, timesAsFast } from '../comparison.mjs'
import { inNode } from '../node-process.mjs'

/** @import { Benchmark, Measured, Target } from '../benchmark.mjs' */

/** @type {{ bytes: number, label: string, limit: number | null }[]} */
const sizes = [
  { bytes: 100, label: '100 B', limit: null },
  { bytes: 2048, label: '2 KB', limit: 1 },
  { bytes: 16_384, label: '16 KB', limit: null },
  { bytes: 2 ** 20, label: '1 MB', limit: 1.4 },
]

/** @type {Benchmark} */
export const blake3 = {
  name: 'blake3',
  title: 'BLAKE3, Node',
  async run({ smoke, rounds }) {
    /** @type {Measured[]} */
    const contenders = []
    /** @type {Target[]} */
    const targets = []
    for (const { bytes, label, limit } of sizes) {
      // Small messages cost more a byte.
      const total = (bytes < 1024 ? 64e6 : 512e6) / (smoke ? 100 : 1)
      const messages = { bytes, count: Math.ceil(total / bytes) }
      const measured = await compare(
        [
          inNode(`layerdiff, ${label}`, 'blake3-core', { ...messages, inPlace: false }),
          inNode(`layerdiff in place, ${label}`, 'blake3-core', { ...messages, inPlace: true }),
          inNode(`hash-wasm, ${label}`, 'blake3-hash-wasm', messages),
        ],
        rounds,
      )
      contenders.push(...measured)
      const [ours, , theirs] = measured
      const rate = total / Math.min(...costs(ours)) / 1e6
      const target = timesAsFast(`hash-wasm on ${label}`, costs(ours), costs(theirs), limit)
      targets.push({ ...target, figure: `${target.figure}; ${rate.toFixed(0)} MB/s at best` })
    }
    return {
      about: [
        'Different messages, 512 MB in all (64 MB of 100 B), from JavaScript memory: both copy each into their own. All',
        'digests equal. "In place" is what the engine does: the message lies in WebAssembly memory already.',
      ],
      contenders,
      targets,
    }
  },
}
