// compareLayers: which layers a set of images shares. Manifests and configs tell; no layer is read.

import { LayerDiffError } from '../errors.js'
import { type Stack, shareLayers } from '../image/sharing.js'
import type { Image, ImageInput, OpenImageOptions, Sharing, SharingJson } from '../image-types.js'
import { type ImageNaming, imageNaming } from './facts.js'
import { opened } from './opened.js'

/** Images opened at a time: registries answer slowly, and compressed archives take disk and memory. */
const PARALLEL = 4

/** See `compareLayers` in src/images.ts. `failed` throws what is to be said of an image that cannot be opened. */
export async function shareImages<Input extends Image | ImageInput>(
  given: readonly Input[],
  options: OpenImageOptions,
  failed?: (error: unknown, image: Input) => never,
): Promise<Sharing> {
  if (!Array.isArray(given)) {
    throw new LayerDiffError('INVALID_ARGUMENT', 'The images must be a list: compareLayers([a, b]).')
  }
  const looked: { naming: ImageNaming; stack: Stack }[] = []
  for (let at = 0; at < given.length; at += PARALLEL) {
    looked.push(
      ...(await allOf(
        given.slice(at, at + PARALLEL).map((one) =>
          look(one, options).catch((error) => {
            if (failed) failed(error, one)
            throw error
          }),
        ),
      )),
    )
  }
  const sharing = { images: looked.map(({ naming }) => naming), ...shareLayers(looked.map(({ stack }) => stack)) }
  return {
    ...sharing,
    toJSON(): SharingJson {
      return { schema: 'layerdiff-layers/1', ...sharing }
    },
  }
}

async function look(given: Image | ImageInput, options: OpenImageOptions) {
  const { image, close } = await opened(given, options)
  const { layers, history } = image
  await close()
  return { naming: imageNaming(image), stack: { layers, history } }
}

/** Like Promise.all, but waits for all of them: none is left working on its own. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
