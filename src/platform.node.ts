// Node: paths, worker threads.

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { spawnWorker } from './engine/spawn.node.js'
import type { Platform } from './platform.js'

export const platform: Platform = {
  // Node's Blobs that lie in files cannot be cloned.
  blobsCross: false,
  pathOf(input) {
    if (typeof input === 'string') return input
    return input.protocol === 'file:' ? fileURLToPath(input) : null
  },
  processors: availableParallelism,
  spawn: spawnWorker,
}
