// Images of container engines, with what reads their layers.

import { openDaemonImage } from '../daemon/open.js'
import { sharedEngine } from '../engine/engine.js'
import type { Image, OpenImageOptions, Reference } from '../image-types.js'

/** @throws {LayerDiffError} what `openDaemonImage` throws */
export function openFromDaemon(reference: Reference, options: OpenImageOptions): Promise<Image> {
  const { engine = sharedEngine(), limits, signal } = options
  return openDaemonImage(reference, options, ({ digest, size, stream }) =>
    engine.index({ digest, diffId: 'compute', size, open: () => stream }, { limits, signal }),
  )
}
