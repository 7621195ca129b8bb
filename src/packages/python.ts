// Packages of Python: METADATA in a *.dist-info folder, PKG-INFO in an *.egg-info folder, or an *.egg-info file. See "Core metadata"
// and "Recording installed projects" of the Python packaging specifications.

import { decodeText } from '../text.js'
import { checkedPackage, type Package, PackageError } from './package.js'

/** Of a file's beginning: name and version stand in its first lines, and the rest describes the package to people. */
export const METADATA_BYTES = 65_536

/** As Python's reader of e-mails reads a header: a line that is none begins the text. */
const FIELD = /^([!-9;-~]*):(.*)$/s
const CONTINUED = /^[ \t]/

/** What METADATA or PKG-INFO says; the size is told by RECORD. Of a field that comes twice the first counts. @throws {PackageError} */
export function readPythonMetadata(bytes: Uint8Array): Package {
  const fields = new Map<string, string>()
  // Not by the `m` of expressions, for which lines end in more places than for Python.
  const lines = decodeText(bytes.subarray(0, METADATA_BYTES))
    .text.replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
  // The last line may go on behind what is read.
  if (bytes.byteLength >= METADATA_BYTES) lines.pop()
  for (const line of lines) {
    const [, key, value = ''] = FIELD.exec(line) ?? []
    if (key !== undefined && !fields.has(key.toLowerCase())) fields.set(key.toLowerCase(), value.trim())
    else if (key === undefined && !CONTINUED.test(line)) break
  }
  const name = fields.get('name')
  const version = fields.get('version')
  if (!name || !version) throw new PackageError('it names no package and its version')
  return checkedPackage({ name, architecture: null, version, size: null })
}

const LINE_END = 0x0a
const COMMA = 0x2c

/** Sum of the third column of RECORD, the sizes of the installed files. The lines of RECORD itself and of caches have none. */
export function readPythonRecord(bytes: Uint8Array): number | null {
  const { length } = bytes
  let sum = 0
  for (let at = 0; at < length; ) {
    // The last one: the path may have commas of its own.
    let comma = -1
    let end = at
    for (; end < length && bytes[end] !== LINE_END; end++) if (bytes[end] === COMMA) comma = end
    if (comma >= 0) sum += numberIn(bytes, comma + 1, end)
    at = end + 1
  }
  return Number.isSafeInteger(sum) ? sum : null
}

const [TAB, CARRIAGE_RETURN, SPACE, ZERO, NINE] = [0x09, 0x0d, 0x20, 0x30, 0x39]
const LONGEST_NUMBER = 16
const isSpace = (byte: number | undefined) => byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN

/** A whole number with spaces around, 0 for anything else. By hand, since RECORD may have a million lines. */
function numberIn(bytes: Uint8Array, start: number, end: number): number {
  let [from, to] = [start, end]
  while (from < to && isSpace(bytes[from])) from++
  while (from < to && isSpace(bytes[to - 1])) to--
  if (to - from > LONGEST_NUMBER) return 0
  let value = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (byte < ZERO || byte > NINE) return 0
    value = value * 10 + byte - ZERO
  }
  return Number.isSafeInteger(value) ? value : 0
}

/** By PEP 503: `Foo.Bar_baz` and `foo-bar-baz` are one package. */
export function normalisedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
