// An image as results show it: plain data, good after the image is closed.

import { chainIds } from '../image/chain-id.js'
import type { Image, ImageFacts, LayerFacts } from '../image-types.js'
import type { LayerRead } from './stacks.js'

/** What a result says of an image whose layers were not looked at. */
export type ImageNaming = Omit<ImageFacts, 'layers' | 'history' | 'historyProblem'>

export function imageNaming({ source, name, platform, manifestDigest, configDigest }: Image): ImageNaming {
  return { source, name, platform, manifestDigest, configDigest }
}

/** `reads` has what reading told of each layer. */
export function imageFacts(image: Image, reads: readonly LayerRead[]): ImageFacts {
  const chains = chainIds(image.layers.map(({ claimedDiffId }) => claimedDiffId))
  const layers = image.layers.map((layer, index): LayerFacts => {
    const read = reads[index]
    return {
      digest: layer.digest ?? null,
      diffId: layer.claimedDiffId,
      chainId: chains[index] as string,
      mediaType: layer.mediaType ?? null,
      size: layer.size,
      unpackedBytes: read?.unpackedBytes ?? null,
      verified: read?.verified ?? false,
      history: layer.history,
      createdBy: layer.history === null ? null : (image.history[layer.history]?.createdBy ?? null),
    }
  })
  return { ...imageNaming(image), layers, history: image.history, historyProblem: image.historyProblem }
}
