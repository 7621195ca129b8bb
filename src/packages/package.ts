// What every package manager says of what is installed, and how its parser says that it cannot read on.

import { decodeText } from '../text.js'

/** An installed package. */
export interface Package {
  readonly name: string
  readonly architecture: string | null
  readonly version: string
  /** Installed bytes, null where nobody says. */
  readonly size: number | null
}

/** Of one database: the largest distributions have some ten thousand. */
const MOST_PACKAGES = 100_000
/** Characters of a name, version or architecture. */
const LONGEST_WORD = 1024
/** Bytes of any field that is read: a character takes four at the most. */
const LONGEST_TEXT = 4 * LONGEST_WORD

/** Puts a package to those of its database. @throws {PackageError} for what nobody installs: too many, or too long */
export function addPackage(packages: Package[], one: Package): void {
  if (packages.length === MOST_PACKAGES) throw new PackageError(`it has more than ${MOST_PACKAGES} packages`)
  packages.push(checkedPackage(one))
}

/** @throws {PackageError} for words that are too long to be any */
export function checkedPackage(one: Package): Package {
  const { name, version, architecture } = one
  if (Math.max(name.length, version.length, architecture?.length ?? 0) > LONGEST_WORD) throw tooLong()
  return one
}

/** What a field says. @throws {PackageError} for more than any says, before it is made a text */
export function textOf(field: Uint8Array): string {
  if (field.byteLength > LONGEST_TEXT) throw tooLong()
  return decodeText(field).text
}

const tooLong = () => new PackageError(`it has a name or version of more than ${LONGEST_WORD} characters`)

/** Thrown for a database that is not what its path says; the message ends a sentence that names the file. */
export class PackageError extends Error {}

/** A whole number of bytes, null where the text is none, or too large to be one. */
export function sizeOf(text: string | undefined, unit = 1): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null
  const size = Number(text) * unit
  return Number.isSafeInteger(size) ? size : null
}
