// Layers that two configs claim to be one.
//
// A diffId that nobody computed is a claim, and a hostile config may claim anything. Two plain layers that were read by their
// headers, of one claimed diffId, count as one where those headers agree to the byte: names, sizes, times and all. The result
// says so, and `verify` reads them whole instead.

import { CONTAINER } from '../engine/abi.js'
import type { PlacedLayer, PlacedStacks } from './layers.js'

/**
 * Makes one layer of two that configs say to be one, where both were read by their headers and those agree to the byte.
 * Gives the places of the layers that stand for two.
 */
export function joinClaimed({ layers, before, after }: PlacedStacks): Set<number> {
  const claimed = new Set<number>()
  for (const [at, place] of after.entries()) {
    const layer = layers[place] as PlacedLayer
    if (layer.claimedDiffId === null || !layer.index.partial) continue
    const twin = before.find((other) => {
      const { claimedDiffId, index } = layers[other] as PlacedLayer
      return other !== place && claimedDiffId === layer.claimedDiffId && sameSections(index.bytes, layer.index.bytes)
    })
    if (twin === undefined) continue
    after[at] = twin
    claimed.add(twin)
  }
  return claimed
}

/** Whether two indexes say the same of entries, paths and names. */
function sameSections(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false
  const [from, to] = [CONTAINER.HEADER, a.byteLength & ~7]
  // In words of 8 bytes: an index may have many megabytes.
  const x = new BigUint64Array(a.buffer, a.byteOffset + from, (to - from) / 8)
  const y = new BigUint64Array(b.buffer, b.byteOffset + from, (to - from) / 8)
  return x.every((word, i) => word === y[i])
}
