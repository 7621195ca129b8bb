// The worker's side of the line: takes jobs, one at a time, and answers.
//
// Runs in a worker, or in the page's own thread when none can be had; worker.browser.ts, worker.node.ts and spawn.*.ts
// give it its surroundings.

import { LayerDiffError } from '../errors.js'
import { blobReader } from '../input/blob.js'
import type { JobSource, PathSource } from '../input/job-source.js'
import { type ByteReader, ChunkReader } from '../input/reader.js'
import { urlReader } from '../input/stream.js'
import { ids, scalar, simd } from './core.generated.js'
import { unpack } from './embedded.js'
import { fromPlainError, toPlainError } from './failure.js'
import type { ContentsJob, DigestJob, FilesJob, FromWorker, IndexJob, Job, Port, ToWorker } from './protocol.js'
import { Core, type JobTools, type Sha256 } from './wasm.js'
import { ZstdStream } from './zstd.js'

/** What differs between a worker in a browser and one in Node. */
export interface Surroundings {
  /** Opens a path; absent where there are none. */
  readonly openPath?: (source: PathSource) => ByteReader
  /** Unpacks what the build embedded; absent where the web's own way is the only one. */
  readonly unpack?: (text: string) => Uint8Array<ArrayBuffer>
  /** A native SHA-256; absent where there is none that takes bytes as they come. */
  readonly createSha256?: () => Sha256
}

/** Where a build of the hot path says which one it is; scripts/build-wasm.mjs puts it there. */
const ID_SECTION = 'layerdiff'

/** A module that uses SIMD: (func (result v128) i32.const 0 i8x16.splat). */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
])

/** Compiles the build that this machine can run. */
async function compileCore(surroundings: Surroundings): Promise<WebAssembly.Module> {
  const packed = WebAssembly.validate(SIMD_PROBE) ? simd : scalar
  return WebAssembly.compile(surroundings.unpack?.(packed) ?? (await unpack(packed)))
}

/** Where nothing may be compiled it is a policy that forbids it; what else is wrong is told as it is. */
function refuseUncompiled(cause: unknown): never {
  if (cause instanceof LayerDiffError) throw cause
  const why = cause instanceof Error ? cause.message : String(cause)
  throw new LayerDiffError(
    'WORKER_FAILED',
    `WebAssembly cannot be compiled here. Where a Content Security Policy forbids it, add 'wasm-unsafe-eval' to its script-src, which allows no eval of JavaScript. (${why})`,
    {},
    cause,
  )
}

/** A module that the caller gave. One of another version would read memory where other things lie. */
async function ownCore(module: WebAssembly.Module): Promise<WebAssembly.Module> {
  const [section] = WebAssembly.Module.customSections(module, ID_SECTION)
  const given = section && new TextDecoder().decode(section)
  if (given !== undefined && ids.split(' ').includes(given)) return module
  throw new LayerDiffError(
    'INVALID_ARGUMENT',
    'The option wasm is not the core.wasm of this version of layerdiff: take the one of the package that is installed.',
  )
}

interface Running {
  readonly id: number
  cancelled: boolean
  /** Settles the read that waits for a chunk. */
  take: ((chunk: Uint8Array | null) => void) | null
  refuse: ((error: unknown) => void) | null
  /** Ends a read that waits for something else, a server for one, which may never answer. */
  stop: (() => void) | null
}

/** Serves a port until its worker ends. */
export function serve(port: Port<FromWorker, ToWorker>, surroundings: Surroundings): void {
  let running: Running | null = null
  let core: Core | null = null
  // Begun at once: the first job will find it done, or half done.
  let module = compileCore(surroundings)
  module.catch(() => {})
  let zstd: WebAssembly.Module | null = null
  let zstdComes: ((wasm: Uint8Array | string) => void) | null = null

  port.onMessage = (message) => {
    switch (message.type) {
      case 'start':
        void start(message.id, message.job)
        break
      case 'cancel':
        if (running?.id !== message.id) break
        running.cancelled = true
        running.refuse?.(cancelled())
        running.stop?.()
        break
      case 'chunk':
        if (running?.id === message.id) running.take?.(message.bytes)
        break
      case 'chunkFailed':
        if (running?.id === message.id) running.refuse?.(fromPlainError(message.error))
        break
      case 'core':
        module = ownCore(message.module)
        module.catch(() => {})
        break
      case 'zstd':
        zstdComes?.(message.wasm)
        break
    }
  }
  port.send({ type: 'ready' })

  async function start(id: number, job: Job): Promise<void> {
    const mine: Running = { id, cancelled: false, take: null, refuse: null, stop: null }
    running = mine
    try {
      const parts = await work(mine, job)
      const buffers = parts.map((part) => part.buffer as ArrayBuffer)
      port.send({ type: 'done', id, parts }, buffers)
    } catch (error) {
      port.send({ type: 'failed', id, error: toPlainError(error) })
    }
    if (core?.worn) core = null
    if (running === mine) running = null
  }

  async function work(mine: Running, job: Job): Promise<Uint8Array[]> {
    core ??= await Core.create(await module.catch(refuseUncompiled))
    switch (job.type) {
      case 'diff':
        return [core.diff(job)]
      case 'wanted':
        return [core.wanted(job)]
      case 'steps':
        return core.steps(job)
      case 'check':
        core.check(job.bytes, job.limits)
        return []
      default:
        return read(mine, job, core)
    }
  }

  /** The jobs that read a layer's bytes. */
  async function read(
    mine: Running,
    job: IndexJob | ContentsJob | FilesJob | DigestJob,
    core: Core,
  ): Promise<Uint8Array[]> {
    const reader = await openSource(mine, job.source)
    mine.stop = () => reader.close()
    const tools: JobTools = {
      createSha256: surroundings.createSha256,
      openZstd,
      onProgress: (progress) => port.send({ type: 'progress', id: mine.id, progress }),
      checkCancelled() {
        if (mine.cancelled) throw cancelled()
      },
    }
    try {
      const parts = await readBy(core, job, reader, tools)
      reader.check?.()
      return parts
    } finally {
      reader.close()
    }
  }

  async function openSource(mine: Running, source: JobSource): Promise<ByteReader> {
    switch (source.kind) {
      case 'blob':
        return blobReader(source.blob)
      case 'url': {
        const controller = new AbortController()
        mine.stop = () => controller.abort()
        return urlReader(source.href, controller)
      }
      case 'path':
        if (!surroundings.openPath) throw new LayerDiffError('INPUT_UNSUPPORTED', 'There are no paths in a browser.')
        return surroundings.openPath(source)
      case 'pump':
        return new ChunkReader(source.size, pump(mine))
    }
  }

  /** The next chunk at each call, while the one before it is in use and the one before that is used up. */
  function pump(mine: Running): () => Promise<Uint8Array | null> {
    let inUse: Uint8Array | null = null
    let usedUp: Uint8Array | null = null
    return async () => {
      const spare = usedUp?.buffer as ArrayBuffer | undefined
      usedUp = inUse
      inUse = await new Promise<Uint8Array | null>((resolve, reject) => {
        mine.take = resolve
        mine.refuse = reject
        if (mine.cancelled) reject(cancelled())
        else port.send({ type: 'pull', id: mine.id, spare: spare ?? null }, spare ? [spare] : [])
      })
      return inUse
    }
  }

  async function openZstd(): Promise<ZstdStream> {
    if (zstd === null) {
      const wasm = await new Promise<Uint8Array | string>((resolve) => {
        zstdComes = resolve
        port.send({ type: 'needZstd' })
      })
      if (typeof wasm === 'string') {
        throw new LayerDiffError(
          'INTERNAL',
          `The zstd decoder could not be loaded: ${wasm}. It lies in a file of its own, which must be deployed with the rest.`,
        )
      }
      zstd = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>)
    }
    return ZstdStream.create(zstd)
  }
}

/** What a job wants of a layer's bytes. */
async function readBy(
  core: Core,
  job: IndexJob | ContentsJob | FilesJob | DigestJob,
  reader: ByteReader,
  tools: JobTools,
): Promise<Uint8Array[]> {
  switch (job.type) {
    case 'index':
      return [await core.index(job, reader, tools), new TextEncoder().encode(reader.stamp)]
    case 'digest':
      return [await core.digest(reader, tools)]
    case 'files':
      return core.files(job, reader, tools)
    case 'contents': {
      const { hashes, bytesRead } = await core.contents(job.extents, reader, tools)
      return [hashes, new Uint8Array(Float64Array.of(bytesRead).buffer)]
    }
  }
}

/** Nobody waits for it: the engine has rejected the call when it sent the cancel. */
function cancelled(): LayerDiffError {
  return new LayerDiffError('INTERNAL', 'The job was cancelled.')
}
