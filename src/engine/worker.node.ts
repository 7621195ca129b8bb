// Node's worker thread: one self-contained file after the build.

import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { openPath } from '../input/file.node.js'
import type { FromWorker, Port, ToWorker } from './protocol.js'
import { serve } from './serve.js'

const port: Port<FromWorker, ToWorker> = {
  onMessage: null,
  send: (message, transfer = []) => parentPort?.postMessage(message, transfer as ArrayBuffer[]),
}
parentPort?.on('message', (message: ToWorker) => port.onMessage?.(message))
serve(port, {
  openPath,
  // Loading what Node has of web streams would take longer than all else at the start.
  unpack: (text) => new Uint8Array(gunzipSync(Buffer.from(text, 'base64'))),
  createSha256: () => createHash('sha256'),
})
