// What a diff tells beyond its changes, where that was asked for: renames, packages.
//
// Takes: a diff, its container, and its layers. Gives: the same diff with findings. Loaded by those who ask for any.

import type { Call } from '../engine/client.js'
import { renameJson } from '../json.js'
import type { ResolvedDiffOptions } from '../options.js'
import type { LayerDiff, LayerDiffJson, Warning } from '../types.js'
import type { PlacedLayer } from './layers.js'
import { readPackages } from './packages.js'
import { findRenames } from './renames.js'

export interface FindingSource {
  /** What the diff is part of. */
  readonly call: Call
  /** By slot, as they were loaded for the diff. */
  readonly layers: readonly PlacedLayer[]
  /** The container of the diff. */
  readonly bytes: Uint8Array
}

/** @throws {LayerDiffError} what reading a layer once more throws; or the signal's reason */
export async function addFindings(
  diff: LayerDiff,
  { call, layers, bytes }: FindingSource,
  options: Pick<ResolvedDiffOptions, 'renames' | 'packages' | 'signal'>,
): Promise<LayerDiff> {
  const { signal } = options
  const inputs = layers.map(({ input }) => input)
  const [renames, read] = await Promise.all([
    options.renames ? findRenames(call, layers, bytes, signal) : null,
    options.packages ? readPackages(diff, { call, inputs, bytes }, signal) : null,
  ])
  return withFindings(diff, { renames, packages: read?.packages ?? null, warnings: read?.warnings ?? [] })
}

function withFindings(
  diff: LayerDiff,
  { renames, packages, warnings: more }: Pick<LayerDiff, 'renames' | 'packages'> & { warnings: readonly Warning[] },
): LayerDiff {
  const warnings = [...diff.warnings, ...more]
  return {
    ...diff,
    renames,
    packages,
    warnings,
    toJSON(): LayerDiffJson {
      return { ...diff.toJSON(), renames: renames?.map(renameJson) ?? null, packages, warnings }
    },
  }
}
