// OCI image layouts: index.json, and blobs by digest.
//
// Takes: files by name, of a folder or of an archive. Gives: one image of those that index.json leads to, over nested
// indexes, chosen by name and then by platform. Spec: OCI image-spec image-layout.md, annotations.md; names also as
// containerd and Docker write them. Every blob but index.json is verified, so that no index can lead back to itself.

import { LayerDiffError } from '../errors.js'
import type { Image } from '../image-types.js'
import type { FileSet, StoredFile } from '../input/file-set.js'
import { assembleImage, type FoundLayer } from './assemble.js'
import type { BlobSource } from './blob-source.js'
import { readSmall, verifyDigest, verifySize } from './blobs.js'
import { type Descriptor, parseManifest, readIndex } from './manifest.js'
import { layerKind } from './media-types.js'
import { ambiguous, byName, choose, type Named } from './names.js'
import type { ResolvedImageOptions } from './options.js'
import { isBeside, type KnownPlatforms, type SelectedImage, selectConfig, selectImage } from './select.js'

const INDEX = 'index.json'
const TAG_ANNOTATION = 'org.opencontainers.image.ref.name'
/** Docker and containerd keep the full name here, and the tag alone in the other. */
const NAME_ANNOTATION = 'io.containerd.image.name'

/** What index.json lists: an image, of one platform or of several. */
interface Listed extends Named {
  readonly names: string[]
  /** Names by the annotation that skopeo and Podman go by alone. */
  readonly tags: string[]
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
  if (new Set(chosen.map(({ names }) => names.join())).size > 1) {
    throw ambiguous(chosen, files.label, files.kind === 'archive' ? 'oci-archive:FILE:NAME' : 'oci:FOLDER:NAME')
  }
  const selected = await selectImage(
    blobsOf(files),
    chosen.map(({ descriptor }) => descriptor),
    options,
  )
  await refuseNamesakes(files, { listed, chosen, selected }, options)
  const { descriptor, manifest, parsed, bytes } = selected
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

/**
 * Refuses a layout that has two images for one name and platform: some tools take the first, some the last, and some go by one
 * annotation alone.
 *
 * @throws {LayerDiffError} MANIFEST_INVALID
 */
async function refuseNamesakes(
  files: FileSet,
  { listed, chosen, selected }: Record<'listed' | 'chosen', readonly Listed[]> & { selected: SelectedImage },
  { tag, signal }: ResolvedImageOptions,
): Promise<void> {
  const { platform } = selected.parsed
  const mine = selected.manifest.config.digest
  const known: KnownPlatforms = new Map([[mine, platform]])
  const tagged = listed.filter(({ tags }) => tag !== undefined && tags.includes(tag))
  for (const { descriptor, digest } of new Set([...(chosen.length > 1 ? chosen : []), ...tagged])) {
    const config = await configOf(files, descriptor, { platform, signal }, known)
    if (config === null || config === mine) continue
    throw new LayerDiffError(
      'MANIFEST_INVALID',
      `${files.label} has two images for one name and platform (one is ${digest}), and tools disagree on which counts. Do not trust it: export the image again.`,
    )
  }
}

/**
 * Refuses a docker archive beside whose manifest.json an index.json leads to another image: containerd and Podman go by that one.
 * Docker 25.0 left it without any.
 *
 * @throws {LayerDiffError} MANIFEST_INVALID
 */
export async function refuseOtherLayout(
  files: FileSet,
  { name, platform, configDigest }: Omit<Image, 'close'>,
  { signal }: ResolvedImageOptions,
): Promise<void> {
  const listed = await readListed(files)
  const named = name === null ? [] : byName(listed, name)
  const known: KnownPlatforms = new Map([[configDigest, platform]])
  const configs: (string | null)[] = []
  for (const { descriptor } of named.length > 0 ? named : listed) {
    configs.push(await configOf(files, descriptor, { platform, signal }, known))
  }
  const others = named.length > 0 && configs.some((digest) => digest !== null && digest !== configDigest)
  if (listed.length === 0 || (configs.includes(configDigest) && !others)) return
  throw new LayerDiffError(
    'MANIFEST_INVALID',
    `${files.label} is one image by its manifest.json and another by its ${INDEX}, and tools disagree on which counts. Do not trust it: export the image again, or write docker-archive: or oci-archive: to choose.`,
  )
}

/** Null where it has none for the platform, or none that can be opened, which is nobody's image. */
async function configOf(
  files: FileSet,
  descriptor: Descriptor,
  options: Pick<ResolvedImageOptions, 'platform' | 'signal'>,
  known: KnownPlatforms,
): Promise<string | null> {
  try {
    return await selectConfig(blobsOf(files), [descriptor], options, known)
  } catch (error) {
    if (error instanceof LayerDiffError) return null
    throw error
  }
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
    const { digest, annotations, platform } = descriptor
    // One image may have several names, and may be listed for several platforms.
    const key = `${digest} ${JSON.stringify(platform)}`
    const image = listed.get(key) ?? { names: [], tags: [], digest, descriptor }
    const tag = annotations[TAG_ANNOTATION]
    const name = annotations[NAME_ANNOTATION] ?? tag
    if (name && !image.names.includes(name)) image.names.push(name)
    if (tag) image.tags.push(tag)
    listed.set(key, image)
  }
  return [...listed.values()]
}

/** Manifests and configs lie side by side. */
function blobsOf(files: FileSet): BlobSource {
  return {
    label: files.label,
    has: async ({ digest }) => (await files.find(blobPath(digest))) !== null,
    readManifest: (descriptor, what) => readBlob(files, descriptor, what),
    readBlob: (descriptor, what) => readBlob(files, descriptor, what),
    missing: (digest, what) => missing(files, digest, what),
  }
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
  verifySize(file.size, size, digest, what)
  return file
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
