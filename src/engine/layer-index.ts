// A layer that has been read: its index as callers have it, and how it came to be.

import type { Cache } from '../engine-types.js'
import type { JobSource } from '../input/job-source.js'
import type { ResolvedOptions } from '../options.js'
import { hexText } from '../text.js'
import type { LayerIndex } from '../types.js'
import { ENTRY, MAGIC_INDEX, SECTION } from './abi.js'
import type { Call } from './client.js'
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
  /** Where the index of a layer with a digest is looked up and kept. */
  readonly cache: Cache | undefined
  /** What the reading is part of. */
  readonly call: Call
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
  /** Stored bytes that were read now. */
  readonly bytesRead: number
}

/** For reading that nobody watches. */
export const QUIETLY = { onStart() {}, onProgress() {} }
