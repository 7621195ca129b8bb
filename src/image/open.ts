// From what a caller has to an image whose layers can be diffed.

import { LayerDiffError } from '../errors.js'
import type { Image, ImageInput, OpenImageOptions } from '../image-types.js'
import type { FileSet } from '../input/file-set.js'
import { openDockerArchive } from './docker-archive.js'
import { openOciLayout, refuseOtherLayout } from './oci-layout.js'
import { resolveImageOptions } from './options.js'
import { type ImageForm, openSource, parseSource } from './source.js'

/** See `openImage` in src/images.ts. */
export async function readImage(source: ImageInput, options: OpenImageOptions): Promise<Image> {
  const resolved = resolveImageOptions(options)
  resolved.signal?.throwIfAborted()
  const parsed = await parseSource(source)
  const { files, remove } = await openSource(parsed, resolved)
  try {
    const isDocker = (await recognise(files, parsed.form)) === 'docker-archive'
    const open = isDocker ? openDockerArchive : openOciLayout
    const image = await open(files, { ...resolved, tag: resolved.tag ?? parsed.tag })
    if (isDocker && parsed.form === null && (await files.find('index.json')) !== null) {
      await refuseOtherLayout(files, image, resolved)
    }
    return { ...image, close: remove }
  } catch (error) {
    await remove()
    throw error
  } finally {
    await files.close()
  }
}

/** What the files are. Docker 25 and later write both: its manifest.json says more of names. */
async function recognise(files: FileSet, form: ImageForm | null): Promise<'docker-archive' | 'oci'> {
  const has = async (name: string) => (await files.find(name)) !== null
  const docker = form !== 'oci' && form !== 'oci-archive' && (await has('manifest.json'))
  if (docker) return 'docker-archive'
  const layout = (await has('oci-layout')) || (await has('index.json'))
  if (layout && form !== 'docker-archive') return 'oci'
  throw new LayerDiffError('IMAGE_UNKNOWN_FORMAT', `${files.label} ${await whatInstead(files, form, has, layout)}`)
}

async function whatInstead(
  files: FileSet,
  form: ImageForm | null,
  has: (name: string) => Promise<boolean>,
  layout: boolean,
): Promise<string> {
  if (layout) return 'has no manifest.json: it is an OCI layout. Write oci-archive:, or leave the prefix out.'
  if (form !== null && (await has('manifest.json'))) {
    return 'is no OCI layout but a docker archive. Write docker-archive:, or leave the prefix out.'
  }
  if (await has('repositories')) {
    return 'was saved before Docker 1.10: it has a list of repositories and no manifest.json. Load it with docker and save it again.'
  }
  const layer = files.kind === 'archive' ? ` ${layerAdvice(form)}` : ''
  return `holds no image: neither manifest.json nor index.json is in it.${layer}`
}

/** A tar that is no image is a layer, mostly. */
function layerAdvice(form: ImageForm | null): string {
  if (form !== null) return 'If it is a layer, write layer:, or leave the prefix out.'
  return 'If it is a layer, it has neither config nor history: compare it with layerdiff diff (in the API diffLayers).'
}
