// A stack taken apart: what each of its layers does to those below it.

import type { DiffJob, StepsJob } from '../engine/protocol.js'
import { decodeDiff } from '../engine/result.js'
import { refuseWarnings } from '../engine/strict.js'
import type { ImageWaste } from '../image-types.js'
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerInput } from '../types.js'
import { engineOf, type ReadStacksOptions, readStacks } from './layers.js'
import { factsOf, type LayerRead, readingOf, unpackedBytes } from './stacks.js'
import { measureWaste } from './waste.js'

export interface StackSteps {
  readonly steps: readonly LayerDiff[]
  readonly layers: readonly LayerRead[]
  readonly waste: ImageWaste
}

/** What each layer of a stack does to those below it, bottom first; and what all of them waste. */
export async function stackSteps(
  layers: readonly LayerInput[],
  options: ResolvedDiffOptions & Pick<ReadStacksOptions, 'cache'>,
): Promise<StackSteps> {
  const engine = engineOf(options.engine)
  const call = engine.pool.call()
  const placed = await readStacks(engine, [], layers, { ...options, call, headersOnly: false })
  const { followSymlinks, limits, signal } = options
  const { after: stack } = placed
  const run = (job: StepsJob | DiffJob) => {
    const transfer = job.indexes.map((index) => index.buffer as ArrayBuffer)
    return call.do(job, transfer, signal)
  }
  // What goes to a worker is given away, and the indexes are needed here too.
  const copies = () => placed.layers.map(({ index }) => new Uint8Array(index.bytes))
  const whole = { before: [], after: stack, ignore: [], compare: 0, followSymlinks, limits }
  const [parts, [merged]] = await Promise.all([
    run({ type: 'steps', indexes: copies(), stack, followSymlinks, limits }),
    run({ type: 'diff', indexes: copies(), ...whole }),
  ])
  const steps = await Promise.all(parts.map((bytes) => decodeDiff(bytes, [], readingOf(engine, placed.layers, bytes))))
  if (options.strict) for (const { warnings } of steps) refuseWarnings(warnings, true)
  const indexes = placed.layers.map(({ index }) => index.bytes)
  const waste = measureWaste(indexes, stack, merged as Uint8Array)
  return { steps, layers: factsOf(placed, new Set(), unpackedBytes(placed)).after, waste }
}
