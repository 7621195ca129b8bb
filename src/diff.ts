// diffLayers: the only place where options, engine and result meet.
//
// Takes: two stacks of whatever callers have. Gives: a LayerDiff. Every distinct layer is read once, all at the same time
// as far as there are workers; then one worker merges and compares.

import { FIELDS } from './engine/abi.js'
import { type CheckedIndex, refuseWarnings, sharedEngine, WorkerEngine } from './engine/engine.js'
import type { DiffJob, JobProgress } from './engine/protocol.js'
import { decodeDiff } from './engine/result.js'
import { LayerDiffError } from './errors.js'
import type { ImageLayer } from './image-types.js'
import { isLayerSource } from './input/source.js'
import { type ResolvedDiffOptions, resolveDiffOptions } from './options.js'
import type {
  DiffOptions,
  Engine,
  EngineOptions,
  LayerDiff,
  LayerIndex,
  LayerInput,
  LayerProgress,
  Side,
} from './types.js'

/** The merge numbers layers in 16 bits; images have at most some hundred. */
const MOST_LAYERS = 65_534

/** A layer to read, and where it stands first. */
interface Distinct {
  readonly input: LayerInput
  readonly side: Side
  readonly layer: number
}

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
  const engine = engineOf(options.engine)
  const distinct: Distinct[] = []
  const places = new Map<unknown, number>()
  const placeAll = (stack: LayerInput | readonly LayerInput[], side: Side) =>
    (Array.isArray(stack) ? (stack as readonly LayerInput[]) : [stack as LayerInput]).map((given, layer) => {
      const input = readBefore(given) ?? given
      const key = identityOf(input)
      let place = places.get(key)
      if (place === undefined) {
        place = distinct.push({ input, side, layer }) - 1
        places.set(key, place)
      }
      return place
    })
  const before = placeAll(a, 'before')
  const after = placeAll(b, 'after')
  if (Math.max(before.length, after.length) > MOST_LAYERS) {
    throw new LayerDiffError('INVALID_ARGUMENT', `A stack may have at most ${MOST_LAYERS} layers.`)
  }

  const indexes = await readAll(engine, distinct, resolved)
  const given = new Set<LayerInput>(distinct.map(({ input }) => input))
  // What the caller gave stays the caller's, and a copy goes; what was read for this call is given away. Copying and
  // transferring takes half the time of letting the message clone.
  const parts = indexes.map((index) => (given.has(index) ? new Uint8Array(index.bytes) : index.bytes))
  const job: DiffJob = {
    type: 'diff',
    indexes: parts,
    before,
    after,
    ignore: resolved.ignore,
    compare: FIELDS.reduce((mask, field, bit) => (resolved.compare[field] ? mask | (1 << bit) : mask), 0),
    followSymlinks: resolved.followSymlinks,
    limits: resolved.limits,
  }
  const transfer = parts.map((part) => part.buffer as ArrayBuffer)
  const bytes = await engine.pool.diff(job, transfer, resolved.signal).catch((error) => {
    throw error instanceof LayerDiffError ? placeError(error, error.side, error.layer) : error
  })
  const diff = decodeDiff(
    bytes,
    after.map((place) => {
      const twin = before.indexOf(place)
      return twin < 0 ? undefined : twin
    }),
  )
  if (resolved.strict) refuseWarnings(diff.warnings, true)
  return diff
}

/** An engine of one's own: a pool of workers with its own size, to be disposed of. */
export function createEngine(options: EngineOptions = {}): Engine {
  return new WorkerEngine(options)
}

function engineOf(engine: Engine | undefined): WorkerEngine {
  if (engine === undefined) return sharedEngine()
  if (engine instanceof WorkerEngine) return engine
  throw new LayerDiffError('INVALID_ARGUMENT', 'engine must come from createEngine().')
}

/** The index of a layer of an image that its source gives but once. */
function readBefore(input: LayerInput): LayerIndex | undefined {
  return isLayerSource(input) ? (input as Partial<ImageLayer>).index : undefined
}

/** What makes two inputs the same layer: the object itself, a path, an address, or a digest that is verified. */
function identityOf(input: LayerInput): unknown {
  if (typeof input === 'string') return `path ${input}`
  if (input instanceof URL) return `url ${input.href}`
  if (isLayerSource(input) && input.digest !== undefined) return `digest ${input.digest}`
  return input
}

/** Reads all layers; the first failure ends the others. */
async function readAll(
  engine: WorkerEngine,
  distinct: readonly Distinct[],
  options: ResolvedDiffOptions,
): Promise<CheckedIndex[]> {
  const { signal, onProgress } = options
  // One controller a layer: Node warns of a leak when many listen to one signal.
  const controllers = distinct.map(() => new AbortController())
  const abortAll = (reason: unknown) => {
    for (const controller of controllers) controller.abort(reason)
  }
  const onAbort = () => abortAll(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  const read = async ({ input, side, layer }: Distinct, place: number): Promise<CheckedIndex> => {
    let last: JobProgress = { bytesIn: 0, bytesTotal: null, bytesOut: 0, entries: 0 }
    const report = (phase: LayerProgress['phase']) => onProgress?.({ side, layer, phase, ...last })
    report('waiting')
    try {
      const index = await engine.readLayer(
        input,
        { ...options, signal: controllers[place]?.signal },
        {
          onStart: () => report('reading'),
          onProgress: (progress) => {
            last = progress
            report('reading')
          },
        },
      )
      report('done')
      return index
    } catch (error) {
      const placed = error instanceof LayerDiffError ? placeError(error, side, layer) : error
      abortAll(placed)
      throw placed
    }
  }
  try {
    return await Promise.all(distinct.map(read))
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The same error, with the layer that it is about, if it is about one. */
function placeError(error: LayerDiffError, side: Side | undefined, layer: number | undefined): LayerDiffError {
  if (side === undefined || layer === undefined) return error
  const { code, message, path, offset, cause } = error
  return new LayerDiffError(
    code,
    `Layer ${layer} of the ${side} side: ${message}`,
    { side, layer, path, offset },
    cause,
  )
}
