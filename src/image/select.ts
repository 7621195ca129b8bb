// From the manifests and indexes that a source lists to the one image that is meant.
//
// Takes: descriptors, and where their blobs lie. Gives: one manifest with its config, found over nested indexes and chosen
// by platform; the same for layouts and registries. Spec: OCI image-index.md. Every blob is verified by its source, so that
// no index can lead back to itself.

import { platform as machine } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { ImagePlatform } from '../image-types.js'
import { escapeText } from '../text.js'
import type { BlobSource } from './blob-source.js'
import { type ParsedConfig, parseConfig } from './config.js'
import type { Json } from './json.js'
import { type Descriptor, type Manifest, parseManifest, readIndex, readManifest } from './manifest.js'
import { manifestKind } from './media-types.js'
import type { ResolvedImageOptions } from './options.js'
import { bestPlatforms, fits, formatPlatform, LINUX_AMD64, platformMissing } from './platforms.js'

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
  return readCandidate(source, await choose(source, listed, options, new Map()))
}

/** Platforms of configs that were read, by digest: a hostile index may list ten thousand manifests of one large config. */
export type KnownPlatforms = Map<string, ImagePlatform>

/** The digest of the config of the image that `selectImage` would select, without reading it. @throws {LayerDiffError} as it does */
export async function selectConfig(
  source: BlobSource,
  listed: readonly Descriptor[],
  options: Pick<ResolvedImageOptions, 'platform' | 'signal'>,
  known: KnownPlatforms,
): Promise<string> {
  const { manifest } = await readImageManifest(source, await choose(source, listed, options, known))
  return manifest.config.digest
}

async function choose(
  source: BlobSource,
  listed: readonly Descriptor[],
  options: Pick<ResolvedImageOptions, 'platform' | 'signal'>,
  known: KnownPlatforms,
): Promise<Descriptor> {
  const manifests = await new Flattener(source, options.signal).flatten(listed)
  return choosePlatform(source, manifests, options, known)
}

/** Attestations stand beside images in an index, and are none. By nothing else do unpackers know them. */
export function isBeside({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}

/** A manifest, and the platform that each index on the way to it says, the outermost first; null where it says none. */
interface Candidate {
  readonly descriptor: Descriptor
  readonly said: readonly (ImagePlatform | null)[]
}

/** Follows indexes to the manifests that they list, each once: a list that doubles at every level is no work. */
class Flattener {
  private readonly seen = new Set<string>()
  private indexes = 0

  constructor(
    private readonly source: BlobSource,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async flatten(descriptors: readonly Descriptor[], outer: Candidate['said'] = [], depth = 0): Promise<Candidate[]> {
    const manifests: Candidate[] = []
    for (const descriptor of descriptors) {
      // What stands alone has been chosen already, whatever it is said to be for.
      const said = [...outer, depth === 0 && descriptors.length === 1 ? null : descriptor.platform]
      // One manifest may be listed for several platforms, and is there for each.
      const key = `${descriptor.digest} ${JSON.stringify(said)}`
      if (isBeside(descriptor) || this.seen.has(key)) continue
      this.seen.add(key)
      if (manifestKind(descriptor.mediaType) !== 'index') {
        manifests.push({ descriptor, said })
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
      manifests.push(...(await this.flatten(readIndex(json), said, depth + 1)))
    }
    return manifests
  }
}

/** The one manifest for the platform that was asked for; by default the only one, the machine's, linux/amd64. */
async function choosePlatform(
  source: BlobSource,
  manifests: readonly Candidate[],
  options: Pick<ResolvedImageOptions, 'platform'>,
  known: KnownPlatforms,
): Promise<Descriptor> {
  // Docker saves the index of all platforms, and the blobs of those that it has.
  const present: Candidate[] = []
  for (const one of manifests) if (await source.has(one.descriptor)) present.push(one)
  const images: Candidate[] = []
  for (const one of present) if (present.length === 1 || (await isImage(source, one.descriptor))) images.push(one)
  const [only, ...others] = images.length > 0 ? images : present
  if (only === undefined) {
    const [first] = manifests
    if (first !== undefined) throw source.missing(first.descriptor.digest, 'the manifest')
    throw new LayerDiffError('MANIFEST_INVALID', `${source.label} lists no image. Copy an image to it.`)
  }
  if (options.platform === null && others.length === 0) return only.descriptor

  const candidates = [only, ...others].sort(statedFirst)
  const platforms: ImagePlatform[] = []
  for (const { descriptor } of candidates) {
    platforms.push(descriptor.platform ?? (await platformOf(source, descriptor, known)))
  }
  const { architecture } = machine
  const usual = [{ ...LINUX_AMD64, architecture: architecture ?? LINUX_AMD64.architecture }, LINUX_AMD64]
  const wanted = options.platform === null ? usual : [options.platform]
  for (const platform of wanted) {
    // An index for another platform leads to none for this one, whatever it lists.
    const inside = ({ said }: Candidate) => said.slice(0, -1).every((one) => one === null || fits(platform, one))
    const best = bestPlatforms(platform, platforms).map((index) => candidates[index] as Candidate)
    const [first, ...equal] = best.filter(inside)
    if (first === undefined) continue
    refuseTwoNames(source, first, equal)
    return first.descriptor
  }
  throw platformMissing(source.label, wanted, platforms)
}

/** What says its platform comes before what does not: so unpackers choose, whatever the order. */
function statedFirst(a: Candidate, b: Candidate): number {
  const at = a.said.findIndex((platform, level) => {
    const other = b.said[level]
    return other !== undefined && (platform === null) !== (other === null)
  })
  return at < 0 ? 0 : a.said[at] === null ? 1 : -1
}

/**
 * Some unpackers know a platform by one spelling alone (`amd64`), others by several (`x86_64`, `amd64/v1`): of two images they take
 * different ones.
 *
 * @throws {LayerDiffError} MANIFEST_INVALID
 */
function refuseTwoNames({ label }: BlobSource, { descriptor }: Candidate, equal: readonly Candidate[]): void {
  const { digest, platform } = descriptor
  if (platform === null) return
  const name = formatPlatform(platform)
  for (const { descriptor: other } of equal) {
    if (!other.platform || other.digest === digest || formatPlatform(other.platform) === name) continue
    throw new LayerDiffError(
      'MANIFEST_INVALID',
      `${label} has an image for ${escapeText(name)} and another for ${escapeText(formatPlatform(other.platform))}, and tools disagree on which counts. Choose a digest: ${digest} or ${other.digest}.`,
    )
  }
}

/** Whether what is said to be an artifact or an attestation is one is told by its manifest: unpackers do not care for what is said. */
async function isImage(source: BlobSource, descriptor: Descriptor): Promise<boolean> {
  const { artifactType, annotations } = descriptor
  if (artifactType === null && annotations['vnd.docker.reference.type'] !== 'attestation-manifest') return true
  try {
    const { json } = await readBlobManifest(source, descriptor)
    readManifest(json, manifestName(descriptor))
    return true
  } catch (error) {
    if (error instanceof LayerDiffError && /^(MANIFEST_|LAYER_UNS)/.test(error.code)) return false
    throw error
  }
}

async function readCandidate(source: BlobSource, descriptor: Descriptor): Promise<SelectedImage> {
  const { manifest, bytes } = await readImageManifest(source, descriptor)
  const parsed = parseConfig(await source.readBlob(manifest.config, "The image's config"))
  return { descriptor, manifest, parsed, bytes }
}

async function readImageManifest(
  source: BlobSource,
  descriptor: Descriptor,
): Promise<Pick<SelectedImage, 'manifest' | 'bytes'>> {
  const { kind, json, bytes } = await readBlobManifest(source, descriptor)
  if (kind !== 'manifest') throw json.not('a manifest')
  return { manifest: readManifest(json, manifestName(descriptor)), bytes }
}

async function platformOf(source: BlobSource, descriptor: Descriptor, known: KnownPlatforms): Promise<ImagePlatform> {
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
