// Databases of packages that cannot be read, and what is not compared for want of them.

import type { FoundPackage } from '../packages/compare.js'
import type { PackageManager, Warning } from '../types.js'
import type { FoundDatabase } from './package-databases.js'

interface Unread {
  readonly first: FoundDatabase
  readonly why: string
  count: number
}

export class UnreadPackages {
  private readonly homes = new Set<string>()
  /** By side, layer, manager and reason: where a layer cannot be read, it may have a thousand packages. */
  private readonly groups = new Map<string, Unread>()

  /** `why` is a sentence. */
  add(found: FoundDatabase, why: string): void {
    const { side, database, entry } = found
    // Without its size a package can be compared.
    if (database.form !== 'python-record') this.homes.add(keyOf(database))
    const key = JSON.stringify([side, entry.layer, database.manager, why])
    const group = this.groups.get(key)
    if (group) group.count++
    else this.groups.set(key, { first: found, why, count: 1 })
  }

  /** Whether the other side's word has nothing to be compared with: of a system's manager all that it says. */
  has(one: FoundPackage): boolean {
    return this.homes.has(keyOf(one))
  }

  warnings(): Warning[] {
    return [...this.groups.values()].map(({ first: { side, entry, change, database }, why, count }) => ({
      code: 'PACKAGES_UNREADABLE',
      message: `${WORDS[database.manager]} ${why}${count > 1 ? ` So it is with ${count} files of the layer.` : ''}`,
      side,
      layer: entry.layer,
      path: change.path,
      offset: null,
    }))
  }
}

const WORDS: Readonly<Record<PackageManager, string>> = {
  dpkg: 'The packages of dpkg are not compared:',
  apk: 'The packages of apk are not compared:',
  rpm: 'The packages of rpm are not compared:',
  python: 'A package of Python is not compared, or not its size:',
  node: 'A package of node is not compared:',
}

function keyOf({ manager, home }: { readonly manager: PackageManager; readonly home: string }): string {
  return `${manager} ${home}`
}
