// Images as callers give them to what compares: opened already, or to be opened and closed again.

import { LayerDiffError } from '../errors.js'
import { OPEN_OPTIONS, refuseUnknownOptions } from '../image/options.js'
import type { Image, ImageInput, ImageLayer, OpenImageOptions } from '../image-types.js'
import type { Side } from '../types.js'
import { openAnyImage } from './open.js'

/** An image that is open for the while of a call. */
export interface Opened {
  readonly image: Image
  /** Closes what was opened here; what the caller opened stays the caller's. */
  close(): Promise<void>
}

/** @throws {LayerDiffError} what opening an image throws */
export async function opened(given: Image | ImageInput, options: OpenImageOptions): Promise<Opened> {
  refuseUnknownOptions(options, OPEN_OPTIONS)
  if (isImage(given)) return { image: given, async close() {} }
  const image = await openAnyImage(given, options)
  return { image, close: () => image.close() }
}

/** Opens both; where one cannot be opened the other is closed. */
export async function openedPair(
  a: Image | ImageInput,
  b: Image | ImageInput,
  options: OpenImageOptions,
): Promise<[Opened, Opened]> {
  const results = await Promise.allSettled([
    opened(a, options).catch((error) => Promise.reject(ofSide(error, 'before'))),
    opened(b, options).catch((error) => Promise.reject(ofSide(error, 'after'))),
  ])
  const [before, after] = results
  if (before.status === 'fulfilled' && after.status === 'fulfilled') return [before.value, after.value]
  await Promise.all(results.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)))
  throw before.status === 'rejected' ? before.reason : (after as PromiseRejectedResult).reason
}

/** The same error, with the side of the image that cannot be opened. What is wrong with an option is wrong for both. */
function ofSide(error: unknown, side: Side): unknown {
  if (!(error instanceof LayerDiffError) || error.code === 'INVALID_ARGUMENT') return error
  const { code, message, layer, path, offset, cause } = error
  return new LayerDiffError(code, `The image of the ${side} side: ${message}`, { side, layer, path, offset }, cause)
}

/** The layers of an image; with `verify` their diffIds too are verified, also where the image was opened without. */
export function layersOf(image: Image, verify: boolean | undefined): readonly ImageLayer[] {
  if (!verify) return image.layers
  return image.layers.map((layer) => ({ ...layer, diffId: layer.claimedDiffId, verify: true }))
}

function isImage(given: Image | ImageInput): given is Image {
  return (
    typeof given === 'object' && 'layers' in given && Array.isArray(given.layers) && typeof given.close === 'function'
  )
}
