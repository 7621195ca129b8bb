// Images of container engines, with what reads their layers.

import { openDaemonImage } from '../daemon/open.js'
import type { Image, OpenImageOptions, Reference } from '../image-types.js'
import { engineOf } from './layers.js'

/** @throws {LayerDiffError} what `openDaemonImage` throws */
export async function openFromDaemon(named: Reference | string, options: OpenImageOptions): Promise<Image> {
  const { limits, signal } = options
  const engine = engineOf(options.engine)
  return openDaemonImage(named, options, ({ digest, size, stream }) =>
    engine.index({ digest, diffId: 'compute', size, open: () => stream }, { limits, signal }),
  )
}
