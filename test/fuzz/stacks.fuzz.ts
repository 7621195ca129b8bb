// Random stacks of layers, against the slow reference.

import { expect, it } from 'vitest'
import { engineOutcome, referenceOutcome } from '../support/agreement.js'
import { FIRST_SEED, SCALE } from '../support/fuzz.js'
import { randomPair } from '../support/stacks.js'

const PAIRS = 800 * SCALE

it(
  `${PAIRS} pairs of stacks agree with the reference`,
  async () => {
    for (let i = 0; i < PAIRS; i++) {
      const seed = FIRST_SEED * 1_000_000 + i
      const { before, after } = randomPair(seed)
      const options = { symlinkParents: i % 2 ? 'follow' : 'overlay', compare: { mtime: i % 3 === 0 } } as const
      const expected = await referenceOutcome(before, after, options)
      expect(await engineOutcome(before, after, options), `seed ${seed}`).toEqual(expected)
    }
  },
  300_000 * SCALE,
)
