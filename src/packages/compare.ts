// The packages of two merged trees, compared.
//
// Takes: what the databases of each side say, of those that differ. Gives: what was installed, removed, or came in another version.
// What both sides have in one version is no change, wherever it lies.

import type { PackageChange, PackageManager } from '../types.js'
import type { Package } from './package.js'
import { normalisedName } from './python.js'

/** A package, and who says that it is there. */
export interface FoundPackage extends Package {
  readonly manager: PackageManager
  /** See databases.ts. */
  readonly home: string
  readonly path: string
}

interface Sides {
  readonly before: readonly FoundPackage[]
  readonly after: readonly FoundPackage[]
}

interface Pair {
  readonly before: FoundPackage | null
  readonly after: FoundPackage | null
}

const MANAGERS: readonly PackageManager[] = ['dpkg', 'apk', 'rpm', 'python', 'node']

/** By manager, then name, architecture and path, in byte order. */
export function comparePackages(before: readonly FoundPackage[], after: readonly FoundPackage[]): PackageChange[] {
  const pairs: Pair[] = []
  const left: { before: FoundPackage[]; after: FoundPackage[] } = { before: [], after: [] }
  for (const group of groupsOf({ before, after }, (found) => [found.home, ...nameOf(found)])) {
    const rest = withoutEqual(group)
    // Several versions of one package may be installed, as of kernels: the oldest gives way to the oldest that is new.
    const both = Math.min(rest.before.length, rest.after.length)
    for (let i = 0; i < both; i++) pairs.push({ before: rest.before[i] ?? null, after: rest.after[i] ?? null })
    for (const one of rest.before.slice(both)) left.before.push(one)
    for (const one of rest.after.slice(both)) left.after.push(one)
  }
  // What moved: to the folder of another Python, or below another package of node.
  for (const group of groupsOf(left, nameOf)) {
    const rest = withoutEqual(group)
    const [old, now] = [rest.before[0], rest.after[0]]
    if (old && now && rest.before.length === 1 && rest.after.length === 1) pairs.push({ before: old, after: now })
    else {
      for (const one of rest.before) pairs.push({ before: one, after: null })
      for (const one of rest.after) pairs.push({ before: null, after: one })
    }
  }
  return pairs.flatMap(changeOf).sort(compareChanges)
}

/** What makes two packages versions of one. */
function nameOf({ manager, name, architecture }: FoundPackage): readonly (string | null)[] {
  return [manager, manager === 'python' ? normalisedName(name) : name, architecture]
}

function groupsOf(sides: Sides, keyOf: (found: FoundPackage) => unknown): Iterable<Sides> {
  const groups = new Map<string, { before: FoundPackage[]; after: FoundPackage[] }>()
  for (const side of ['before', 'after'] as const) {
    for (const found of sides[side]) {
      const key = JSON.stringify(keyOf(found))
      const group = groups.get(key) ?? { before: [], after: [] }
      group[side].push(found)
      groups.set(key, group)
    }
  }
  return groups.values()
}

/** Takes away what both sides have in one version. */
function withoutEqual({ before, after }: Sides): Sides {
  const versions = new Map<string, number>()
  const count = (version: string, by: number) => versions.set(version, (versions.get(version) ?? 0) + by)
  for (const { version } of before) count(version, 1)
  const isNew = after.filter(({ version }) => {
    if ((versions.get(version) ?? 0) === 0) return true
    count(version, -1)
    return false
  })
  const isGone = before.filter(({ version }) => {
    if ((versions.get(version) ?? 0) === 0) return false
    count(version, -1)
    return true
  })
  return { before: isGone, after: isNew }
}

function changeOf({ before, after }: Pair): PackageChange[] {
  const shown = after ?? before
  if (shown === null) return []
  return [
    {
      manager: shown.manager,
      name: shown.name,
      architecture: shown.architecture,
      kind: before === null ? 'added' : after === null ? 'removed' : 'modified',
      before: before?.version ?? null,
      after: after?.version ?? null,
      sizeBefore: before?.size ?? null,
      sizeAfter: after?.size ?? null,
      path: shown.path,
    },
  ]
}

function compareChanges(a: PackageChange, b: PackageChange): number {
  return (
    MANAGERS.indexOf(a.manager) - MANAGERS.indexOf(b.manager) ||
    compareText(a.name, b.name) ||
    compareText(a.architecture ?? '', b.architecture ?? '') ||
    compareText(a.path, b.path) ||
    compareText(a.before ?? a.after ?? '', b.before ?? b.after ?? '')
  )
}

/** In the order of the bytes of UTF-8, which is that of code points: only surrogates stand elsewhere in JavaScript's order. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (one !== other) return (a.codePointAt(at) ?? one) - (b.codePointAt(at) ?? other)
  }
  return a.length - b.length
}
