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

/**
 * Octal digits between blanks and NULs, or GNU's base-256; null for anything else. As Go reads it, to the byte: what one reader
 * takes for no size and another for a large one would let them see different members.
 */
function signedNumber(block: Uint8Array, start: number, length: number): bigint | null {
  const field = block.subarray(start, start + length)
  const first = field[0] ?? 0
  if (first & 0x80) {
    // Big-endian, two's complement without the top bit, which is the mark.
    const flip = first & 0x40 ? 0xff : 0
    let value = BigInt((first ^ flip) & 0x7f)
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte ^ flip)
    if (value >> 63n) return null
    return flip ? ~value : value
  }
  // What follows a NUL behind the digits is not looked at.
  const padded = String.fromCharCode(...field).replace(/^[ \0]+|[ \0]+$/g, '')
  const digits = padded.slice(0, padded.indexOf('\0') >>> 0)
  return /^[0-7]*$/.test(digits) ? BigInt(`0o0${digits}`) : null
}

/** A number from 0 on that can be counted with; null for anything else. */
function number(block: Uint8Array, start: number, length: number): number | null {
  const value = Number(signedNumber(block, start, length) ?? -1)
  return value >= 0 && Number.isSafeInteger(value) ? value : null
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
  const prefix = prefixOf(block)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: text(block, 157, 100),
    size,
    flag,
    extended: flag === 'S' && block[482] !== 0,
  }
}

/** The directories of a name, as assembly/header.ts finds them: star's field is shorter, and GNU has its times there. */
function prefixOf(block: Uint8Array): string {
  const magic = String.fromCharCode(...block.subarray(257, 265))
  if (magic.startsWith('ustar\0')) {
    return text(block, 345, String.fromCharCode(...block.subarray(508)) === 'tar\0' ? 131 : 155)
  }
  if (magic !== 'ustar  \0') return ''
  // Go before 1.8 wrote a prefix all the same: where the times are no numbers.
  const times = [345, 357].every((start) => block[start] === 0 || signedNumber(block, start, 12) !== null)
  const prefix = times ? '' : text(block, 345, 155)
  return /^[\0-\x7f]*$/.test(prefix) ? prefix : ''
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
