// The engine as callers see it: a pool, and the layer indexes that it makes.

import { LayerDiffError } from '../errors.js'
import type { JobSource } from '../input/job-source.js'
import { isLayerSource } from '../input/source.js'
import { DEFAULT_LIMITS, type ResolvedOptions, resolveIndexOptions } from '../options.js'
import { escapeText, hexText } from '../text.js'
import type { Engine, EngineOptions, EngineStats, IndexOptions, LayerIndex, LayerInput } from '../types.js'
import { ENTRY, MAGIC_INDEX, SECTION } from './abi.js'
import { Pool } from './client.js'
import { Container } from './container.js'
import type { JobProgress } from './protocol.js'

/** A layer index that an engine made or checked; diffs take no other. */
export class CheckedIndex implements LayerIndex {
  readonly entries: number
  readonly sourceBytes: number
  readonly tarBytes: number
  readonly diffId: string | null

  /** Bytes of the regular files, hard links not counted: what the layer takes on disk. */
  get contentBytes(): number {
    const entries = new Container(this.bytes, MAGIC_INDEX).view(SECTION.ENTRIES)
    let bytes = 0
    // Nothing but a regular file has a size.
    for (let at = 0; at < entries.byteLength; at += ENTRY.SIZE) {
      bytes += Number(entries.getBigUint64(at + ENTRY.CONTENT_SIZE, true))
    }
    return bytes
  }

  /** Whether contents were passed over. Only an index that a diff made for itself is so, and nobody else sees it. */
  readonly partial: boolean

  constructor(readonly bytes: Uint8Array) {
    const container = new Container(bytes, MAGIC_INDEX)
    const { sourceBytes, tarBytes, diffId, partial } = container.facts
    this.partial = partial
    this.entries = container.length(SECTION.ENTRIES) / ENTRY.SIZE
    this.sourceBytes = sourceBytes
    this.tarBytes = tarBytes
    this.diffId = diffId && `sha256:${hexText(diffId)}`
  }
}

/** How a layer is read: whether plain ones by their headers alone, and what is told meanwhile. */
export interface ReadOptions extends ResolvedOptions {
  readonly headersOnly: boolean
  onStart(): void
  onProgress(progress: JobProgress): void
}

/** A layer that has been read. */
export interface ReadLayer {
  readonly index: CheckedIndex
  /** Whether a digest or diffId was verified. */
  readonly verified: boolean
  /** Where its bytes can be read once more; null where they were not read now. */
  readonly source: JobSource | null
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
    const read = { ...resolved, headersOnly: false, onStart() {}, onProgress() {} }
    const { index } = await this.readLayer(layer, read)
    if (resolved.strict) {
      const { refuseOddLayer } = await import('./strict.js')
      refuseOddLayer(index.bytes)
    }
    return index
  }

  async loadIndex(bytes: Uint8Array): Promise<LayerIndex> {
    // A copy: what was checked must not change afterwards.
    const copy = new Uint8Array(bytes)
    const index = new CheckedIndex(copy)
    await this.pool.do({ type: 'check', bytes: copy, limits: DEFAULT_LIMITS })
    return index
  }

  stats(): EngineStats {
    return this.pool.stats()
  }

  dispose(): Promise<void> {
    return this.pool.dispose()
  }

  /** Reads a layer, whatever it was given as. */
  async readLayer(layer: LayerInput, options: ReadOptions): Promise<ReadLayer> {
    if (layer instanceof CheckedIndex) return { index: layer, verified: layer.diffId !== null, source: null }
    const given = isLayerSource(layer) ? layer : null
    const digest = checkDigest('digest', given?.digest)
    const diffId = checkDigest('diffId', given?.diffId)
    const { limits, headersOnly, signal, onStart, onProgress } = options
    const size = given?.size ?? null
    const { parts, source } = await this.pool.read({
      open: () => (given ? given.open() : (layer as Exclude<LayerInput, LayerIndex>)) as never,
      jobOf: (source) => ({ type: 'index', source, limits, digest, diffId, size, headersOnly }),
      signal,
      onStart,
      onProgress,
    })
    this.pool.layers++
    const index = new CheckedIndex(parts[0] as Uint8Array)
    return { index, verified: !index.partial && (digest !== null || diffId !== null), source }
  }
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
