// Images of container engines, with what reads their layers.

import { platform } from '#platform'
import { openDaemonImage, requestSaved } from '../daemon/open.js'
import { resolveImageOptions } from '../image/options.js'
import type { Image, OpenImageOptions, Reference } from '../image-types.js'
import { engineOf } from './layers.js'

/**
 * Writes an image of a container engine to a file: the engine sends it but once, and who copies it wants its blobs.
 *
 * @throws {LayerDiffError} what `requestSaved` throws, TEMPORARY_UNWRITABLE, OUTPUT_UNWRITABLE
 */
export async function saveFromDaemon(
  named: Reference | string,
  options: OpenImageOptions,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const { chunks } = await requestSaved(named, resolveImageOptions(options))
  const folder = await platform.temporaryFolder()
  try {
    return { path: await platform.writeWhole(`${folder.path}/image.tar`, chunks), remove: folder.remove }
  } catch (error) {
    await folder.remove()
    throw error
  }
}

/** @throws {LayerDiffError} what `openDaemonImage` throws */
export async function openFromDaemon(named: Reference | string, options: OpenImageOptions): Promise<Image> {
  const { limits, signal } = options
  const engine = engineOf(options.engine)
  return openDaemonImage(named, options, ({ digest, size, stream }) =>
    engine.index({ digest, diffId: 'compute', size, open: () => stream }, { limits, signal }),
  )
}
