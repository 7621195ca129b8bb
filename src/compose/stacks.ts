// The layers of images, read: the one place where comparing and inspecting images meet the engine.
//
// Takes: stacks of layers. Gives: their diff, and what reading each layer told. Every distinct layer is read once.

import { type Distinct, diffLayers, engineOf, identityOf, readAll } from '../diff.js'
import type { CheckedIndex } from '../engine/engine.js'
import { isLayerSource } from '../input/source.js'
import { resolveDiffOptions } from '../options.js'
import type { DiffOptions, LayerDiff, LayerIndex, LayerInput, Side } from '../types.js'

/** What reading one layer told. */
export interface LayerRead {
  /** Bytes of its regular files; null where it was not read. */
  readonly unpackedBytes: number | null
  /** Whether its bytes were verified against a digest or diffId. */
  readonly verified: boolean
  /** Whether only its headers were read, and its contents are believed to be those of a layer of the other side. */
  readonly claimed: boolean
  /** Stored bytes that were read for it; 0 where the same layer was read already. */
  readonly bytesRead: number
}

export interface ReadStack {
  readonly indexes: readonly CheckedIndex[]
  readonly facts: readonly LayerRead[]
}

/** Reads the layers of both sides and compares them. */
export async function readStacks(
  before: readonly LayerInput[],
  after: readonly LayerInput[],
  options: DiffOptions,
): Promise<{ diff: LayerDiff; facts: { before: readonly LayerRead[]; after: readonly LayerRead[] } }> {
  const stacks = await readLayers({ before, after }, options)
  // How far the layers are has been told: what is read already would only be told again.
  const diff = await diffLayers(stacks.before.indexes, stacks.after.indexes, { ...options, onProgress: undefined })
  return { diff, facts: { before: stacks.before.facts, after: stacks.after.facts } }
}

/** Reads the layers of one image, which counts as the after side. */
export async function readStack(layers: readonly LayerInput[], options: DiffOptions): Promise<ReadStack> {
  const { after } = await readLayers({ before: [], after: layers }, options)
  return after
}

/** For each layer what turns the tree of those below into the tree with it. */
export async function layerSteps(indexes: readonly CheckedIndex[], options: DiffOptions): Promise<LayerDiff[]> {
  const { symlinkParents, signal, engine, limits } = options
  const steps: LayerDiff[] = []
  for (const index of indexes.keys()) {
    const [below, upTo] = [indexes.slice(0, index), indexes.slice(0, index + 1)]
    steps.push(await diffLayers(below, upTo, { symlinkParents, signal, engine, limits }))
  }
  return steps
}

async function readLayers(
  stacks: Readonly<Record<Side, readonly LayerInput[]>>,
  options: DiffOptions,
): Promise<Record<Side, ReadStack>> {
  const resolved = resolveDiffOptions(options)
  const distinct: Distinct[] = []
  const places = new Map<unknown, number>()
  const placeAll = (side: Side) =>
    stacks[side].map((given, layer) => {
      const input = readAlready(given)
      const key = identityOf(input)
      const place = places.get(key) ?? distinct.push({ input, side, layer }) - 1
      places.set(key, place)
      return place
    })
  const [before, after] = [placeAll('before'), placeAll('after')]
  const indexes = await readAll(engineOf(options.engine), distinct, resolved)
  const stackOf = (side: Side, of: readonly number[]): ReadStack => ({
    indexes: of.map((place) => indexes[place] as CheckedIndex),
    facts: of.map((place, layer) => {
      const { input, side: firstSide, layer: firstLayer } = distinct[place] as Distinct
      const index = indexes[place] as CheckedIndex
      const first = side === firstSide && layer === firstLayer
      const source = isLayerSource(input) ? input : null
      return {
        unpackedBytes: index.contentBytes,
        verified: source?.digest !== undefined || index.diffId !== null,
        claimed: false,
        bytesRead: first && index !== input ? index.sourceBytes : 0,
      }
    }),
  })
  return { before: stackOf('before', before), after: stackOf('after', after) }
}

/** A layer that its source gave but once brings its index along. */
function readAlready(input: LayerInput): LayerInput {
  return isLayerSource(input) && 'index' in input ? ((input.index as LayerIndex | undefined) ?? input) : input
}
