// What every view needs of the element that it stands in.

import type { Numbers } from './numbers.js'
import type { Speech } from './words.js'

export interface Context {
  readonly speech: Speech
  readonly numbers: Numbers
  /** Height of a row of the tree, in CSS pixels. */
  readonly rowHeight: number
  /** Shows what has changed, with the next frame. */
  update(): void
  /** Sends an event of the element. */
  emit(name: 'layerdiff-select', detail: unknown): void
}
