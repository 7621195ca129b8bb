// The engine: a pool of workers, and a queue in front of it.
//
// Takes: jobs. Gives: their results, or their errors; each worker does one job at a time, so that two layers are decoded
// by two workers at the same time. A worker that dies takes its own job with it, and the next job gets a new one. Where none can be
// had, this thread does the work, and the logger is told why.

import { platform } from '#platform'
import type { EngineOptions, EngineStats, Logger } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { JobSource } from '../input/job-source.js'
import { type OpenedInput, openInput } from '../input/source.js'
import type { LayerBytes } from '../types.js'
import { fromPlainError, toPlainError } from './failure.js'
import type { FromWorker, Job, JobProgress } from './protocol.js'
import { Queue, type Task, type Turn } from './queue.js'
import { OWN_WORKER, type WorkerHandle } from './worker-handle.js'

/** A job on bytes that are opened for it when its turn comes. */
export interface ReadRequest {
  open(): LayerBytes | Promise<LayerBytes>
  jobOf(source: JobSource): Job
  readonly signal: AbortSignal | undefined
  onStart?(): void
  onProgress?(progress: JobProgress): void
}

export interface ReadAnswer {
  readonly parts: readonly Uint8Array[]
  readonly source: JobSource | null
}

interface Running {
  readonly id: number
  readonly task: Task
  opened: OpenedInput | undefined
}

/** One worker of the pool, and what it does. */
class Seat {
  running: Running | null = null
  worker: WorkerHandle | null = null
  /** The worker that is coming, or has come. */
  hiring: Promise<WorkerHandle> | null = null
}

/** Jobs of a pool that belong together for their caller. */
export class Call implements Turn {
  running = 0

  constructor(
    private readonly run: (wanted: Wanted) => Promise<readonly Uint8Array[]>,
    readonly number: number,
  ) {}

  /** Does a job that reads. Gives what came of it, and where the bytes were read. */
  async read({ open, jobOf, signal, onStart = none, onProgress = none }: ReadRequest): Promise<ReadAnswer> {
    let source: JobSource | null = null
    const prepare = async () => {
      const opened = await openLayer(open)
      source = opened.source
      return { job: jobOf(source), opened }
    }
    const parts = await this.run({ call: this, prepare, signal, onStart, onProgress })
    return { parts, source }
  }

  /** Does a job for which nothing has to be opened; what is in `transfer` is given away. */
  do(job: Job, transfer: Transferable[] = [], signal?: AbortSignal): Promise<readonly Uint8Array[]> {
    return this.run({ call: this, prepare: async () => ({ job, transfer }), signal, onStart: none, onProgress: none })
  }
}

/** A task before it is queued. */
type Wanted = Omit<Task, 'resolve' | 'reject' | 'settled'>

export class Pool {
  private readonly seats: Seat[] = []
  private readonly queue = new Queue()
  private readonly logger: Logger
  private core: Promise<WebAssembly.Module> | null = null
  private warned = false
  private nextId = 1
  private nextCall = 1
  private disposed = false
  /** Layers read. */
  layers = 0
  /** Layers of which the cache had the index. */
  cached = 0
  private mode: EngineStats['mode'] = 'idle'

  constructor(private readonly options: EngineOptions = {}) {
    this.logger = options.logger ?? platform.logger
  }

  call(): Call {
    return new Call((wanted) => this.run(wanted), this.nextCall++)
  }

  /**
   * Starts workers before there is work for them: they take a tenth of a second, in which an image can be opened. One that
   * cannot be had is complained of when it is needed.
   */
  warm(): void {
    while (!this.disposed && this.seats.length < this.most()) {
      const seat = new Seat()
      this.seats.push(seat)
      seat.hiring = this.hire(seat)
      seat.hiring.then(
        (worker) => worker.hold(seat.running !== null),
        () => {},
      )
    }
  }

  stats(): EngineStats {
    const running = this.seats.filter((seat) => seat.running).length
    const workers = this.seats.filter((seat) => seat.worker).length
    const { layers, cached, mode } = this
    return { workers, running, queued: this.queue.length, layers, cached, mode }
  }

  async dispose(): Promise<void> {
    this.disposed = true
    const gone = new LayerDiffError('ENGINE_DISPOSED', 'The engine was disposed of while this call was under way.')
    for (const task of this.queue.clear()) settle(task, () => task.reject(gone))
    for (const { running } of this.seats) {
      if (!running) continue
      running.opened?.pump?.stop()
      settle(running.task, () => running.task.reject(gone))
    }
    await Promise.all(this.seats.splice(0).map((seat) => seat.worker?.terminate()))
  }

  private run(wanted: Wanted): Promise<readonly Uint8Array[]> {
    return new Promise((resolve, reject) => {
      const { signal } = wanted
      if (this.disposed) {
        reject(new LayerDiffError('ENGINE_DISPOSED', 'The engine has been disposed of. Make a new one.'))
        return
      }
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const onAbort = () => this.abort(task)
      const task: Task = {
        ...wanted,
        settled: false,
        resolve(parts) {
          signal?.removeEventListener('abort', onAbort)
          resolve(parts)
        },
        reject(error) {
          signal?.removeEventListener('abort', onAbort)
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.queue.add(task)
      this.fill()
    })
  }

  /** Gives waiting tasks to idle seats, and makes seats while there may be more. */
  private fill(): void {
    while (this.queue.length > 0) {
      let seat = this.seats.find((candidate) => !candidate.running)
      if (!seat) {
        if (this.seats.length >= this.most()) return
        seat = new Seat()
        this.seats.push(seat)
      }
      const task = this.queue.next() as Task
      task.call.running++
      seat.running = { id: this.nextId++, task, opened: undefined }
      void this.start(seat, seat.running)
    }
  }

  private async start(seat: Seat, running: Running): Promise<void> {
    const { task, id } = running
    task.onStart()
    try {
      seat.hiring ??= this.hire(seat)
      const worker = await seat.hiring
      worker.hold(true)
      const { job, opened, transfer } = await task.prepare()
      running.opened = opened
      // It may have been aborted while it was opened, or its worker may have gone.
      if (task.settled || seat.worker !== worker) {
        opened?.pump?.stop()
        this.free(seat, running)
        return
      }
      worker.send({ type: 'start', id, job }, transfer)
    } catch (error) {
      settle(task, () => task.reject(error))
      this.free(seat, running)
    }
  }

  /** Most workers as things are: a page may have been hidden since they were hired. This thread can do but one job at a time. */
  private most(): number {
    return this.mode === 'in-thread' ? 1 : (this.options.workers ?? platform.poolSize())
  }

  private async hire(seat: Seat): Promise<WorkerHandle> {
    const hired = async () => {
      const core = await this.ownCore()
      const worker = await platform.spawn(this.options).catch((cause) => this.inThread(cause))
      if (core) worker.send({ type: 'core', module: core })
      return worker
    }
    const worker = await hired().catch((cause) => {
      seat.hiring = null
      if (cause instanceof LayerDiffError) throw cause
      throw new LayerDiffError('WORKER_FAILED', `No worker could be started: ${cause?.message ?? cause}.`, {}, cause)
    })
    worker.onMessage = (message) => this.receive(seat, message)
    worker.onDeath = (cause) => this.bury(seat, cause)
    seat.worker = worker
    this.mode = worker.inThread ? 'in-thread' : 'worker'
    this.tell(worker)
    if (this.disposed) await worker.terminate()
    return worker
  }

  private tell({ origin }: WorkerHandle): void {
    this.logger.debug?.(`A worker was started from ${origin}.`)
    // Who gave one of their own would wonder why it does nothing.
    if (this.options.worker === undefined || origin.startsWith(OWN_WORKER) || this.warned) return
    this.warned = true
    this.logger.warn(`layerdiff could not use the option worker. A worker was started from ${origin}.`)
  }

  private inThread(cause: unknown): Promise<WorkerHandle> {
    // The one warning: the work is done, but a page stutters meanwhile, and its author would never know why.
    if (!this.warned) {
      const why = cause instanceof Error ? cause.message : String(cause)
      this.logger.warn(`layerdiff could not start a worker and decodes layers in this thread: ${why}`, cause)
    }
    this.warned = true
    return platform.spawnInThread()
  }

  /** The module that the caller gave, compiled once; null where workers use their own. */
  private async ownCore(): Promise<WebAssembly.Module | null> {
    const { wasm } = this.options
    if (wasm === undefined) return null
    // Loaded by those who have one.
    this.core ??= import('./own-wasm.js').then(({ compileOwn }) => compileOwn(wasm))
    // What failed is tried again by the next call: it may have been the network.
    return this.core.catch((error) => {
      this.core = null
      throw error
    })
  }

  private receive(seat: Seat, message: FromWorker): void {
    const { running, worker } = seat
    switch (message.type) {
      case 'ready':
        return
      case 'needZstd':
        void loadZstd().then((wasm) => worker?.send({ type: 'zstd', wasm }))
        return
    }
    if (!running || running.id !== message.id) return
    const { task, opened, id } = running
    switch (message.type) {
      case 'progress':
        if (!task.settled) task.onProgress(message.progress)
        break
      case 'pull':
        opened?.pump
          ?.next(message.spare)
          .then((bytes) => worker?.send({ type: 'chunk', id, bytes }, bytes ? [bytes.buffer as ArrayBuffer] : []))
          .catch((error) => {
            const wrapped = error instanceof LayerDiffError ? error : unreadable(error)
            worker?.send({ type: 'chunkFailed', id, error: toPlainError(wrapped) })
          })
        break
      case 'done':
        settle(task, () => task.resolve(message.parts))
        this.free(seat, running)
        break
      case 'failed':
        opened?.pump?.stop()
        settle(task, () => task.reject(fromPlainError(message.error)))
        this.free(seat, running)
        break
    }
  }

  /** The signal was aborted: the call ends now, its worker as soon as it hears of it. */
  private abort(task: Task): void {
    settle(task, () => task.reject(task.signal?.reason))
    this.queue.remove(task)
    const seat = this.seats.find(({ running }) => running?.task === task)
    if (!seat?.running) return
    seat.running.opened?.pump?.stop()
    seat.worker?.send({ type: 'cancel', id: seat.running.id })
  }

  private free(seat: Seat, running: Running): void {
    if (seat.running !== running) return
    seat.running = null
    running.task.call.running--
    seat.worker?.hold(false)
    if (this.seats.length > this.most()) this.dismiss(seat)
    this.fill()
  }

  /** There may be fewer workers than there were. */
  private dismiss(seat: Seat): void {
    this.seats.splice(this.seats.indexOf(seat), 1)
    void seat.worker?.terminate()
  }

  /** A worker died: its call fails, and its seat is empty for a new one. */
  private bury(seat: Seat, cause: unknown): void {
    seat.worker = null
    seat.hiring = null
    const { running } = seat
    if (!running) return
    this.logger.debug?.(`A worker died: ${cause}`)
    running.opened?.pump?.stop()
    const error = new LayerDiffError(
      'WORKER_FAILED',
      'The worker that did this died, perhaps for want of memory. The next call gets a new one.',
      {},
      cause,
    )
    settle(running.task, () => running.task.reject(error))
    this.free(seat, running)
  }
}

function none(): void {}

function settle(task: Task, how: () => void): void {
  if (task.settled) return
  task.settled = true
  how()
}

/** Opens what a layer gives. */
async function openLayer(open: ReadRequest['open']): Promise<OpenedInput> {
  let given: LayerBytes
  try {
    given = await open()
  } catch (error) {
    throw error instanceof LayerDiffError ? error : unreadable(error)
  }
  return openInput(given)
}

function unreadable(cause: unknown): LayerDiffError {
  return new LayerDiffError(
    'INPUT_UNREADABLE',
    `The layer's bytes could not be read: ${cause instanceof Error ? cause.message : cause}.`,
    {},
    cause,
  )
}

/** The zstd decoder is loaded when the first zstd layer is met. Gives why it cannot be had where that is so. */
async function loadZstd(): Promise<Uint8Array | string> {
  try {
    const { wasm } = await import('./zstd.generated.js')
    return await platform.unpack(wasm)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
