// Packages of rpm: the header of each, as a row of its database holds it. See "Package format" of the rpm reference manual.
//
//   0        4         8          8 + 16 n
//   | n      | length  | n entries | length bytes of data |        numbers are big-endian
//   entry: | tag 4 | type 4 | offset 4 in the data | count 4 |

import { type Package, PackageError, textOf } from './package.js'

const HEAD_BYTES = 8
const ENTRY_BYTES = 16
/** As rpm has it. */
const MOST_ENTRIES = 65_535

const TAG = { NAME: 1000, VERSION: 1001, RELEASE: 1002, EPOCH: 1003, SIZE: 1009, ARCH: 1022, LONG_SIZE: 5009 } as const
const TYPE = { INT32: 4, INT64: 5, STRING: 6 } as const

/** Keys that somebody trusts are kept as packages of this name, with neither files nor sense as packages. */
const KEY = 'gpg-pubkey'

/** Null for what is a key and no package. @throws {PackageError} */
export function readRpmHeader(blob: Uint8Array): Package | null {
  const header = new Header(blob)
  const name = header.text(TAG.NAME)
  if (name === KEY) return null
  const version = header.text(TAG.VERSION)
  const release = header.text(TAG.RELEASE)
  if (!name || !version || !release) throw new PackageError('it has a package without name, version or release')
  const epoch = header.number(TAG.EPOCH)
  return {
    name,
    architecture: header.text(TAG.ARCH) || null,
    version: `${epoch === null ? '' : `${epoch}:`}${version}-${release}`,
    // Packages of 4 GiB and more have the long one alone.
    size: header.number(TAG.LONG_SIZE) ?? header.number(TAG.SIZE),
  }
}

class Header {
  private readonly view: DataView
  private readonly entries: number
  private readonly data: Uint8Array

  constructor(blob: Uint8Array) {
    this.view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
    if (blob.byteLength < HEAD_BYTES) throw damaged()
    this.entries = this.view.getUint32(0)
    const start = HEAD_BYTES + this.entries * ENTRY_BYTES
    const end = start + this.view.getUint32(4)
    if (this.entries > MOST_ENTRIES || end > blob.byteLength) throw damaged()
    this.data = blob.subarray(start, end)
  }

  /** Offset in the data, and the type; null where the header has no such tag. */
  private find(tag: number): { type: number; offset: number } | null {
    for (let index = 0; index < this.entries; index++) {
      const at = HEAD_BYTES + index * ENTRY_BYTES
      if (this.view.getUint32(at) !== tag) continue
      if (this.view.getUint32(at + 12) < 1) throw damaged()
      return { type: this.view.getUint32(at + 4), offset: this.view.getUint32(at + 8) }
    }
    return null
  }

  text(tag: number): string | null {
    const found = this.find(tag)
    if (found === null) return null
    const end = found.type === TYPE.STRING ? this.data.indexOf(0, found.offset) : -1
    if (found.offset >= this.data.byteLength || end < 0) throw damaged()
    return textOf(this.data.subarray(found.offset, end))
  }

  number(tag: number): number | null {
    const found = this.find(tag)
    if (found === null) return null
    const width = found.type === TYPE.INT32 ? 4 : found.type === TYPE.INT64 ? 8 : 0
    if (width === 0 || found.offset + width > this.data.byteLength) throw damaged()
    const view = new DataView(this.data.buffer, this.data.byteOffset + found.offset, width)
    const value = width === 4 ? view.getUint32(0) : Number(view.getBigUint64(0))
    return Number.isSafeInteger(value) ? value : null
  }
}

const damaged = () => new PackageError('it has a package whose header is damaged')
