// OCI image layouts: index.json, and blobs by digest.
//
// Takes: files by name, of a folder or of an archive. Gives: one image of those that index.json leads to, over nested
// indexes, chosen by name and then by platform. Spec: OCI image-spec image-layout.md, annotations.md; names also as
// containerd and Docker write them. Every blob but index.json is verified, so that no index can lead back to itself.

import { platform as machine } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { Image, ImagePlatform } from '../image-types.js'
import type { FileSet, StoredFile } from '../input/file-set.js'
import { assembleImage, type FoundLayer } from './assemble.js'
import { readSmall, verifyDigest } from './blobs.js'
import { type ParsedConfig, parseConfig } from './config.js'
import type { Json } from './json.js'
import { type Descriptor, type Manifest, parseManifest, readIndex, readManifest } from './manifest.js'
import { layerKind, manifestKind } from './media-types.js'
import { ambiguous, choose, type Named } from './names.js'
import type { ResolvedImageOptions } from './options.js'
import { bestPlatform, LINUX_AMD64, platformMissing } from './platforms.js'

const INDEX = 'index.json'
const TAG_ANNOTATION = 'org.opencontainers.image.ref.name'
/** Docker and containerd keep the full name here, and the tag alone in the other. */
const NAME_ANNOTATION = 'io.containerd.image.name'

/** Real ones have two: one of the layout, one of the platforms. */
const DEEPEST_INDEX = 8
const MOST_INDEXES = 1000

/** What index.json lists: an image, of one platform or of several. */
interface Listed extends Named {
  readonly names: string[]
  readonly digest: string
  readonly descriptor: Descriptor
}

/** @throws {LayerDiffError} IMAGE_AMBIGUOUS, IMAGE_TAG_MISSING, IMAGE_PLATFORM_MISSING, DIGEST_MISMATCH, and more */
export async function openOciLayout(files: FileSet, options: ResolvedImageOptions): Promise<Omit<Image, 'close'>> {
  const listed = await readListed(files)
  const chosen = choose(listed, options.tag, files.label)
  if (chosen.length === 0) {
    throw new LayerDiffError('MANIFEST_INVALID', `${files.label} lists no image. Copy an image to it.`)
  }
  // Several without different names are one image on several platforms.
  if (new Set(chosen.map(({ names }) => names.join())).size > 1) throw ambiguous(chosen, files.label)
  const manifests = await new Flattener(files, options.signal).flatten(chosen.map(({ descriptor }) => descriptor))
  const { descriptor, manifest, parsed, bytes } = await choosePlatform(files, manifests, options)
  const layers: FoundLayer[] = []
  for (const [index, layer] of manifest.layers.entries()) layers.push(await findLayer(files, layer, index))
  const names = chosen.flatMap((image) => image.names)
  return assembleImage(
    {
      source: 'oci-layout',
      name: names.find((name) => name === options.tag) ?? names[0] ?? null,
      manifestDigest: descriptor.digest,
      configDigest: manifest.config.digest,
      parsed,
      manifest: bytes,
      layers,
    },
    options.verify,
  )
}

async function readListed(files: FileSet): Promise<Listed[]> {
  const file = await files.find(INDEX)
  if (file === null) {
    throw new LayerDiffError(
      'BLOB_MISSING',
      `${files.label} has no ${INDEX}, so it is no complete OCI layout. Copy the image to it again.`,
      { path: INDEX },
    )
  }
  const { kind, json } = parseManifest(await readSmall(file, INDEX), INDEX, null)
  if (kind !== 'index') throw json.get('manifests').not('a list')
  const listed = new Map<string, Listed>()
  for (const descriptor of readIndex(json)) {
    if (isBeside(descriptor)) continue
    const { digest, annotations } = descriptor
    const image = listed.get(digest) ?? { names: [], digest, descriptor }
    const name = annotations[NAME_ANNOTATION] ?? annotations[TAG_ANNOTATION]
    if (name && !image.names.includes(name)) image.names.push(name)
    listed.set(digest, image)
  }
  return [...listed.values()]
}

/** Attestations stand beside images in an index, and are none. */
function isBeside({ annotations, platform }: Descriptor): boolean {
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
    private readonly files: FileSet,
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
          `The indexes of ${this.files.label} are nested over ${DEEPEST_INDEX} deep, or over ${MOST_INDEXES}. No real image has that: check where it comes from.`,
        )
      }
      const { json } = await readBlobManifest(this.files, descriptor)
      manifests.push(...(await this.flatten(readIndex(json), depth + 1)))
    }
    return manifests
  }
}

interface Candidate {
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly parsed: ParsedConfig
  /** The manifest as it is stored. */
  readonly bytes: Uint8Array
}

/** The one manifest for the platform that was asked for; by default the only one, the machine's, linux/amd64. */
async function choosePlatform(
  files: FileSet,
  manifests: readonly Descriptor[],
  options: ResolvedImageOptions,
): Promise<Candidate> {
  // Docker saves the index of all platforms, and the blobs of those that it has.
  const present: Descriptor[] = []
  for (const descriptor of manifests) if (await files.find(blobPath(descriptor.digest))) present.push(descriptor)
  const images = present.filter(({ artifactType }) => artifactType === null)
  const [only, ...others] = images.length > 0 ? images : present
  if (only === undefined) {
    const [first] = manifests
    if (first !== undefined) throw missing(files, first.digest, 'the manifest')
    throw new LayerDiffError('MANIFEST_INVALID', `${files.label} lists no image. Copy an image to it.`)
  }
  if (options.platform === null && others.length === 0) return readCandidate(files, only)

  const platforms: ImagePlatform[] = []
  for (const descriptor of [only, ...others]) {
    platforms.push(descriptor.platform ?? (await readCandidate(files, descriptor)).parsed.platform)
  }
  const { architecture } = machine
  const usual = [{ ...LINUX_AMD64, architecture: architecture ?? LINUX_AMD64.architecture }, LINUX_AMD64]
  const wanted = options.platform === null ? usual : [options.platform]
  for (const platform of wanted) {
    const best = bestPlatform(platform, platforms)
    if (best !== null) return readCandidate(files, [only, ...others][best] as Descriptor)
  }
  throw platformMissing(wanted, platforms)
}

async function readCandidate(files: FileSet, descriptor: Descriptor): Promise<Candidate> {
  const { kind, json, bytes } = await readBlobManifest(files, descriptor)
  const name = manifestName(descriptor)
  if (kind !== 'manifest') throw json.not('a manifest')
  const manifest = readManifest(json, name)
  const parsed = parseConfig(await readBlob(files, manifest.config, "The image's config"))
  return { descriptor, manifest, parsed, bytes }
}

function manifestName({ digest }: Descriptor): string {
  return `The manifest ${digest}`
}

async function readBlobManifest(
  files: FileSet,
  descriptor: Descriptor,
): Promise<{ kind: 'index' | 'manifest'; json: Json; bytes: Uint8Array }> {
  const name = manifestName(descriptor)
  const bytes = await readBlob(files, descriptor, name)
  return { ...parseManifest(bytes, name, descriptor.mediaType), bytes }
}

/** A small blob, verified. */
async function readBlob(files: FileSet, descriptor: Descriptor, what: string): Promise<Uint8Array> {
  const file = await findBlob(files, descriptor, what)
  const bytes = await readSmall(file, what)
  verifyDigest(bytes, descriptor.digest, what)
  return bytes
}

/** @throws {LayerDiffError} BLOB_MISSING, SIZE_MISMATCH */
async function findBlob(files: FileSet, { digest, size }: Descriptor, what: string): Promise<StoredFile> {
  const file = await files.find(blobPath(digest))
  if (file === null) throw missing(files, digest, what)
  if (file.size === size) return file
  throw new LayerDiffError(
    'SIZE_MISMATCH',
    `${what} (${digest}) should have ${size} bytes, and has ${file.size}. It was damaged or changed: get the image again from its source.`,
  )
}

async function findLayer(files: FileSet, descriptor: Descriptor, index: number): Promise<FoundLayer> {
  const { digest, mediaType, size, urls } = descriptor
  if (layerKind(mediaType) === 'foreign' && (await files.find(blobPath(digest))) === null) {
    return { digest, mediaType, size, open: null, urls }
  }
  const file = await findBlob(files, descriptor, `Layer ${index} of the image`)
  return { digest, mediaType, size, open: file.open, urls: [] }
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

function missing(files: FileSet, digest: string, what: string): LayerDiffError {
  return new LayerDiffError(
    'BLOB_MISSING',
    `${files.label} lacks the blob ${digest}: ${what.replace(/^The/, 'the')}. It is incomplete: copy the image again, with all its platforms if you need them.`,
    { path: blobPath(digest) },
  )
}
