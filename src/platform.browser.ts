// Browsers, and whatever else is not Node: Web Workers where they can be had, this thread where not.

import { spawnWorker } from './engine/spawn.browser.js'
import { LayerDiffError } from './errors.js'
import type { Platform } from './platform.js'

async function noPaths(): Promise<never> {
  throw new LayerDiffError('INPUT_UNSUPPORTED', 'There are no paths in a browser. Give a File, a Blob, or the bytes.')
}

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
  architecture: null,
  kindOf: async () => null,
  openFile: noPaths,
  openFolder: noPaths,
  // Loaded when an image is met that is compressed as a whole.
  async *gunzip(chunks) {
    const { gunzip } = await import('./input/gunzip.browser.js')
    yield* gunzip(chunks)
  },
  async openZstd() {
    const { openZstd } = await import('./engine/load-zstd.js')
    return openZstd()
  },
  async keep(chunks) {
    const { keepInBlob } = await import('./input/keep.browser.js')
    return keepInBlob(chunks)
  },
  // A page has none but those that its author gives.
  credentialsFor: async () => null,
  async openCache(options, indexVersion, digestOf) {
    const { openStoreCache } = await import('./cache/cache.browser.js')
    return openStoreCache(options, indexVersion, digestOf)
  },
  temporaryFolder: noPaths,
  createSha256: noPaths,
  checkWritable: noPaths,
  writeWhole: noPaths,
  async requestImage() {
    throw new LayerDiffError(
      'INPUT_UNSUPPORTED',
      'A page cannot reach a container engine. Save the image with `docker save`, and give the file.',
    )
  },
}
