// Whether engine and reference say the same of two stacks: the changes to the letter, the warnings by code, or an error
// of the same code. Runs in Node and in browsers.

import { type DiffOptions, diffLayers, type LayerDiff, LayerDiffError, type LayerInput } from '../../src/index.js'
import { type JsonDiff, type ReferenceOptions, referenceDiff } from './reference.js'
import { RefusedError } from './reference-tar.js'

export type Outcome = { error: string } | { diff: Omit<JsonDiff, 'warnings'>; warnings: string[] }

/** Each code once: the engine tells but once what is odd about a layer that stands on both sides. */
function sortedCodes(warnings: readonly { code: string }[]): string[] {
  return [...new Set(warnings.map(({ code }) => code))].sort()
}

export async function engineOutcome(
  before: readonly LayerInput[],
  after: readonly LayerInput[],
  options: DiffOptions = {},
): Promise<Outcome> {
  try {
    return plainOutcome(await diffLayers(before, after, options))
  } catch (error) {
    if (error instanceof LayerDiffError) return { error: error.code }
    throw error
  }
}

/** What a diff tells beyond its changes follows from them; the reference is about merging and comparing. */
export function plainOutcome(of: LayerDiff): Outcome {
  const { warnings, notable, renames, packages, ...diff } = JSON.parse(JSON.stringify(of))
  return { diff, warnings: sortedCodes(warnings) }
}

export async function referenceOutcome(
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
  options: ReferenceOptions = {},
): Promise<Outcome> {
  try {
    const { warnings, ...diff } = JSON.parse(JSON.stringify(await referenceDiff(before, after, options))) as JsonDiff
    return { diff, warnings: sortedCodes(warnings) }
  } catch (error) {
    if (error instanceof RefusedError) return { error: error.code }
    throw error
  }
}
