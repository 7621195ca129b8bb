// A worker thread in Node: the caller's own; the package's file; where a bundler has moved this module away from it, the worker as a
// `data:` URL. A worker counts only once it has said that it is ready.

import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { EngineOptions } from '../engine-types.js'
import type { FromWorker } from './protocol.js'
import { OWN_WORKER, type WorkerHandle } from './worker-handle.js'

/** Flags of this process, such as --input-type, are not the worker's business. */
const OPTIONS: WorkerOptions = { execArgv: [] }

/** Tried in turn, by what each starts from. */
function attempts({ worker }: Pick<EngineOptions, 'worker'>): [from: string, start: () => Worker | Promise<Worker>][] {
  const own = () => new Worker(worker as string | URL, OPTIONS)
  return [
    ...(worker === undefined || typeof worker === 'function' ? [] : [[OWN_WORKER, own] as [string, () => Worker]]),
    ['its file', () => new Worker(new URL('./worker.node.js', import.meta.url), OPTIONS)],
    [
      'a data: URL',
      async () => new Worker(inline((await import('./worker.node.inline.generated.js')).source), OPTIONS),
    ],
  ]
}

function inline(source: string): URL {
  return new URL(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`)
}

/**
 * Starts a worker in the first way that works. Rejects with what was wrong with each way when none does, or when the signal is
 * aborted.
 */
export async function spawnWorker(options: Pick<EngineOptions, 'worker'>, signal: AbortSignal): Promise<WorkerHandle> {
  const failures: string[] = []
  for (const [from, start] of attempts(options)) {
    try {
      return await ready(await start(), [from, ...failures].join('; not '), signal)
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`from ${from}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(failures.join('; '))
}

/** The worker, once it serves. */
async function ready(worker: Worker, origin: string, signal: AbortSignal): Promise<WorkerHandle> {
  let ending = false
  const handle: WorkerHandle = {
    inThread: false,
    origin,
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
  // Its end rejects what waits for it below.
  const end = () => void worker.terminate()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const served = new Promise<void>((resolve, reject) => {
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
  await served.finally(() => signal.removeEventListener('abort', end))
  return handle
}
