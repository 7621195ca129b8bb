// Random stacks of layers, against the slow reference: as callers have it, through workers, and straight into the
// WebAssembly, where a million stacks take minutes: FUZZ_SCALE=100 npm run test:fuzz -- stacks -t small

import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { engineOutcome, referenceOutcome } from '../support/agreement.js'
import { loadCore } from '../support/core.js'
import { coreOutcome } from '../support/core-outcome.js'
import { FIRST_SEED, SCALE } from '../support/fuzz.js'
import { randomPair } from '../support/stacks.js'

const PAIRS = 800 * SCALE
const SMALL_PAIRS = 5000 * SCALE

/** By the number of a pair: every way to follow symlinks with every way to compare times. */
const optionsOf = (i: number) =>
  ({ symlinkParents: i % 2 ? 'follow' : 'overlay', compare: { mtime: i % 3 === 0 } }) as const

it(
  `${PAIRS} pairs of stacks agree with the reference`,
  async () => {
    for (let i = 0; i < PAIRS; i++) {
      const seed = FIRST_SEED * 1_000_000 + i
      const { before, after } = randomPair(seed)
      const options = optionsOf(i)
      const expected = await referenceOutcome(before, after, options)
      expect(await engineOutcome(before, after, options), `seed ${seed}`).toEqual(expected)
    }
  },
  300_000 * SCALE,
)

it(
  `${SMALL_PAIRS} small pairs, ${2 * SMALL_PAIRS} stacks, agree with the reference`,
  async () => {
    const cores = [await loadCore('simd'), await loadCore('scalar')] as const
    let refused = 0
    let warned = 0
    for (let i = 0; i < SMALL_PAIRS; i++) {
      const seed = FIRST_SEED * 100_000_000 + i
      const { before, after } = randomPair(seed, { layers: 3, entries: 8, contentBytes: 65 })
      const expected = await referenceOutcome(before, after, optionsOf(i))
      const outcome = await coreOutcome(cores[i & 2 ? 1 : 0], before, after, optionsOf(i))
      // Told in full where it differs, which is far slower than finding that it does not.
      if (!isDeepStrictEqual(outcome, expected)) expect(outcome, `seed ${seed}`).toEqual(expected)
      if ('error' in expected) refused++
      else if (expected.warnings.length > 0) warned++
    }
    // Loops and warnings are met, and are not all that is met.
    expect(refused).toBeGreaterThan(SMALL_PAIRS / 2000)
    expect(refused).toBeLessThan(SMALL_PAIRS / 20)
    expect(warned).toBeGreaterThan(SMALL_PAIRS / 20)
    console.log(`${SMALL_PAIRS} pairs: ${refused} refused, ${warned} with warnings, no disagreement`)
  },
  300_000 * SCALE,
)
