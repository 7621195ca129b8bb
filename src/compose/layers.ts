// The layers of some stacks, each distinct one read once.
//
// Takes: stacks of whatever callers have. Gives: for each layer of each stack its place among the layers that were read.
// All are read at the same time as far as there are workers; the first failure ends the others.

import { type CheckedIndex, type ReadLayer, sharedEngine, WorkerEngine } from '../engine/engine.js'
import type { JobProgress } from '../engine/protocol.js'
import { LayerDiffError } from '../errors.js'
import type { Cache, ImageLayer } from '../image-types.js'
import { isLayerSource } from '../input/source.js'
import { isA } from '../input/web-object.js'
import type { ResolvedOptions } from '../options.js'
import type { DiffOptions, Engine, LayerInput, LayerProgress, LayerSource, Side } from '../types.js'

/** The merge numbers layers in 16 bits; images have at most some hundred. */
const MOST_LAYERS = 65_534

export interface ReadStacksOptions extends ResolvedOptions {
  readonly onProgress: DiffOptions['onProgress']
  /** Where indexes of verified layers are looked up and kept. */
  readonly cache: Cache | undefined
  /** Whether plain layers are read by their headers alone, where they may be. */
  readonly headersOnly: boolean
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
  /** Stored bytes that were read now. */
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
  const layers = await inParallel(options.signal, distinct, (one, signal) => readOne(engine, one, options, signal))
  return { layers, before, after }
}

/** What makes two inputs the same layer: the object itself, a path, an address, or a digest that is verified. */
function identityOf(input: LayerInput): unknown {
  if (typeof input === 'string') return `path ${input}`
  if (isA(input, 'URL')) return `url ${input.href}`
  if (isLayerSource(input) && input.digest !== undefined && !mayGoUnverified(input)) return `digest ${input.digest}`
  return input
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
  const known = (index: CheckedIndex, verified: boolean, given: boolean): PlacedLayer => {
    const { entries, sourceBytes, tarBytes } = index
    last = { bytesIn: sourceBytes, bytesTotal: sourceBytes, bytesOut: tarBytes, entries }
    report('done')
    return { input, index, verified, source: null, given, claimedDiffId, bytesRead: 0 }
  }
  report('waiting')
  try {
    if (source?.index) {
      const { index, verified } = await engine.readLayer(source.index, { ...options, ...SILENT, signal })
      return known(index, verified, true)
    }
    const unverified = source === null || mayGoUnverified(source) || !(source.digest ?? source.diffId)
    // Only for what comes over a network: local bytes may no longer be what they were, and a diffId is verified against the
    // bytes alone.
    const cache = source?.verify === true && source.diffId === undefined ? options.cache : undefined
    const reading = {
      ...options,
      headersOnly: options.headersOnly && unverified,
      signal,
      onStart: () => report('reading'),
      onProgress: (progress: JobProgress) => {
        last = progress
        report('reading')
      },
    }
    if (cache && source?.digest !== undefined) {
      // Loaded by those who have a cache.
      const { readCached } = await import('./cached-layer.js')
      const cached = await readCached(engine, cache, source, source.digest, reading)
      if (cached) return { ...known(cached.index, true, false), bytesRead: cached.bytesRead }
    }
    const read = await engine.readLayer(input, reading)
    const { index, verified } = read
    if (verified && source?.digest !== undefined) await cache?.putIndex(source.digest, index.bytes)
    report('done')
    const bytesRead = index === input ? 0 : index.sourceBytes
    return { ...read, input, given: index === input, claimedDiffId, bytesRead }
  } catch (error) {
    throw error instanceof LayerDiffError ? placeError(error, side, layer) : error
  }
}

const SILENT = { onStart() {}, onProgress() {} }

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
