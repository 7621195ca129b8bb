// Node's worker thread: one self-contained file after the build.

import { parentPort } from 'node:worker_threads'
import type { FromWorker, Port, ToWorker } from './protocol.js'
import { serve } from './serve.js'
import { surroundings } from './surroundings.node.js'

const port: Port<FromWorker, ToWorker> = {
  onMessage: null,
  send: (message, transfer = []) => parentPort?.postMessage(message, transfer as ArrayBuffer[]),
}
parentPort?.on('message', (message: ToWorker) => port.onMessage?.(message))
serve(port, surroundings)
