// Two stacks compared: where options, engine and result meet.
//
// Takes: two stacks of whatever callers have. Gives: a LayerDiff, and what is known of each layer. Plain layers that need not
// be verified are read by their headers first; merging then tells which contents decide whether a file differs, and only
// those are read.

import { FIELDS } from '../engine/abi.js'
import type { WorkerEngine } from '../engine/engine.js'
import type { DiffJob } from '../engine/protocol.js'
import { decodeDiff } from '../engine/result.js'
import { LayerDiffError } from '../errors.js'
import type { ImageWaste } from '../image-types.js'
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerInput } from '../types.js'
import {
  engineOf,
  type PlacedLayer,
  type PlacedStacks,
  placeError,
  type ReadStacksOptions,
  readStacks,
} from './layers.js'

export interface StackOptions extends ResolvedDiffOptions, Pick<ReadStacksOptions, 'cache'> {
  /** Whether plain layers are read by their headers, and then what decides. Default true. */
  readonly headersOnly?: boolean | undefined
  /** Measures what the after stack stores and never shows. */
  readonly waste?: boolean | undefined
  /** Makes one layer of two, and gives the places of those that stand for two; see claims.ts. */
  readonly join?: ((stacks: PlacedStacks) => Set<number>) | undefined
}

/** What reading a layer of a stack told. */
export interface LayerRead {
  /** Equal for layers that are one and the same. */
  readonly place: number
  /** Bytes of its regular files. */
  readonly unpackedBytes: number
  readonly verified: boolean
  /** Whether it counts as shared by the configs' word alone. */
  readonly claimed: boolean
  /** Stored bytes that were read; of a layer that stands in several places all are told at the first. */
  readonly bytesRead: number
}

export interface StacksDiff {
  readonly diff: LayerDiff
  readonly before: readonly LayerRead[]
  readonly after: readonly LayerRead[]
  /** Null where it was not asked for. */
  readonly waste: ImageWaste | null
}

/** @throws {LayerDiffError} with the side and number of the layer at fault; or the signal's reason */
export async function diffStacks(
  a: readonly LayerInput[],
  b: readonly LayerInput[],
  options: StackOptions,
): Promise<StacksDiff> {
  const engine = engineOf(options.engine)
  const { signal } = options
  const call = engine.pool.call()
  const placed = await readStacks(engine, a, b, { ...options, call, headersOnly: options.headersOnly ?? true })
  const claimed = options.join?.(placed) ?? new Set<number>()
  const job: Omit<DiffJob, 'type' | 'indexes'> = {
    before: placed.before,
    after: placed.after,
    ignore: options.semantic ? [...(await noise()), ...options.ignore] : options.ignore,
    compare: FIELDS.reduce((mask, field, bit) => (options.compare[field] ? mask | (1 << bit) : mask), 0),
    followSymlinks: options.followSymlinks,
    limits: options.limits,
  }
  const run = async (type: DiffJob['type'], keep: (layer: PlacedLayer) => boolean, stacks: Partial<DiffJob> = {}) => {
    // What is needed again stays, and a copy goes; all else is given away. Copying and transferring takes half the time of
    // letting the message clone.
    const indexes = placed.layers.map((layer) => (keep(layer) ? new Uint8Array(layer.index.bytes) : layer.index.bytes))
    const transfer = indexes.map((index) => index.buffer as ArrayBuffer)
    const compared = call.do({ ...job, ...stacks, type, indexes }, transfer, signal)
    const [bytes] = await compared.catch((error) => {
      throw error instanceof LayerDiffError ? placeError(error, error.side, error.layer) : error
    })
    return bytes as Uint8Array
  }
  if (placed.layers.some(({ index }) => index.partial)) {
    // Loaded when it is needed, which is in Node alone.
    const { readWanted } = await import('./contents.js')
    await readWanted(call, placed, await run('wanted', () => true), signal)
  }
  const unpacked = unpackedBytes(placed)
  const waste = options.waste ? await wasteOf(placed, await run('diff', () => true, WHOLE)) : null
  const bytes = await run('diff', ({ given }) => given)
  const twins = new Map(placed.before.map((place, layer) => [place, layer] as const).reverse())
  let diff = await decodeDiff(
    bytes,
    placed.after.map((place) => twins.get(place)),
    readingOf(engine, placed.layers, bytes),
  )
  if (options.renames || options.packages) {
    const { addFindings } = await import('./findings.js')
    diff = await addFindings(diff, { call, layers: placed.layers, bytes }, options)
  }
  if (options.strict) {
    const { refuseWarnings } = await import('../engine/strict.js')
    refuseWarnings(diff.warnings, true)
  }
  return { diff, ...factsOf(placed, claimed, unpacked), waste }
}

/** Compares nothing with the after stack: the merged tree, as additions. */
const WHOLE: Partial<DiffJob> = { before: [], ignore: [], compare: 0 }

// Loaded by those who ask for them.

async function noise(): Promise<readonly string[]> {
  const { NOISE } = await import('./noise.js')
  return NOISE
}

async function wasteOf({ layers, after }: PlacedStacks, merged: Uint8Array): Promise<ImageWaste> {
  const { measureWaste } = await import('./waste.js')
  const indexes = layers.map(({ index }) => index.bytes)
  return measureWaste(indexes, after, merged)
}

/** How a diff's contents are read later: keeps what the layers were given as, and not what was read of them. */
export function readingOf(
  engine: WorkerEngine,
  layers: readonly PlacedLayer[],
  bytes: Uint8Array,
): Pick<LayerDiff, 'content' | 'contents'> {
  const inputs = layers.map(({ input }) => input)
  const source = () => ({ call: engine.pool.call(), inputs, bytes })
  return {
    // Loaded when somebody wants to see a content.
    async content(...args) {
      const { readContent } = await import('./file-contents.js')
      return readContent(source(), ...args)
    },
    async contents(...args) {
      const { readContents } = await import('./file-contents.js')
      return readContents(source(), ...args)
    },
  }
}

/** Bytes of each layer's regular files, by place. Read before the indexes are given away. */
export function unpackedBytes({ layers }: PlacedStacks): readonly number[] {
  return layers.map(({ index }) => index.contentBytes)
}

export function factsOf(
  { layers, before, after }: PlacedStacks,
  claimed: ReadonlySet<number>,
  unpacked: readonly number[],
) {
  const told = new Set<number>()
  const fact = (place: number): LayerRead => {
    const { verified, bytesRead } = layers[place] as PlacedLayer
    const first = !told.has(place)
    told.add(place)
    return {
      place,
      unpackedBytes: unpacked[place] ?? 0,
      verified: verified && !claimed.has(place),
      claimed: claimed.has(place),
      bytesRead: first ? bytesRead : 0,
    }
  }
  return { before: before.map(fact), after: after.map(fact) }
}
