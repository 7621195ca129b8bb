// The database of dpkg: var/lib/dpkg/status, and files of the same form in var/lib/dpkg/status.d, one for each package, which images
// without dpkg have. See deb-control(5) and dpkg-query(1).

import { addPackage, type Package, PackageError, sizeOf } from './package.js'
import { readStanzas } from './stanzas.js'

const FIELDS = ['Package', 'Status', 'Version', 'Architecture', 'Installed-Size']
const KIB = 1024

/** The last word of `Status` where all files are there; the two others wait for what another package runs. */
const INSTALLED = /(^|\s)(installed|triggers-awaited|triggers-pending)$/

/** Packages that were removed and left their configuration do not count. @throws {PackageError} */
export function readDpkg(bytes: Uint8Array): Package[] {
  const packages: Package[] = []
  for (const fields of readStanzas(bytes, FIELDS)) {
    const name = fields.get('Package')
    if (!name) throw new PackageError('it has a paragraph without a package')
    // Files of status.d are copies of what the package says of itself, which has no status.
    if (!INSTALLED.test(fields.get('Status') ?? 'installed')) continue
    const version = fields.get('Version')
    if (!version) throw new PackageError('it has an installed package without a version')
    const architecture = fields.get('Architecture') || null
    addPackage(packages, { name, architecture, version, size: sizeOf(fields.get('Installed-Size'), KIB) })
  }
  return packages
}
