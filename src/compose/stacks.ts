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
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerInput } from '../types.js'
import type { ContentSource } from './file-contents.js'
import {
  engineOf,
  type PlacedLayer,
  type PlacedStacks,
  placeError,
  type ReadStacksOptions,
  readStacks,
} from './layers.js'

export interface StackOptions extends ResolvedDiffOptions, Pick<ReadStacksOptions, 'cache'> {
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
}

/** @throws {LayerDiffError} with the side and number of the layer at fault; or the signal's reason */
export async function diffStacks(
  a: readonly LayerInput[],
  b: readonly LayerInput[],
  options: StackOptions,
): Promise<StacksDiff> {
  const engine = engineOf(options.engine)
  const { signal } = options
  const placed = await readStacks(engine, a, b, { ...options, headersOnly: true })
  const claimed = options.join?.(placed) ?? new Set<number>()
  const job: Omit<DiffJob, 'type' | 'indexes'> = {
    before: placed.before,
    after: placed.after,
    ignore: options.ignore,
    compare: FIELDS.reduce((mask, field, bit) => (options.compare[field] ? mask | (1 << bit) : mask), 0),
    followSymlinks: options.followSymlinks,
    limits: options.limits,
  }
  const run = async (type: DiffJob['type'], keep: (layer: PlacedLayer) => boolean) => {
    // What is needed again stays, and a copy goes; all else is given away. Copying and transferring takes half the time of
    // letting the message clone.
    const indexes = placed.layers.map((layer) => (keep(layer) ? new Uint8Array(layer.index.bytes) : layer.index.bytes))
    const transfer = indexes.map((index) => index.buffer as ArrayBuffer)
    const [bytes] = await engine.pool.do({ ...job, type, indexes }, transfer, signal).catch((error) => {
      throw error instanceof LayerDiffError ? placeError(error, error.side, error.layer) : error
    })
    return bytes as Uint8Array
  }
  if (placed.layers.some(({ index }) => index.partial)) {
    // Loaded when it is needed, which is in Node alone.
    const { readWanted } = await import('./contents.js')
    await readWanted(engine, placed, await run('wanted', () => true), signal)
  }
  const facts = factsOf(placed, claimed)
  const bytes = await run('diff', ({ given }) => given)
  let diff = await decodeDiff(
    bytes,
    placed.after.map((place) => {
      const twin = placed.before.indexOf(place)
      return twin < 0 ? undefined : twin
    }),
    contentOf(engine, placed.layers, bytes),
  )
  if (options.packages) {
    // Loaded when it is asked for.
    const { withAsked } = await import('./findings.js')
    diff = await withAsked(diff, sourceOf(engine, placed.layers, bytes), options)
  }
  if (options.strict) {
    const { refuseWarnings } = await import('../engine/strict.js')
    refuseWarnings(diff.warnings, true)
  }
  return { diff, ...facts }
}

export function contentOf(
  engine: WorkerEngine,
  layers: readonly PlacedLayer[],
  bytes: Uint8Array,
): LayerDiff['content'] {
  const source = sourceOf(engine, layers, bytes)
  return async (...args) => {
    // Loaded when somebody wants to see a content.
    const { readContent } = await import('./file-contents.js')
    return readContent(source, ...args)
  }
}

/** Keeps what the layers were given as, and not what was read of them. */
function sourceOf(engine: WorkerEngine, layers: readonly PlacedLayer[], bytes: Uint8Array): ContentSource {
  return { engine, inputs: layers.map(({ input }) => input), bytes }
}

/** Read before the indexes are given away. */
export function factsOf({ layers, before, after }: PlacedStacks, claimed: ReadonlySet<number>) {
  const told = new Set<number>()
  const unpacked = layers.map(({ index }) => index.contentBytes)
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
