// Contents that a comparison turned out to need, of layers that were read by their headers.
//
// Takes: the answer of a `wanted` job. Gives: their hashes, written into the indexes, as if they had been read with the rest.

import { ENTRY, FLAG, MAGIC_INDEX, SECTION } from '../engine/abi.js'
import { Container } from '../engine/container.js'
import type { WorkerEngine } from '../engine/engine.js'
import { inParallel, type PlacedLayer, type PlacedStacks } from './layers.js'

const TAR_BLOCK = 512

/** Reads the contents that decide, and writes their hashes into the indexes. */
export async function readWanted(
  engine: WorkerEngine,
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
  await inParallel(signal, [...entriesOf], async ([place, numbers], each) => {
    const layer = layers[place] as PlacedLayer
    // Only what was read by its headers lacks hashes, and that has a source.
    if (layer.source === null) return
    // In the order of the archive, so that what lies together is read together.
    numbers.sort((x, y) => x - y)
    const entries = new Container(layer.index.bytes, MAGIC_INDEX).view(SECTION.ENTRIES)
    const extents = new Float64Array(numbers.length * 2)
    for (const [i, number] of numbers.entries()) {
      const at = number * ENTRY.SIZE
      // The content of a file without holes follows its header.
      extents[i * 2] = Number(entries.getBigUint64(at + ENTRY.OFFSET, true)) + TAR_BLOCK
      extents[i * 2 + 1] = Number(entries.getBigUint64(at + ENTRY.CONTENT_SIZE, true))
    }
    const [hashes, read] = await engine.pool.do({ type: 'contents', source: layer.source, extents }, [], each)
    layer.bytesRead += new Float64Array((read as Uint8Array).buffer)[0] ?? 0
    const bytes = new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)
    for (const [i, number] of numbers.entries()) {
      const at = number * ENTRY.SIZE
      bytes.set((hashes as Uint8Array).subarray(i * 32, i * 32 + 32), at + ENTRY.PAYLOAD)
      bytes[at + ENTRY.FLAGS] = (bytes[at + ENTRY.FLAGS] ?? 0) | FLAG.HASHED
    }
  })
}
