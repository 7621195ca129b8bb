// Opens an image wherever it lies: each place has its reader, loaded when it is needed.

import type { Image, ImageInput, OpenImageOptions } from '../image-types.js'
import { placeOf } from './image-input.js'

/** See `openImage` in src/images.ts. */
export async function openAnyImage(input: ImageInput, options: OpenImageOptions = {}): Promise<Image> {
  options.signal?.throwIfAborted()
  const place = await placeOf(input, options.from)
  switch (place.kind) {
    case 'files': {
      const { readImage } = await import('../image/open.js')
      return readImage(place.input, options)
    }
    case 'registry': {
      const { openRegistryImage } = await import('../registry/image.js')
      return openRegistryImage(place.reference, options)
    }
    case 'daemon':
    case 'daemon-id': {
      const { openFromDaemon } = await import('./daemon.js')
      return openFromDaemon('id' in place ? place.id : place.reference, options)
    }
  }
}
