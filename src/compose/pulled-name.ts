// What an image that is written to an archive is called there.

import type { ArchivedName } from '../image/oci-archive.js'
import type { Image, ImageInput, Reference } from '../image-types.js'
import { parseReference } from '../registry/reference.js'

const NAMELESS: ArchivedName = { tag: null, full: null, familiar: null }

/** The name that it was asked for by, else the one it has where it lies; names that no registry allows are left out. */
export function archivedName(input: ImageInput, image: Pick<Image, 'name' | 'source'>): ArchivedName {
  const reference = isReference(input) ? input : referenceOf(image)
  if (reference === null) return { ...NAMELESS, tag: bareTag(image) }
  // What has a digest alone has no name to be loaded under.
  if (reference.tag === null) return NAMELESS
  const { registry, repository, tag } = reference
  const named = parseReference(`${registry}/${repository}:${tag}`)
  return { tag, full: named.toString('full'), familiar: named.toString() }
}

function isReference(input: ImageInput): input is Reference {
  return typeof input === 'object' && 'repository' in input
}

function referenceOf({ name, source }: Pick<Image, 'name' | 'source'>): Reference | null {
  // In a layout a name without a colon is a tag.
  if (name === null || (source === 'oci-layout' && !/[:/]/.test(name))) return null
  try {
    return parseReference(name)
  } catch {
    return null
  }
}

function bareTag({ name, source }: Pick<Image, 'name' | 'source'>): string | null {
  return source === 'oci-layout' && name !== null && /^\w[\w.-]{0,127}$/.test(name) ? name : null
}
