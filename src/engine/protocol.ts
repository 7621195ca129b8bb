// What an engine and its workers say to each other: plain data, one union for each direction.

import type { Limits } from '../engine-types.js'
import type { ErrorCode, ErrorPlace } from '../errors.js'
import type { JobSource } from '../input/job-source.js'

/** What reading one layer takes. */
export interface IndexJob {
  readonly type: 'index'
  readonly source: JobSource
  readonly limits: Limits
  /** `sha256:HEX` of the stored bytes, to be verified; null not to. */
  readonly digest: string | null
  /** `sha256:HEX` of the tar, to be verified; `compute` to compute it only; null for neither. */
  readonly diffId: string | null
  /** The diffId that a config claims, which is verified where reading it compressed is what others may not do. */
  readonly claim?: string | undefined
  /** Stored bytes, to be verified; null not to. */
  readonly size: number | null
  /** Where the tar is plain and its bytes can be left out: reads headers alone, and verifies nothing. */
  readonly headersOnly: boolean
}

/** Contents of a plain tar that `headersOnly` passed over, as pairs of offset and size, ascending. Gives hashes, 32 bytes each. */
export interface ContentsJob {
  readonly type: 'contents'
  readonly source: JobSource
  readonly extents: Float64Array
}

/** The contents of files. Gives the first bytes of each in a row, and their hashes in a row, 32 bytes each. */
export interface FilesJob {
  readonly type: 'files'
  readonly source: JobSource
  /** Ascending by `offset`, which is where the header stands in the tar; the first `keep` bytes of `size` are given. */
  readonly files: readonly { readonly offset: number; readonly size: number; readonly keep: number }[]
}

/** Reads everything and gives its SHA-256. */
export interface DigestJob {
  readonly type: 'digest'
  readonly source: JobSource
}

/**
 * What a diff takes: each layer index once, and the stacks as lists of their places. `wanted` does not compare, but gives the
 * contents that must be read first: place and index in its ENTRIES, a u32 each.
 */
export interface DiffJob {
  readonly type: 'diff' | 'wanted'
  readonly indexes: readonly Uint8Array[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly ignore: readonly string[]
  /** Bits in the order of FIELDS. */
  readonly compare: number
  readonly followSymlinks: boolean
  readonly limits: Limits
}

/** What each layer of a stack does to those below it. Gives the container of a diff for each. */
export interface StepsJob {
  readonly type: 'steps'
  readonly indexes: readonly Uint8Array[]
  readonly stack: readonly number[]
  readonly followSymlinks: boolean
  readonly limits: Limits
}

/** Checks a stored layer index: version, checksum and every offset. */
export interface CheckJob {
  readonly type: 'check'
  readonly bytes: Uint8Array
  readonly limits: Limits
}

export type Job = IndexJob | ContentsJob | FilesJob | DigestJob | DiffJob | StepsJob | CheckJob

export type ToWorker =
  | { readonly type: 'start'; readonly id: number; readonly job: Job }
  | { readonly type: 'cancel'; readonly id: number }
  /** Answers `pull`; null at the end. */
  | { readonly type: 'chunk'; readonly id: number; readonly bytes: Uint8Array | null }
  | { readonly type: 'chunkFailed'; readonly id: number; readonly error: PlainError }
  /** The module that is to be used in place of the worker's own; sent before the first job. */
  | { readonly type: 'core'; readonly module: WebAssembly.Module }
  /** Answers `needZstd`: with the decoder, or with why it cannot be had. */
  | { readonly type: 'zstd'; readonly wasm: Uint8Array | string }

export type FromWorker =
  | { readonly type: 'ready' }
  /** Asks for a chunk, and gives the buffer of one that was used up back. */
  | { readonly type: 'pull'; readonly id: number; readonly spare: ArrayBuffer | null }
  | { readonly type: 'needZstd' }
  | { readonly type: 'progress'; readonly id: number; readonly progress: JobProgress }
  /** What the job gives: containers, or numbers and hashes in a row. */
  | { readonly type: 'done'; readonly id: number; readonly parts: readonly Uint8Array[] }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }

export interface JobProgress {
  readonly bytesIn: number
  readonly bytesTotal: number | null
  readonly bytesOut: number
  readonly entries: number
}

/** A LayerDiffError as data: structured clones lose class and code. */
export interface PlainError extends ErrorPlace {
  readonly code: ErrorCode
  readonly message: string
  readonly cause: string | null
}

/** One end of a line between engine and worker. */
export interface Port<Send, Receive> {
  send(message: Send, transfer?: Transferable[]): void
  /** Set once, before the first message can arrive. */
  onMessage: ((message: Receive) => void) | null
}
