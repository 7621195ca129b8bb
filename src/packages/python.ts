// Packages of Python: METADATA in a *.dist-info folder, PKG-INFO in an *.egg-info folder, or an *.egg-info file. See "Core metadata"
// and "Recording installed projects" of the Python packaging specifications.

import { decodeText } from '../text.js'
import { checkedPackage, type Package, PackageError, sizeOf } from './package.js'

/** Of a file's beginning: name and version stand in its first lines, and the rest describes the package to people. */
export const METADATA_BYTES = 65_536

/** What METADATA or PKG-INFO says; the size is told by RECORD. @throws {PackageError} */
export function readPythonMetadata(bytes: Uint8Array): Package {
  const [header = ''] = decodeText(bytes.subarray(0, METADATA_BYTES)).text.split(/\r?\n\r?\n/, 1)
  const name = /^Name:(.*)$/m.exec(header)?.[1]?.trim()
  const version = /^Version:(.*)$/m.exec(header)?.[1]?.trim()
  if (!name || !version) throw new PackageError('it names no package and its version')
  return checkedPackage({ name, architecture: null, version, size: null })
}

const LINE_END = 0x0a
const COMMA = 0x2c
const LONGEST_NUMBER = 20

/** Sum of the third column of RECORD, the sizes of the installed files. The lines of RECORD itself and of caches have none. */
export function readPythonRecord(bytes: Uint8Array): number | null {
  let sum = 0
  for (let at = 0; at < bytes.byteLength; ) {
    const found = bytes.indexOf(LINE_END, at)
    const end = found < 0 ? bytes.byteLength : found
    // From the end: the path may have commas of its own.
    const comma = bytes.subarray(at, end).lastIndexOf(COMMA)
    const column = comma < 0 ? [] : bytes.subarray(at + comma + 1, end).subarray(0, LONGEST_NUMBER)
    sum += sizeOf(String.fromCharCode(...column).trim()) ?? 0
    at = end + 1
  }
  return Number.isSafeInteger(sum) ? sum : null
}

/** By PEP 503: `Foo.Bar_baz` and `foo-bar-baz` are one package. */
export function normalisedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}
