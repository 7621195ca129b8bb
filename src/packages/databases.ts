// Which file says what is installed: by its path alone.
//
// Takes: a path of a merged tree. Gives: whose database it is, of what form, and where its packages are at home: packages of one name
// are told apart by that home, since Python's and node's may be installed in many folders. For the system's managers it is
// empty: a database that moves is the same database.

import type { PackageManager } from '../types.js'
import { normalisedName } from './python.js'

export type DatabaseForm =
  | 'dpkg'
  | 'apk'
  | 'rpm'
  /** What was written to a database of rpm and is not in it yet. */
  | 'rpm-log'
  /** Databases of rpm before SQLite: Berkeley DB, and ndb. */
  | 'rpm-berkeley'
  | 'rpm-ndb'
  | 'python'
  /** The files of a package of Python, with their sizes. */
  | 'python-record'
  | 'node'

export interface Database {
  readonly manager: PackageManager
  readonly form: DatabaseForm
  readonly home: string
  /** What the package is called by its folder, where the folder says so; else empty. */
  readonly name: string
}

/** By path: there is but one of each. */
const SYSTEM: Readonly<Record<string, DatabaseForm>> = {
  'var/lib/dpkg/status': 'dpkg',
  'lib/apk/db/installed': 'apk',
  'usr/lib/apk/db/installed': 'apk',
}
const RPM: Readonly<Record<string, DatabaseForm>> = {
  'rpmdb.sqlite': 'rpm',
  'rpmdb.sqlite-wal': 'rpm-log',
  Packages: 'rpm-berkeley',
  'Packages.db': 'rpm-ndb',
}
const RPM_FOLDER = /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm)\/([^/]+)$/
const STATUS_D = /^var\/lib\/dpkg\/status\.d\/[^/]+$/
const NODE = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/s
const PYTHON = /^((?:.*\/)?)([^/]+)\.(?:dist-info\/(?:METADATA|RECORD)|egg-info(?:\/PKG-INFO)?)$/s

/** Null for the path of anything else. */
export function databaseOf(path: string): Database | null {
  if (path.endsWith('/package.json')) return nodeDatabase(path)
  if (/(?:-info(?:\/(?:METADATA|RECORD|PKG-INFO))?)$/.test(path)) return pythonDatabase(path)
  if (path.startsWith('var/lib/') || path.startsWith('usr/lib/') || path.startsWith('lib/apk/')) {
    return systemDatabase(path)
  }
  return null
}

function systemDatabase(path: string): Database | null {
  const file = RPM_FOLDER.exec(path)?.[1] ?? ''
  const form =
    (Object.hasOwn(SYSTEM, path) ? SYSTEM[path] : undefined) ?? (Object.hasOwn(RPM, file) ? RPM[file] : undefined)
  if (form !== undefined) return { manager: form === 'dpkg' || form === 'apk' ? form : 'rpm', form, home: '', name: '' }
  // Beside each lie the checksums of its files.
  const single = STATUS_D.test(path) && !path.endsWith('.md5sums')
  return single ? { manager: 'dpkg', form: 'dpkg', home: '', name: '' } : null
}

function nodeDatabase(path: string): Database | null {
  const name = NODE.exec(path)?.[1]
  if (name === undefined) return null
  return { manager: 'node', form: 'node', home: path.slice(0, path.lastIndexOf('/')), name }
}

/** A new version has another folder: the home is the folder above, with the name that all versions have. */
function pythonDatabase(path: string): Database | null {
  const [, above, stem = ''] = PYTHON.exec(path) ?? []
  if (above === undefined) return null
  const dash = stem.search(/-\d/)
  const name = normalisedName(dash > 0 ? stem.slice(0, dash) : stem)
  const form = path.endsWith('/RECORD') ? 'python-record' : 'python'
  return { manager: 'python', form, home: above + name, name }
}
