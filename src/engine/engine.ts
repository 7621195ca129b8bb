// The engine as callers see it: a pool, and the layer indexes that it makes.

import { LayerDiffError } from '../errors.js'
import { isLayerSource } from '../input/source.js'
import { DEFAULT_LIMITS, type ResolvedOptions, resolveIndexOptions } from '../options.js'
import { escapeText } from '../text.js'
import type { Engine, EngineOptions, EngineStats, IndexOptions, LayerIndex, LayerInput, Warning } from '../types.js'
import { ENTRY, MAGIC_INDEX, SECTION } from './abi.js'
import { Pool } from './client.js'
import { Container } from './container.js'
import type { JobProgress } from './protocol.js'
import { readWarnings } from './warnings.js'

/** A layer index that an engine made or checked; diffs take no other. */
export class CheckedIndex implements LayerIndex {
  readonly entries: number
  readonly sourceBytes: number
  readonly tarBytes: number
  readonly diffId: string | null

  constructor(readonly bytes: Uint8Array) {
    const container = new Container(bytes, MAGIC_INDEX)
    const { sourceBytes, tarBytes, diffId } = container.facts
    this.entries = container.length(SECTION.ENTRIES) / ENTRY.SIZE
    this.sourceBytes = sourceBytes
    this.tarBytes = tarBytes
    this.diffId = diffId && `sha256:${Array.from(diffId, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
}

/** What a caller of `readLayer` is told while a layer is read. */
export interface LayerWatcher {
  onStart(): void
  onProgress(progress: JobProgress): void
}

const SHA256 = /^sha256:[0-9a-f]{64}$/

function checkDigest(name: 'digest' | 'diffId', digest: string | undefined): string | null {
  if (digest === undefined) return null
  if (SHA256.test(digest) || (name === 'diffId' && digest === 'compute')) return digest
  throw new LayerDiffError(
    'DIGEST_UNSUPPORTED',
    `The layer's ${name} is "${escapeText(digest)}", and only sha256 with 64 lower-case hex digits can be verified.`,
  )
}

export class WorkerEngine implements Engine {
  readonly pool: Pool

  constructor(options: EngineOptions) {
    this.pool = new Pool(options)
  }

  async index(layer: LayerInput, options: IndexOptions = {}): Promise<LayerIndex> {
    const resolved = resolveIndexOptions(options)
    const index = await this.readLayer(layer, resolved, { onStart() {}, onProgress() {} })
    if (resolved.strict) refuseWarnings(readWarnings(new Container(index.bytes, MAGIC_INDEX)), false)
    return index
  }

  async loadIndex(bytes: Uint8Array): Promise<LayerIndex> {
    // A copy: what was checked must not change afterwards.
    const copy = new Uint8Array(bytes)
    const index = new CheckedIndex(copy)
    await this.pool.check(copy, DEFAULT_LIMITS)
    return index
  }

  stats(): EngineStats {
    return this.pool.stats()
  }

  dispose(): Promise<void> {
    return this.pool.dispose()
  }

  /** Reads a layer, whatever it was given as. */
  async readLayer(layer: LayerInput, options: ResolvedOptions, watcher: LayerWatcher): Promise<CheckedIndex> {
    if (layer instanceof CheckedIndex) return layer
    const source = isLayerSource(layer) ? layer : null
    const bytes = await this.pool.index({
      open: () => (source ? source.open() : (layer as Exclude<LayerInput, LayerIndex>)) as never,
      limits: options.limits,
      signal: options.signal,
      digest: checkDigest('digest', source?.digest),
      diffId: checkDigest('diffId', source?.diffId),
      size: source?.size ?? null,
      onStart: watcher.onStart,
      onProgress: watcher.onProgress,
    })
    return new CheckedIndex(bytes)
  }
}

/**
 * Refuses a result with warnings; `placed` says whether they know their layer.
 *
 * @throws {LayerDiffError} of the first warning's code
 */
export function refuseWarnings(warnings: readonly Warning[], placed: boolean): void {
  const [warning] = warnings
  if (!warning) return
  const { code, message, side, layer, path, offset } = warning
  const subject = placed ? `Layer ${layer} of the ${side} side: ` : ''
  const where = path === null ? '' : ` (entry "${escapeText(path)}")`
  throw new LayerDiffError(code, `${subject}${message}${where} Refused, since strict was asked for.`, {
    ...(placed && { side, layer }),
    path: path ?? undefined,
    offset: offset ?? undefined,
  })
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
