// A Web Worker in a browser.
//
// Bundlers, content security policies and other origins each break one way of starting a worker, so several are tried:
// the caller's own; the package's file, by the one expression that bundlers know; from another origin, where that throws
// a SecurityError, a blob that imports the file; when the file cannot be loaded, a blob that holds the whole worker.
// A file that is not there is not asked for twice.
// A worker counts only once it has said that it is ready.

import type { EngineOptions } from '../engine-types.js'
import type { FromWorker } from './protocol.js'
import { OWN_WORKER, type WorkerHandle } from './worker-handle.js'

/** Tried in turn, by what each starts from; each makes a worker that has not yet said anything. */
function attempts({ worker }: Pick<EngineOptions, 'worker'>): [from: string, start: () => Worker | Promise<Worker>][] {
  const own = typeof worker === 'function' ? () => worker() as Worker : () => new Worker(worker as string | URL, MODULE)
  return [
    ...(worker === undefined ? [] : [[OWN_WORKER, own] as [string, () => Worker]]),
    ['its file', () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })],
    [IMPORTING, () => fromSource(`import ${JSON.stringify(beside('./worker.js').href)}`, 'module')],
    ['a blob', async () => fromSource((await import('./worker.inline.generated.js')).source, 'classic')],
  ]
}

/** Browsers say no more of it. */
const UNLOADED = 'it is not there, or a Content Security Policy (worker-src) forbids it'

const IMPORTING = 'a blob that imports its file'

const MODULE: WorkerOptions = { type: 'module' }

/** A file beside this one, put so that bundlers do not ship the worker a second time: what they move needs no blob. */
function beside(name: string): URL {
  return new URL(/* webpackIgnore: true */ name, import.meta.url)
}

function fromSource(source: string, type: WorkerType): Worker {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    return new Worker(url, { type })
  } finally {
    // The worker has the address already; the page need not keep the blob.
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  }
}

/**
 * Starts a worker in the first way that works. Rejects with what was wrong with each way when none does, or when the signal is
 * aborted.
 */
export async function spawnWorker(options: Pick<EngineOptions, 'worker'>, signal: AbortSignal): Promise<WorkerHandle> {
  const failures: string[] = []
  let thrown = false
  for (const [from, start] of attempts(options)) {
    // Of another origin, a file may not be a worker and may be imported. One that could not be loaded cannot be imported either.
    if (from === IMPORTING && !thrown) continue
    thrown = true
    try {
      const worker = await start()
      thrown = false
      await ready(worker, signal)
      return handleOf(worker, [from, ...failures].join('; not '))
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`from ${from}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(failures.join('; '))
}

async function ready(worker: Worker, signal: AbortSignal): Promise<void> {
  let refuse = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve()
      worker.onerror = (event) => {
        event.preventDefault?.()
        reject(new Error(event.message || UNLOADED))
      }
      refuse = () => reject(signal.reason)
      signal.addEventListener('abort', refuse)
      if (signal.aborted) refuse()
    })
  } catch (error) {
    worker.terminate()
    throw error
  } finally {
    signal.removeEventListener('abort', refuse)
  }
}

function handleOf(worker: Worker, origin: string): WorkerHandle {
  const handle: WorkerHandle = {
    inThread: false,
    origin,
    onMessage: null,
    onDeath: null,
    send(message, transfer = []) {
      worker.postMessage(message, transfer)
    },
    hold() {},
    async terminate() {
      handle.onDeath = null
      worker.terminate()
    },
  }
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => handle.onMessage?.(data)
  worker.onerror = (event) => {
    event.preventDefault()
    worker.terminate()
    // It dies once, and more errors may be on the way.
    const { onDeath } = handle
    handle.onDeath = null
    onDeath?.(new Error(event.message || 'The worker failed.'))
  }
  return handle
}
