// What the text report tells beyond files: notable changes, packages, gates.
//
//   Notable
//     setuid bit                      usr/bin/sudo
//     new executable                  app/bin/healthcheck
//
//   Packages
//    +12.0 kB  ~ dpkg  openssl  3.0.11-1 → 3.0.15-1
//
//   Gates  1 of 2 gates failed
//     failed  max-growth  grew by 25.1 MB, the limit is 20.0 MB

import { escapeText } from '../text.js'
import type { GateResult, NotableChange, PackageChange } from '../types.js'
import { columnsOf } from './columns.js'
import { cutPair, cutStart, cutText, padText } from './cut.js'
import { formatCount, formatDelta } from './figures.js'
import { gateName, gateSentence, gatesHeadline } from './gate-words.js'
import { safeText } from './names.js'
import { notableGroups, notableWords } from './notable-words.js'
import { heaviestFirst, packageGrowth, packageNames } from './package-words.js'
import { BOLD, COLORS, DELTA_COLUMNS, DIM, type Paint, SIGNS } from './styles.js'

export interface FindingOptions {
  readonly width: number
  /** Whether nothing is folded. */
  readonly all: boolean
}

/** Paths of one reason that are shown: more of them hide the other reasons. */
const SHOWN_PATHS = 5
const SHOWN_PACKAGES = 20
const SHOWN_FAULTS = 10

export function* notableLines(
  changes: readonly NotableChange[],
  { width, all }: FindingOptions,
  paint: Paint,
): Generator<string> {
  if (changes.length === 0) return
  yield `${paint(BOLD, 'Notable')}\n`
  const groups = notableGroups(changes)
  const wordColumns = groups.reduce((most, { reason }) => Math.max(most, notableWords(reason).length), 0)
  const room = width - wordColumns - 4
  for (const { reason, changes: found } of groups) {
    // One more is shown where it takes the line that would count it.
    const shown = all || found.length === SHOWN_PATHS + 1 ? found : found.slice(0, SHOWN_PATHS)
    for (const [index, { path, pathBytes }] of shown.entries()) {
      const words = padText(index === 0 ? notableWords(reason) : '', wordColumns)
      yield `  ${paint(COLORS.modified, words)}  ${all ? safeText(path, pathBytes) : cutStart(safeText(path, pathBytes), room)}\n`
    }
    const left = found.length - shown.length
    if (left > 0)
      yield `  ${' '.repeat(wordColumns)}  ${paint(DIM, `and ${formatCount(left)} more (--all shows them)`)}\n`
  }
  yield '\n'
}

export function* packageLines(
  packages: readonly PackageChange[],
  { width, all }: FindingOptions,
  paint: Paint,
): Generator<string> {
  if (packages.length === 0) return
  yield `${paint(BOLD, 'Packages')}\n`
  const ordered = heaviestFirst(packages)
  const shown = all || packages.length === SHOWN_PACKAGES + 1 ? ordered : ordered.slice(0, SHOWN_PACKAGES)
  const nameOf = packageNames(packages)
  const nameColumns = Math.min(32, Math.max(...shown.map((one) => columnsOf(nameOf(one)))))
  const managerColumns = shown.reduce((most, { manager }) => Math.max(most, manager.length), 0)
  const room = width - DELTA_COLUMNS - 4 - managerColumns - 2 - nameColumns - 2
  for (const one of shown) {
    const { kind, manager, before, after } = one
    const growth = packageGrowth(one)
    const delta = (growth === null ? '' : formatDelta(growth)).padStart(DELTA_COLUMNS)
    const name = padText(cutText(nameOf(one), nameColumns), nameColumns)
    const versions =
      kind === 'modified'
        ? cutPair(escapeText(before ?? 'unknown'), escapeText(after ?? 'unknown'), room)
        : cutText(escapeText(after ?? before ?? ''), room)
    yield `${delta}  ${paint(COLORS[kind], `${SIGNS[kind]} ${manager.padEnd(managerColumns)}  ${name}`)}  ${versions}\n`
  }
  const left = packages.length - shown.length
  if (left > 0)
    yield `${' '.repeat(DELTA_COLUMNS + 4)}${paint(DIM, `and ${formatCount(left)} more (--all shows them)`)}\n`
  yield '\n'
}

export function* gateLines(
  results: readonly GateResult[],
  { width, all }: FindingOptions,
  paint: Paint,
): Generator<string> {
  if (results.length === 0) return
  yield `\n${paint(BOLD, 'Gates')}  ${gatesHeadline(results)}\n`
  const nameColumns = results.reduce((most, result) => Math.max(most, gateName(result).length), 0)
  for (const result of results) {
    const { passed, paths } = result
    const verdict = paint(passed ? COLORS.added : COLORS.removed, passed ? 'passed' : 'failed')
    yield `  ${verdict}  ${gateName(result).padEnd(nameColumns)}  ${gateSentence(result)}\n`
    const indent = ' '.repeat(2 + 6 + 2 + nameColumns + 2)
    const shown = all ? paths : paths.slice(0, SHOWN_FAULTS)
    for (const path of shown) yield `${indent}${cutStart(escapeText(path), width - indent.length)}\n`
    const whole = result.unit === 'paths' ? (result.figure ?? 0) : paths.length
    if (shown.length > 0 && whole > shown.length) {
      yield `${indent}${paint(DIM, `and ${formatCount(whole - shown.length)} more`)}\n`
    }
  }
}
