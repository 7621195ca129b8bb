// An image on its way from a container engine, as asking for it and reading it see it.

import type { ImagePlatform } from '../image-types.js'

export interface TransferRequest {
  /** What to ask for: the next name where the engine does not know the one before. */
  readonly names: readonly [string, ...string[]]
  /** Of an image that the engine has for several; null for the engine's choice. */
  readonly platform: ImagePlatform | null
  readonly signal: AbortSignal | undefined
}

export interface Transfer {
  /** The address of the engine that sends it, for messages. */
  readonly engine: string
  /** What `docker save` would write. Whoever stops asking ends it. */
  readonly chunks: AsyncIterable<Uint8Array>
}
