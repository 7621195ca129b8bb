// What was found in a diff beside its changes, put into it.

import { renameJson } from '../json.js'
import type { LayerDiff, LayerDiffJson, PackageChange, Rename, Warning } from '../types.js'

export interface Findings {
  readonly renames?: readonly Rename[] | null
  readonly packages?: readonly PackageChange[] | null
  /** Joined to those of the diff. */
  readonly warnings?: readonly Warning[]
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
