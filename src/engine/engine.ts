// The engine as callers see it: a pool, and the layer indexes that it makes.

import type { Cache, Engine, EngineOptions, EngineStats, IndexOptions, Limits } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { isLayerSource } from '../input/source.js'
import { isA } from '../input/web-object.js'
import { checkEngineOptions, DEFAULT_LIMITS, resolveIndexOptions, resolveLimits } from '../options.js'
import { escapeText } from '../text.js'
import type { LayerIndex, LayerInput, LayerSource } from '../types.js'
import { Pool } from './client.js'
import { CheckedIndex, QUIETLY, type ReadLayer, type ReadOptions } from './layer-index.js'

const SHA256 = /^sha256:[0-9a-f]{64}$/

function checkDigest(name: 'digest' | 'diffId', digest: string | undefined): string | null {
  if (digest === undefined) return null
  if (SHA256.test(digest) || (name === 'diffId' && digest === 'compute')) return digest
  throw new LayerDiffError(
    'DIGEST_UNSUPPORTED',
    `The layer's ${name} is "${escapeText(digest)}", and only sha256 with 64 lower-case hex digits can be verified.`,
  )
}

function checkSize(size: number | undefined): number | null {
  if (size === undefined || (Number.isSafeInteger(size) && size >= 0)) return size ?? null
  throw new LayerDiffError(
    'INVALID_ARGUMENT',
    `The layer's size must be a whole number of bytes, not ${JSON.stringify(String(size))}.`,
  )
}

/**
 * An engine that was let go and not disposed of takes its workers along: nothing else ends them before the page or the process
 * does.
 */
const letGo = new FinalizationRegistry<Pool>((pool) => pool.abandon())

export class WorkerEngine implements Engine {
  readonly pool: Pool
  readonly limits: Limits
  readonly cache: Cache | undefined

  constructor(options: EngineOptions) {
    checkEngineOptions(options)
    this.limits = resolveLimits(options.limits)
    this.cache = options.cache
    this.pool = new Pool(options)
    letGo.register(this, this.pool)
  }

  async index(layer: LayerInput, options: IndexOptions = {}): Promise<LayerIndex> {
    const resolved = resolveIndexOptions(options, this.limits)
    const read = { ...resolved, ...QUIETLY, headersOnly: false, cache: this.cache, call: this.pool.call() }
    const { index } = await this.readLayer(layer, read)
    if (resolved.strict) {
      const { refuseOddLayer } = await import('./strict.js')
      refuseOddLayer(index.bytes)
    }
    return index
  }

  async loadIndex(bytes: Uint8Array): Promise<CheckedIndex> {
    if (!isA(bytes, 'Uint8Array')) {
      throw new LayerDiffError(
        'INVALID_ARGUMENT',
        'loadIndex takes the bytes of an index, as a Uint8Array: read its file first.',
      )
    }
    // A copy: what was checked must not change afterwards.
    const copy = new Uint8Array(bytes)
    const index = new CheckedIndex(copy)
    await this.pool.call().do({ type: 'check', bytes: copy, limits: DEFAULT_LIMITS })
    return index
  }

  stats(): EngineStats {
    return this.pool.stats()
  }

  dispose(): Promise<void> {
    return this.pool.dispose()
  }

  /** Reads a layer, whatever it was given as; not at all where the cache knows what would come of it. */
  async readLayer(layer: LayerInput, options: ReadOptions): Promise<ReadLayer> {
    if (layer instanceof CheckedIndex) {
      return { index: layer, verified: layer.diffId !== null, source: null, bytesRead: 0 }
    }
    const given: (LayerSource & { readonly claimedDiffId?: string }) | null = isLayerSource(layer) ? layer : null
    const digest = checkDigest('digest', given?.digest)
    const claim = given?.claimedDiffId
    const diffId = checkDigest('diffId', given?.diffId)
    if (given && digest !== null && options.cache && isCacheable(given)) {
      // Loaded by those who have a cache.
      const { readCached } = await import('./cached-layer.js')
      const uncached = { ...options, cache: undefined }
      const { cache } = options
      const read = await readCached({ ...given, digest }, cache, {
        load: (bytes) => this.loadIndex(bytes),
        read: (source) => this.readLayer(source, uncached),
        signal: options.signal,
      })
      if (read.bytesRead === 0) this.pool.cached++
      return read
    }
    const { limits, headersOnly, signal, call, onStart, onProgress } = options
    const size = checkSize(given?.size)
    const { parts, source } = await call.read({
      open: () => (given ? given.open() : (layer as Exclude<LayerInput, LayerIndex>)) as never,
      jobOf: (source) => ({ type: 'index', source, limits, digest, diffId, claim, size, headersOnly }),
      signal,
      onStart,
      onProgress,
    })
    this.pool.layers++
    const [bytes, stamp] = parts as [Uint8Array, Uint8Array]
    const index = new CheckedIndex(bytes)
    const verified = !index.partial && (digest !== null || diffId !== null)
    // Where contents are read later, of a file that must be what it was. What is none has no stamp.
    const stamped = source?.kind === 'path' && { ...source, stamp: new TextDecoder().decode(stamp) || undefined }
    return { index, verified, source: stamped || source, bytesRead: index.sourceBytes }
  }
}

/**
 * Whether a layer of a digest is what it was when its digest was verified. The bytes of local images may no longer be, and where
 * their diffIds are set it is them that are to be verified.
 */
function isCacheable(source: LayerSource & { readonly claimedDiffId?: string }): boolean {
  return source.verify !== false && (source.diffId === undefined || source.claimedDiffId === undefined)
}

/**
 * The engine of all calls that name none. It is the one thing in this package that outlives a call: workers cost tens of
 * milliseconds to start, and a page that diffs once will diff again.
 */
let shared: WorkerEngine | undefined

export function sharedEngine(): WorkerEngine {
  shared ??= new WorkerEngine({})
  return shared
}
