// PATHS and NAMES of a container, decoded: of a layer index as of a diff.

import { decodeText } from '../text.js'
import { PATH, SECTION } from './abi.js'
import type { Container } from './container.js'

export class Paths {
  private readonly records: DataView
  private readonly names: Uint8Array

  constructor(container: Container) {
    this.records = container.view(SECTION.PATHS)
    this.names = container.slice(SECTION.NAMES)
  }

  parentOf(id: number): number {
    return this.records.getUint32(id * PATH.SIZE + PATH.PARENT, true)
  }

  private nameBytes(id: number): Uint8Array {
    const start = this.records.getUint32(id * PATH.SIZE + PATH.NAME, true)
    return this.names.subarray(start, start + this.records.getUint32(id * PATH.SIZE + PATH.LENGTH, true))
  }

  /** The last component's text. */
  name(id: number): string {
    return decodeText(this.nameBytes(id)).text
  }

  /** The whole path's text, and its bytes where they are not valid UTF-8. */
  path(id: number): { text: string; bytes: Uint8Array | null } {
    const bytes = new Uint8Array(this.records.getUint32(id * PATH.SIZE + PATH.WHOLE, true))
    let end = bytes.byteLength
    for (let at = id; at !== 0; at = this.parentOf(at)) {
      const name = this.nameBytes(at)
      bytes.set(name, end - name.byteLength)
      end -= name.byteLength + 1
      if (end > 0) bytes[end] = 0x2f
    }
    const { text, exact } = decodeText(bytes)
    return { text, bytes: exact ? null : bytes }
  }
}
