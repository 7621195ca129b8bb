// How an engine comes by its workers, and how they go.
//
// Takes: what the engine was given. Gives: workers that are ready, or this thread in a worker's place, of which the logger is
// told why. Those that are coming or going when the engine ends are waited for: then nothing of it runs any more.

import { platform } from '#platform'
import type { EngineOptions, EngineStats, Logger } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { OWN_WORKER, type WorkerHandle } from './worker-handle.js'

export class Hiring {
  mode: EngineStats['mode'] = 'idle'
  private core: Promise<WebAssembly.Module> | null = null
  private warned = false
  private readonly ending = new AbortController()
  /** Workers that are coming or going. */
  private readonly moving = new Set<Promise<unknown>>()

  constructor(
    private readonly options: EngineOptions,
    private readonly logger: Logger,
  ) {}

  /**
   * A worker; `take` has it at once, before anything else can happen.
   *
   * @throws {LayerDiffError} WORKER_FAILED, INVALID_ARGUMENT
   */
  async hire(take: (worker: WorkerHandle) => void): Promise<WorkerHandle> {
    try {
      const core = await this.ownCore()
      return await this.follow(this.start(core, take))
    } catch (cause) {
      if (cause instanceof LayerDiffError) throw cause
      const why = cause instanceof Error ? cause.message : cause
      throw new LayerDiffError('WORKER_FAILED', `No worker could be started: ${why}.`, {}, cause)
    }
  }

  /** Ends a worker, or one that is still coming. */
  dismiss(hiring: Promise<WorkerHandle> | null): void {
    hiring?.then(
      (worker) => this.follow(worker.terminate()),
      () => {},
    )
  }

  /** Lets nobody come any more; over when those who were on the way are gone. */
  async end(reason: LayerDiffError): Promise<void> {
    this.ending.abort(reason)
    await Promise.allSettled(this.moving)
  }

  private follow<T>(move: Promise<T>): Promise<T> {
    this.moving.add(move)
    const over = () => this.moving.delete(move)
    move.then(over, over)
    return move
  }

  private async start(core: WebAssembly.Module | null, take: (worker: WorkerHandle) => void): Promise<WorkerHandle> {
    const { signal } = this.ending
    signal.throwIfAborted()
    const worker = await platform.spawn(this.options, signal).catch((cause) => this.inThread(cause))
    if (signal.aborted) {
      await worker.terminate()
      throw signal.reason
    }
    if (core) worker.send({ type: 'core', module: core })
    this.mode = worker.inThread ? 'in-thread' : 'worker'
    this.tell(worker)
    take(worker)
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
    this.ending.signal.throwIfAborted()
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
}
