// The entries of one layer of a stack, markers and all, as its archive has them.
//
// Takes: a stack, and which of its layers. Gives: the entries, in the archive's order, as often as they are asked for. No other layer is read.

import { type LayerEntry, layerEntries } from '../engine/index-entries.js'
import type { DiffOptions } from '../engine-types.js'
import { resolveDiffOptions } from '../options.js'
import type { LayerInput } from '../types.js'
import { engineOf, type ReadStacksOptions, readStacks, withoutSide } from './layers.js'

/** @throws {LayerDiffError} what reading a layer throws, with its number in the stack; or the signal's reason */
export async function readLayerEntries(
  layers: readonly LayerInput[],
  layer: number,
  { cache, ...given }: DiffOptions & Partial<Pick<ReadStacksOptions, 'cache'>>,
): Promise<Iterable<LayerEntry>> {
  const options = { ...resolveDiffOptions(given), cache, headersOnly: true }
  try {
    const engine = engineOf(options.engine)
    const reading = { ...options, call: engine.pool.call() }
    const placed = await readStacks(engine, [], layers.slice(layer, layer + 1), reading)
    const [read] = placed.layers
    if (!read) return []
    const { bytes } = read.index
    return { [Symbol.iterator]: () => layerEntries(bytes) }
  } catch (error) {
    throw withoutSide(error, layer)
  }
}
