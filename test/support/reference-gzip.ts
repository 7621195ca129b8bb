// The obvious gunzip: member by member, the headers read here and the DEFLATE bodies by zlib. It tells the engine's fuzz
// tests what the right answer is. Follows RFC 1952; after the last member zeros may follow, anything else is a fault.

import { constants, crc32, createInflateRaw } from 'node:zlib'

/** The bytes of all members, or null where any of it is wrong. */
export function referenceGunzip(bytes: Uint8Array, most: number): Uint8Array | null {
  const parts: Uint8Array[] = []
  let at = 0
  do {
    const start = bodyOf(bytes, at)
    const body = start === null ? null : inflateRaw(bytes.subarray(start), most)
    if (start === null || body === null) return null
    at = start + body.consumed
    if (at + 8 > bytes.length) return null
    const trailer = new DataView(bytes.buffer, bytes.byteOffset + at, 8)
    if (trailer.getUint32(0, true) !== crc32(body.output)) return null
    if (trailer.getUint32(4, true) !== body.output.length) return null
    parts.push(body.output.slice())
    at += 8
  } while (at < bytes.length && bytes[at] !== 0)
  for (; at < bytes.length; at++) if (bytes[at] !== 0) return null
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

/** Where the body of the member begins whose header is at `start`; null where there is no such header. */
function bodyOf(bytes: Uint8Array, start: number): number | null {
  const flags = bytes[start + 3] ?? 0
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b || bytes[start + 2] !== 8 || (flags & 0xe0) !== 0) return null
  let at = start + 10
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero < 0) return null
    at = zero + 1
  }
  if (flags & 2) {
    if (at + 2 > bytes.length) return null
    if ((crc32(bytes.subarray(start, at)) & 0xffff) !== (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256) return null
    at += 2
  }
  return at <= bytes.length ? at : null
}

/** zlib itself, as Node's own streams call it: a stream for each body would cost a hundred times what most bodies do. */
interface ZlibHandle {
  onerror(message: string): void
  reset(): void
  writeSync(
    flush: number,
    from: Uint8Array,
    at: number,
    length: number,
    to: Uint8Array,
    toAt: number,
    room: number,
  ): void
}

const { _handle: handle, _writeState: state } = createInflateRaw() as unknown as {
  _handle: ZlibHandle
  /** Room that is left for output, and input that is left. */
  _writeState: Uint32Array
}
let refused = false
handle.onerror = () => {
  refused = true
}
let room = new Uint8Array(0)

/** What a DEFLATE body unpacks to, and how long it is; null where zlib refuses it. The bytes are void after the next call. */
export function inflateRaw(bytes: Uint8Array, most: number): { output: Uint8Array; consumed: number } | null {
  if (room.length < most + 1) room = new Uint8Array(most + 1)
  refused = false
  handle.reset()
  handle.writeSync(constants.Z_FINISH, bytes, 0, bytes.length, room, 0, most + 1)
  const [roomLeft = 0, inputLeft = 0] = state
  // Without room for more it has not ended.
  if (refused || roomLeft === 0) return null
  return { output: room.subarray(0, most + 1 - roomLeft), consumed: bytes.length - inputLeft }
}
