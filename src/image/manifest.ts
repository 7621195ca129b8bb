// Manifests and indexes: what they must look like, and what is refused by name.
//
// Spec: OCI image-spec manifest.md, image-index.md, descriptor.md; Docker's image manifest v2, schema 2.

import { LayerDiffError } from '../errors.js'
import type { ImagePlatform } from '../image-types.js'
import { escapeText } from '../text.js'
import { isSha256 } from './digest.js'
import { Json } from './json.js'
import { isImageConfig, layerKind, type ManifestKind, manifestKind } from './media-types.js'
import { readPlatform } from './platforms.js'

/** Larger ones are refused, as registries and engines do. */
export const MANIFEST_BYTES = 4 << 20

/** A reference to a blob. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations: Readonly<Record<string, string>>
  readonly platform: ImagePlatform | null
  readonly urls: readonly string[]
  readonly artifactType: string | null
}

export interface Manifest {
  readonly config: Descriptor
  /** Bottom first. */
  readonly layers: readonly Descriptor[]
}

/** @throws {LayerDiffError} MANIFEST_INVALID, DIGEST_UNSUPPORTED */
function readDescriptor(json: Json): Descriptor {
  return {
    mediaType: json.get('mediaType').string(),
    digest: readDigest(json.get('digest')),
    size: json.get('size').count(),
    annotations: json.get('annotations').stringMap(),
    platform: json.get('platform').optional(readPlatform),
    urls: json.get('urls').strings(),
    artifactType: json.get('artifactType').optional((type) => type.string()) || null,
  }
}

/** @throws {LayerDiffError} DIGEST_UNSUPPORTED */
export function readDigest(json: Json): string {
  const digest = json.string()
  if (isSha256(digest)) return digest
  throw new LayerDiffError(
    'DIGEST_UNSUPPORTED',
    `The image names a blob by the digest "${escapeText(digest)}", and only sha256 with 64 lower-case hex digits can be verified. Copy the image with a tool that writes sha256.`,
  )
}

/** An index or a manifest, parsed, and which of the two it is. @throws {LayerDiffError} */
export function parseManifest(
  bytes: Uint8Array,
  name: string,
  mediaType: string | null,
): { readonly kind: 'index' | 'manifest'; readonly json: Json } {
  const json = Json.parse(bytes, { code: 'MANIFEST_INVALID', name })
  const inside = json.get('mediaType').optional((type) => type.string()) || null
  const kind = kindOf(json, name, inside ?? mediaType)
  const said = mediaType === null ? 'unknown' : manifestKind(mediaType)
  if (said !== 'unknown' && said !== kind) {
    throw new LayerDiffError(
      'MANIFEST_INVALID',
      `${name} is referred to as ${escapeText(mediaType ?? '')}, and says itself that it is ${escapeText(inside ?? kind)}. Do not trust it: get the image again from its source.`,
    )
  }
  // The same bytes must not be an index to one reader and a manifest to another (CVE-2021-41190).
  if (!json.get('manifests').absent && !(json.get('layers').absent && json.get('config').absent)) {
    throw json.not('either an index or a manifest')
  }
  return { kind, json }
}

function kindOf(json: Json, name: string, mediaType: string | null): 'index' | 'manifest' {
  const kind: ManifestKind = mediaType === null ? 'unknown' : manifestKind(mediaType)
  if (kind === 'schema1' || json.get('schemaVersion').value === 1) {
    throw new LayerDiffError(
      'MANIFEST_SCHEMA1',
      `${name} is a manifest of Docker's schema 1, which was given up in 2017 and has no digests of unpacked layers. Pull the image with a current docker or skopeo and save it again.`,
    )
  }
  if (kind === 'artifact') throw artifact(name, mediaType ?? '')
  if (kind !== 'unknown') return kind
  if (mediaType !== null) {
    throw new LayerDiffError(
      'MANIFEST_INVALID',
      `${name} is ${escapeText(mediaType)}, which is neither an image's manifest nor an index. Choose another one.`,
    )
  }
  // Only index.json comes without a type; Docker writes null there for a list that is empty.
  return json.get('layers').absent && json.get('config').absent ? 'index' : 'manifest'
}

function artifact(name: string, type: string): LayerDiffError {
  return new LayerDiffError(
    'MANIFEST_ARTIFACT',
    `${name} is not an image but an artifact (${escapeText(type)}), which has no layers of files. Choose an image.`,
  )
}

/** The descriptors of an index. */
export function readIndex(json: Json): Descriptor[] {
  // Docker writes null for none.
  return json.get('manifests').optional((manifests) => manifests.items().map(readDescriptor)) ?? []
}

/** @throws {LayerDiffError} MANIFEST_ARTIFACT, LAYER_ENCRYPTED, LAYER_UNSUPPORTED, MANIFEST_INVALID */
export function readManifest(json: Json, name: string): Manifest {
  const config = readDescriptor(json.get('config'))
  if (!isImageConfig(config.mediaType)) {
    const type = json.get('artifactType').optional((artifactType) => artifactType.string())
    throw artifact(name, type || config.mediaType)
  }
  const layers = json.get('layers').items().map(readDescriptor)
  for (const [index, { mediaType }] of layers.entries()) checkLayerType(mediaType, index)
  return { config, layers }
}

function checkLayerType(mediaType: string, index: number): void {
  const type = escapeText(mediaType)
  switch (layerKind(mediaType)) {
    case 'encrypted':
      throw new LayerDiffError(
        'LAYER_ENCRYPTED',
        `Layer ${index} of the image is encrypted (${type}). Decrypt the image first, for instance with \`skopeo copy --decryption-key\`.`,
        { layer: index },
      )
    case 'unknown':
      throw new LayerDiffError(
        'LAYER_UNSUPPORTED',
        `Layer ${index} of the image is ${type}, which is no layer of files. Choose an image whose layers are tar archives.`,
        { layer: index },
      )
    default:
  }
}
