// The packages of a diff: which were installed, removed, or came in another version.
//
// Takes: a diff, and its layers as they were given. Gives: the changes of packages, and warnings for databases that cannot be read.
// What is the same on both sides says nothing new, so only changed files are read, all those of a layer in one pass. What cannot
// be read on one side is not compared: it would look as if nothing were installed there.

import { loadSqlite } from '../engine/load-sqlite.js'
import { readColumn, SqliteError } from '../engine/sqlite.js'
import { LayerDiffError } from '../errors.js'
import { readApk } from '../packages/apk.js'
import { comparePackages, type FoundPackage } from '../packages/compare.js'
import type { Database, DatabaseForm } from '../packages/databases.js'
import { readDpkg } from '../packages/dpkg.js'
import { readNodePackage } from '../packages/node.js'
import { addPackage, type Package, PackageError } from '../packages/package.js'
import { METADATA_BYTES, readPythonMetadata, readPythonRecord } from '../packages/python.js'
import { readRpmHeader } from '../packages/rpm.js'
import type { FileContent, LayerDiff, PackageChange, Side, Warning } from '../types.js'
import { type ContentSource, readContents } from './file-contents.js'
import { folderBytes } from './folder-bytes.js'
import { type FoundDatabase, findDatabases, folderOf } from './package-databases.js'
import { UnreadPackages } from './unread-packages.js'

const MIB = 2 ** 20
/** Bytes that a database may have. */
const LARGEST: Readonly<Record<DatabaseForm, number>> = {
  dpkg: 256 * MIB,
  apk: 256 * MIB,
  rpm: 256 * MIB,
  'rpm-log': 0,
  'rpm-berkeley': 0,
  'rpm-ndb': 0,
  python: 4 * MIB,
  'python-record': 64 * MIB,
  node: 4 * MIB,
}
/** Bytes that all of them may have together: they are in memory at one time. */
const MOST_BYTES = 512 * MIB
/** Packages of all of them, on both sides: the largest images have some ten thousand. */
const MOST_PACKAGES = 200_000
/** Of a database of rpm, with the keys among them. */
const MOST_ROWS = 200_000

const REFUSED: Readonly<Partial<Record<DatabaseForm, string>>> = {
  'rpm-log': 'the log of the database, rpmdb.sqlite-wal, holds what the database itself does not say yet.',
  'rpm-berkeley': 'the database is one of Berkeley DB, as rpm made it before 4.16; only those of SQLite can be read.',
  'rpm-ndb': 'the database is of the form ndb; only those of SQLite can be read.',
}

/** @throws the signal's reason */
export async function readPackages(
  diff: LayerDiff,
  source: ContentSource,
  signal: AbortSignal | undefined,
): Promise<{ packages: PackageChange[]; warnings: Warning[] }> {
  const unread = new UnreadPackages()
  const wanted = readableOf(findDatabases(diff.changes), unread)
  const contents = await readContents(source, wanted, { limit: 0, signal })
  const packages: Record<Side, FoundPackage[]> = { before: [], after: [] }
  const records = new Map<string, number | null>()
  let loaded: Promise<WebAssembly.Module> | undefined
  const sqlite = () => {
    loaded ??= loadSqlite()
    return loaded
  }
  for (const [index, one] of wanted.entries()) {
    signal?.throwIfAborted()
    const { change, side, database } = one
    try {
      const bytes = bytesOf(contents[index])
      // Each is needed but once.
      delete contents[index]
      if (database.form === 'python-record') records.set(folderOf(one), readPythonRecord(bytes))
      else {
        const { manager, home } = database
        const parsed = await parse(bytes, database, sqlite)
        if (packages.before.length + packages.after.length + parsed.length > MOST_PACKAGES) {
          throw new PackageError(`all that tells of packages tells of more than ${MOST_PACKAGES}`)
        }
        for (const each of parsed) packages[side].push({ ...each, manager, home, path: change.path })
      }
    } catch (error) {
      unread.add(one, reasonOf(error))
    }
  }
  const bytesBelow = folderBytes(diff, [...packages.before, ...packages.after])
  const sized = (side: Side) => (one: FoundPackage) => {
    if (one.manager === 'node') return { ...one, size: bytesBelow(one.home, side) }
    if (one.manager !== 'python') return one
    return { ...one, size: records.get(folderOf({ change: one, side })) ?? null }
  }
  const [before, after] = (['before', 'after'] as const).map((side) => {
    return packages[side].filter((one) => !unread.has(one)).map(sized(side))
  })
  return { packages: comparePackages(before ?? [], after ?? []), warnings: unread.warnings() }
}

/** Those that can be read, as far as that is known beforehand; the others go to `unread`. */
function readableOf(found: readonly FoundDatabase[], unread: UnreadPackages): FoundDatabase[] {
  let left = MOST_BYTES
  return found.flatMap((one) => {
    const { form } = one.database
    const { size } = one.entry
    const refused = REFUSED[form]
    // A log that is empty keeps nothing back.
    if (form === 'rpm-log' && size === 0) return []
    if (refused !== undefined) unread.add(one, refused)
    else if (size > LARGEST[form]) unread.add(one, `it is larger than ${LARGEST[form] / MIB} MiB.`)
    else {
      const limit = form === 'python' ? METADATA_BYTES : size
      left -= Math.min(limit, size)
      if (left >= 0) return [{ ...one, limit }]
      unread.add(one, `all that tells of packages is larger than ${MOST_BYTES / MIB} MiB together.`)
    }
    return []
  })
}

function bytesOf(content: FileContent | LayerDiffError | undefined): Uint8Array {
  if (content instanceof LayerDiffError) throw content
  return (content as FileContent).bytes
}

async function parse(
  bytes: Uint8Array,
  { form, name }: Database,
  sqlite: () => Promise<WebAssembly.Module>,
): Promise<readonly Package[]> {
  switch (form) {
    case 'dpkg':
      return readDpkg(bytes)
    case 'apk':
      return readApk(bytes)
    case 'rpm':
      return readRpm(bytes, await sqlite())
    case 'python':
      return [readPythonMetadata(bytes)]
    case 'node':
      return [readNodePackage(bytes, name)]
    default:
      throw new PackageError('it is of no form that can be read')
  }
}

async function readRpm(bytes: Uint8Array, sqlite: WebAssembly.Module): Promise<Package[]> {
  const packages: Package[] = []
  let rows = 0
  await readColumn(sqlite, bytes, 'Packages', 'blob', (blob) => {
    if (++rows > MOST_ROWS) throw new PackageError(`it has more than ${MOST_ROWS} rows`)
    const found = readRpmHeader(blob)
    if (found !== null) addPackage(packages, found)
  })
  return packages
}

/** Why something cannot be read, as a sentence. What is a fault of ours is thrown. */
function reasonOf(error: unknown): string {
  if (error instanceof LayerDiffError) return error.message
  if (error instanceof PackageError || error instanceof SqliteError) return `${error.message}.`
  throw error
}
