// From the manifests and indexes that a source lists to the one image that is meant.
//
// Takes: descriptors, and where their blobs lie. Gives: one manifest with its config, found over nested indexes and chosen
// by platform; the same for layouts and registries. Spec: OCI image-index.md. Every blob is verified by its source, so that
// no index can lead back to itself.

import { platform as machine } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { ImagePlatform } from '../image-types.js'
import type { BlobSource } from './blob-source.js'
import { type ParsedConfig, parseConfig } from './config.js'
import type { Json } from './json.js'
import { type Descriptor, type Manifest, parseManifest, readIndex, readManifest } from './manifest.js'
import { manifestKind } from './media-types.js'
import type { ResolvedImageOptions } from './options.js'
import { bestPlatform, LINUX_AMD64, platformMissing } from './platforms.js'

/** Real ones have two: one of the layout, one of the platforms. */
const DEEPEST_INDEX = 8
const MOST_INDEXES = 1000

/** An image that was chosen, with what had to be read for it. */
export interface SelectedImage {
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly parsed: ParsedConfig
  /** The manifest as it is stored. */
  readonly bytes: Uint8Array
}

/** @throws {LayerDiffError} IMAGE_PLATFORM_MISSING, INDEX_TOO_DEEP, MANIFEST_INVALID, DIGEST_MISMATCH, and more */
export async function selectImage(
  source: BlobSource,
  listed: readonly Descriptor[],
  options: Pick<ResolvedImageOptions, 'platform' | 'signal'>,
): Promise<SelectedImage> {
  const manifests = await new Flattener(source, options.signal).flatten(listed)
  return choosePlatform(source, manifests, options)
}

/** Attestations stand beside images in an index, and are none. */
export function isBeside({ annotations, platform }: Descriptor): boolean {
  return (
    annotations['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  )
}

/** Follows indexes to the manifests that they list, each once: a list that doubles at every level is no work. */
class Flattener {
  private readonly seen = new Set<string>()
  private indexes = 0

  constructor(
    private readonly source: BlobSource,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async flatten(descriptors: readonly Descriptor[], depth = 0): Promise<Descriptor[]> {
    const manifests: Descriptor[] = []
    for (const descriptor of descriptors) {
      if (isBeside(descriptor) || this.seen.has(descriptor.digest)) continue
      this.seen.add(descriptor.digest)
      if (manifestKind(descriptor.mediaType) !== 'index') {
        manifests.push(descriptor)
        continue
      }
      this.signal?.throwIfAborted()
      if (depth >= DEEPEST_INDEX || ++this.indexes > MOST_INDEXES) {
        throw new LayerDiffError(
          'INDEX_TOO_DEEP',
          `The indexes of ${this.source.label} are nested over ${DEEPEST_INDEX} deep, or over ${MOST_INDEXES}. No real image has that: check where it comes from.`,
        )
      }
      const { json } = await readBlobManifest(this.source, descriptor)
      manifests.push(...(await this.flatten(readIndex(json), depth + 1)))
    }
    return manifests
  }
}

/** The one manifest for the platform that was asked for; by default the only one, the machine's, linux/amd64. */
async function choosePlatform(
  source: BlobSource,
  manifests: readonly Descriptor[],
  options: Pick<ResolvedImageOptions, 'platform'>,
): Promise<SelectedImage> {
  // Docker saves the index of all platforms, and the blobs of those that it has.
  const present: Descriptor[] = []
  for (const descriptor of manifests) if (await source.has(descriptor)) present.push(descriptor)
  const images = present.filter(({ artifactType }) => artifactType === null)
  const [only, ...others] = images.length > 0 ? images : present
  if (only === undefined) {
    const [first] = manifests
    if (first !== undefined) throw source.missing(first.digest, 'the manifest')
    throw new LayerDiffError('MANIFEST_INVALID', `${source.label} lists no image. Copy an image to it.`)
  }
  if (options.platform === null && others.length === 0) return readCandidate(source, only)

  const platforms: ImagePlatform[] = []
  const known = new Map<string, ImagePlatform>()
  for (const descriptor of [only, ...others]) {
    platforms.push(descriptor.platform ?? (await platformOf(source, descriptor, known)))
  }
  const { architecture } = machine
  const usual = [{ ...LINUX_AMD64, architecture: architecture ?? LINUX_AMD64.architecture }, LINUX_AMD64]
  const wanted = options.platform === null ? usual : [options.platform]
  for (const platform of wanted) {
    const best = bestPlatform(platform, platforms)
    if (best !== null) return readCandidate(source, [only, ...others][best] as Descriptor)
  }
  throw platformMissing(source.label, wanted, platforms)
}

async function readCandidate(source: BlobSource, descriptor: Descriptor): Promise<SelectedImage> {
  const { kind, json, bytes } = await readBlobManifest(source, descriptor)
  const name = manifestName(descriptor)
  if (kind !== 'manifest') throw json.not('a manifest')
  const manifest = readManifest(json, name)
  const parsed = parseConfig(await source.readBlob(manifest.config, "The image's config"))
  return { descriptor, manifest, parsed, bytes }
}

/** By its config's digest: a hostile index may list ten thousand manifests of one large config. */
async function platformOf(
  source: BlobSource,
  descriptor: Descriptor,
  known: Map<string, ImagePlatform>,
): Promise<ImagePlatform> {
  const { json } = await readBlobManifest(source, descriptor)
  const { config } = readManifest(json, manifestName(descriptor))
  const platform = known.get(config.digest) ?? parseConfig(await source.readBlob(config, "The image's config")).platform
  known.set(config.digest, platform)
  return platform
}

function manifestName({ digest }: Descriptor): string {
  return `The manifest ${digest}`
}

async function readBlobManifest(
  source: BlobSource,
  descriptor: Descriptor,
): Promise<{ kind: 'index' | 'manifest'; json: Json; bytes: Uint8Array }> {
  const name = manifestName(descriptor)
  const bytes = await source.readManifest(descriptor, name)
  return { ...parseManifest(bytes, name, descriptor.mediaType), bytes }
}
