// What the page shows, in its address: `?before=alpine:3.19&after=alpine:3.20`. Only names can be linked to; files stay here.

import type { SideName } from './side.js'

export type Names = Readonly<Record<SideName, string>>

export function namesIn(search: string): Names {
  const query = new URLSearchParams(search)
  return { before: query.get('before') ?? '', after: query.get('after') ?? '' }
}

/** The query string for names; empty where there is none. */
export function queryFor({ before, after }: Names): string {
  const query = new URLSearchParams()
  if (before !== '') query.set('before', before)
  if (after !== '') query.set('after', after)
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
