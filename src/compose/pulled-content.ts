// What of an image is pulled: its manifest, its config and its layers, each with its digest.
//
// A docker archive has no manifest, and layers that are plain tars have no digest but their diffId. So a manifest is made
// for it, by the same rules as skopeo has.

import { LayerDiffError } from '../errors.js'
import { sha256 } from '../image/digest.js'
import type { Image, ImageLayer } from '../image-types.js'
import { readChunks } from '../input/chunks.js'
import { SNIFF_BYTES, sniff } from '../input/compression.js'
import type { LayerBytes } from '../types.js'

export interface PulledBlob {
  readonly digest: string
  readonly bytes: Uint8Array
}

export interface PulledLayer {
  readonly digest: string
  readonly size: number
  open(): LayerBytes | Promise<LayerBytes>
}

export interface PulledContent {
  readonly manifest: PulledBlob
  readonly config: PulledBlob
  /** Bottom first. */
  readonly layers: readonly PulledLayer[]
}

/** @throws {LayerDiffError} INPUT_UNSUPPORTED for layers whose digest nothing says */
export async function pulledContent(image: Image, signal: AbortSignal | undefined): Promise<PulledContent> {
  const config = { digest: image.configDigest, bytes: image.blobs.config }
  const { manifest } = image.blobs
  if (manifest !== null) {
    const layers = image.layers.map((layer) => ({ digest: layer.digest ?? layer.claimedDiffId, ...sourceOf(layer) }))
    return { manifest: { digest: image.manifestDigest ?? sha256(manifest), bytes: manifest }, config, layers }
  }
  const found: { digest: string; suffix: string; layer: ImageLayer }[] = []
  for (const [index, layer] of image.layers.entries()) found.push({ layer, ...(await identify(layer, index, signal)) })
  const made = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.bytes.byteLength,
    },
    layers: found.map(({ digest, suffix, layer }) => ({
      mediaType: `application/vnd.oci.image.layer.v1.tar${suffix}`,
      digest,
      size: layer.size,
    })),
  }
  const bytes = new TextEncoder().encode(JSON.stringify(made))
  const layers = found.map(({ digest, layer }) => ({ digest, ...sourceOf(layer) }))
  return { manifest: { digest: sha256(bytes), bytes }, config, layers }
}

function sourceOf(layer: ImageLayer): Pick<PulledLayer, 'size' | 'open'> {
  return { size: layer.size, open: () => layer.open() }
}

async function identify(layer: ImageLayer, index: number, signal: AbortSignal | undefined) {
  const compression = sniff(await firstBytes(layer, signal))
  const digest = layer.digest ?? (compression === 'none' ? layer.claimedDiffId : undefined)
  if (digest !== undefined) return { digest, suffix: compression === 'none' ? '' : `+${compression}` }
  throw new LayerDiffError(
    'INPUT_UNSUPPORTED',
    `Layer ${index} of the image is compressed, and its archive does not say its digest. Copy the image with \`skopeo copy docker-archive:FILE oci-archive:FILE\`, and give that.`,
    { layer: index },
  )
}

/** As many as tell compressions apart. */
async function firstBytes(layer: ImageLayer, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const first = new Uint8Array(SNIFF_BYTES)
  let length = 0
  for await (const chunk of readChunks(() => layer.open(), signal)) {
    first.set(chunk.subarray(0, SNIFF_BYTES - length), length)
    length = Math.min(SNIFF_BYTES, length + chunk.byteLength)
    if (length === SNIFF_BYTES) break
  }
  return first.subarray(0, length)
}
