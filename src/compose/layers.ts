// The layers of some stacks, each distinct one read once.
//
// Takes: stacks of whatever callers have. Gives: for each layer of each stack its place among the layers that were read.
// All are read at the same time as far as there are workers; the first failure ends the others.

import type { Call } from '../engine/client.js'
import { sharedEngine, WorkerEngine } from '../engine/engine.js'
import type { ReadLayer } from '../engine/layer-index.js'
import type { JobProgress } from '../engine/protocol.js'
import type { Cache, DiffOptions, Engine } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { ImageLayer } from '../image-types.js'
import { isLayerSource } from '../input/source.js'
import { isA } from '../input/web-object.js'
import type { ResolvedOptions } from '../options.js'
import type { LayerInput, LayerProgress, LayerSource, Side } from '../types.js'

/** The merge numbers layers in 16 bits; images have at most some hundred. */
const MOST_LAYERS = 65_534

export interface ReadStacksOptions extends ResolvedOptions {
  readonly onProgress: DiffOptions['onProgress']
  /** Where indexes of verified layers are looked up and kept. */
  readonly cache: Cache | undefined
  /** Whether plain layers are read by their headers alone, where they may be. */
  readonly headersOnly: boolean
  /** What the reading is part of. */
  readonly call: Call
}

/** A layer to read, and where it stands first. */
interface Distinct {
  readonly input: LayerInput
  readonly side: Side
  readonly layer: number
}

/** A distinct layer. */
export interface PlacedLayer extends ReadLayer {
  readonly input: LayerInput
  /** Whether the caller gave it as it is, and keeps it. */
  readonly given: boolean
  /** The diffId that a config claims for it. */
  readonly claimedDiffId: string | null
  bytesRead: number
}

export interface PlacedStacks {
  readonly layers: PlacedLayer[]
  /** Places in `layers`, bottom first. */
  readonly before: number[]
  readonly after: number[]
}

export function engineOf(engine: Engine | undefined): WorkerEngine {
  if (engine === undefined) return sharedEngine()
  if (engine instanceof WorkerEngine) return engine
  throw new LayerDiffError('INVALID_ARGUMENT', 'engine must come from createEngine().')
}

/** @throws {LayerDiffError} what is wrong with a layer, with its side and number */
export async function readStacks(
  engine: WorkerEngine,
  a: readonly LayerInput[],
  b: readonly LayerInput[],
  options: ReadStacksOptions,
): Promise<PlacedStacks> {
  if (Math.max(a.length, b.length) > MOST_LAYERS) {
    throw new LayerDiffError('INVALID_ARGUMENT', `A stack may have at most ${MOST_LAYERS} layers.`)
  }
  const distinct: Distinct[] = []
  const places = new Map<unknown, number>()
  const placeAll = (stack: readonly LayerInput[], side: Side) =>
    stack.map((input, layer) => {
      const key = identityOf(input, side)
      let place = places.get(key)
      if (place === undefined) {
        place = distinct.push({ input, side, layer }) - 1
        places.set(key, place)
      }
      return place
    })
  const before = placeAll(a, 'before')
  const after = placeAll(b, 'after')
  const layers = await inParallel(options.signal, distinct, (one, signal) => readOne(engine, one, options, signal))
  return { layers, before, after }
}

/**
 * What makes two inputs the same layer: the object itself, a path, an address, or a digest that is verified. One copy of a
 * digest is read for all, but where each image's is to be verified.
 */
function identityOf(input: LayerInput, side: Side): unknown {
  if (typeof input === 'string') return `path ${input}`
  if (isA(input, 'URL')) return `url ${input.href}`
  if (!isLayerSource(input) || input.digest === undefined || mayGoUnverified(input)) return input
  // Two images that say different things of one digest cannot both be right, and an archive of docker's is loaded by the diffId alone.
  const { digest, claimedDiffId } = input as LayerSource & Partial<ImageLayer>
  return isOwnCopy(input) ? `${side} ${digest} ${claimedDiffId}` : `digest ${digest} ${claimedDiffId}`
}

/** Whether a layer of a local image is to be verified whole, with its diffId. */
function isOwnCopy({ diffId, claimedDiffId, remote }: LayerSource & Partial<ImageLayer>): boolean {
  return diffId !== undefined && diffId === claimedDiffId && !remote
}

/** A digest that nobody will verify says nothing: a hostile archive may give any layer the digest of another one. */
function mayGoUnverified({ verify, mediaType }: LayerSource): boolean {
  return verify === false && !/[.+](gzip|zstd)$/.test(mediaType ?? '')
}

async function readOne(
  engine: WorkerEngine,
  { input, side, layer }: Distinct,
  options: ReadStacksOptions,
  signal: AbortSignal,
): Promise<PlacedLayer> {
  const source = isLayerSource(input) ? (input as LayerSource & Partial<ImageLayer>) : null
  let last: JobProgress = { bytesIn: 0, bytesTotal: null, bytesOut: 0, entries: 0 }
  const report = (phase: LayerProgress['phase']) => options.onProgress?.({ side, layer, phase, ...last })
  const claimedDiffId = source?.claimedDiffId ?? null
  report('waiting')
  try {
    const unverified = source === null || mayGoUnverified(source) || !(source.digest ?? source.diffId)
    const reading = {
      ...options,
      cache: options.cache ?? engine.cache,
      headersOnly: options.headersOnly && unverified,
      signal,
      onStart: () => report('reading'),
      onProgress: (progress: JobProgress) => {
        last = progress
        report('reading')
      },
    }
    // A container engine sends its image but once: its layers come with their indexes.
    const given = source?.index ?? input
    const read = await engine.readLayer(given, reading)
    const { entries, sourceBytes, tarBytes } = read.index
    last = { bytesIn: sourceBytes, bytesTotal: sourceBytes, bytesOut: tarBytes, entries }
    report('done')
    return { ...read, input, given: read.index === given, claimedDiffId }
  } catch (error) {
    throw error instanceof LayerDiffError ? placeError(error, side, layer) : error
  }
}

/** Does work for all items at a time; the first failure ends the others, and so does the signal. */
export async function inParallel<Item, Result>(
  signal: AbortSignal | undefined,
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  // One controller an item: Node warns of a leak when many listen to one signal.
  const controllers = items.map(() => new AbortController())
  const abortAll = (reason: unknown) => {
    for (const controller of controllers) controller.abort(reason)
  }
  const onAbort = () => abortAll(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.all(
      items.map((item, index) =>
        work(item, (controllers[index] as AbortController).signal).catch((error) => {
          abortAll(error)
          throw error
        }),
      ),
    )
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The same error, with the layer that it is about, if it is about one. */
export function placeError(error: LayerDiffError, side: Side | undefined, layer: number | undefined): LayerDiffError {
  if (side === undefined || layer === undefined) return error
  const { code, message, path, offset, cause } = error
  return new LayerDiffError(
    code,
    `Layer ${layer} of the ${side} side: ${message}`,
    { side, layer, path, offset },
    cause,
  )
}

/** The same error for a stack that stands alone and has no sides, which the words about a layer have; `layer` is its number there. */
export function withoutSide(error: unknown, layer?: number): unknown {
  if (!(error instanceof LayerDiffError) || error.side === undefined) return error
  const { code, message, path, offset, cause } = error
  const place = layer ?? error.layer
  const words = message.replace(/^(Layer )\d+ of the after side/, `$1${place}`)
  return new LayerDiffError(code, words, { layer: place, path, offset }, cause)
}
