// What is looked for in a diff beside its changes, where options ask for it.
//
// Takes: a diff, and its layers as they were given. Gives: the diff with what was found.

import { renameJson } from '../json.js'
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerDiffJson, PackageChange, Rename, Warning } from '../types.js'
import type { ContentSource } from './file-contents.js'
import { readPackages } from './packages.js'

export interface Findings {
  readonly renames?: readonly Rename[] | null
  readonly packages?: readonly PackageChange[] | null
  /** Joined to those of the diff. */
  readonly warnings?: readonly Warning[]
}

/** @throws the signal's reason */
export async function withAsked(
  diff: LayerDiff,
  source: ContentSource,
  { packages, signal }: ResolvedDiffOptions,
): Promise<LayerDiff> {
  return packages ? withFindings(diff, await readPackages(diff, source, signal)) : diff
}

/** The diff with what was found; what is not given stays. */
export function withFindings(diff: LayerDiff, findings: Findings): LayerDiff {
  const { renames = diff.renames, packages = diff.packages } = findings
  const warnings = [...diff.warnings, ...(findings.warnings ?? [])]
  return {
    ...diff,
    renames,
    packages,
    warnings,
    toJSON: (): LayerDiffJson => ({
      ...diff.toJSON(),
      renames: renames?.map(renameJson) ?? null,
      packages,
      warnings,
    }),
  }
}
