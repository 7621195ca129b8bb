// Sections as plain text: what is in the figures, the contenders, the targets.

import { spreadOf } from './statistics.mjs'

/** @import { Benchmark, Measured, Section } from './benchmark.mjs' */

/**
 * @param {Benchmark} benchmark
 * @param {Section} section
 */
export function showSection({ name, title }, { about, contenders, targets }) {
  const heading = `${title} (${name})`
  const lines = [heading, '='.repeat(heading.length), ...about, '']
  if (contenders.length > 0) {
    const rounds = contenders[0].rounds.length
    lines.push(
      ...table([['contender', `CPU s, median of ${rounds}`, 'wall s', 'peak MB'], ...contenders.map(showMeasured)]),
      '',
    )
  }
  lines.push(
    ...table([
      ['', 'target', 'figure', 'reached'],
      ...targets.map((target) => [target.what, target.target, target.figure, verdict(target.reached)]),
    ]),
  )
  return `${lines.join('\n')}\n`
}

/** @param {Measured} measured */
function showMeasured({ name, rounds }) {
  /**
   * @param {(number | null)[]} values
   * @param {number} digits
   */
  const show = (values, digits) => {
    const known = values.filter((value) => value !== null)
    if (known.length === 0) return '-'
    const { median, min, max } = spreadOf(known)
    return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`
  }
  return [
    name,
    show(
      rounds.map(({ cpu }) => cpu),
      2,
    ),
    show(
      rounds.map(({ wall }) => wall),
      2,
    ),
    show(
      rounds.map(({ peak }) => (peak === null ? null : peak / 1e6)),
      0,
    ),
  ]
}

/** @param {boolean | null} reached */
function verdict(reached) {
  if (reached === null) return ''
  return reached ? 'yes' : 'NO'
}

/**
 * @param {string[][]} rows
 * @returns {string[]}
 */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
}
