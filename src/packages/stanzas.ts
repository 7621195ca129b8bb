// Text in paragraphs of fields, as dpkg and apk write it: `Name: value` or `N:value` a line, a blank line between two
// paragraphs. Lines that begin with a space go on with the field before, and are passed over.
//
// Takes: bytes, and the fields that are wanted. Gives: their values, paragraph by paragraph. Only these become text: of a database
// most is descriptions and lists of files.

import { decodeText } from '../text.js'
import { PackageError } from './package.js'

export type Stanza = ReadonlyMap<string, string>

const LINE_END = 0x0a
const CARRIAGE_RETURN = 0x0d
const COLON = 0x3a
/** Longer names are of nobody. */
const LONGEST_NAME = 256
const SPACES = [0x20, 0x09]

/**
 * One stanza for each paragraph. Of a field that comes twice the first counts.
 *
 * @throws {PackageError} where a line is no field
 */
export function* readStanzas(bytes: Uint8Array, fields: readonly string[]): Generator<Stanza> {
  let stanza = new Map<string, string>()
  let empty = true
  for (let at = 0; at < bytes.byteLength; ) {
    const found = bytes.indexOf(LINE_END, at)
    const next = found < 0 ? bytes.byteLength : found
    const end = next > at && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next
    if (end === at) {
      if (!empty) yield stanza
      stanza = new Map()
      empty = true
    } else if (!SPACES.includes(bytes[at] ?? 0)) {
      const colon = bytes.subarray(at, Math.min(end, at + LONGEST_NAME)).indexOf(COLON)
      if (colon < 1) throw new PackageError('it has a line that is no field')
      const name = String.fromCharCode(...bytes.subarray(at, at + colon))
      if (fields.includes(name) && !stanza.has(name)) {
        stanza.set(name, decodeText(bytes.subarray(at + colon + 1, end)).text.trim())
      }
      empty = false
    }
    at = next + 1
  }
  if (!empty) yield stanza
}
