// Which changes of a diff may tell of packages.

import { type Database, databaseOf } from '../packages/databases.js'
import type { Change, Entry, FileOfDiff, Side } from '../types.js'

/** A database of one side, or a file that tells more of one. */
export interface FoundDatabase extends FileOfDiff {
  readonly database: Database
  readonly entry: Entry
}

/** What may tell of packages, in the order of the paths. */
export function findDatabases(changes: Iterable<Change>): FoundDatabase[] {
  const found: FoundDatabase[] = []
  for (const change of changes) {
    const database = databaseOf(change.path)
    if (database === null) continue
    for (const side of ['before', 'after'] as const) {
      const entry = change[side]
      if (entry?.type === 'file') found.push({ change, side, database, entry })
    }
  }
  // The files of a package are of use only where the package itself is read.
  const told = new Set(found.filter(({ database }) => database.form === 'python').map(folderOf))
  return found.filter((one) => isNews(one) && (one.database.form !== 'python-record' || told.has(folderOf(one))))
}

/** Whether the sides may say different things: another mode or owner is no package's business. */
function isNews({ change: { kind, fields }, database: { form } }: FoundDatabase): boolean {
  return kind !== 'modified' || form === 'python-record' || fields.includes('content') || fields.includes('type')
}

/** Of a *.dist-info folder, for a side. */
export function folderOf({ change: { path }, side }: { change: { path: string }; side: Side }): string {
  return `${side} ${path.slice(0, path.lastIndexOf('/'))}`
}
