// Images as callers have them. What reads them is loaded when the first one is opened: a page that diffs layers alone
// does not pay for it.

import { platform } from '#platform'
import type { Image, ImageInput, OpenImageOptions, Reference } from './image-types.js'

/**
 * Opens an image of a `docker save` file, an OCI layout or a container engine: reads and checks its manifest and config, and finds its layers.
 *
 * @throws {LayerDiffError} with a stable `code` and what to do; or the signal's reason
 * @example
 * const image = await openImage('app.tar', { platform: 'linux/arm64' })
 * const diff = await diffLayers(image.layers.slice(0, 1), image.layers)
 * await image.close()
 */
export async function openImage(source: ImageInput, options: OpenImageOptions = {}): Promise<Image> {
  const named = await nameInDaemon(source, options)
  if (named !== null) {
    const { openFromDaemon } = await import('./compose/daemon.js')
    return openFromDaemon(named, options)
  }
  const { readImage } = await import('./image/open.js')
  return readImage(source, options)
}

const DAEMON = 'docker-daemon:'

/** The name of what is to be looked for in a container engine; a path that exists is never taken for one. */
async function nameInDaemon(source: ImageInput, { from }: OpenImageOptions): Promise<Reference | null> {
  if (typeof source !== 'string' || (await platform.kindOf(source)) !== null) return null
  const prefixed = source.startsWith(DAEMON)
  if (!prefixed && (from !== 'daemon' || /^(docker-archive|oci|oci-archive):/.test(source))) return null
  const { parseReference } = await import('./registry/reference.js')
  return parseReference(prefixed ? source.slice(DAEMON.length) : source)
}
