// Browsers, and whatever else is not Node, but for how a worker is started: platform.browser.ts and platform.inline.browser.ts.

import { unpack } from './engine/embedded.js'
import { LayerDiffError } from './errors.js'
import type { Platform } from './platform.js'

async function noPaths(): Promise<never> {
  throw new LayerDiffError('INPUT_UNSUPPORTED', 'There are no paths in a browser. Give a File, a Blob, or the bytes.')
}

/** GiB of memory up to which a device is served with a smaller pool. */
const SMALL_DEVICE = 4

export const web: Omit<Platform, 'spawn'> = {
  blobsCross: true,
  pathOf: () => null,
  poolSize() {
    // Workers of a page's author have no document, and are never hidden. Not every browser tells the memory, in GiB, at most 8.
    if (typeof document !== 'undefined' && document.hidden) return 1
    const { hardwareConcurrency = 2, deviceMemory = 8 } = navigator as Navigator & { deviceMemory?: number }
    return Math.min(hardwareConcurrency, deviceMemory <= SMALL_DEVICE ? 2 : 8)
  },
  async spawnInThread() {
    // Loaded only now: it carries all that a worker does.
    const { spawnInThread } = await import('./engine/in-thread.js')
    return spawnInThread({})
  },
  logger: { warn: (message) => console.warn(message) },
  architecture: null,
  kindOf: async () => null,
  openFile: noPaths,
  openFolder: noPaths,
  // Loaded when an image is met that is compressed as a whole.
  async *gunzip(chunks) {
    const { gunzip } = await import('./input/gunzip.browser.js')
    yield* gunzip(chunks)
  },
  unpack,
  async openZstd() {
    const { openZstd } = await import('./engine/load-zstd.js')
    return openZstd(unpack)
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
