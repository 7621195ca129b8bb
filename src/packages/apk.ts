// The database of apk: lib/apk/db/installed, usr/lib/apk/db/installed in newer images. Fields are one letter each: P the name, V the
// version, A the architecture, I the installed bytes. See "Installed database V2" of the apk specification.

import { addPackage, type Package, PackageError, sizeOf } from './package.js'
import { readStanzas } from './stanzas.js'

const FIELDS = ['P', 'V', 'A', 'I']

/** @throws {PackageError} */
export function readApk(bytes: Uint8Array): Package[] {
  const packages: Package[] = []
  for (const fields of readStanzas(bytes, FIELDS)) {
    const name = fields.get('P')
    const version = fields.get('V')
    if (!name || !version) throw new PackageError('it has a paragraph without a package and its version')
    addPackage(packages, { name, architecture: fields.get('A') || null, version, size: sizeOf(fields.get('I')) })
  }
  return packages
}
