// The last step of opening an image, the same for all sources: config, layers and history put together.

import { LayerDiffError } from '../errors.js'
import type { Image, ImageLayer } from '../image-types.js'
import { escapeText } from '../text.js'
import type { LayerBytes, LayerIndex } from '../types.js'
import type { ParsedConfig } from './config.js'
import { matchHistory } from './history.js'

/** One layer as its source has it. */
export interface FoundLayer {
  readonly digest: string | undefined
  readonly mediaType: string | undefined
  readonly size: number
  /** Null where its bytes are not with the image. */
  readonly open: (() => LayerBytes | Promise<LayerBytes>) | null
  /** From where it may be had. */
  readonly urls: readonly string[]
  readonly index?: LayerIndex | undefined
}

/** Everything of an image but what its config gives. */
export interface FoundImage extends Pick<Image, 'source' | 'name' | 'manifestDigest' | 'configDigest'> {
  readonly parsed: ParsedConfig
  /** As it was stored; null where there is none. */
  readonly manifest: Uint8Array | null
  readonly layers: readonly FoundLayer[]
}

/** @throws {LayerDiffError} CONFIG_INVALID where config and manifest disagree on how many layers there are */
export function assembleImage(found: FoundImage, verify: boolean): Omit<Image, 'close'> {
  const { source, name, manifestDigest, configDigest, parsed } = found
  const { config, platform, diffIds } = parsed
  if (diffIds.length !== found.layers.length) {
    throw new LayerDiffError(
      'CONFIG_INVALID',
      `The image's config tells of ${diffIds.length} layers, and its manifest of ${found.layers.length}. The image is damaged: export it again.`,
    )
  }
  const { history, lines, problem } = matchHistory(parsed.history, diffIds.length)
  const layers = found.layers.map((layer, index): ImageLayer => {
    const claimedDiffId = diffIds[index] as string
    const { digest, mediaType, size, open, urls } = layer
    return {
      digest,
      diffId: verify ? claimedDiffId : undefined,
      claimedDiffId,
      mediaType,
      size,
      // What came over a network is always verified.
      verify: verify || source === 'registry',
      remote: source === 'registry' || undefined,
      absent: open === null ? { urls } : undefined,
      history: lines[index] ?? null,
      index: layer.index,
      open() {
        if (open !== null) return open()
        throw absent(index, urls)
      },
    }
  })
  return {
    source,
    name,
    platform,
    manifestDigest,
    configDigest,
    config,
    layers,
    history,
    historyProblem: problem,
    blobs: { manifest: found.manifest, config: parsed.bytes },
  }
}

function absent(index: number, urls: readonly string[]): LayerDiffError {
  const where = urls.length > 0 ? ` It may be had from ${urls.map(escapeText).join(', ')}.` : ''
  return new LayerDiffError(
    'LAYER_ABSENT',
    `Layer ${index} of the image may not be distributed, and is not in it.${where} Pull the image with its foreign layers included.`,
    { layer: index },
  )
}
