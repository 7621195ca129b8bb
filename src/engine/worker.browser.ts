// The browser's worker: one self-contained file after the build, as a module or as a classic script.

import type { FromWorker, Port, ToWorker } from './protocol.js'
import { serve } from './serve.js'

const port: Port<FromWorker, ToWorker> = {
  onMessage: null,
  send: (message, transfer = []) => self.postMessage(message, { transfer }),
}
self.onmessage = ({ data }: MessageEvent<ToWorker>) => port.onMessage?.(data)
serve(port, {})
