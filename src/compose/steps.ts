// A stack taken apart: what each of its layers does to those below it.

import { decodeDiff } from '../engine/result.js'
import { refuseWarnings } from '../engine/strict.js'
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerInput } from '../types.js'
import { engineOf, type ReadStacksOptions, readStacks } from './layers.js'
import { contentOf, factsOf, type LayerRead } from './stacks.js'

/** What each layer of a stack does to those below it, bottom first. */
export async function stackSteps(
  layers: readonly LayerInput[],
  options: ResolvedDiffOptions & Pick<ReadStacksOptions, 'cache'>,
): Promise<{ readonly steps: readonly LayerDiff[]; readonly layers: readonly LayerRead[] }> {
  const engine = engineOf(options.engine)
  const placed = await readStacks(engine, [], layers, { ...options, headersOnly: false })
  const facts = factsOf(placed, new Set())
  const indexes = placed.layers.map(({ index }) => new Uint8Array(index.bytes))
  const transfer = indexes.map((index) => index.buffer as ArrayBuffer)
  const { followSymlinks, limits, signal } = options
  const job = { type: 'steps', indexes, stack: placed.after, followSymlinks, limits } as const
  const parts = await engine.pool.do(job, transfer, signal)
  const steps = parts.map((bytes) => decodeDiff(bytes, [], contentOf(engine, placed.layers, bytes)))
  if (options.strict) for (const { warnings } of steps) refuseWarnings(warnings, true)
  return { steps, layers: facts.after }
}
