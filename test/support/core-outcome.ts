// What one WebAssembly instance says of two stacks of uncompressed layers, without a worker and its messages: for
// campaigns of millions, and to compare builds with each other. Runs in Node and in browsers.

import { FIELDS } from '../../src/engine/abi.js'
import { decodeDiff } from '../../src/engine/result.js'
import type { Core } from '../../src/engine/wasm.js'
import { type DiffOptions, type LayerDiff, LayerDiffError } from '../../src/index.js'
import { resolveDiffOptions } from '../../src/options.js'
import { type Outcome, plainOutcome } from './agreement.js'
import { indexBytes } from './core.js'

/**
 * Layers that stand on both sides, or twice, are the same object.
 *
 * @throws {LayerDiffError} what reading and merging throw
 */
export async function coreDiff(
  core: Core,
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
  options: DiffOptions = {},
): Promise<LayerDiff> {
  const { followSymlinks, compare, limits, ignore } = resolveDiffOptions(options)
  const layers = [...new Set([...before, ...after])]
  const placesOf = (stack: readonly Uint8Array[]) => stack.map((layer) => layers.indexOf(layer))
  const indexes: Uint8Array[] = []
  for (const layer of layers) indexes.push(await indexBytes(core, layer))
  const bytes = core.diff({
    type: 'diff',
    indexes,
    before: placesOf(before),
    after: placesOf(after),
    ignore,
    compare: FIELDS.reduce((mask, field, bit) => (compare[field] ? mask | (1 << bit) : mask), 0),
    followSymlinks,
    limits,
  })
  const twins = after.map((layer) => (before.includes(layer) ? before.indexOf(layer) : undefined))
  return decodeDiff(bytes, twins, NOTHING_TO_READ)
}

export async function coreOutcome(...given: Parameters<typeof coreDiff>): Promise<Outcome> {
  try {
    return plainOutcome(await coreDiff(...given))
  } catch (error) {
    if (error instanceof LayerDiffError) return { error: error.code }
    throw error
  }
}

/** The layers are gone when the diff is there. */
const NOTHING_TO_READ = {
  content: () => Promise.reject(new Error('no contents here')),
  contents: () => Promise.reject(new Error('no contents here')),
}
