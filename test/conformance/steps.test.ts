// What each layer of a stack does to those below it: the same as comparing the stack without and with it.

import { expect, test } from 'vitest'
import { stackSteps } from '../../src/compose/steps.js'
import { diffLayers, type LayerDiff, type LayerInput } from '../../src/index.js'
import { resolveDiffOptions } from '../../src/options.js'
import { randomStack } from '../support/stacks.js'

const outcome = ({ changes, summary }: LayerDiff) => ({ summary, changes: Array.from(changes) })

test.for(Array.from({ length: 30 }, (_, seed) => seed))('a stack of seed %i', async (seed) => {
  const stack: LayerInput[] = randomStack(seed)
  const expected: unknown[] = []
  let code: string | undefined
  for (let layer = 0; layer < stack.length && code === undefined; layer++) {
    const diff = await diffLayers(stack.slice(0, layer), stack.slice(0, layer + 1)).catch((error) => {
      code = error.code
    })
    if (diff) expected.push(outcome(diff))
  }
  const stepping = stackSteps(stack, { ...resolveDiffOptions({}), cache: undefined })
  if (code !== undefined) return expect(stepping).rejects.toMatchObject({ code })
  const { steps, layers } = await stepping
  expect(steps.map(outcome)).toEqual(expected)
  expect(layers.length).toBe(stack.length)
})
