// The engine against the slow reference, on random stacks of layers.

import { describe, expect, it } from 'vitest'
import { engineOutcome, referenceOutcome } from '../support/agreement.js'
import { randomPair } from '../support/stacks.js'

const SEEDS = 200

describe('random stacks of layers', () => {
  for (const symlinkParents of ['overlay', 'follow'] as const) {
    it(`${SEEDS} pairs agree with the reference, symlink parents: ${symlinkParents}`, async () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const { before, after } = randomPair(seed)
        const options = { symlinkParents, compare: { mtime: seed % 2 === 0 } }
        const expected = await referenceOutcome(before, after, options)
        expect(await engineOutcome(before, after, options), `seed ${seed}`).toEqual(expected)
      }
    }, 60_000)
  }
})
