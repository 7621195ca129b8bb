// Images as callers have them. What reads them is loaded when the first one is opened: a page that diffs layers alone
// does not pay for it.

import type { Image, ImageInput, OpenImageOptions } from './image-types.js'

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
