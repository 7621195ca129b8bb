// The media types of images, Docker's and OCI's, and what each stands for.
//
// Spec: OCI image-spec media-types.md; Docker's image manifest v2, schema 2.

export type ManifestKind = 'index' | 'manifest' | 'schema1' | 'artifact' | 'unknown'

const KINDS: Readonly<Record<string, ManifestKind>> = {
  'application/vnd.oci.image.index.v1+json': 'index',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
  'application/vnd.oci.image.manifest.v1+json': 'manifest',
  'application/vnd.docker.distribution.manifest.v2+json': 'manifest',
  'application/vnd.docker.distribution.manifest.v1+json': 'schema1',
  'application/vnd.docker.distribution.manifest.v1+prettyjws': 'schema1',
  'application/vnd.oci.artifact.manifest.v1+json': 'artifact',
}

/** What a registry is asked for: also what is refused, so that it can be refused by name. */
export const MANIFEST_TYPES: readonly string[] = Object.keys(KINDS)

export function manifestKind(mediaType: string): ManifestKind {
  return (Object.hasOwn(KINDS, mediaType) ? KINDS[mediaType] : undefined) ?? 'unknown'
}

const CONFIGS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  // Docker 1.10 pushed configs so.
  'application/octet-stream',
])

/** Whether a config of this type is an image's; other types are how artifacts say what they are. */
export function isImageConfig(mediaType: string): boolean {
  return CONFIGS.has(mediaType)
}

export type LayerKind = 'layer' | 'foreign' | 'encrypted' | 'unknown'

const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer(\.nondistributable)?\.v1|docker\.image\.rootfs(\.foreign)?\.diff)\.tar(?:[.+](?:gzip|zstd))?$/

/** Foreign layers may not be distributed: their blobs are often left out. */
export function layerKind(mediaType: string): LayerKind {
  if (/\+enc(?:rypted)?$/.test(mediaType)) return 'encrypted'
  const match = LAYER.exec(mediaType)
  if (match === null) return 'unknown'
  return match[1] || match[2] ? 'foreign' : 'layer'
}
