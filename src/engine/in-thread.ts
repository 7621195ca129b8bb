// An engine in this thread, where no worker can be had: the same code and the same messages. It blocks while it decodes.

import type { FromWorker, Port, ToWorker } from './protocol.js'
import { type Surroundings, serve } from './serve.js'
import type { WorkerHandle } from './worker-handle.js'

export function spawnInThread(surroundings: Surroundings): WorkerHandle {
  let ended = false
  let lastJob = 0
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
    origin: 'this thread',
    onMessage: null,
    onDeath: null,
    send(message) {
      if (message.type === 'start') lastJob = message.id
      queueMicrotask(() => theirs.onMessage?.(message))
    },
    hold() {},
    // No thread ends here, and what it does with it: a job that is under way has to be told.
    async terminate() {
      ended = true
      theirs.onMessage?.({ type: 'cancel', id: lastJob })
    },
  }
  serve(theirs, surroundings)
  return handle
}
