// The engine: a pool of workers, and a queue in front of it.
//
// Takes: jobs. Gives: their results, or their errors; each worker does one job at a time, so that two layers are decoded
// by two workers at the same time. A worker that dies takes its own job with it, and the next job gets a new one.

import { platform } from '#platform'
import type { EngineOptions, EngineStats, Logger } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { JobSource } from '../input/job-source.js'
import { type OpenedInput, openInput } from '../input/source.js'
import type { LayerBytes } from '../types.js'
import { fromPlainError, toPlainError } from './failure.js'
import { Hiring } from './hiring.js'
import type { FromWorker, Job, JobProgress } from './protocol.js'
import { Queue, type Task, type Turn } from './queue.js'
import type { WorkerHandle } from './worker-handle.js'

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
  private readonly hiring: Hiring
  private nextId = 1
  private nextCall = 1
  private disposed: Promise<void> | null = null
  private abandoned = false
  /** Layers read. */
  layers = 0
  /** Layers of which the cache had the index. */
  cached = 0

  constructor(private readonly options: EngineOptions = {}) {
    this.logger = options.logger ?? platform.logger
    this.hiring = new Hiring(options, this.logger)
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
      this.hire(seat).then(
        (worker) => worker.hold(seat.running !== null),
        () => {},
      )
    }
  }

  stats(): EngineStats {
    const running = this.seats.filter((seat) => seat.running).length
    const workers = this.seats.filter((seat) => seat.worker).length
    const { layers, cached } = this
    const { mode } = this.hiring
    return { workers, running, queued: this.queue.length, layers, cached, mode }
  }

  /** Over when no worker is left, also of those that were coming. */
  dispose(): Promise<void> {
    const gone = new LayerDiffError('ENGINE_DISPOSED', 'The engine was disposed of while this call was under way.')
    this.disposed ??= Promise.all([this.hiring.end(gone), ...this.seats.map(({ worker }) => worker?.terminate())]).then(
      () => {},
    )
    for (const task of this.queue.clear()) settle(task, () => task.reject(gone))
    for (const { running } of this.seats.splice(0)) {
      if (!running) continue
      running.opened?.pump?.stop()
      settle(running.task, () => running.task.reject(gone))
    }
    return this.disposed
  }

  /** Nobody can make calls any more: workers go as soon as they have nothing left to do. */
  abandon(): void {
    this.abandoned = true
    this.shrink()
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
      const onAbort = () => this.drop(task, signal?.reason)
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
    this.shrink()
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
    try {
      task.onStart()
      const worker = await (seat.hiring ?? this.hire(seat))
      // It may have been aborted meanwhile; then nothing is opened.
      if (!task.settled) {
        worker.hold(true)
        const { job, opened, transfer } = await task.prepare()
        running.opened = opened
        // Again, or its worker may have gone.
        if (!task.settled && seat.worker === worker) {
          worker.send({ type: 'start', id, job }, transfer)
          return
        }
      }
    } catch (error) {
      settle(task, () => task.reject(error))
    }
    running.opened?.pump?.stop()
    this.free(seat, running)
  }

  /** Most workers as things are: a page may have been hidden since they were hired. This thread can do but one job at a time. */
  private most(): number {
    return this.hiring.mode === 'in-thread' ? 1 : (this.options.workers ?? platform.poolSize())
  }

  private hire(seat: Seat): Promise<WorkerHandle> {
    const take = (worker: WorkerHandle) => {
      worker.onMessage = (message) => this.receive(seat, message)
      worker.onDeath = (cause) => this.bury(seat, cause)
      seat.worker = worker
    }
    seat.hiring = this.hiring.hire(take).catch((error) => {
      seat.hiring = null
      throw error
    })
    return seat.hiring
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
        if (task.settled) break
        try {
          task.onProgress(message.progress)
        } catch (error) {
          // It is the caller's own, and so is its error.
          this.drop(task, error)
        }
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
        // What was asked for may stand before the end of what is read.
        opened?.pump?.stop()
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

  /** What the task gives is no longer wanted: the call ends now, its worker's job as soon as it hears of it. */
  private drop(task: Task, reason: unknown): void {
    settle(task, () => task.reject(reason))
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
    this.fill()
  }

  /** There may be fewer workers than there were: idle ones go. */
  private shrink(): void {
    const most = this.abandoned && this.queue.length === 0 ? 0 : this.most()
    for (const seat of this.seats.filter(({ running }) => !running)) {
      if (this.seats.length <= most) return
      this.seats.splice(this.seats.indexOf(seat), 1)
      this.hiring.dismiss(seat.hiring)
    }
  }

  /** A worker died: its call fails, and its seat is empty for a new one. */
  private bury(seat: Seat, cause: unknown): void {
    seat.worker = null
    seat.hiring = null
    this.logger.debug?.(`A worker died: ${cause}`)
    const { running } = seat
    if (!running) return
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
