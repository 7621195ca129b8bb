// What a caller may give for a layer, sorted into what a worker can read by itself and what must be pumped to it.
//
// Takes: a LayerInput. Gives: a `JobSource`, plain data that crosses to the worker, and the pump for those that need one.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { FileRange, LayerBytes, LayerSource } from '../types.js'
import { blobSlices, SLICE_BYTES } from './blob.js'
import type { JobSource } from './job-source.js'
import { responseBody, streamChunks } from './stream.js'
import { isA } from './web-object.js'

/** Bytes that go to the worker at a time. */
const PIECE_BYTES = 1 << 19

/** Gives chunks on this side; each may be transferred. */
export interface Pump {
  /** `spare` is a buffer of an earlier chunk that may be filled again: fresh memory costs more than what goes into it. */
  next(spare?: ArrayBuffer | null): Promise<Uint8Array | null>
  stop(): void
}

export interface OpenedInput {
  readonly source: JobSource
  readonly pump?: Pump
}

/** Chunks of bytes in memory, copied, so that they can be transferred while the caller keeps the originals. */
function byteSlices(bytes: Uint8Array): Pump {
  let offset = 0
  return {
    async next() {
      if (offset >= bytes.byteLength) return null
      // Not slice(): a Node Buffer's gives a view, and what is transferred must be nobody else's.
      const slice = new Uint8Array(bytes.subarray(offset, offset + SLICE_BYTES))
      offset += slice.byteLength
      return slice
    },
    stop() {},
  }
}

/**
 * A stream's chunks, copied: what lies around a chunk in its buffer may belong to somebody else. Small ones are joined, since
 * each message costs its trip to the worker and back.
 */
function streamPump(stream: ReadableStream<Uint8Array>): Pump {
  const { next, stop } = streamChunks(stream)
  let left = new Uint8Array(0)
  return {
    async next(spare) {
      const piece = new Uint8Array(spare?.byteLength === PIECE_BYTES ? spare : new ArrayBuffer(PIECE_BYTES))
      let filled = 0
      while (filled < PIECE_BYTES) {
        if (left.byteLength === 0) {
          const chunk = await next()
          if (chunk === null) break
          left = chunk as Uint8Array<ArrayBuffer>
        }
        const taken = left.subarray(0, PIECE_BYTES - filled)
        piece.set(taken, filled)
        filled += taken.byteLength
        left = left.subarray(taken.byteLength)
      }
      return filled === 0 ? null : piece.subarray(0, filled)
    },
    stop,
  }
}

/** @throws {LayerDiffError} INPUT_UNSUPPORTED, INPUT_UNREADABLE, FETCH_FAILED */
export function openInput(input: LayerBytes): OpenedInput {
  if (typeof input === 'string') {
    const path = platform.pathOf(input)
    if (path !== null) return { source: { kind: 'path', path } }
    throw new LayerDiffError(
      'INPUT_UNSUPPORTED',
      'A string is a path, and there are no paths in a browser. Give a URL object, a File, or the bytes.',
    )
  }
  if (isNodeStream(input)) {
    throw new LayerDiffError(
      'INPUT_UNSUPPORTED',
      'A Node stream is no web stream. Give Readable.toWeb(stream), or the path.',
    )
  }
  if (isFileRange(input)) {
    const { path, start, end, stamp } = input
    return { source: { kind: 'path', path, range: { start, end }, stamp } }
  }
  if (isA(input, 'Blob')) {
    if (platform.blobsCross) return { source: { kind: 'blob', blob: input } }
    return { source: { kind: 'pump', size: input.size }, pump: { next: blobSlices(input), stop() {} } }
  }
  if (isA(input, 'Uint8Array')) {
    return { source: { kind: 'pump', size: input.byteLength }, pump: byteSlices(input) }
  }
  if (isA(input, 'ArrayBuffer')) {
    return { source: { kind: 'pump', size: input.byteLength }, pump: byteSlices(new Uint8Array(input)) }
  }
  if (isA(input, 'ReadableStream')) {
    return { source: { kind: 'pump', size: null }, pump: streamPump(input) }
  }
  if (isA(input, 'Response')) {
    const { stream, size } = responseBody(input)
    return { source: { kind: 'pump', size }, pump: streamPump(stream) }
  }
  if (isA(input, 'URL')) {
    const path = platform.pathOf(input)
    return { source: path === null ? { kind: 'url', href: input.href } : { kind: 'path', path } }
  }
  throw new LayerDiffError(
    'INPUT_UNSUPPORTED',
    `${describe(input)} is no layer. Give a Blob, File, ArrayBuffer, Uint8Array, ReadableStream, Response, URL, a path in Node, or an object with open().`,
  )
}

export function isLayerSource(input: unknown): input is LayerSource {
  // A file stream of Node has an open() too, of another kind.
  if (typeof input !== 'object' || input === null || isNodeStream(input)) return false
  return 'open' in input && typeof input.open === 'function'
}

function isNodeStream(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'pipe' in input
}

function isFileRange(input: unknown): input is FileRange {
  return typeof input === 'object' && input !== null && 'path' in input && 'start' in input && 'end' in input
}

export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object'
    ? `An object (${Object.getPrototypeOf(value)?.constructor?.name ?? 'no class'})`
    : `A ${typeof value}`
}
