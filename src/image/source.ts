// What a caller may give for an image, as files by name.
//
// Takes: a path, perhaps with a prefix and a name as skopeo's users write them, a Blob, or bytes. Gives: a folder or an
// archive, which may have had to be decompressed, and what the prefix said.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { ImageInput, Reference } from '../image-types.js'
import { SNIFF_BYTES, sniff } from '../input/compression.js'
import { decompressed } from '../input/decompressed.js'
import type { FileSet } from '../input/file-set.js'
import { blobAccess, bytesAccess, type RandomAccess } from '../input/random-access.js'
import { describe } from '../input/source.js'
import { isA } from '../input/web-object.js'
import { escapeText } from '../text.js'
import { Archive } from './archive.js'
import type { ResolvedImageOptions } from './options.js'

export type ImageForm = 'docker-archive' | 'oci' | 'oci-archive'

/** Where an image is to be looked for. */
export interface ImageSource {
  /** What the prefix says that it is; null where it is to be recognised. */
  readonly form: ImageForm | null
  readonly input: Exclude<ImageInput, URL | Reference>
  /** The name after the path. */
  readonly tag: string | undefined
}

const PREFIX = /^(docker-archive|oci|oci-archive):(.+)$/s

/** Takes a source apart. A path that exists is never taken for more. @throws {LayerDiffError} INPUT_UNSUPPORTED */
export async function parseSource(given: ImageInput): Promise<ImageSource> {
  if (isA(given, 'URL')) {
    const path = platform.pathOf(given)
    if (path !== null) return { form: null, input: path, tag: undefined }
    throw new LayerDiffError(
      'INPUT_UNSUPPORTED',
      `${given.protocol} addresses of archives cannot be opened, since an archive is read here and there. Fetch it and give the response's blob().`,
    )
  }
  if (typeof given === 'string') {
    const [, form, rest] = PREFIX.exec(given) ?? []
    if (form === undefined || rest === undefined || (await platform.kindOf(given)) !== null) {
      return { form: null, input: given, tag: undefined }
    }
    return { form: form as ImageForm, ...(await splitTag(rest)) }
  }
  if (isA(given, 'Blob') || isA(given, 'Uint8Array') || isA(given, 'ArrayBuffer')) {
    return { form: null, input: given, tag: undefined }
  }
  throw new LayerDiffError(
    'INPUT_UNSUPPORTED',
    `${describe(given)} is no image. Give a Blob, File, ArrayBuffer, Uint8Array, or a path or file: URL in Node. What comes as a stream or response must be made a Blob first: await response.blob().`,
  )
}

/** Both paths and names may hold colons: the longest path that exists wins. */
async function splitTag(rest: string): Promise<{ input: string; tag: string | undefined }> {
  if ((await platform.kindOf(rest)) !== null) return { input: rest, tag: undefined }
  for (let colon = rest.lastIndexOf(':'); colon > 0; colon = rest.lastIndexOf(':', colon - 1)) {
    const path = rest.slice(0, colon)
    if ((await platform.kindOf(path)) !== null) return { input: path, tag: rest.slice(colon + 1) || undefined }
  }
  return { input: rest, tag: undefined }
}

export interface OpenedSource {
  readonly files: FileSet
  /** Gives back what was made for it, when its layers are no longer needed. */
  readonly remove: () => Promise<void>
}

/** @throws {LayerDiffError} INPUT_NOT_FOUND, IMAGE_UNKNOWN_FORMAT, COMPRESSION_UNSUPPORTED, and what damage of the compression is called */
export async function openSource(
  { input, form }: ImageSource,
  options: Pick<ResolvedImageOptions, 'limits' | 'signal'>,
): Promise<OpenedSource> {
  if (typeof input === 'string') {
    const folder = (await platform.kindOf(input)) === 'folder'
    if (folder && form !== null && form !== 'oci') throw wrongForm(input, form, 'a folder', 'oci')
    if (folder) return { files: await platform.openFolder(input), remove: async () => {} }
    const access = await platform.openFile(input)
    if (form !== 'oci') return openArchive(access, input, options)
    await access.close()
    throw wrongForm(input, form, 'a file', 'oci-archive')
  }
  if (isA(input, 'Blob')) {
    return openArchive(blobAccess(input), isA(input, 'File') ? input.name : null, options)
  }
  return openArchive(bytesAccess(isA(input, 'ArrayBuffer') ? new Uint8Array(input) : input), null, options)
}

async function openArchive(
  access: RandomAccess,
  name: string | null,
  { limits, signal }: Pick<ResolvedImageOptions, 'limits' | 'signal'>,
): Promise<OpenedSource> {
  const label = name === null ? 'The archive' : escapeText(name)
  let opened = access
  let remove = async () => {}
  try {
    const compression = sniff(await access.read(0, SNIFF_BYTES), label)
    if (compression !== 'none') {
      const kept = await decompressed(access, compression, limits, signal).catch((error) => {
        // What decompresses knows no names, and one of several archives is meant.
        if (name === null || !(error instanceof LayerDiffError)) throw error
        throw new LayerDiffError(error.code, `${label}: ${error.message}`, {}, error.cause)
      })
      await access.close()
      opened = kept.access
      remove = kept.remove
    }
    return { files: await Archive.open(opened, label, limits, signal), remove }
  } catch (error) {
    await opened.close()
    await remove()
    throw error
  }
}

function wrongForm(path: string, form: ImageForm, is: string, right: ImageForm): LayerDiffError {
  return new LayerDiffError(
    'IMAGE_UNKNOWN_FORMAT',
    `${escapeText(path)} is ${is}, which ${form}: does not read. Write ${right}:, or leave the prefix out.`,
  )
}
