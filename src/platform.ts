// What browsers and Node do differently, as one interface. `#platform` in package.json chooses between its two files.

import type { WorkerHandle } from './engine/worker-handle.js'
import type { EngineOptions } from './types.js'

export interface Platform {
  /** Whether a Blob can be sent to a worker, to be read there. */
  readonly blobsCross: boolean
  /** The path that a string or URL stands for, null when it stands for none. */
  pathOf(input: string | URL): string | null
  /** Processors that a pool may use. */
  processors(): number
  /** A worker that is ready, or this thread in its place. */
  spawn(options: EngineOptions): Promise<WorkerHandle>
}
