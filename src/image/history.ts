// The history of an image: which step of its build made which layer.
//
// Spec: OCI image-spec config.md: every step that is not marked empty made a layer, in the layers' order. Where the counts
// differ nothing can be matched, and nothing is guessed.

import type { HistoryEntry } from '../image-types.js'
import type { Json } from './json.js'

export type HistoryLine = Omit<HistoryEntry, 'layer'>

export function readHistory(json: Json): HistoryLine[] {
  return json.items().map((line) => {
    const text = (key: string) => line.get(key).optional((value) => value.string()) || null
    const empty = line.get('empty_layer')
    if (!empty.absent && typeof empty.value !== 'boolean') throw empty.not('true or false')
    return {
      created: text('created'),
      createdBy: text('created_by'),
      author: text('author'),
      comment: text('comment'),
      emptyLayer: empty.value === true,
    }
  })
}

/** Lines and layers by each other's index, or why they do not match. */
export interface MatchedHistory {
  readonly history: readonly HistoryEntry[]
  /** For each layer the index of its line. */
  readonly lines: readonly (number | null)[]
  readonly problem: string | null
}

export function matchHistory(history: readonly HistoryLine[], layers: number): MatchedHistory {
  const made = history.flatMap((line, index) => (line.emptyLayer ? [] : [index]))
  if (made.length === layers) {
    return {
      history: history.map((line, index) => ({ ...line, layer: line.emptyLayer ? null : made.indexOf(index) })),
      lines: made,
      problem: null,
    }
  }
  return {
    history: history.map((line) => ({ ...line, layer: null })),
    lines: Array.from({ length: layers }, () => null),
    problem:
      history.length === 0
        ? "The image's config has no history."
        : `The history tells of ${made.length} layers, and the image has ${layers}, so its lines cannot be matched to them.`,
  }
}
