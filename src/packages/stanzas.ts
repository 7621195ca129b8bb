// Text in paragraphs of fields, as dpkg and apk write it: `Name: value` or `N:value` a line, a blank line between two
// paragraphs. Lines that begin with a space go on with the field before, and are passed over.
//
// Takes: bytes, and the fields that are wanted. Gives: their values, paragraph by paragraph. Only these become text: of a database
// most is descriptions and lists of files. Bytes are looked at one by one, since lines may be empty, and a call for each is slow.

import { PackageError, textOf } from './package.js'

export type Stanza = ReadonlyMap<string, string>

const LINE_END = 0x0a
const CARRIAGE_RETURN = 0x0d
const TAB = 0x09
const SPACE = 0x20
const COLON = 0x3a
/** Longer names are of nobody. */
const LONGEST_NAME = 256
/** Those of packages that were removed, or never installed, count too. */
const MOST_STANZAS = 200_000

/**
 * One stanza for each paragraph. A field that comes twice is refused: who takes the first and who takes the last would see two packages.
 *
 * @throws {PackageError} where a line is no field, a value none of a package, or there are more than anybody has
 */
export function* readStanzas(bytes: Uint8Array, fields: readonly string[]): Generator<Stanza> {
  const { length } = bytes
  let stanza = new Map<string, string>()
  let empty = true
  let count = 0
  for (let at = 0; at < length; ) {
    let next = at
    while (next < length && bytes[next] !== LINE_END) next++
    const end = next > at && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next
    if (end === at) {
      if (!empty) {
        if (++count > MOST_STANZAS) throw new PackageError(`it has more than ${MOST_STANZAS} paragraphs`)
        yield stanza
        stanza = new Map()
      }
      empty = true
    } else if (bytes[at] !== SPACE && bytes[at] !== TAB) {
      const colon = colonOf(bytes, at, Math.min(end, at + LONGEST_NAME))
      const name = fields.find((field) => isAt(bytes, at, colon, field))
      if (name !== undefined) {
        if (stanza.has(name)) throw new PackageError(`it has a paragraph with "${name}" twice`)
        stanza.set(name, textOf(bytes.subarray(colon + 1, end)).trim())
      }
      empty = false
    }
    at = next + 1
  }
  if (!empty) yield stanza
}

/** @throws {PackageError} where there is none, or nothing before it */
function colonOf(bytes: Uint8Array, at: number, end: number): number {
  let colon = at
  while (colon < end && bytes[colon] !== COLON) colon++
  if (colon > at && colon < end) return colon
  throw new PackageError('it has a line that is no field')
}

function isAt(bytes: Uint8Array, at: number, end: number, name: string): boolean {
  if (end - at !== name.length) return false
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false
  return true
}
