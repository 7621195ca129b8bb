// Chain IDs: what identifies a layer together with all those below it.
//
// Spec: OCI image-spec config.md, "Layer ChainID": that of the bottom layer is its diffId; every other is the SHA-256 of
// the chain ID below it, a space and its diffId.

import { sha256 } from './digest.js'

/** A chain ID for each layer, bottom first. */
export function chainIds(diffIds: readonly string[]): string[] {
  const encoder = new TextEncoder()
  let below: string | null = null
  return diffIds.map((diffId) => {
    below = below === null ? diffId : sha256(encoder.encode(`${below} ${diffId}`))
    return below
  })
}
