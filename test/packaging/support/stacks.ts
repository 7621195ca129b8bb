// The real layers that every row diffs, and what must come of it.
//
// Gives: pairs of stacks, of gzip and of zstd blobs, and a check of results as fixtures print them, against the kernel's truth.

import { expect } from 'vitest'
import type { ChangeJson } from '../../../src/types.js'
import { comparable, layerPaths, type Pair, trueDiff } from '../../support/truth.js'

export interface Stacks {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** What a fixture says of one diff. */
export interface Result {
  readonly mode: string
  readonly changes: readonly ChangeJson[]
}

const pair: Pair = 'small-1-small-2'

export const stacks = (): readonly Stacks[] =>
  (['oci-gzip', 'oci-zstd'] as const).map((form) => ({
    before: layerPaths('small-1', form),
    after: layerPaths('small-2', form),
  }))

export function expectTrueChanges(changes: readonly ChangeJson[]): void {
  expect(comparable(changes)).toEqual(comparable(trueDiff(pair)))
}

/** Checks results, of all stacks once or `times`: what differs, and where the work was done. */
export function expectTruth(results: readonly Result[], mode: 'worker' | 'in-thread', times = 1): void {
  expect(results.map((result) => result.mode)).toEqual(Array(stacks().length * times).fill(mode))
  for (const { changes } of results) expectTrueChanges(changes)
}
