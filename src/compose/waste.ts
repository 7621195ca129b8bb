// What an image stores and never shows: bytes that a squash would save, and dive's figures.
//
// Takes: the layer indexes of a stack, and the diff from nothing to its merged tree. Gives: both. An entry whose content the merged
// tree still shows, under whatever name, is no waste; all others are, whether they were written over, deleted, or lie in a
// directory that was.

import { CHANGE, ENTRY, ENTRY_TYPES, MAGIC_DIFF, SECTION } from '../engine/abi.js'
import { Container } from '../engine/container.js'
import { indexEntries, type StoredEntry } from '../engine/index-entries.js'
import type { ImageWaste, WastedPath } from '../image-types.js'
import { diveWaste } from './dive-waste.js'

/** @param indexes each distinct layer once, as they were loaded for the diff; `stack` has their places, bottom first */
export function measureWaste(indexes: readonly Uint8Array[], stack: readonly number[], diff: Uint8Array): ImageWaste {
  const layers = indexes.map((index) => [...indexEntries(index)])
  return {
    dive: diveWaste(stack.map((place) => layers[place] ?? [])),
    actual: actualWaste(layers, stack, contentsIn(diff)),
  }
}

function actualWaste(
  layers: readonly (readonly StoredEntry[])[],
  stack: readonly number[],
  shown: ReadonlySet<bigint>,
): ImageWaste['actual'] {
  const wasted = new Map<string, { bytes: number; layers: number[] }>()
  let bytes = 0
  let wastedBytes = 0
  // A layer that stands twice is stored once.
  for (const place of new Set(stack)) {
    for (const { type, path, size, offset } of layers[place] ?? []) {
      if (type !== 'file') continue
      bytes += size
      if (size === 0 || shown.has(keyOf(place, offset))) continue
      wastedBytes += size
      const known = wasted.get(path)
      const layer = stack.indexOf(place)
      if (known === undefined) wasted.set(path, { bytes: size, layers: [layer] })
      else {
        known.bytes += size
        if (known.layers.at(-1) !== layer) known.layers.push(layer)
      }
    }
  }
  const paths = Array.from(wasted, ([path, { bytes, layers }]): WastedPath => {
    return { path: path.replace(/\0.*/s, ''), bytes, layers: layers.sort((a, b) => a - b) }
  })
  paths.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1))
  return { wastedBytes, wastedPercent: bytes === 0 ? 0 : wastedBytes / bytes, paths }
}

/** The contents that the after side of a diff shows, by layer and place. */
function contentsIn(diff: Uint8Array): Set<bigint> {
  const container = new Container(diff, MAGIC_DIFF)
  const changes = container.view(SECTION.CHANGES)
  const entries = container.view(SECTION.ENTRIES)
  const shown = new Set<bigint>()
  for (let at = 0; at < changes.byteLength; at += CHANGE.SIZE) {
    const entry = (changes.getUint32(at + CHANGE.AFTER, true) - 1) * ENTRY.SIZE
    if (entry >= 0 && ENTRY_TYPES[entries.getUint8(entry + ENTRY.TYPE)] === 'file') {
      shown.add(entries.getBigUint64(entry + ENTRY.OFFSET, true))
    }
  }
  return shown
}

function keyOf(place: number, offset: number): bigint {
  return (BigInt(place) << BigInt(ENTRY.SLOT_BIT)) | BigInt(offset)
}
