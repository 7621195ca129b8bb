// What is made while a call runs and has to go again: bytes that are needed until its result is closed, folders.

import type { RandomAccess } from './random-access.js'

export interface KeptBytes {
  readonly access: RandomAccess
  /** Gives the room back. May be called twice. */
  remove(): Promise<void>
}

export interface TemporaryFolder {
  readonly path: string
  /** Removes it with all that is in it. May be called twice. */
  remove(): Promise<void>
}
