// WARNINGS of a container, decoded.

import type { Warning } from '../types.js'
import { SECTION, WARNING } from './abi.js'
import type { Container } from './container.js'
import { Paths } from './paths.js'
import { warningWords } from './status.js'

/** All warnings, in the order in which they came up; the last says how many more there were, if any. */
export function readWarnings(container: Container): Warning[] {
  const paths = new Paths(container)
  const view = container.view(SECTION.WARNINGS)
  const warnings: Warning[] = []
  for (let at = 0; at < view.byteLength; at += WARNING.SIZE) {
    const [code, message] = warningWords(view.getUint32(at + WARNING.CODE, true))
    const path = view.getUint32(at + WARNING.PATH, true)
    warnings.push({
      code,
      message,
      side: view.getUint32(at + WARNING.SIDE, true) === 0 ? 'before' : 'after',
      layer: view.getUint32(at + WARNING.LAYER, true),
      path: path === 0 ? null : paths.path(path - 1).text,
      offset: Number(view.getBigUint64(at + WARNING.OFFSET, true)),
    })
  }
  const { warningsDropped } = container.facts
  if (warningsDropped > 0) {
    warnings.push({
      code: 'WARNINGS_DROPPED',
      message: `There were ${warningsDropped} more warnings than are kept.`,
      side: 'after',
      layer: 0,
      path: null,
      offset: null,
    })
  }
  return warnings
}
