// Browsers, and whatever else is not Node: Web Workers where they can be had, this thread where not.

import { spawnWorker } from './engine/spawn.browser.js'
import type { Platform } from './platform.js'

export const platform: Platform = {
  blobsCross: true,
  pathOf: () => null,
  processors: () => navigator.hardwareConcurrency ?? 2,
  async spawn(options) {
    try {
      return await spawnWorker(options)
    } catch (cause) {
      // The one warning of this package: the page works, but it stutters, and its author would never know why.
      console.warn('layerdiff could not start a worker and decodes layers in this thread:', cause)
      // Loaded only now: it carries the whole worker.
      const { spawnInThread } = await import('./engine/in-thread.js')
      return spawnInThread({})
    }
  },
}
