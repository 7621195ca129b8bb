// diffLayers and createEngine, as callers have them.

import { diffStacks } from './compose/stacks.js'
import { WorkerEngine } from './engine/engine.js'
import type { DiffOptions, Engine, EngineOptions } from './engine-types.js'
import { resolveDiffOptions } from './options.js'
import type { LayerDiff, LayerInput } from './types.js'

/**
 * Tells what turns the merged tree of `a` into the merged tree of `b`.
 *
 * @param a a layer, or a stack of layers, bottom first
 * @param b the same, for the other side
 * @throws {LayerDiffError} with a stable `code`, the place of the fault and what to do; or the signal's reason
 * @example
 * const diff = await diffLayers(oldLayer, newLayer)
 * for (const { kind, path } of diff.changes) console.log(kind, path)
 */
export async function diffLayers(
  a: LayerInput | readonly LayerInput[],
  b: LayerInput | readonly LayerInput[],
  options: DiffOptions = {},
): Promise<LayerDiff> {
  const resolved = resolveDiffOptions(options)
  const { diff } = await diffStacks(asStack(a), asStack(b), { ...resolved, cache: undefined })
  return diff
}

/**
 * An engine of one's own: a pool of workers with its own size, to be disposed of. Workers are started when there is work for them.
 *
 * @throws {LayerDiffError} INVALID_ARGUMENT
 * @example
 * const engine = createEngine({ workers: 2 })
 * const index = await engine.index('old.tar.gz')
 * const diff = await diffLayers(index, 'new.tar.gz', { engine })
 * await engine.dispose()
 */
export function createEngine(options: EngineOptions = {}): Engine {
  return new WorkerEngine(options)
}

function asStack(given: LayerInput | readonly LayerInput[]): readonly LayerInput[] {
  return Array.isArray(given) ? (given as readonly LayerInput[]) : [given as LayerInput]
}
