// `strict`: a warning is an error. Loaded by those who ask for it.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import type { Warning } from '../types.js'
import { MAGIC_INDEX } from './abi.js'
import { Container } from './container.js'
import { readWarnings } from './warnings.js'

/** @throws {LayerDiffError} of the first warning's code, where a layer index has one */
export function refuseOddLayer(index: Uint8Array): void {
  refuseWarnings(readWarnings(new Container(index, MAGIC_INDEX)), false)
}

/**
 * Refuses a result with warnings; `placed` says whether they know their layer.
 *
 * @throws {LayerDiffError} of the first warning's code
 */
export function refuseWarnings(warnings: readonly Warning[], placed: boolean): void {
  const [warning] = warnings
  if (!warning) return
  const { code, message, side, layer, path, offset } = warning
  const subject = placed ? `Layer ${layer} of the ${side} side: ` : ''
  const where = path === null ? '' : ` (entry "${escapeText(path)}")`
  throw new LayerDiffError(code, `${subject}${message}${where} Refused, since strict was asked for.`, {
    ...(placed && { side, layer }),
    path: path ?? undefined,
    offset: offset ?? undefined,
  })
}
