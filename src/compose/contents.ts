// Contents of layers that were read by their headers, read after all.
//
// Takes: entries of an index or of a diff that lack their hashes: those that a comparison turned out to need, or others. Gives: the
// hashes, written into the entries, as if they had been read with the rest.

import { ENTRY, FLAG, MAGIC_INDEX, SECTION } from '../engine/abi.js'
import type { Call } from '../engine/client.js'
import { Container } from '../engine/container.js'
import { inParallel, type PlacedLayer, type PlacedStacks } from './layers.js'

const TAR_BLOCK = 512
const HASH_BYTES = 32

/** Reads the contents that decide, and writes their hashes into the indexes. */
export async function readWanted(
  call: Call,
  { layers }: PlacedStacks,
  wanted: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pairs = new Uint32Array(wanted.buffer, wanted.byteOffset, wanted.byteLength / 4)
  const entriesOf = new Map<number, number[]>()
  for (let i = 0; i < pairs.length; i += 2) {
    const place = pairs[i] ?? 0
    const list = entriesOf.get(place)
    if (list) list.push(pairs[i + 1] ?? 0)
    else entriesOf.set(place, [pairs[i + 1] ?? 0])
  }
  await inParallel(signal, [...entriesOf], ([place, numbers], each) => {
    const layer = layers[place] as PlacedLayer
    const entries = new Container(layer.index.bytes, MAGIC_INDEX).view(SECTION.ENTRIES)
    return hashEntries(call, layer, { entries, places: numbers.map((number) => number * ENTRY.SIZE) }, each)
  })
}

/** Entries of one layer, by where their records begin in a section. */
export interface UnreadEntries {
  readonly entries: DataView
  readonly places: readonly number[]
}

/** Reads contents of one layer in the order of its archive, and writes their hashes into the records. */
export async function hashEntries(
  call: Call,
  layer: PlacedLayer,
  { entries, places }: UnreadEntries,
  signal: AbortSignal,
): Promise<void> {
  // Only what was read by its headers lacks hashes, and that has a source.
  if (layer.source === null) return
  // In a diff the place tells the layer too.
  const offsetOf = (at: number) => Number(BigInt.asUintN(ENTRY.SLOT_BIT, entries.getBigUint64(at + ENTRY.OFFSET, true)))
  const ordered = [...places].sort((a, b) => offsetOf(a) - offsetOf(b))
  const extents = new Float64Array(ordered.length * 2)
  for (const [i, at] of ordered.entries()) {
    // The content of a file without holes follows its header.
    extents[i * 2] = offsetOf(at) + TAR_BLOCK
    extents[i * 2 + 1] = Number(entries.getBigUint64(at + ENTRY.CONTENT_SIZE, true))
  }
  const [hashes, read] = await call.do({ type: 'contents', source: layer.source, extents }, [], signal)
  layer.bytesRead += new Float64Array((read as Uint8Array).buffer)[0] ?? 0
  const bytes = new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)
  for (const [i, at] of ordered.entries()) {
    bytes.set((hashes as Uint8Array).subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), at + ENTRY.PAYLOAD)
    bytes[at + ENTRY.FLAGS] = (bytes[at + ENTRY.FLAGS] ?? 0) | FLAG.HASHED
  }
}
