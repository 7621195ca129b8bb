// Choosing one of several images that lie in one place, by what they are called there.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'

/** More are not listed in a message. */
const MOST_LISTED = 20
/** Characters of one: its tag and a registry's longest name fit. */
const LONGEST_LISTED = 400

export interface Named {
  /** None at all for an image without a name. */
  readonly names: readonly string[]
  /** Its manifest's digest, where it has one. */
  readonly digest?: string
}

/** A name with what Docker Hub's names leave out: registry, `library/`, and `latest`. */
function fullName(name: string): string {
  const bare = name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '')
  return bare.lastIndexOf(':') > bare.lastIndexOf('/') ? bare : `${bare}:latest`
}

/** The tag alone: what follows the last colon, or all of it where layouts keep bare tags. */
function tagOf(name: string): string {
  return /:([^/:]*)$/.exec(name)?.[1] ?? (name.includes('/') ? 'latest' : name)
}

/**
 * The images that a caller can mean: all of them without a tag; those of the full name, else those of the tag alone.
 *
 * @throws {LayerDiffError} IMAGE_TAG_MISSING
 */
export function choose<T extends Named>(images: readonly T[], wanted: string | undefined, label: string): readonly T[] {
  if (wanted === undefined) return images
  const place = /^@(\d+)$/.exec(wanted)?.[1]
  const found = place === undefined ? byName(images, wanted) : images.slice(Number(place), Number(place) + 1)
  if (found.length > 0) return found
  throw new LayerDiffError(
    'IMAGE_TAG_MISSING',
    `${label} holds no image "${escapeText(wanted)}". It holds: ${list(images)}.`,
  )
}

/** Those of a name, by the first rule that finds any. */
export function byName<T extends Named>(images: readonly T[], wanted: string): readonly T[] {
  const rules: ((image: T) => boolean)[] = [
    ({ digest }) => digest === wanted,
    ({ names }) => names.includes(wanted),
    ({ names }) => names.some((name) => fullName(name) === fullName(wanted)),
    ({ names }) => names.some((name) => tagOf(name) === wanted),
    // The end of it, where that is whole components: registries are seldom typed.
    ({ names }) => names.some((name) => fullName(name).endsWith(`/${fullName(wanted)}`)),
  ]
  for (const rule of rules) {
    const found = images.filter(rule)
    if (found.length > 0) return found
  }
  return []
}

/** @param form how an image is named after its place: `oci:FOLDER:NAME` */
export function ambiguous(images: readonly Named[], label: string, form: string): LayerDiffError {
  return new LayerDiffError(
    'IMAGE_AMBIGUOUS',
    `${label} holds ${images.length} images. Choose one by its name, as ${form} (in the API also with the option tag): ${list(images)}.`,
  )
}

function list(images: readonly Named[]): string {
  const texts = images.map(({ names, digest }, index) => {
    const text = escapeText(names.join(' = ') || digest || `@${index}`)
    return text.length > LONGEST_LISTED ? `${text.slice(0, LONGEST_LISTED)}…` : text
  })
  const more = texts.length - MOST_LISTED
  if (texts.length === 0) return 'none'
  return texts.slice(0, MOST_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
