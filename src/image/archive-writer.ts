// Writes a tar that holds an image's files: the same bytes for the same files, wherever and whenever it is made.
//
// Takes: names, sizes and chunks. Gives: the archive in chunks, and where in it each file lies. Spec: POSIX ustar, with
// GNU's base-256 numbers for sizes from 8 GiB on, which octal digits cannot say and all readers of images know.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { BLOCK } from './tar-header.js'

/** The longest name that a header holds without a prefix. */
const LONGEST_NAME = 100
/** Eleven octal digits. */
const LARGEST_OCTAL = 8 ** 11 - 1

/** A file, or a folder when its name ends with a slash. */
export interface ArchiveMember {
  /** ASCII. */
  readonly name: string
  readonly size: number
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** @throws {LayerDiffError} SIZE_MISMATCH where a member gives fewer or more bytes than its size */
export async function* writeArchive(members: readonly ArchiveMember[]): AsyncGenerator<Uint8Array> {
  for (const member of members) {
    yield headerOf(member)
    let left = member.size
    for await (const chunk of member.chunks()) {
      left -= chunk.byteLength
      if (left < 0) throw changed(member)
      yield chunk
    }
    if (left > 0) throw changed(member)
    yield new Uint8Array(padding(member.size))
  }
  yield new Uint8Array(2 * BLOCK)
}

/** From where to where in the archive the content of each member lies, by name. */
export function placesOf(members: readonly ArchiveMember[]): ReadonlyMap<string, { start: number; end: number }> {
  const places = new Map<string, { start: number; end: number }>()
  let offset = 0
  for (const { name, size } of members) {
    const start = offset + BLOCK
    places.set(name, { start, end: start + size })
    offset = start + size + padding(size)
  }
  return places
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

function headerOf({ name, size }: ArchiveMember): Uint8Array {
  const header = new Uint8Array(BLOCK)
  const put = (offset: number, text: string) => {
    for (let index = 0; index < text.length; index++) header[offset + index] = text.charCodeAt(index)
  }
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  const folder = name.endsWith('/')
  if (name.length > LONGEST_NAME) throw new Error(`${name} is too long for a header.`)
  put(0, name)
  put(100, octal(folder ? 0o755 : 0o644, 7))
  // Owner and group are root's, and the time is 1970: what differs from call to call would change the archive.
  put(108, octal(0, 7))
  put(116, octal(0, 7))
  if (size <= LARGEST_OCTAL) put(124, octal(size, 11))
  else base256(header.subarray(124, 136), size)
  put(136, octal(0, 11))
  put(156, folder ? '5' : '0')
  put(257, 'ustar\x0000')
  put(329, octal(0, 7))
  put(337, octal(0, 7))
  // Its own field counts as blanks.
  const sum = header.reduce((total, byte) => total + byte, 8 * 0x20)
  put(148, `${octal(sum, 6)}\0 `)
  return header
}

function base256(field: Uint8Array, value: number): void {
  let rest = value
  for (let index = field.length - 1; index > 0; index--) {
    field[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  field[0] = 0x80
}

function changed({ name, size }: ArchiveMember): LayerDiffError {
  return new LayerDiffError(
    'SIZE_MISMATCH',
    `${escapeText(name)} should have ${size} bytes, and had another number when it was written. It changed on the way: try again.`,
    { path: name },
  )
}
