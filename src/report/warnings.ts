// Warnings in words, for the text report's reader.

import { escapeText } from '../text.js'
import type { Warning } from '../types.js'
import { formatCount } from './figures.js'

/** More than this many help nobody; the JSON has all that were kept. */
const MOST = 20

/** One line a warning; the last counts those that are left out. */
export function warningLines(warnings: readonly Warning[]): string[] {
  const lines = warnings.slice(0, MOST).map((warning) => {
    const { code, side, layer, path, message } = warning
    if (code === 'WARNINGS_DROPPED') return `${code}: ${message}`
    const where = `layer ${layer} of the ${side} side${path === null ? '' : `, ${escapeText(path)}`}`
    return `${code} (${where}): ${escapeText(message)}`
  })
  if (warnings.length > MOST) {
    lines.push(`${formatCount(warnings.length - MOST)} more warnings; --format json lists them.`)
  }
  return lines
}
