// 10,000 diffs by one engine: memory stays where it was, no worker or handle is left, and the process ends by itself.
//
// Real processes and a real page, each of its own. Where no Chromium is found its rows are skipped, but never on CI.

import { describe, expect, test } from 'vitest'
import { findChromium } from '../../scripts/chromium.mjs'
import { liveInChromium } from '../bench/long-life/chromium-life.mjs'
import { liveInNode } from '../bench/long-life/node-life.mjs'
import { SCALE } from '../support/fuzz.js'

/** Caches are full by then, code is compiled, and pools have their workers. */
const WARM = 2000
const DIFFS = 10_000 * SCALE

/**
 * Bytes by which what is held may grow with each diff. Measured are 5 to 60, fewer the longer it lasts: code that is optimised,
 * and what the platform itself keeps. What leaks is more: a listener with its closure takes some 200 bytes, an index or a result of
 * these layers 1 to 2 KB, a chunk half a megabyte.
 */
const LEAK = 256

/**
 * Bytes by which the process may grow from then on. Its heaps grow towards what the collector finds comfortable, up to 48 MiB of
 * new objects for each thread, and the allocator keeps what was freed in pieces: 8 to 41 MB are measured in all, and none after
 * 20,000 diffs. Memory that no heap knows of, such as a decoder's WebAssembly, comes in megabytes: a hundred of them fail.
 */
const BREATH = 100e6

const TIME = 600_000 * SCALE

interface Mark {
  readonly diffs: number
  readonly held: number
  readonly resident: number | null
  readonly workers: number
}

function growth(marks: readonly Mark[]) {
  const [warm, full, disposed] = marks as [Mark, Mark, Mark]
  const each = (full.held - warm.held) / (full.diffs - warm.diffs)
  return { warm, full, disposed, each, resident: (full.resident ?? 0) - (warm.resident ?? 0) }
}

describe(`${DIFFS} diffs by one engine in Node`, () => {
  test.for(['workers', 'in-thread', 'inline'] as const)(
    '%s: hold no more at the end than after the first, and leave nothing',
    { timeout: TIME },
    async (where) => {
      const marks = await liveInNode({ where, marks: [WARM, DIFFS] })
      const { warm, full, disposed, each, resident } = growth(marks)
      expect(each).toBeLessThan(LEAK)
      expect(resident).toBeLessThan(BREATH)
      expect([warm.workers, full.workers, disposed.workers]).toEqual(where === 'workers' ? [2, 2, 0] : [1, 1, 0])
      expect(marks.map(({ threads }) => threads)).toEqual(where === 'workers' ? [2, 2, 0] : [0, 0, 0])
      expect(marks.map(({ resources }) => resources)).toEqual([[], [], []])
    },
  )

  test('would be seen to keep 1 KB of every diff', { timeout: TIME }, async () => {
    const { each } = growth(await liveInNode({ where: 'workers', marks: [WARM, 2 * WARM], leak: 1024 }))
    expect(each).toBeGreaterThan(LEAK)
  })
})

describe.skipIf(findChromium() === undefined && !process.env.CI)(`${DIFFS} diffs by one engine in Chromium`, () => {
  test.for(['workers', 'inline'] as const)(
    '%s: hold no more at the end than after the first, and leave nothing',
    { timeout: TIME },
    async (where) => {
      const { warm, full, disposed, each } = growth(await liveInChromium({ where, marks: [WARM, DIFFS] }))
      expect(each).toBeLessThan(LEAK)
      expect([warm.workers, full.workers, disposed.workers]).toEqual(where === 'workers' ? [2, 2, 0] : [0, 0, 0])
    },
  )

  test('would be seen to keep 1 KB of every diff', { timeout: TIME }, async () => {
    const { each } = growth(await liveInChromium({ where: 'workers', marks: [WARM, 2 * WARM], leak: 1024 }))
    expect(each).toBeGreaterThan(LEAK)
  })
})
