// Images as callers have them. What reads and compares them is loaded when the first one is opened: a page that diffs
// layers alone does not pay for it.

import type { Cache, CacheOptions } from './engine-types.js'
import type {
  Image,
  ImageDiff,
  ImageDiffOptions,
  ImageInput,
  ImageReport,
  InspectOptions,
  OpenImageOptions,
  PullOptions,
  Sharing,
} from './image-types.js'

/**
 * Opens an image of a `docker save` file, an OCI layout or a registry: reads and checks its manifest and config, and finds
 * its layers.
 *
 * @throws {LayerDiffError} with a stable `code` and what to do; or the signal's reason
 * @example
 * const image = await openImage('app.tar', { platform: 'linux/arm64' })
 * const diff = await diffLayers(image.layers.slice(0, 1), image.layers)
 * await image.close()
 * @example
 * const { config } = await openImage('ghcr.io/owner/app:1.0')
 */
export async function openImage(source: ImageInput, options: OpenImageOptions = {}): Promise<Image> {
  const { openAnyImage } = await import('./compose/open.js')
  return openAnyImage(source, options)
}

/**
 * Opens a cache of blobs and layer indexes, to be given as the `cache` option: a folder in Node, Cache Storage in browsers.
 *
 * @throws {LayerDiffError} CACHE_UNWRITABLE
 * @example
 * const cache = await openCache({ maxBytes: 2 * 2 ** 30 })
 * for (const { kind, digest, size } of await cache.list()) console.log(kind, digest, size)
 */
export async function openCache(options: CacheOptions = {}): Promise<Cache> {
  const { openCacheWith } = await import('./compose/cache.js')
  return openCacheWith(options)
}

/**
 * Fetches an image whole, layer by layer, as `docker pull` does: into the cache, or with `output` into an OCI archive that
 * docker and skopeo load. What the cache holds is not fetched. The layers of what it gives are read from there.
 *
 * @throws {LayerDiffError} with a stable `code` and what to do; or the signal's reason
 * @example
 * await pullImage('nginx:1.27', {
 *   output: 'nginx.tar',
 *   onProgress: ({ digest, status, bytes, bytesTotal }) => console.log(digest, status, bytes, bytesTotal),
 * })
 */
export async function pullImage(source: ImageInput, options: PullOptions = {}): Promise<Image> {
  const { pullImageWith } = await import('./compose/pull.js')
  return pullImageWith(source, options)
}

/**
 * Tells what turns image `a` into image `b`: files as {@link diffLayers} does, and layers, config and history.
 *
 * @param a an open image, which stays open, or whatever {@link openImage} takes
 * @throws {LayerDiffError} with a stable `code`, the place of the fault and what to do; or the signal's reason
 * @example
 * const diff = await diffImages('app-1.0.tar', 'app-1.1.tar')
 * for (const change of diff.changes) console.log(change.kind, change.path, diff.layerOf(change)?.createdBy)
 */
export async function diffImages(
  a: Image | ImageInput,
  b: Image | ImageInput,
  options: ImageDiffOptions = {},
): Promise<ImageDiff> {
  const { compareImages } = await import('./compose/diff-images.js')
  return compareImages(a, b, options)
}

/**
 * Tells an image's history as `docker history` does, with sizes that are measured, and what each layer changes.
 *
 * @throws {LayerDiffError} with a stable `code`, the place of the fault and what to do; or the signal's reason
 * @example
 * const { rows, layers } = await inspectImage('app.tar')
 * for (const { createdBy, size } of rows) console.log(size, createdBy)
 * console.log(layers.at(-1)?.diff.summary.added)
 */
export async function inspectImage(image: Image | ImageInput, options: InspectOptions = {}): Promise<ImageReport> {
  const { reportImage } = await import('./compose/inspect-image.js')
  return reportImage(image, options)
}

/**
 * Tells which layers images share, and what sharing saves. Only manifests and configs are read.
 *
 * @throws {LayerDiffError} with a stable `code` and what to do; or the signal's reason
 * @example
 * const { layers, storedBytes, sumBytes } = await compareLayers(['app.tar', 'worker.tar'])
 * console.log(layers.filter(({ images }) => images > 1).length, sumBytes - storedBytes)
 */
export async function compareLayers(
  images: readonly (Image | ImageInput)[],
  options: OpenImageOptions = {},
): Promise<Sharing> {
  const { shareImages } = await import('./compose/compare-layers.js')
  return shareImages(images, options)
}
