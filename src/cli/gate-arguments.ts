// Options of `layerdiff diff` that a build is stopped for, taken apart and checked.

import type { GateRule, GateRules } from '../index.js'
import { parseShare, parseSize } from './amounts.js'
import { UsageError } from './exit-codes.js'

export const GATES = {
  'max-growth': { type: 'string' },
  'max-size': { type: 'string' },
  'max-files': { type: 'string' },
  deny: { type: 'string', multiple: true },
  'deny-setuid': { type: 'boolean' },
  'deny-removed': { type: 'string', multiple: true },
  'min-efficiency': { type: 'string' },
  'max-waste': { type: 'string' },
  config: { type: 'string', value: 'file' },
  'no-config': { type: 'boolean' },
} as const

export interface GateArguments {
  /** Those of the command line. */
  readonly rules: GateRules
  /** Where more of them are: a file, undefined for the usual one if it is there; null for none. */
  readonly config: string | undefined | null
}

interface Values {
  readonly 'max-growth'?: string
  readonly 'max-size'?: string
  readonly 'max-files'?: string
  readonly deny?: string[]
  readonly 'deny-setuid'?: boolean
  readonly 'deny-removed'?: string[]
  readonly 'min-efficiency'?: string
  readonly 'max-waste'?: string
  readonly config?: string
  readonly 'no-config'?: boolean
}

/** @throws {UsageError} */
export function gateArguments(values: Values): GateArguments {
  const none = values['no-config'] ?? false
  if (none && values.config !== undefined) throw new UsageError('--config and --no-config exclude each other.')
  if (values.config === '') throw new UsageError('--config needs the name of a file.')
  return { rules: rulesOf(values), config: none ? null : values.config }
}

function rulesOf(values: Values): GateRules {
  const given = {
    maxGrowth: values['max-growth'],
    maxSize: values['max-size'],
    maxFiles: numberOf(values['max-files']),
    deny: values.deny,
    denySetuid: values['deny-setuid'],
    denyRemoved: values['deny-removed'],
    minEfficiency: values['min-efficiency'],
    maxWaste: values['max-waste'],
  }
  return parseRules(given, (rule) => `--${rule.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
}

type RuleParsers = { readonly [Rule in keyof GateRules]-?: (value: unknown) => GateRules[Rule] | null }

/** What each rule takes, in words, and what it is; null where it is not that. */
const RULES: RuleParsers = {
  maxGrowth: amount,
  maxSize: size,
  maxFiles: count,
  deny: globs,
  denySetuid: (value) => (typeof value === 'boolean' ? value : null),
  denyRemoved: globs,
  minEfficiency: score,
  maxWaste: amount,
}

const TAKES: Readonly<Record<GateRule, string>> = {
  maxGrowth: 'a size or a share, such as 20MB or 5%',
  maxSize: 'a size such as 500MB or 2GiB',
  maxFiles: 'a whole number',
  deny: 'globs, none of them empty, negated or begun with ./',
  denySetuid: 'true or false',
  denyRemoved: 'globs, none of them empty, negated or begun with ./',
  minEfficiency: 'a share such as 95% or 0.95',
  maxWaste: 'a size or a share, such as 20MB or 5%',
}

export const RULE_NAMES = Object.keys(RULES) as GateRule[]

/**
 * Rules of options, or of a file. `nameOf` says what a rule is called there.
 *
 * @throws {UsageError}
 */
export function parseRules(given: Readonly<Record<string, unknown>>, nameOf: (rule: string) => string): GateRules {
  const rules: Record<string, unknown> = {}
  for (const rule of RULE_NAMES) {
    const value = given[rule]
    if (value === undefined) continue
    const parsed = RULES[rule](value)
    if (parsed === null || parsed === undefined) {
      throw new UsageError(`${nameOf(rule)} takes ${TAKES[rule]}, not ${JSON.stringify(value)}.`)
    }
    rules[rule] = parsed
  }
  return rules
}

function amount(value: unknown): { bytes: number } | { share: number } | null {
  const share = typeof value === 'string' ? parseShare(value) : null
  if (share !== null) return { share }
  const bytes = size(value)
  return bytes === null ? null : { bytes }
}

/** A bare number is bytes. */
function size(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null
  return typeof value === 'string' ? parseSize(value) : null
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** What was typed, as a number where it is one. */
function numberOf(value: string | undefined): string | number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function score(value: unknown): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? (parseShare(value) ?? decimal(value)) : null
  return number !== null && number >= 0 && number <= 1 ? number : null
}

function decimal(value: string): number | null {
  return /^(\d+(\.\d+)?|\.\d+)$/.test(value) ? Number(value) : null
}

function globs(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null
  return value.every((glob) => typeof glob === 'string' && !/^(\/*$|!|\.\.?\/)/.test(glob)) ? value : null
}

export const GATE_HELP = `Gates, which end with 4 when one fails; all are checked:
      --max-growth N    how much the files may grow: 20MB, or 5%
      --max-size SIZE   how much the files of the new side may measure
      --max-files N     how many paths the new side may have
      --deny GLOB       a path that may not be added or changed; repeat it
      --deny-setuid     no file may gain a setuid or setgid bit
      --deny-removed GLOB
                        a path that may not be removed; repeat it
      --min-efficiency N
                        dive's efficiency score of the new image: 95% or 0.95
      --max-waste N     wasted bytes of the new image as dive counts them, or
                        their share of what lies above the first layer
      --config FILE     more gates; by default layerdiff.config.json, if it is
                        here. What an option says, counts
      --no-config       use neither that file nor .layerdiffignore
`
