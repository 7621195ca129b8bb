// Layers that two configs claim to be one.
//
// A diffId that nobody computed is a claim, and a hostile config may claim anything. Two layers of one claimed diffId count as
// one where what was read of them agrees to the byte: names, sizes, times, and the hashes of contents where both were read
// whole. Where one was read by its headers alone the result says that it is `claimed`; `verify` reads it whole instead.

import { ENTRY, ENTRY_TYPES, FLAG, MAGIC_INDEX, SECTION } from '../engine/abi.js'
import { Container } from '../engine/container.js'
import { isLayerSource } from '../input/source.js'
import type { PlacedLayer, PlacedStacks } from './layers.js'

const FILE = ENTRY_TYPES.indexOf('file')

/** A hostile config may give tens of thousands of layers one name: more twins than these are not looked at. */
const MOST_TWINS = 16

/** Joins what is one layer. Gives the places of those that are so by claim. */
export function joinClaimed({ layers, before, after }: PlacedStacks): Set<number> {
  const claimed = new Set<number>()
  const claims = claimsOf(layers, before)
  /** What stands where another one stood. */
  const standIns = new Map<number, number>()
  for (const place of new Set(after)) {
    const layer = layers[place] as PlacedLayer
    const places = claims.get(layer.claimedDiffId) ?? []
    if (places.includes(place)) continue
    const at = places.slice(0, MOST_TWINS).findIndex((other) => isSame(layers[other] as PlacedLayer, layer))
    const twin = places[at]
    if (twin === undefined) continue
    const other = layers[twin] as PlacedLayer
    // The one with more hashes stays.
    const [kept, gone] = other.index.partial ? [place, twin] : [twin, place]
    standIns.set(gone, kept)
    places[at] = kept
    const keptLayer = layers[kept] as PlacedLayer
    keptLayer.bytesRead += (layers[gone] as PlacedLayer).bytesRead
    if (layer.index.partial || other.index.partial) claimed.add(kept)
  }
  for (const stack of [before, after]) {
    for (const [index, place] of stack.entries()) {
      let stands = place
      for (let next = standIns.get(stands); next !== undefined; next = standIns.get(stands)) stands = next
      stack[index] = stands
    }
  }
  return leaveOutUnused({ layers, before, after }, claimed)
}

/** The places of a stack by what a config calls the layer there, each once. */
function claimsOf(layers: readonly PlacedLayer[], stack: readonly number[]): Map<string | null, number[]> {
  const claims = new Map<string | null, number[]>()
  for (const place of new Set(stack)) {
    const { claimedDiffId } = layers[place] as PlacedLayer
    const places = claims.get(claimedDiffId)
    if (places) places.push(place)
    else claims.set(claimedDiffId, [place])
  }
  return claims
}

/** What no stack has any more need not be loaded for the merge. Gives the claimed places by their new numbers. */
function leaveOutUnused({ layers, before, after }: PlacedStacks, claimed: ReadonlySet<number>): Set<number> {
  const used = [...new Set([...before, ...after])].sort((a, b) => a - b)
  const places = new Map(used.map((old, now) => [old, now]))
  layers.splice(0, layers.length, ...used.map((old) => layers[old] as PlacedLayer))
  for (const stack of [before, after]) for (const [at, old] of stack.entries()) stack[at] = places.get(old) ?? 0
  return new Set([...claimed].map((old) => places.get(old) ?? 0))
}

function isSame(a: PlacedLayer, b: PlacedLayer): boolean {
  if (a.claimedDiffId === null || a.claimedDiffId !== b.claimedDiffId || isLie(a) || isLie(b)) return false
  const [x, y] = [new Container(a.index.bytes, MAGIC_INDEX), new Container(b.index.bytes, MAGIC_INDEX)]
  if (a.index.bytes.byteLength !== b.index.bytes.byteLength || !sameEntries(x, y)) return false
  const others = [SECTION.PATHS, SECTION.NAMES, SECTION.BLOBS, SECTION.WARNINGS]
  return others.every((section) => sameBytes(x.slice(section), y.slice(section)))
}

/** Of what is not compressed, which alone is read by its headers, the digest is the diffId: another one gives the claim the lie. */
function isLie({ index, input, claimedDiffId }: PlacedLayer): boolean {
  return index.partial && isLayerSource(input) && input.digest !== undefined && input.digest !== claimedDiffId
}

/** Whether all entries say the same, hashes only where both have them. */
function sameEntries(x: Container, y: Container): boolean {
  const [a, b] = [x.slice(SECTION.ENTRIES), y.slice(SECTION.ENTRIES)]
  if (x.facts.partial === y.facts.partial) return sameBytes(a, b)
  if (a.byteLength !== b.byteLength) return false
  for (let at = 0; at < a.byteLength; at += ENTRY.SIZE) {
    const hashes = a[at + ENTRY.TYPE] === FILE ? ENTRY.PAYLOAD : ENTRY.SIZE
    for (let i = 0; i < hashes; i++) {
      const differs = (a[at + i] ?? 0) ^ (b[at + i] ?? 0)
      if (differs !== 0 && !(i === ENTRY.FLAGS && differs === FLAG.HASHED)) return false
    }
  }
  return true
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false
  return true
}
