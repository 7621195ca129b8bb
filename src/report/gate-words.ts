// What rules found, in words.

import { escapeText } from '../text.js'
import type { GateResult, GateRule } from '../types.js'
import { formatBytes, formatCount, formatPaths } from './figures.js'

/** As the command's options are called. */
const NAMES: Readonly<Record<GateRule, string>> = {
  maxGrowth: 'max-growth',
  maxSize: 'max-size',
  maxFiles: 'max-files',
  deny: 'deny',
  denySetuid: 'deny-setuid',
  denyRemoved: 'deny-removed',
  minEfficiency: 'min-efficiency',
  maxWaste: 'max-waste',
}

export function gateName({ rule }: Pick<GateResult, 'rule'>): string {
  return NAMES[rule]
}

/** What was found, and the limit: `grew by 25.1 MB, the limit is 20.0 MB`. */
export function gateSentence(result: GateResult): string {
  const { unit, figure, limit } = result
  const share = percentOf(figure, limit)
  // What is over by little must not read as equal.
  const exact = unit === 'bytes' && figure !== limit && formatBytes(figure ?? 0) === formatBytes(Number(limit))
  const size = (bytes: number) => (exact ? `${formatCount(bytes)} bytes` : formatBytes(bytes))
  return `${gateFigure(result, size, share)}${gateLimit(result, size, share)}`
}

type FormatSize = (bytes: number) => string
type FormatShare = (share: number) => string

/** Four digits, or as many as tell the figure from the limit. */
function percentOf(figure: number | null, limit: GateResult['limit']): FormatShare {
  const format = (digits: number) => (share: number) => `${Number((100 * share).toPrecision(digits))}%`
  for (let digits = 4; digits < 15; digits++) {
    const differ =
      typeof limit !== 'number' || figure === limit || format(digits)(figure ?? 0) !== format(digits)(limit)
    if (differ) return format(digits)
  }
  return format(15)
}

function gateFigure({ rule, unit, figure, limit }: GateResult, size: FormatSize, percent: FormatShare): string {
  switch (rule) {
    case 'maxGrowth':
      if (figure === null) return 'grew from nothing'
      if (figure === 0) return 'did not grow'
      if (unit === 'share') return figure < 0 ? `shrank by ${percent(-figure)}` : `grew by ${percent(figure)}`
      return figure < 0 ? `shrank by ${size(-figure)}` : `grew by ${size(figure)}`
    case 'maxSize':
      return `measures ${size(figure ?? 0)}`
    case 'maxFiles':
      return `has ${formatPaths(figure ?? 0)}`
    case 'deny':
      return `${matching(figure, limit)} added or changed`
    case 'denySetuid':
      return figure === 0
        ? 'no file gained a setuid or setgid bit'
        : `${formatCount(figure ?? 0)} ${figure === 1 ? 'file' : 'files'} gained a setuid or setgid bit`
    case 'denyRemoved':
      return `${matching(figure, limit)} removed`
    case 'minEfficiency':
      return `efficiency is ${percent(figure ?? 0)}`
    case 'maxWaste':
      if (figure === null) return 'wastes bytes above a first layer without any'
      return `wastes ${unit === 'share' ? percent(figure) : size(figure)}`
  }
}

/** `2 paths that match *.pem or *.key were`. */
function matching(count: number | null, limit: GateResult['limit']): string {
  const globs = Array.isArray(limit) ? limit.map(escapeText).join(' or ') : ''
  if (count === 0) return `no path that matches ${globs} was`
  return `${formatPaths(count ?? 0)} that ${count === 1 ? 'matches' : 'match'} ${globs} ${count === 1 ? 'was' : 'were'}`
}

function gateLimit({ limit, unit }: GateResult, size: FormatSize, percent: FormatShare): string {
  if (typeof limit !== 'number') return ''
  const text = unit === 'bytes' ? size(limit) : unit === 'paths' ? formatCount(limit) : percent(limit)
  return `, the limit is ${text}`
}

/** `1 of 3 gates failed`. */
export function gatesHeadline(results: readonly GateResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length
  const gates = `${formatCount(results.length)} ${results.length === 1 ? 'gate' : 'gates'}`
  return failed === 0 ? `${gates} passed` : `${formatCount(failed)} of ${gates} failed`
}
