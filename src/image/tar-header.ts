// One header block of a tar, and the records of a pax header: as much as locating an archive's members takes.
//
// Spec: POSIX pax (ustar and its extended headers), GNU tar. The engine has its own reader for layers, which knows it all;
// this one runs on the caller's side, where there is no WebAssembly, and sees some dozens of headers.

import { LayerDiffError } from '../errors.js'
import { decodeText } from '../text.js'

export const BLOCK = 512

export interface TarHeader {
  readonly name: string
  readonly link: string
  /** Bytes that follow the header, before padding. */
  readonly size: number
  readonly flag: string
  /** Set on GNU sparse members whose map goes on in the next block. */
  readonly extended: boolean
}

/** A text that ends at a NUL or at the end of its field. */
function text(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return decodeText(end < 0 ? field : field.subarray(0, end)).text
}

/** Octal digits, or GNU's base-256; null for anything else. */
function number(block: Uint8Array, start: number, length: number): number | null {
  const field = block.subarray(start, start + length)
  if ((field[0] ?? 0) & 0x80) {
    // The first bit only says which form it is; a set second one makes it negative, which no size is.
    let value = (field[0] ?? 0) & 0x7f
    for (const byte of field.subarray(1)) value = value * 256 + byte
    return Number.isSafeInteger(value) ? value : null
  }
  const digits = text(block, start, length).trim()
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : null
}

/** Whether the header's checksum is right. Some old writers summed signed bytes. */
export function checksumFits(block: Uint8Array): boolean {
  const said = number(block, 148, 8)
  let unsigned = 8 * 0x20
  let signed = 8 * 0x20
  for (const [index, byte] of block.entries()) {
    if (index >= 148 && index < 156) continue
    unsigned += byte
    signed += (byte << 24) >> 24
  }
  return said === unsigned || said === signed
}

/** Types that carry no data, whatever their size says: links, devices, directories, pipes. */
const DATALESS = '123456'

/** @throws {LayerDiffError} TAR_NUMBER */
export function decodeHeader(block: Uint8Array, offset: number): TarHeader {
  const flag = String.fromCharCode(block[156] ?? 0)
  const size = DATALESS.includes(flag) ? 0 : number(block, 124, 12)
  const name = text(block, 0, 100)
  if (size === null) {
    throw new LayerDiffError(
      'TAR_NUMBER',
      `The archive's header at byte ${offset} has a size that is no number. The archive is damaged: export it again.`,
      { path: name, offset },
    )
  }
  // GNU's magic ends with a space, and its prefix field holds other things.
  const prefix = text(block, 257, 6) === 'ustar' ? text(block, 345, 155) : ''
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: text(block, 157, 100),
    size,
    flag,
    extended: flag === 'S' && block[482] === 1,
  }
}

/** The records of a pax header. @throws {LayerDiffError} TAR_PAX_RECORD */
export function paxRecords(bytes: Uint8Array, offset: number): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, at)
    const digits = space < 0 || space - at > 8 ? '' : decodeText(bytes.subarray(at, space)).text
    const end = at + (/^\d+$/.test(digits) ? Number(digits) : 0)
    const equals = bytes.indexOf(0x3d, space)
    if (end <= equals || end > bytes.byteLength || equals < 0 || bytes[end - 1] !== 0x0a) {
      throw new LayerDiffError(
        'TAR_PAX_RECORD',
        `The archive's pax header at byte ${offset} is damaged. Export the archive again.`,
        { offset },
      )
    }
    records.set(
      decodeText(bytes.subarray(space + 1, equals)).text,
      decodeText(bytes.subarray(equals + 1, end - 1)).text,
    )
    at = end
  }
  return records
}
