// One engine that makes 10,000 diffs of small layers: how fast they go, and what is held meanwhile.

import { liveInChromium } from '../long-life/chromium-life.mjs'
import { liveInNode } from '../long-life/node-life.mjs'

/** @import { Benchmark, Target } from '../benchmark.mjs' */

/** Bytes by which what is held may grow with each diff; test/fuzz/long-life.fuzz.ts says why. */
const leak = 256

/** @type {Benchmark} */
export const longLife = {
  name: 'long-life',
  title: 'One engine for 10,000 small diffs, Node and Chromium',
  async run({ smoke }) {
    const marks = smoke ? [0, 20, 40] : [0, 2000, 6000, 10_000]
    const lives = [
      { name: 'Node, two workers', live: () => liveInNode({ where: 'workers', marks }) },
      { name: 'Node, no worker to be had', live: () => liveInNode({ where: 'in-thread', marks }) },
      { name: 'Node, layerdiff/inline', live: () => liveInNode({ where: 'inline', marks }) },
      { name: 'Chromium, two workers', live: () => liveInChromium({ where: 'workers', marks }) },
      { name: 'Chromium, layerdiff/inline', live: () => liveInChromium({ where: 'inline', marks }) },
    ]
    /** @type {Target[]} */
    const targets = []
    // One after the other, and once: a life is its own comparison.
    for (const { name, live } of lives) {
      const found = await live()
      const [warm, full] = [found[1], found[marks.length - 1]]
      const each = (full.held - warm.held) / (full.diffs - warm.diffs)
      targets.push(
        inform(`${name}: diffs a second`, ((full.diffs - warm.diffs) / (full.seconds - warm.seconds)).toFixed(0)),
        inform(`${name}: held, MB`, found.map(({ held }) => megabytes(held)).join(', ')),
        inform(`${name}: processes, MB`, found.map(({ resident }) => megabytes(resident ?? Number.NaN)).join(', ')),
        {
          what: `${name}: held more with every diff`,
          target: `under ${leak} bytes`,
          figure: `${each.toFixed(0)} bytes`,
          reached: each < leak,
        },
      )
    }
    return {
      about: [
        'Diffs of layers of a few files in every form: bytes, Blobs, streams, responses, gzip, zstd, stacks, indexes, digests, contents,',
        `broken layers, aborted calls, one after the other. Memory after ${marks.join(', ')} diffs and after dispose(): held are the heaps and`,
        'buffers of the thread and its workers, garbage collected; processes is all that they take: with what is yet to be collected, and',
        'with Node or the whole browser.',
      ],
      contenders: [],
      targets,
    }
  },
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 100e6 ? 1 : 0)
}

/**
 * @param {string} what
 * @param {string} figure
 * @returns {Target}
 */
function inform(what, figure) {
  return { what, target: 'information', figure, reached: null }
}
