// Where an engine's work is done: in a worker, or in this thread when none can be had. The interface of both, and the
// second; spawn.browser.ts and spawn.node.ts make workers.

import type { FromWorker, Port, ToWorker } from './protocol.js'
import { type Surroundings, serve } from './serve.js'

/** A worker, or what stands in for one. */
export interface WorkerHandle extends Port<ToWorker, FromWorker> {
  readonly inThread: boolean
  /** Set once; told why when the worker ends by itself. */
  onDeath: ((cause: unknown) => void) | null
  /** Whether it has work, and so should keep the process alive. Browsers need no telling. */
  hold(busy: boolean): void
  terminate(): Promise<void>
}

/** An engine in this thread: the same code, the same messages, no worker. It blocks while it decodes. */
export function spawnInThread(surroundings: Surroundings): WorkerHandle {
  let ended = false
  const theirs: Port<FromWorker, ToWorker> = {
    onMessage: null,
    send(message) {
      queueMicrotask(() => {
        if (!ended) handle.onMessage?.(message)
      })
    },
  }
  const handle: WorkerHandle = {
    inThread: true,
    onMessage: null,
    onDeath: null,
    send(message) {
      queueMicrotask(() => theirs.onMessage?.(message))
    },
    hold() {},
    async terminate() {
      ended = true
    },
  }
  serve(theirs, surroundings)
  return handle
}
