// Two stacks compared: where options, engine and result meet.
//
// Takes: two stacks of whatever callers have. Gives: a LayerDiff, and what is known of each layer. Plain layers that need not
// be verified are read by their headers first; merging then tells which contents decide whether a file differs, and only
// those are read.

import { ENTRY, FIELDS, FLAG, MAGIC_INDEX, SECTION } from '../engine/abi.js'
import { Container } from '../engine/container.js'
import { refuseWarnings, type WorkerEngine } from '../engine/engine.js'
import type { DiffJob } from '../engine/protocol.js'
import { decodeDiff } from '../engine/result.js'
import { LayerDiffError } from '../errors.js'
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerInput } from '../types.js'
import {
  engineOf,
  inParallel,
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
    await readWanted(engine, placed, await run('wanted', () => true), signal)
  }
  const facts = factsOf(placed, claimed)
  const diff = decodeDiff(
    await run('diff', ({ given }) => given),
    placed.after.map((place) => {
      const twin = placed.before.indexOf(place)
      return twin < 0 ? undefined : twin
    }),
  )
  if (options.strict) refuseWarnings(diff.warnings, true)
  return { diff, ...facts }
}

/** Reads the contents that decide, and writes their hashes into the indexes. */
async function readWanted(
  engine: WorkerEngine,
  { layers }: PlacedStacks,
  wanted: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pairs = new Uint32Array(wanted.buffer, wanted.byteOffset, wanted.byteLength / 4)
  const entriesOf = new Map<number, number[]>()
  for (let i = 0; i < pairs.length; i += 2) {
    const place = pairs[i] ?? 0
    const list = entriesOf.get(place)
    if (list) list.push(pairs[i + 1] ?? 0)
    else entriesOf.set(place, [pairs[i + 1] ?? 0])
  }
  await inParallel(signal, [...entriesOf], async ([place, numbers], each) => {
    const layer = layers[place] as PlacedLayer
    // Only what was read by its headers lacks hashes, and that has a source.
    if (layer.source === null) return
    // In the order of the archive, so that what lies together is read together.
    numbers.sort((x, y) => x - y)
    const entries = new Container(layer.index.bytes, MAGIC_INDEX).view(SECTION.ENTRIES)
    const extents = new Float64Array(numbers.length * 2)
    for (const [i, number] of numbers.entries()) {
      const at = number * ENTRY.SIZE
      // The content of a file without holes follows its header.
      extents[i * 2] = Number(entries.getBigUint64(at + ENTRY.OFFSET, true)) + TAR_BLOCK
      extents[i * 2 + 1] = Number(entries.getBigUint64(at + ENTRY.CONTENT_SIZE, true))
    }
    const [hashes, read] = await engine.pool.do({ type: 'contents', source: layer.source, extents }, [], each)
    layer.bytesRead += new Float64Array((read as Uint8Array).buffer)[0] ?? 0
    const bytes = new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)
    for (const [i, number] of numbers.entries()) {
      const at = number * ENTRY.SIZE
      bytes.set((hashes as Uint8Array).subarray(i * 32, i * 32 + 32), at + ENTRY.PAYLOAD)
      bytes[at + ENTRY.FLAGS] = (bytes[at + ENTRY.FLAGS] ?? 0) | FLAG.HASHED
    }
  })
}

const TAR_BLOCK = 512

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
