// Opens an image wherever it lies: each place has its reader, loaded when it is needed.

import { platform } from '#platform'
import { OPEN_OPTIONS, refuseUnknownOptions } from '../image/options.js'
import type { Image, ImageInput, OpenImageOptions } from '../image-types.js'
import { type ImagePlace, placeOf } from './image-input.js'
import { explained } from './mistaken.js'

const PREFIX = /^docker:\/\/|^docker-daemon:/

/** See `openImage` in src/images.ts. */
export async function openAnyImage(input: ImageInput, options: OpenImageOptions = {}): Promise<Image> {
  refuseUnknownOptions(options, OPEN_OPTIONS)
  options.signal?.throwIfAborted()
  const place = await placeOf(input, options.from)
  try {
    return await openPlace(place, options)
  } catch (error) {
    // What a prefix says was meant for a name.
    if (typeof input !== 'string' || place.kind === 'files' || platform.pathOf(input) === null || PREFIX.test(input)) {
      throw error
    }
    throw await explained(input, error)
  }
}

async function openPlace(place: ImagePlace, options: OpenImageOptions): Promise<Image> {
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
