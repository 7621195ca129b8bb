// What a reader must know of a diff that is not all there is. Pure.

import { escapeText } from '../text.js'

export interface LeftOut {
  /** Globs of paths. */
  readonly ignored?: readonly string[] | undefined
  /** Whether what every rebuild changes was left out. Default false. */
  readonly semantic?: boolean | undefined
}

/** Empty where nothing was left out. */
export function leftOutLine({ ignored = [], semantic = false }: LeftOut): string {
  const parts = [...(semantic ? ['what every rebuild changes'] : []), ...ignored.map(escapeText)]
  return parts.length === 0 ? '' : `Left out: ${parts.join(', ')}`
}
