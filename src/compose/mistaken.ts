// What can be read as an image's name and was meant for something else: a file that is not there, a folder with a tag, a
// place that another tool knows.
//
// Takes: the text of a caller. Gives: an error that says so, or what to add to one.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { editDistance } from './edit-distance.js'

const PREFIXES = ['docker-archive', 'oci-archive', 'docker-daemon'] as const
/** More letters wrong, and it may be a name: docker-machine is three away from docker-archive. */
const MOST_WRONG = 2
/** Places that skopeo, podman and others know. */
const FOREIGN: readonly string[] = [
  'containers-storage',
  'dir',
  'docker-tarball',
  'oci-dir',
  'ostree',
  'podman',
  'sif',
  'tarball',
]

/** @throws {LayerDiffError} INVALID_REFERENCE for prefixes that are not read here, and for misspelt ones */
export function refusePrefix(text: string, from: 'registry' | 'daemon'): void {
  const [, prefix, rest = ''] = /^([A-Za-z-]+):(.*)$/s.exec(text) ?? []
  // A host with its port begins so too.
  if (prefix === undefined || /^\d+\//.test(rest)) return
  const known: readonly string[] = PREFIXES
  if (known.includes(prefix)) return
  const named = `${from === 'daemon' ? 'docker-daemon:' : 'docker://'}${escapeText(text)}`
  if (prefix === 'layer') {
    throw new LayerDiffError(
      'INVALID_REFERENCE',
      `${escapeText(text)} is a layer, which has neither config nor history: compare it with layerdiff diff (in the API diffLayers). If an image is called so, write ${named}.`,
    )
  }
  const near = PREFIXES.find((name) => editDistance(prefix.toLowerCase(), name) <= MOST_WRONG)
  if (near === undefined && !FOREIGN.includes(prefix)) return
  const todo =
    near === undefined
      ? 'Save the image to a file or a folder, and give docker-archive:FILE, oci-archive:FILE or oci:FOLDER.'
      : `Did you mean ${near}:${escapeText(rest)}?`
  throw new LayerDiffError(
    'INVALID_REFERENCE',
    `${escapeText(prefix)}: is no prefix that is read here. ${todo} If an image is called so, write ${named}.`,
  )
}

const FAILED = /^(REGISTRY_|DAEMON_|IMAGE_NOT_FOUND$)/

/** The error of a name that was looked up in vain; where the text may have been meant for a path, it says so first. */
export async function explained(text: string, error: unknown): Promise<unknown> {
  if (!(error instanceof LayerDiffError) || !FAILED.test(error.code)) return error
  const words = (await taggedPath(text)) ?? (await missingPath(text))
  if (words === null) return error
  const { code, message, side, layer, path, offset } = error
  return new LayerDiffError(code, `${words}: ${message}`, { side, layer, path, offset }, error.cause ?? error)
}

/** `FOLDER:TAG` of a layout, `FILE:TAG` of an archive. */
async function taggedPath(text: string): Promise<string | null> {
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const [path, tag] = [text.slice(0, colon), text.slice(colon + 1)]
    const kind = await platform.kindOf(path)
    const layout = kind === 'folder' && (await platform.kindOf(`${path}/index.json`)) === 'file'
    if (kind === null || (kind === 'folder' && !layout)) continue
    const escaped = escapeText(`${path}:${tag}`)
    const forms = layout ? `oci:${escaped}` : `docker-archive:${escaped} or oci-archive:${escaped}`
    return `For an image in the ${kind} ${escapeText(path)} write ${forms}. Taken as an image's name`
  }
  return null
}

/** A host, a tag or a digest says that a name was meant; what has none may be a file's, mistyped. */
async function missingPath(text: string): Promise<string | null> {
  const slash = text.lastIndexOf('/')
  const folder = slash > 0 && (await platform.kindOf(text.slice(0, slash))) === 'folder'
  const isName = /^([^/]*[.:][^/]*|localhost)\/|[:@]/.test(text)
  return folder || !isName ? `There is no file ${escapeText(text)}; taken as an image's name` : null
}
