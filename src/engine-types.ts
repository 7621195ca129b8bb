// Every public type of engines, of the options that calls take, and of caches. Types only; nothing here runs.

import type { ChangeField, LayerBytes, LayerIndex, LayerInput, LayerProgress } from './types.js'

/** Bounds on what one layer may cost. Passing one is an error that names it. */
export interface Limits {
  /** Entries of one tar. Default 4,000,000; each costs 460 to 1,000 bytes of memory while two such layers are diffed. */
  readonly entries: number
  /** Uncompressed bytes of one layer, holes of sparse files included. Default 64 GiB. */
  readonly layerBytes: number
  /** How many times the stored bytes a layer may grow, beyond its first GiB. Default 200. */
  readonly expansion: number
  /** Bytes of a path or a symlink's target. Default 4,096, as Linux has it. */
  readonly pathBytes: number
  /** Bytes of one pax header, long name or sparse map. Default 1 MiB, as Go has it. */
  readonly metaBytes: number
}

/** What all reading takes. */
export interface IndexOptions {
  /** Ends the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Makes every warning an error. Default false. */
  readonly strict?: boolean | undefined
}

/** What two stacks of layers are compared by. */
export interface DiffOptions extends IndexOptions {
  /** Told how far each layer is, a few times a second. */
  readonly onProgress?: ((progress: LayerProgress) => void) | undefined
  /**
   * Globs of paths to leave out, in gitignore's manner: without a slash they match a name anywhere, with one a path from
   * the root; a directory takes all below it along; `*`, `?` and `[a-z]` stay in one component, `**` spans several.
   */
  readonly ignore?: readonly string[] | undefined
  /** Which fields make a change. All by default but `mtime`. */
  readonly compare?: Partial<Record<ChangeField, boolean>> | undefined
  /**
   * Pairs removed and added files of equal content, see {@link Rename}. Plain layers in files are then read where a removed and an added file have
   * one size. Default false.
   */
  readonly renames?: boolean | undefined
  /**
   * Reads what package managers (dpkg, apk, rpm, Python, node) say is installed, from the layers once more where that changed: a
   * stream cannot be read again. What cannot be read is a warning. Default false.
   */
  readonly packages?: boolean | undefined
  /** Leaves out what every rebuild changes, whatever it builds: caches, logs, compiled Python; see docs/semantic.md. Default false. */
  readonly semantic?: boolean | undefined
  /**
   * What becomes of a lower layer's symlink where an upper layer has a directory: `overlay` replaces it, as a container
   * sees it; `follow` writes through it, as umoci and the vfs driver do. Default `overlay`.
   */
  readonly symlinkParents?: 'overlay' | 'follow' | undefined
  /** The engine that does the work. By default one that all calls share. */
  readonly engine?: Engine | undefined
}

/** Where an engine says what nobody asked for, `console` for one. */
export interface Logger {
  /** Something that its user should know and that is no error: that no worker could be had, and why. */
  warn(message: string, cause?: unknown): void
  /** What an engine does: what a worker was started from, and that one died. */
  debug?(message: string): void
}

/** What an engine is made of. */
export interface EngineOptions {
  /**
   * Most workers at a time, one layer each. Default: the processors there are, at most 8; at most 2 on devices with 4 GiB of memory
   * or less, and 1 while the page is hidden.
   */
  readonly workers?: number | undefined
  /**
   * Where the worker's script lies, or, in browsers, what makes the `Worker`; for pages that serve it from a place of
   * their own. The script is the export `layerdiff/worker`, in Node `dist/engine/worker.node.js`.
   */
  readonly worker?: string | URL | (() => object) | undefined
  /**
   * The export `layerdiff/core.wasm` of this very version: a `WebAssembly.Module`, its bytes, or where it lies (an address, in Node
   * a path). For places where code may not be compiled from bytes, such as edge runtimes. By default the worker has it in itself.
   */
  readonly wasm?: object | ArrayBuffer | Uint8Array | URL | string | undefined
  /**
   * Where indexes of layers that were given with a `digest` are looked up and kept: such a layer is read but once. Made by
   * `openCache`; none by default. Images with a cache of their own use that.
   */
  readonly cache?: Cache | undefined
  /** What calls of this engine keep to where they do not say otherwise. */
  readonly limits?: Partial<Limits> | undefined
  /** By default warnings go to the console, in Node to the process's warnings. */
  readonly logger?: Logger | undefined
}

/** What an engine is doing, as {@link Engine.stats} saw it. */
export interface EngineStats {
  /** Workers alive. */
  readonly workers: number
  /** Jobs that are being worked on: a layer, or a comparison. */
  readonly running: number
  /** Jobs that wait for a worker. A free one goes to the call that has the fewest at work, the oldest first. */
  readonly queued: number
  /** Layers read since the engine was made. */
  readonly layers: number
  /** Layers that were not read, since the cache had their index. */
  readonly cached: number
  /** Where the work is done: in workers, in this thread because no worker could be had, or not known yet. */
  readonly mode: 'worker' | 'in-thread' | 'idle'
}

/** A pool of workers. */
export interface Engine {
  /** What its calls keep to where they do not say otherwise. */
  readonly limits: Limits
  /** Reads a layer. */
  index(layer: LayerInput, options?: IndexOptions): Promise<LayerIndex>
  /**
   * Takes stored index bytes back, after checking version, checksum and every offset in them.
   *
   * @throws {LayerDiffError} INDEX_VERSION where another version wrote them, INDEX_DAMAGED; either way the layer must be read anew
   */
  loadIndex(bytes: Uint8Array): Promise<LayerIndex>
  /** What it is doing now. */
  stats(): EngineStats
  /** Ends all workers; calls under way reject with code `ENGINE_DISPOSED`. */
  dispose(): Promise<void>
}

/** What a cache holds under one digest. */
export interface CacheEntry {
  readonly kind: 'blob' | 'index'
  /** `sha256:HEX` of the blob, or of the layer whose index it is. */
  readonly digest: string
  /** Bytes on disk. */
  readonly size: number
  /** When it was last used: milliseconds since 1970. */
  readonly usedAt: number
}

/** Where a cache lies and how large it may become. */
export interface CacheOptions {
  /** A folder, in Node: by default `layerdiff` in the user's cache folder. In browsers the name of the store. */
  readonly place?: string | undefined
  /** What it may hold; what was not used for longest goes first. Default 10 GiB, in browsers 2 GiB. */
  readonly maxBytes?: number | undefined
  /** Whether it is made where there is none; else that is an error of code `CACHE_NOT_FOUND`. Default true. */
  readonly create?: boolean | undefined
}

/** Blobs and layer indexes by digest, size-bounded. What it gives has been verified when it was put in. */
export interface Cache {
  /** Where it lies: the folder, or the store's name. */
  readonly place: string
  /** Most recently used first. */
  list(): Promise<readonly CacheEntry[]>
  /** A blob as a layer may be given, and marks it as used; null where it is not held. */
  blob(digest: string): Promise<{ readonly size: number; readonly bytes: LayerBytes } | null>
  /** Puts a blob in, verified on the way: what is not of its digest and size is left out and an error. */
  putBlob(digest: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void>
  /** The stored index of a layer, null where there is none. */
  index(digest: string): Promise<Uint8Array | null>
  /** Puts the index of a layer in, which only who read the layer knows to be right. */
  putIndex(digest: string, bytes: Uint8Array): Promise<void>
  /** Removes what is held under digests, or all; gives what went. */
  remove(digests?: readonly string[]): Promise<readonly CacheEntry[]>
  /** Removes what was not used for longest until no more than `maxBytes` are held; gives what went. */
  prune(maxBytes: number): Promise<readonly CacheEntry[]>
}
