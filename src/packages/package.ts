// What every package manager says of what is installed, and how its parser says that it cannot read on.

/** An installed package. */
export interface Package {
  readonly name: string
  readonly architecture: string | null
  readonly version: string
  /** Installed bytes, null where nobody says. */
  readonly size: number | null
}

/** Thrown for a database that is not what its path says; the message ends a sentence that names the file. */
export class PackageError extends Error {}

/** A whole number of bytes, null where the text is none, or too large to be one. */
export function sizeOf(text: string | undefined, unit = 1): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null
  const size = Number(text) * unit
  return Number.isSafeInteger(size) ? size : null
}
