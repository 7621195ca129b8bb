// Signs, colours and columns that all text reports share. Colours are added, never needed.

import type { Change } from '../types.js'

export const SIGNS: Readonly<Record<Change['kind'], string>> = { added: '+', removed: '-', modified: '~' }
export const COLORS: Readonly<Record<Change['kind'], string>> = { added: '32', removed: '31', modified: '33' }
export const BOLD = '1'
export const DIM = '2'

/** Columns of the size at a line's beginning. */
export const DELTA_COLUMNS = 9

export type Paint = (style: string, text: string) => string

/** Escape sequences of a terminal, or the bare text. */
export function painter(color: boolean | undefined): Paint {
  return color ? (style, text) => (text ? `\x1b[${style}m${text}\x1b[0m` : '') : (_, text) => text
}
