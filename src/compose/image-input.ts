// Which of its places an image is to be looked for in, told by what a caller gives for it.
//
// A path that exists wins; then what a prefix says; then a text that can be an image's name is one.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { ImageInput, OpenImageOptions, Reference } from '../image-types.js'
import { parseReference } from '../registry/reference.js'
import { escapeText } from '../text.js'
import { refusePrefix } from './mistaken.js'

export type ImagePlace =
  | { readonly kind: 'files'; readonly input: Exclude<ImageInput, Reference> }
  | { readonly kind: 'registry' | 'daemon'; readonly reference: Reference }
  /** An image's ID, or the beginning of one, in hex digits. */
  | { readonly kind: 'daemon-id'; readonly id: string }

const REGISTRY = 'docker://'
const DAEMON = 'docker-daemon:'
const FILES = /^(docker-archive|oci|oci-archive):./s
/** What nobody means for a name: paths, and names of archives. */
const PATH = /^[./]|\.(tar|tgz|tbz2?|txz|gz|zst|bz2|xz|lz4)$/i

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
  if (input.startsWith(DAEMON)) return inDaemon(input.slice(DAEMON.length))
  if (FILES.test(input)) return { kind: 'files', input }
  const paths = platform.pathOf(input) !== null
  refusePrefix(input, from)
  if (paths && PATH.test(input)) return { kind: 'files', input }
  try {
    return from === 'daemon' ? inDaemon(input) : { kind: from, reference: parseReference(input) }
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

/** Of digits alone only 64 are an ID here: fewer may be a name too, which the engine is asked for first. */
function inDaemon(text: string): ImagePlace {
  const [, algorithm, id] = /^(sha256:)?([0-9a-f]{4,64})$/.exec(text) ?? []
  if (id !== undefined && (algorithm !== undefined || id.length === 64)) return { kind: 'daemon-id', id }
  return { kind: 'daemon', reference: parseReference(text) }
}

function isReference(input: ImageInput): input is Reference {
  return typeof input === 'object' && input !== null && 'registry' in input && 'repository' in input
}
