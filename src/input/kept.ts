// Bytes that were made while a call ran and that are needed until its result is closed.

import type { RandomAccess } from './random-access.js'

export interface KeptBytes {
  readonly access: RandomAccess
  /** Gives the room back. May be called twice. */
  remove(): Promise<void>
}
