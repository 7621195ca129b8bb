// pullImage: fetches an image whole, into the cache or into an archive.
//
// Takes: whatever openImage takes. Gives: the image, whose layers are read from where they were put. Layers are fetched
// some at a time, each distinct one once; what the cache holds is not fetched.

import { platform } from '#platform'
import type { Cache } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { placesOf, writeArchive } from '../image/archive-writer.js'
import { type ArchivedImage, archiveMembers, blobName } from '../image/oci-archive.js'
import type { Image, ImageInput, OpenImageOptions, PullOptions } from '../image-types.js'
import { readChunks } from '../input/chunks.js'
import type { LayerBytes } from '../types.js'
import { openCacheWith } from './cache.js'
import { fetchLayers } from './fetch-layers.js'
import { placeOf } from './image-input.js'
import { openAnyImage } from './open.js'
import { type PulledContent, pulledContent } from './pulled-content.js'
import { archivedName } from './pulled-name.js'

/** As docker has it. */
const PARALLEL = 3

/** See `pullImage` in src/images.ts. */
export async function pullImageWith(input: ImageInput, options: PullOptions): Promise<Image> {
  const { onProgress = () => {}, onManifest, parallel = PARALLEL, output, ...opening } = options
  checkOptions(parallel, output)
  // Before the work: a place that cannot be written to should not cost the wait for what was to be written.
  if (output !== undefined) await platform.checkWritable(output)
  const { cache, remove } = await openStore(options)
  let image: Image | null = null
  try {
    image = await openSource(input, {
      ...opening,
      cache: options.cache ?? (output === undefined ? cache : undefined),
    })
    const content = await pulledContent(image, options.signal)
    onManifest?.(image)
    await fetchLayers(content.layers, { cache, parallel, onProgress, signal: options.signal })
    // The manifest comes last: where it is, all that it names has been.
    for (const { digest, bytes } of [content.config, content.manifest]) {
      await cache.putBlob(digest, bytes.byteLength, chunksOf(bytes))
    }
    await checkHeld(cache, content)
    if (output === undefined) return fromCache(image, content, cache)
    return await toArchive(image, content, cache, output, archivedName(input, image))
  } catch (error) {
    await image?.close()
    throw error
  } finally {
    await remove()
  }
}

/** What an engine sends but once is written down first. */
async function openSource(input: ImageInput, options: OpenImageOptions): Promise<Image> {
  const place = await placeOf(input, options.from)
  if (place.kind !== 'daemon' && place.kind !== 'daemon-id') return openAnyImage(input, options)
  const { saveFromDaemon } = await import('./daemon.js')
  const { path, remove } = await saveFromDaemon('id' in place ? place.id : place.reference, options)
  try {
    const image = await openAnyImage(`docker-archive:${path}`, { ...options, tag: undefined })
    const close = async () => {
      await image.close()
      await remove()
    }
    return { ...image, source: 'docker-daemon', close }
  } catch (error) {
    await remove()
    throw error
  }
}

function checkOptions(parallel: number, output: string | undefined): void {
  if (!Number.isSafeInteger(parallel) || parallel < 1) {
    throw new LayerDiffError('INVALID_ARGUMENT', `parallel must be a positive whole number, not ${parallel}.`)
  }
  if (output !== undefined && (typeof output !== 'string' || output === '')) {
    throw new LayerDiffError('INVALID_ARGUMENT', 'output must be the path of a file.')
  }
}

/** The caller's cache; else the default one, or one of this call where all goes into an archive. */
async function openStore({ cache, output }: PullOptions): Promise<{ cache: Cache; remove: () => Promise<void> }> {
  if (cache !== undefined) return { cache, remove: async () => {} }
  if (output === undefined) return { cache: await openCacheWith({}), remove: async () => {} }
  const { path, remove } = await platform.temporaryFolder()
  try {
    return { cache: await openCacheWith({ place: path, maxBytes: Number.MAX_SAFE_INTEGER }), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** A cache may be too small for what was put into it, or another process may have made room in it. */
async function checkHeld(cache: Cache, { manifest, config, layers }: PulledContent): Promise<void> {
  for (const { digest } of [...layers, config, manifest]) if ((await cache.blob(digest)) === null) throw notHeld(cache)
}

function notHeld({ place }: Cache): LayerDiffError {
  return new LayerDiffError(
    'CACHE_UNWRITABLE',
    `The cache ${place} does not hold the whole image: what came first had to go for what came last. Give it more room (option maxBytes), or write the image to a file without a cache (-o FILE --no-cache).`,
  )
}

async function held(cache: Cache, digest: string): Promise<LayerBytes> {
  const found = await cache.blob(digest)
  if (found === null) throw notHeld(cache)
  return found.bytes
}

function fromCache(image: Image, content: PulledContent, cache: Cache): Image {
  return withLayers(image, content, async (digest, layer) => {
    const found = await cache.blob(digest)
    return found === null ? layer.open() : found.bytes
  })
}

async function toArchive(
  image: Image,
  { manifest, config, layers }: PulledContent,
  cache: Cache,
  output: string,
  name: ArchivedImage['name'],
): Promise<Image> {
  const blobs = layers.map(({ digest, size }) => ({
    digest,
    size,
    chunks: () =>
      verified(
        readChunks(() => held(cache, digest)),
        digest,
        cache,
      ),
  }))
  const members = archiveMembers({ manifest, config, layers: blobs, name })
  const path = await platform.writeWhole(output, writeArchive(members))
  const places = placesOf(members)
  return withLayers(image, { manifest, config, layers }, async (digest, layer) => {
    const place = places.get(blobName(digest))
    return place === undefined ? layer.open() : { path, ...place }
  })
}

/** What the cache holds was verified when it came, and is once more before others are given it. */
async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  digest: string,
  cache: Cache,
): AsyncGenerator<Uint8Array, void> {
  const hash = await platform.createSha256()
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  const found = hash.digest()
  if (found === digest) return
  await cache.remove([digest])
  throw new LayerDiffError(
    'DIGEST_MISMATCH',
    `The cache ${cache.place} gave ${found} for ${digest}: its copy was damaged, and has been removed. Pull the image again.`,
  )
}

/** The image with layers that are opened elsewhere. */
function withLayers(
  image: Image,
  content: PulledContent,
  open: (digest: string, layer: Image['layers'][number]) => Promise<LayerBytes>,
): Image {
  const layers = image.layers.map((layer, index) => {
    const digest = content.layers[index]?.digest ?? layer.claimedDiffId
    return { ...layer, digest, open: () => open(digest, layer) }
  })
  const { digest: manifestDigest, bytes: manifest } = content.manifest
  return { ...image, manifestDigest, layers, blobs: { ...image.blobs, manifest } }
}
