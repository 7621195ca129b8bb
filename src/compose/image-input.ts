// Which of its places an image is to be looked for in, told by what a caller gives for it.
//
// A path that exists wins; then what a prefix says; then a text that can be an image's name is one.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { ImageInput, OpenImageOptions, Reference } from '../image-types.js'
import { parseReference } from '../registry/reference.js'
import { escapeText } from '../text.js'

export type ImagePlace =
  | { readonly kind: 'files'; readonly input: Exclude<ImageInput, Reference> }
  | { readonly kind: 'registry' | 'daemon'; readonly reference: Reference }

const REGISTRY = 'docker://'
const DAEMON = 'docker-daemon:'
const FILES = /^(docker-archive|oci|oci-archive):./s
/** What nobody means for a name: paths, and names of archives. */
const PATH = /^[./]|\.(tar|tgz|gz|zst)$/i

/** @throws {LayerDiffError} INVALID_REFERENCE, INVALID_ARGUMENT, INPUT_NOT_FOUND */
export async function placeOf(input: ImageInput, from: OpenImageOptions['from'] = 'registry'): Promise<ImagePlace> {
  if (from !== 'registry' && from !== 'daemon') {
    throw new LayerDiffError(
      'INVALID_ARGUMENT',
      `from must be "registry" or "daemon", not "${escapeText(String(from))}".`,
    )
  }
  if (isReference(input)) return { kind: from, reference: input }
  if (typeof input !== 'string' || (await platform.kindOf(input)) !== null) return { kind: 'files', input }
  if (input.startsWith(REGISTRY)) return { kind: 'registry', reference: parseReference(input.slice(REGISTRY.length)) }
  if (input.startsWith(DAEMON)) return { kind: 'daemon', reference: parseReference(input.slice(DAEMON.length)) }
  if (FILES.test(input)) return { kind: 'files', input }
  const paths = platform.pathOf(input) !== null
  if (paths && PATH.test(input)) return { kind: 'files', input }
  try {
    return { kind: from, reference: parseReference(input) }
  } catch (cause) {
    if (!paths || !(cause instanceof LayerDiffError)) throw cause
    throw new LayerDiffError(
      'INPUT_NOT_FOUND',
      `Cannot read ${escapeText(input)}: There is no such file, and ${cause.message}`,
      {},
      cause,
    )
  }
}

function isReference(input: ImageInput): input is Reference {
  return typeof input === 'object' && input !== null && 'registry' in input && 'repository' in input
}
