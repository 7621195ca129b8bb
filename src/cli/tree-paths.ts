// Paths of a merged tree that were typed and are not there: what may have been meant.

import type { MergedTree } from '../compose/merged-tree.js'
import { escapeText, LayerDiffError } from '../index.js'
import { nearestName } from './nearest.js'

/** More and longer names are not compared: a hostile layer has as many as it likes. */
const MOST_NAMES = 5000
const LONGEST_NAME = 64

/** The same error, with the nearest name in the directory where one is missing. */
export function withNearest(error: unknown, tree: MergedTree): unknown {
  if (!(error instanceof LayerDiffError) || error.code !== 'PATH_NOT_FOUND' || error.path === undefined) return error
  const { code, message, path } = error
  const slash = path.lastIndexOf('/')
  const [parent, typed] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)]
  if (typed.length > LONGEST_NAME) return error
  const names: string[] = []
  let seen = 0
  for (const name of tree.names(new TextEncoder().encode(parent))) {
    if (name.length <= LONGEST_NAME) names.push(name)
    if (++seen === MOST_NAMES) break
  }
  const nearest = nearestName(typed, names)
  if (nearest === undefined) return error
  const meant = parent === '' ? nearest : `${parent}/${nearest}`
  return new LayerDiffError(code, `${message} Did you mean ${escapeText(meant)}?`, { path })
}
