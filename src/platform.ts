// What browsers and Node do differently, as one interface. `#platform` in package.json chooses between its two files.

import type { DigestOf } from './cache/entries.js'
import type { Transfer, TransferRequest } from './daemon/transfer.js'
import type { WorkerHandle } from './engine/worker-handle.js'
import type { Cache, CacheOptions, EngineOptions, Logger } from './engine-types.js'
import type { FileSet } from './input/file-set.js'
import type { KeptBytes, TemporaryFolder } from './input/kept.js'
import type { RandomAccess } from './input/random-access.js'
import type { StoredCredentials } from './registry/credentials.js'

/** Decodes zstd piece by piece. What `take` gets is good until it returns. */
export interface ZstdDecoder {
  write(bytes: Uint8Array, take: (output: Uint8Array) => void): void
  /** No more bytes come. */
  end(): void
}

export interface Platform {
  /** Whether a Blob can be sent to a worker, to be read there. */
  readonly blobsCross: boolean
  /** The path that a string or URL stands for, null when it stands for none. */
  pathOf(input: string | URL): string | null
  /** Workers that a pool may have now: as many as there are processors, fewer where memory is short or nobody looks. */
  poolSize(): number
  /** A worker that is ready. Rejects where none can be had. */
  spawn(options: Pick<EngineOptions, 'worker'>): Promise<WorkerHandle>
  /** This thread in a worker's place. */
  spawnInThread(): Promise<WorkerHandle>
  /** Where warnings go that nobody asked for. */
  readonly logger: Logger
  /** The machine's processor as images name it (`amd64`), null where it cannot be known. */
  readonly architecture: string | null
  /** What lies at a path: null for nothing, and where there are no paths. @throws {LayerDiffError} INPUT_UNREADABLE where that cannot be seen */
  kindOf(path: string): Promise<'file' | 'folder' | null>
  openFile(path: string): Promise<RandomAccess>
  openFolder(path: string): Promise<FileSet>
  gunzip(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array>
  /** A binary that the build put into a module, see embedded.ts. */
  unpack(text: string): Promise<Uint8Array<ArrayBuffer>>
  openZstd(): Promise<ZstdDecoder>
  /** Keeps what arrives in chunks where it can be read anywhere, and not in memory. */
  keep(chunks: AsyncIterable<Uint8Array>): Promise<KeptBytes>
  /** What the user has logged in to a registry with, null where nothing is known. @throws {LayerDiffError} CREDENTIALS_UNREADABLE */
  credentialsFor(registry: string): Promise<StoredCredentials | null>
  openCache(options: CacheOptions, indexVersion: number, digestOf: DigestOf): Promise<Cache>
  /** A folder of this process, which goes with it at the latest. */
  temporaryFolder(): Promise<TemporaryFolder>
  /** A SHA-256 of what passes through, as `sha256:HEX`; where files are written. */
  createSha256(): Promise<{ update(bytes: Uint8Array): void; digest(): string }>
  /** Whether `writeWhole` can write there. @throws {LayerDiffError} OUTPUT_UNWRITABLE */
  checkWritable(path: string): Promise<void>
  /** Writes a file that is there whole or not at all; gives its absolute path. */
  writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<string>
  /** Asks a container engine of this machine for an image. */
  requestImage(request: TransferRequest): Promise<Transfer>
}
