// Images of container engines.
//
// Takes: a name or an ID. Gives: the image that the engine has by it. The engine sends it as an archive, which is read once while it
// comes, and never kept: every layer has been read when the image is open, and verified against what the config says of it.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import { openDockerArchive } from '../image/docker-archive.js'
import { type ResolvedImageOptions, resolveImageOptions } from '../image/options.js'
import type { Image, OpenImageOptions, Reference } from '../image-types.js'
import type { FileSet } from '../input/file-set.js'
import { parseReference } from '../registry/reference.js'
import { escapeText } from '../text.js'
import { type ReadLayer, readSavedImage } from './saved-image.js'
import type { Transfer } from './transfer.js'

/**
 * @param named a name, or the hex digits of an ID or of its beginning
 * @param readLayer reads a layer while it passes by
 * @throws {LayerDiffError} DAEMON_UNREACHABLE, DAEMON_FAILED, IMAGE_NOT_FOUND, DIFF_ID_MISMATCH, and what a broken image is
 * called; or the signal's reason
 */
export async function openDaemonImage(
  named: Reference | string,
  options: OpenImageOptions,
  readLayer: ReadLayer,
): Promise<Image> {
  const resolved = resolveImageOptions(options)
  const { name, engine, chunks } = await requestSaved(named, resolved)
  const label = `What the container engine at ${escapeText(engine)} sent of "${escapeText(name)}"`
  const files = await readSavedImage(chunks, label, readLayer, resolved)
  const image = await openSaved(files, resolved, name)
  for (const [index, layer] of image.layers.entries()) {
    // What is absent, or could not be read, says so when it is opened.
    if (layer.index && layer.index.diffId !== layer.claimedDiffId) {
      throw new LayerDiffError(
        'DIFF_ID_MISMATCH',
        `Layer ${index} of "${escapeText(name)}" is not what the image's config says: its diffId should be ${layer.claimedDiffId}, and is ${layer.index.diffId}. The engine's store is damaged: remove the image there and pull it again.`,
        { layer: index },
      )
    }
  }
  // An image that was asked for by its digest or ID is sent without names.
  return { ...image, source: 'docker-daemon', name: image.name ?? (name.includes('@') ? name : null), async close() {} }
}

/**
 * What `docker save` of an image would write, as it comes.
 *
 * @throws {LayerDiffError} DAEMON_UNREACHABLE, DAEMON_FAILED, IMAGE_NOT_FOUND; or the signal's reason
 */
export async function requestSaved(
  named: Reference | string,
  { tag, platform: wanted, signal }: Pick<ResolvedImageOptions, 'tag' | 'platform' | 'signal'>,
): Promise<Transfer & { readonly name: string }> {
  signal?.throwIfAborted()
  const name = typeof named === 'string' ? idAlone(named, tag) : nameOf(named, tag)
  return { name, ...(await platform.requestImage({ names: [name, ...idsOf(name)], platform: wanted, signal })) }
}

/** As engines know it. It is read anew, since a caller may have made it. */
function nameOf({ registry, repository, tag, digest }: Reference, wanted: string | undefined): string {
  const name = `${registry}/${repository}`
  if (wanted !== undefined) return parseReference(`${name}${wanted.includes(':') ? '@' : ':'}${wanted}`).toString()
  return parseReference(`${name}${tag == null ? '' : `:${tag}`}${digest == null ? '' : `@${digest}`}`).toString()
}

function idAlone(id: string, tag: string | undefined): string {
  if (tag === undefined) return id
  throw new LayerDiffError('INVALID_ARGUMENT', `The ID ${id} says which image is meant: leave out the option tag.`)
}

/** What is no name may be the start of an image's ID, as docker has it. */
function idsOf(name: string): string[] {
  const [, id] = /^([0-9a-f]{4,64}):latest$/.exec(name) ?? []
  return id === undefined ? [] : [id]
}

/** One image was asked for, by whatever name or ID; only an engine that sends more leaves a choice. */
async function openSaved(files: FileSet, options: ResolvedImageOptions, name: string): Promise<Omit<Image, 'close'>> {
  try {
    return await openDockerArchive(files, { ...options, tag: undefined })
  } catch (error) {
    if (!(error instanceof LayerDiffError) || error.code !== 'IMAGE_AMBIGUOUS') throw error
    return openDockerArchive(files, { ...options, tag: name })
  }
}
