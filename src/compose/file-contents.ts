// The contents of files that a diff is about, read when somebody wants to see them.
//
// Takes: the container of a diff, and its layers as they were given. Gives: what one file holds, from its layer once more, verified
// by the hash that the diff has.

import { CHANGE, ENTRY, ENTRY_TYPES, FLAG, MAGIC_DIFF, SECTION } from '../engine/abi.js'
import type { Call } from '../engine/client.js'
import { Container } from '../engine/container.js'
import { CheckedIndex } from '../engine/layer-index.js'
import { Paths } from '../engine/paths.js'
import { LayerDiffError } from '../errors.js'
import { isLayerSource } from '../input/source.js'
import { isA } from '../input/web-object.js'
import { escapeText, hexText } from '../text.js'
import type { Change, ContentOptions, FileContent, FileOfDiff, LayerBytes, LayerInput, Side } from '../types.js'
import { compareBytes } from './byte-order.js'
import { inParallel } from './layers.js'

const DEFAULT_KEEP = 1 << 20
const TAR_BLOCK = 512

/** What contents are read from. */
export interface ContentSource {
  /** What the reading is part of. */
  readonly call: Call
  /** By slot, as they were loaded for the diff. */
  readonly inputs: readonly LayerInput[]
  /** The container of the diff. */
  readonly bytes: Uint8Array
}

/** Where the content of a file lies. */
interface Place {
  readonly slot: number
  /** Of its header in the uncompressed tar. */
  readonly offset: number
  readonly size: number
  readonly hash: string | null
  readonly keep: number
}

/** See `LayerDiff.content`. */
export async function readContent(
  source: ContentSource,
  change: Change,
  side: Side,
  options: ContentOptions = {},
): Promise<FileContent> {
  const [content] = await readContents(source, [{ change, side }], options)
  if (content instanceof LayerDiffError) throw content
  return content as FileContent
}

/** See `LayerDiff.contents`. */
export async function readContents(
  { call, inputs, bytes }: ContentSource,
  wanted: readonly FileOfDiff[],
  { limit = DEFAULT_KEEP, signal }: ContentOptions = {},
): Promise<(FileContent | LayerDiffError)[]> {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new LayerDiffError('INVALID_ARGUMENT', `limit must be a whole number of bytes from 0 on, not ${limit}.`)
  }
  for (const { change, side } of wanted) {
    if (typeof change?.path !== 'string' || (side !== 'before' && side !== 'after')) {
      throw new LayerDiffError(
        'INVALID_ARGUMENT',
        'Contents are asked for by a change of the diff and a side, "before" or "after".',
      )
    }
  }
  const container = new Container(bytes, MAGIC_DIFF)
  const paths = new Paths(container)
  const places = wanted.map((file) => placeOf(container, paths, file, file.limit ?? limit))
  const found = new Map<string, FileContent | LayerDiffError>()
  const bySlot = new Map<number, Map<number, Place>>()
  for (const place of places) {
    if (place === null) continue
    const files = bySlot.get(place.slot) ?? new Map<number, Place>()
    // Two paths may be one file.
    const keep = Math.max(place.keep, files.get(place.offset)?.keep ?? 0)
    bySlot.set(place.slot, files.set(place.offset, { ...place, keep }))
  }
  await inParallel(signal, [...bySlot], async ([slot, files], each) => {
    const ordered = [...files.values()].sort((a, b) => a.offset - b.offset)
    const read = await readLayerFiles(call, inputs[slot] as LayerInput, ordered, each)
    for (const [index, { offset }] of ordered.entries()) {
      found.set(`${slot} ${offset}`, Array.isArray(read) ? (read[index] as FileContent) : read)
    }
  })
  return places.map((place, index) => {
    if (place !== null) return found.get(`${place.slot} ${place.offset}`) as FileContent
    const { change, side } = wanted[index] as FileOfDiff
    return new LayerDiffError('INVALID_ARGUMENT', `The ${side} side has no file "${escapeText(change.path)}" to read.`)
  })
}

const NOT_AS_COMPARED =
  'What was read is not what was compared: the file has holes, which cannot be shown, or its layer has changed. Compare it anew.'

/**
 * What each file of a layer holds; or why none of them can be read. A file that would reach into the next one has holes, and is stored
 * in less than its size; any other with holes is found out by its hash, which those always have.
 */
async function readLayerFiles(
  call: Call,
  input: LayerInput,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<(FileContent | LayerDiffError)[] | LayerDiffError> {
  try {
    const whole = places.filter(({ offset, size }, index) => {
      return offset + TAR_BLOCK + size <= (places[index + 1]?.offset ?? Number.POSITIVE_INFINITY)
    })
    const files = whole.map(({ offset, size, keep }) => ({ offset, size, keep }))
    const { parts } = await call.read({
      open: () => reopened(input),
      jobOf: (source) => ({
        type: 'files',
        source: source.kind === 'path' ? { ...source, again: true } : source,
        files,
      }),
      signal,
    })
    const [kept, digests] = parts as [Uint8Array, Uint8Array]
    const read = new Map<Place, FileContent>()
    let at = 0
    for (const [index, place] of whole.entries()) {
      const { size, hash, keep } = place
      const bytes = kept.subarray(at, at + Math.min(size, keep))
      at += bytes.byteLength
      // The layer may have ended before.
      if ((index + 1) * 32 > digests.byteLength) continue
      const found = hashText(digests.subarray(index * 32, index * 32 + 32))
      if (hash === null || hash === found) read.set(place, { bytes, size, hash: found })
    }
    return places.map((place) => read.get(place) ?? new LayerDiffError('INPUT_UNREADABLE', NOT_AS_COMPARED))
  } catch (error) {
    if (error instanceof LayerDiffError) return error
    throw error
  }
}

/** Null where the side has no file there. */
function placeOf(container: Container, paths: Paths, { change, side }: FileOfDiff, keep: number): Place | null {
  const changes = container.view(SECTION.CHANGES)
  const index = indexOf(changes, paths, change)
  const field = side === 'before' ? CHANGE.BEFORE : CHANGE.AFTER
  const reference = index < 0 ? 0 : changes.getUint32(index * CHANGE.SIZE + field, true)
  if (reference === 0) return null
  const entries = container.view(SECTION.ENTRIES)
  const at = (reference - 1) * ENTRY.SIZE
  if (ENTRY_TYPES[entries.getUint8(at + ENTRY.TYPE)] !== 'file') return null
  const place = entries.getBigUint64(at + ENTRY.OFFSET, true)
  const hash = container.slice(SECTION.ENTRIES).subarray(at + ENTRY.PAYLOAD, at + ENTRY.PAYLOAD + 32)
  return {
    slot: Number(place >> BigInt(ENTRY.SLOT_BIT)),
    offset: Number(BigInt.asUintN(ENTRY.SLOT_BIT, place)),
    size: Number(entries.getBigUint64(at + ENTRY.CONTENT_SIZE, true)),
    hash: entries.getUint8(at + ENTRY.FLAGS) & FLAG.HASHED ? hashText(hash) : null,
    keep,
  }
}

/** The index of the change that a caller got of this result: they are in the order of their paths' bytes. */
function indexOf(changes: DataView, paths: Paths, { path, pathBytes }: Change): number {
  const encoder = new TextEncoder()
  const wanted = pathBytes ?? encoder.encode(path)
  let [low, high] = [0, changes.byteLength / CHANGE.SIZE]
  while (low < high) {
    const middle = (low + high) >> 1
    const { text, bytes } = paths.path(changes.getUint32(middle * CHANGE.SIZE + CHANGE.PATH, true))
    const order = compareBytes(bytes ?? encoder.encode(text), wanted)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle
  }
  return -1
}

function hashText(digest: Uint8Array): string {
  return `blake3:${hexText(digest)}`
}

function reopened(input: LayerInput): LayerBytes | Promise<LayerBytes> {
  if (input instanceof CheckedIndex) {
    throw new LayerDiffError(
      'INPUT_UNREADABLE',
      'The layer was given as a layer index, which holds no contents. Give the layer itself to read them.',
    )
  }
  if (isLayerSource(input)) return input.open()
  const bytes = input as LayerBytes
  const once = isA(bytes, 'ReadableStream') || isA(bytes, 'Response')
  if (!once) return bytes
  throw new LayerDiffError(
    'INPUT_UNREADABLE',
    'The layer was given as a stream, which can be read but once. Give an object with open() to read its contents.',
  )
}
