// A worker thread in Node.

import { Worker } from 'node:worker_threads'
import type { EngineOptions } from '../types.js'
import type { FromWorker } from './protocol.js'
import type { WorkerHandle } from './worker-handle.js'

/** Starts a worker and waits until it serves. */
export async function spawnWorker(options: EngineOptions): Promise<WorkerHandle> {
  // Flags of this process, such as --input-type, are not the worker's business.
  const own = typeof options.worker === 'function' ? undefined : options.worker
  const worker = own
    ? new Worker(own, { execArgv: [] })
    : new Worker(new URL('./worker.node.js', import.meta.url), { execArgv: [] })
  let ending = false
  const handle: WorkerHandle = {
    inThread: false,
    onMessage: null,
    onDeath: null,
    send(message, transfer = []) {
      worker.postMessage(message, transfer as ArrayBuffer[])
    },
    // An idle worker must not keep a process from ending; one that is being ended must, until it has.
    hold(busy) {
      if (busy || ending) worker.ref()
      else worker.unref()
    },
    async terminate() {
      handle.onDeath = null
      ending = true
      worker.ref()
      await worker.terminate()
    },
  }
  let failure: unknown
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      // The first one says that it serves.
      resolve()
      handle.onMessage?.(message)
    })
    worker.on('error', (error) => {
      failure = error
      reject(error)
    })
    worker.on('exit', (code) => {
      failure ??= new Error(`The worker ended with code ${code}.`)
      reject(failure)
      handle.onDeath?.(failure)
    })
  })
  return handle
}
