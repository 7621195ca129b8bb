// Fields of an ENTRY that take more than one read, decoded alike for a layer index and for a diff.

import { decodeText } from '../text.js'
import { XATTRS } from './abi.js'

/** Two digits for each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** `blake3:HEX` of the 32 bytes at an offset. */
export function hashAt(entries: DataView, at: number): string {
  let text = 'blake3:'
  for (let i = 0; i < 32; i++) text += HEX[entries.getUint8(at + i)]
  return text
}

/** Values by name of the block at an offset of BLOBS; none where it is 0. */
export function xattrsAt(blobs: Uint8Array, view: DataView, offset: number): Record<string, Uint8Array> {
  // Without a prototype: an attribute may be called __proto__.
  const values: Record<string, Uint8Array> = Object.create(null)
  if (offset === 0) return values
  let at = offset + XATTRS.HEAD
  for (let count = view.getUint32(offset + XATTRS.COUNT, true); count > 0; count--) {
    const keyEnd = at + 8 + view.getUint32(at, true)
    const valueEnd = keyEnd + view.getUint32(at + 4, true)
    values[decodeText(blobs.subarray(at + 8, keyEnd)).text] = blobs.slice(keyEnd, valueEnd)
    at = valueEnd
  }
  return values
}

/** The target of a symlink, from BLOBS; its bytes where they are not valid UTF-8. */
export function linkAt(blobs: Uint8Array, start: number, length: number): { link: string; linkBytes?: Uint8Array } {
  const bytes = blobs.subarray(start, start + length)
  const { text, exact } = decodeText(bytes)
  return { link: text, ...(!exact && { linkBytes: bytes.slice() }) }
}
