// What packages are called, and by what they grew. Pure.

import { escapeText } from '../text.js'
import type { PackageChange } from '../types.js'

/** What packages are called: `libc6:i386` where another of its name has another architecture. */
export function packageNames(packages: readonly PackageChange[]): (one: PackageChange) => string {
  const architectures = new Map<string, Set<string | null>>()
  const keyOf = ({ manager, name }: PackageChange) => `${manager} ${name}`
  for (const one of packages) {
    architectures.set(keyOf(one), (architectures.get(keyOf(one)) ?? new Set()).add(one.architecture))
  }
  return (one) => {
    const several = (architectures.get(keyOf(one))?.size ?? 0) > 1
    return escapeText(several && one.architecture !== null ? `${one.name}:${one.architecture}` : one.name)
  }
}

/** Those first that grew or shrank most; where that is not told or the same, as they are given. */
export function heaviestFirst(packages: readonly PackageChange[]): PackageChange[] {
  const weight = (one: PackageChange) => Math.abs(packageGrowth(one) ?? 0)
  return [...packages].sort((a, b) => weight(b) - weight(a))
}

/** Null where a size is not told. */
export function packageGrowth({ kind, sizeBefore, sizeAfter }: PackageChange): number | null {
  const old = kind === 'added' ? 0 : sizeBefore
  const now = kind === 'removed' ? 0 : sizeAfter
  return old === null || now === null ? null : now - old
}
