// What the Markdown report tells beyond files: gates, notable changes, packages. Pure.

import { escapeText } from '../text.js'
import type { GateResult, NotableChange, PackageChange } from '../types.js'
import { formatCount, formatDelta } from './figures.js'
import { gateName, gateSentence, gatesHeadline } from './gate-words.js'
import { code, fold, table } from './markdown-text.js'
import { safeText } from './names.js'
import { notableGroups, notableWords } from './notable-words.js'
import { heaviestFirst, packageGrowth, packageNames } from './package-words.js'
import { SIGNS } from './styles.js'

/** Paths of one gate or reason. */
const SHOWN_PATHS = 10
/** Rows before the rest is folded. */
const OPEN_PACKAGES = 10
const MOST_PACKAGES = 200

/** What failed first: it is what the reader must do something about. */
export function gatesPart(results: readonly GateResult[]): string {
  if (results.length === 0) return ''
  const ordered = [...results].sort((a, b) => Number(a.passed) - Number(b.passed))
  const rows = ordered.map((result) => {
    const { passed, paths, unit, figure, limit } = result
    const whole = unit === 'paths' ? (figure ?? 0) : paths.length
    return [
      passed ? '✅' : '❌',
      code(gateName(result)),
      // Limits of rules about paths are globs, which would be read as markup, addresses or mentions.
      Array.isArray(limit) ? code(gateSentence(result)) : gateSentence(result),
      listed(paths.map(escapeText), whole),
    ]
  })
  return `**Gates**: ${gatesHeadline(results)}\n\n${table(['', 'Gate', '', 'Paths'], rows)}`
}

export function notablePart(changes: readonly NotableChange[]): string {
  if (changes.length === 0) return ''
  const rows = notableGroups(changes).map(({ reason, changes: found }) => [
    notableWords(reason),
    formatCount(found.length),
    listed(
      found.slice(0, SHOWN_PATHS).map(({ path, pathBytes }) => safeText(path, pathBytes)),
      found.length,
    ),
  ])
  return `**Notable**\n\n${table(['', '', 'Paths'], rows)}`
}

export function packagesPart(packages: readonly PackageChange[]): string {
  if (packages.length === 0) return ''
  const nameOf = packageNames(packages)
  const shown = heaviestFirst(packages).slice(0, MOST_PACKAGES)
  const rows = shown.map((one) => {
    const { kind, manager, before, after } = one
    const growth = packageGrowth(one)
    const version = (text: string | null) => (text === null ? '' : code(text))
    const delta = growth === null ? '' : formatDelta(growth)
    return [`${SIGNS[kind]} ${manager}`, code(nameOf(one)), version(before), version(after), delta]
  })
  const headings = ['', 'Package', 'Before', 'After', 'Size']
  const left = packages.length - rows.length
  const more = left > 0 ? `\n\n${formatCount(left)} more left out.` : ''
  const title = `**Packages**: ${formatCount(packages.length)} changed`
  if (rows.length <= OPEN_PACKAGES) return `${title}\n\n${table(headings, rows)}`
  return `${title}\n\n${fold('Show them', `${table(headings, rows)}${more}`)}`
}

function listed(paths: readonly string[], count: number): string {
  const shown = paths.slice(0, SHOWN_PATHS)
  if (shown.length === 0) return ''
  const left = count > shown.length ? ` and ${formatCount(count - shown.length)} more` : ''
  return shown.map((path) => code(path)).join(', ') + left
}
