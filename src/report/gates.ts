// Rules that a diff must keep to, checked: what a build is stopped for. Pure.
//
// Takes: a diff, and rules. Gives: for each rule that is set what it found, in the order of `GateRules`; all are checked, whatever
// the first one says.

import { LayerDiffError } from '../errors.js'
import { globMatcher } from '../glob.js'
import type { ImageDiff, ImageWaste } from '../image-types.js'
import { notableReasons } from '../notable.js'
import type { Change, GateResult, GateRule, GateRules, LayerDiff } from '../types.js'

export type { GateResult, GateRule, GateRules }

/** Of a rule about sizes, what weighs most. */
const HEAVIEST = 5
/** Of a rule about paths, those at fault. */
const MOST_PATHS = 100

/** Paths at fault, of which some are told. */
interface Found {
  readonly count: number
  readonly paths: readonly string[]
}

type Amount = { readonly bytes: number } | { readonly share: number }

/**
 * Checks rules.
 *
 * @throws {LayerDiffError} INVALID_ARGUMENT for a rule that is none, and for one that asks for what the diff does not have: its waste
 * @example
 * const diff = await diffImages('app-1.0.tar', 'app-1.1.tar', { waste: true })
 * const failed = checkGates(diff, { maxGrowth: { share: 0.05 }, deny: ['*.pem'] }).filter(({ passed }) => !passed)
 */
export function checkGates(diff: LayerDiff | ImageDiff, rules: GateRules): GateResult[] {
  refuseOddRules(rules)
  const { bytesBefore, bytesAfter, added, modified, unchanged } = diff.summary
  const { maxGrowth, maxSize, maxFiles, deny, denySetuid, denyRemoved, minEfficiency, maxWaste } = rules
  const paths = new ChangedPaths(diff)
  const results: GateResult[] = []
  if (maxGrowth !== undefined) {
    results.push(amountResult('maxGrowth', maxGrowth, bytesAfter - bytesBefore, bytesBefore, paths.heaviest()))
  }
  if (maxSize !== undefined) {
    const passed = bytesAfter <= maxSize
    const shown = passed ? [] : paths.heaviest()
    results.push({ rule: 'maxSize', passed, limit: maxSize, unit: 'bytes', figure: bytesAfter, paths: shown })
  }
  if (maxFiles !== undefined) {
    const count = added + modified + unchanged
    results.push({
      rule: 'maxFiles',
      passed: count <= maxFiles,
      limit: maxFiles,
      unit: 'paths',
      figure: count,
      paths: [],
    })
  }
  if (deny !== undefined) {
    const denied = globMatcher(deny)
    results.push(
      pathsResult(
        'deny',
        deny,
        paths.find((change) => change.after !== null && denied(globPath(change))),
      ),
    )
  }
  if (denySetuid) {
    const gains = (change: Change) =>
      notableReasons(change).some((reason) => reason === 'setuid' || reason === 'setgid')
    results.push(pathsResult('denySetuid', true, withLinks(paths.find(gains), diff)))
  }
  if (denyRemoved !== undefined) {
    const kept = globMatcher(denyRemoved)
    const found = paths.find((change) => change.after === null && kept(globPath(change)))
    results.push(pathsResult('denyRemoved', denyRemoved, found))
  }
  if (minEfficiency !== undefined) {
    const { dive, actual } = wasteOf(diff, 'minEfficiency')
    const passed = dive.efficiency >= minEfficiency
    const shown = passed ? [] : mostWasted(actual)
    results.push({
      rule: 'minEfficiency',
      passed,
      limit: minEfficiency,
      unit: 'score',
      figure: dive.efficiency,
      paths: shown,
    })
  }
  if (maxWaste !== undefined) {
    const { dive, actual } = wasteOf(diff, 'maxWaste')
    // The share is dive's own, of the bytes above the first layer.
    const whole = dive.wastedPercent === 0 ? 0 : dive.wastedBytes / dive.wastedPercent
    results.push(amountResult('maxWaste', maxWaste, dive.wastedBytes, whole, mostWasted(actual)))
  }
  return results
}

const isSize = (value: unknown) => typeof value === 'number' && value >= 0
const isAmount = (value: unknown) => {
  if (typeof value !== 'object' || value === null) return false
  const [unit, ...more] = Object.keys(value)
  return more.length === 0 && (unit === 'bytes' || unit === 'share') && isSize(Reflect.get(value, unit))
}
/** What is empty matches nothing, as does what begins with a dot and a slash; and none negates. */
const areGlobs = (value: unknown) =>
  Array.isArray(value) && value.every((glob) => typeof glob === 'string' && !/^(\/*$|!|\.\.?\/)/.test(glob))

const GLOBS = 'a list of globs, none of them empty, negated or begun with ./'
const AMOUNT = '{ bytes } or { share }, where 0.05 is 5 %'

/** What each rule takes, in words and as a check. */
const RULES: Readonly<Record<GateRule, readonly [takes: string, check: (value: unknown) => boolean]>> = {
  maxGrowth: [AMOUNT, isAmount],
  maxSize: ['bytes', isSize],
  maxFiles: ['a number', isSize],
  deny: [GLOBS, areGlobs],
  denySetuid: ['true or false', (value) => typeof value === 'boolean'],
  denyRemoved: [GLOBS, areGlobs],
  minEfficiency: ['a number from 0 to 1', (value) => isSize(value) && Number(value) <= 1],
  maxWaste: [AMOUNT, isAmount],
}

/** A misspelt rule would stop nothing, and nobody would know. */
function refuseOddRules(rules: GateRules): void {
  for (const [rule, value] of Object.entries(rules)) {
    if (!Object.hasOwn(RULES, rule)) {
      throw new LayerDiffError(
        'INVALID_ARGUMENT',
        `There is no rule "${rule}". Known: ${Object.keys(RULES).join(', ')}.`,
      )
    }
    const [takes, check] = RULES[rule as GateRule]
    if (value !== undefined && !check(value)) {
      throw new LayerDiffError('INVALID_ARGUMENT', `The rule ${rule} takes ${takes}, not ${JSON.stringify(value)}.`)
    }
  }
}

function amountResult(
  rule: 'maxGrowth' | 'maxWaste',
  limit: Amount,
  bytes: number,
  whole: number,
  paths: readonly string[],
): GateResult {
  if ('bytes' in limit) {
    const passed = bytes <= limit.bytes
    return { rule, passed, limit: limit.bytes, unit: 'bytes', figure: bytes, paths: passed ? [] : paths }
  }
  // What grew from nothing grew by no share: more than any limit.
  const share = bytes <= 0 ? (whole === 0 ? 0 : bytes / whole) : whole === 0 ? null : bytes / whole
  const passed = share !== null && share <= limit.share
  return { rule, passed, limit: limit.share, unit: 'share', figure: share, paths: passed ? [] : paths }
}

function pathsResult(
  rule: 'deny' | 'denySetuid' | 'denyRemoved',
  limit: true | readonly string[],
  { count, paths }: Found,
): GateResult {
  return { rule, passed: count === 0, limit, unit: 'paths', figure: count, paths }
}

/**
 * What most engines give a file is also what a hard link to it says, which the diff does not show but warns of. What it says is not
 * told, so that one of the old side may have said less; of warnings that were dropped any may have been such a one.
 */
function withLinks({ count, paths }: Found, { warnings }: LayerDiff): Found {
  const links = warnings.filter(
    ({ code, side }) => (code === 'HARDLINK_ATTRIBUTES' && side === 'after') || code === 'WARNINGS_DROPPED',
  )
  const told = links.flatMap(({ path }) => (path === null || paths.includes(path) ? [] : [path]))
  return { count: count + links.length, paths: [...paths, ...told].slice(0, MOST_PATHS) }
}

function wasteOf(diff: LayerDiff | ImageDiff, rule: string): ImageWaste {
  if ('waste' in diff && diff.waste !== null) return diff.waste
  throw new LayerDiffError(
    'INVALID_ARGUMENT',
    `The rule ${rule} needs to know what the image wastes: compare images, with the option waste.`,
  )
}

function mostWasted({ paths }: ImageWaste['actual']): string[] {
  return paths.slice(0, HEAVIEST).map(({ path }) => path)
}

function globPath({ path, pathBytes, before, after }: Change) {
  return { path, ...(pathBytes && { pathBytes }), isDirectory: (after ?? before)?.type === 'directory' }
}

/** The changes of a diff, looked through for paths. */
class ChangedPaths {
  private grown: string[] | undefined

  constructor(private readonly diff: LayerDiff) {}

  find(wanted: (change: Change) => boolean): Found {
    const paths: string[] = []
    let count = 0
    for (const change of this.diff.changes) {
      if (!wanted(change)) continue
      count++
      if (paths.length < MOST_PATHS) paths.push(change.path)
    }
    return { count, paths }
  }

  /** What grew most. */
  heaviest(): string[] {
    this.grown ??= this.findHeaviest()
    return this.grown
  }

  private findHeaviest(): string[] {
    const found: { path: string; growth: number }[] = []
    for (const { path, bytesBefore, bytesAfter } of this.diff.changes) {
      const growth = bytesAfter - bytesBefore
      const place = found.findIndex((other) => other.growth < growth)
      if (growth <= 0 || (place < 0 && found.length >= HEAVIEST)) continue
      found.splice(place < 0 ? found.length : place, 0, { path, growth })
      found.length = Math.min(found.length, HEAVIEST)
    }
    return found.map(({ path }) => path)
  }
}
