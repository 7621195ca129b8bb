// The container that carries a layer index or a diff out of WebAssembly memory: one buffer, one transfer.
//
// Takes: sections in memory, or a buffer that came from anywhere. Gives: a buffer with its header, or views of its
// sections. Layout: assembly/stored.ts draws it.

import { LayerDiffError } from '../errors.js'
import { CONTAINER, CONTAINER_FLAG, type MAGIC_DIFF, type MAGIC_INDEX, SECTION_COUNT, VERSION } from './abi.js'

const padded = (length: number) => Math.ceil(length / 8) * 8

export interface ContainerFacts {
  readonly magic: typeof MAGIC_INDEX | typeof MAGIC_DIFF
  readonly warningsDropped: number
  readonly sourceBytes: number
  readonly tarBytes: number
  /** SHA-256 of the tar, where it was computed. */
  readonly diffId: Uint8Array | null
  /** Whether contents were passed over. */
  readonly partial: boolean
}

/** Copies the sections of a table of addresses and lengths at `table` into one new buffer. */
export function writeContainer(memory: ArrayBuffer, table: number, facts: ContainerFacts): Uint8Array<ArrayBuffer> {
  const sections = new Uint32Array(memory, table, SECTION_COUNT * 2)
  let total: number = CONTAINER.HEADER
  for (let i = 0; i < SECTION_COUNT; i++) total += padded(sections[i * 2 + 1] ?? 0)
  const bytes = new Uint8Array(total)
  const header = new DataView(bytes.buffer)
  header.setUint32(CONTAINER.MAGIC, facts.magic, true)
  header.setUint32(CONTAINER.VERSION, VERSION, true)
  header.setUint32(CONTAINER.DROPPED, facts.warningsDropped, true)
  const flags = (facts.diffId ? CONTAINER_FLAG.HAS_DIFF_ID : 0) | (facts.partial ? CONTAINER_FLAG.PARTIAL : 0)
  header.setUint32(CONTAINER.FLAGS, flags, true)
  header.setBigUint64(CONTAINER.SOURCE_BYTES, BigInt(facts.sourceBytes), true)
  header.setBigUint64(CONTAINER.TAR_BYTES, BigInt(facts.tarBytes), true)
  if (facts.diffId) bytes.set(facts.diffId, CONTAINER.DIFF_ID)
  let at: number = CONTAINER.HEADER
  for (let i = 0; i < SECTION_COUNT; i++) {
    const length = sections[i * 2 + 1] ?? 0
    header.setUint32(CONTAINER.SECTIONS + i * 4, length, true)
    bytes.set(new Uint8Array(memory, sections[i * 2], length), at)
    at += padded(length)
  }
  return bytes
}

/** A container's sections as views, and its header's facts. */
export class Container {
  readonly facts: ContainerFacts
  private readonly offsets: number[] = []
  private readonly lengths: number[] = []

  constructor(
    readonly bytes: Uint8Array,
    magic: ContainerFacts['magic'],
  ) {
    if (bytes.byteLength < CONTAINER.HEADER) throw damaged('it is shorter than its header')
    const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (header.getUint32(CONTAINER.MAGIC, true) !== magic)
      throw damaged('it does not begin with the right magic number')
    const version = header.getUint32(CONTAINER.VERSION, true)
    if (version !== VERSION) {
      throw new LayerDiffError(
        'INDEX_VERSION',
        `The stored layer index is of format ${version}, this version reads ${VERSION}. Index the layer again.`,
      )
    }
    let at: number = CONTAINER.HEADER
    for (let i = 0; i < SECTION_COUNT; i++) {
      const length = header.getUint32(CONTAINER.SECTIONS + i * 4, true)
      this.offsets.push(at)
      this.lengths.push(length)
      at += padded(length)
    }
    if (at !== bytes.byteLength) throw damaged('its sections do not fill it')
    const flags = header.getUint32(CONTAINER.FLAGS, true)
    this.facts = {
      magic,
      warningsDropped: header.getUint32(CONTAINER.DROPPED, true),
      sourceBytes: Number(header.getBigUint64(CONTAINER.SOURCE_BYTES, true)),
      tarBytes: Number(header.getBigUint64(CONTAINER.TAR_BYTES, true)),
      diffId: flags & CONTAINER_FLAG.HAS_DIFF_ID ? bytes.subarray(CONTAINER.DIFF_ID, CONTAINER.DIFF_ID + 32) : null,
      partial: (flags & CONTAINER_FLAG.PARTIAL) !== 0,
    }
  }

  length(section: number): number {
    return this.lengths[section] ?? 0
  }

  view(section: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + (this.offsets[section] ?? 0), this.length(section))
  }

  slice(section: number): Uint8Array {
    const start = this.offsets[section] ?? 0
    return this.bytes.subarray(start, start + this.length(section))
  }
}

function damaged(why: string): LayerDiffError {
  return new LayerDiffError('INDEX_DAMAGED', `The stored layer index is damaged: ${why}. Index the layer again.`)
}
