// gzip streams written bit by bit, right or wrong, for what no compressor makes (RFC 1951 and RFC 1952).

import { crc32 } from 'node:zlib'

/** Fields of RFC 1951: numbers from their lowest bit, Huffman codes from their highest. */
export class Bits {
  private readonly bytes: number[] = []
  private free = 0

  number(value: number, count: number): this {
    for (let bit = 0; bit < count; bit++) this.bit((value >> bit) & 1)
    return this
  }

  /** A code written as it is read: '0110'. */
  code(bits: string): this {
    for (const bit of bits) this.bit(Number(bit))
    return this
  }

  /** A literal or length symbol of the fixed code. */
  fixed(symbol: number): this {
    const [base, first, width] =
      symbol < 144 ? [0x30, 0, 8] : symbol < 256 ? [0x190, 144, 9] : symbol < 280 ? [0, 256, 7] : [0xc0, 280, 8]
    return this.code((base + symbol - first).toString(2).padStart(width, '0'))
  }

  /** A match of 258 bytes in the fixed code. */
  fixedMatch(distanceSymbol: number, extra = 0, extraBits = 0): this {
    return this.fixed(285).code(distanceSymbol.toString(2).padStart(5, '0')).number(extra, extraBits)
  }

  /** Leaves out what is left of the byte. */
  align(): this {
    this.free = 0
    return this
  }

  get done(): Buffer {
    return Buffer.from(this.bytes)
  }

  private bit(bit: number): void {
    if (this.free === 0) {
      this.bytes.push(0)
      this.free = 8
    }
    const last = this.bytes.length - 1
    this.bytes[last] = (this.bytes[last] as number) | (bit << (8 - this.free))
    this.free--
  }
}

const precodeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** The head of the last block, with dynamic codes. `precode` gives lengths by symbol. */
export function dynamic(literals: number, distances: number, precode: Record<number, number>): Bits {
  const bits = new Bits().number(1, 1).number(2, 2)
  bits
    .number(literals - 257, 5)
    .number(distances - 1, 5)
    .number(19 - 4, 4)
  for (const symbol of precodeOrder) bits.number(precode[symbol] ?? 0, 3)
  return bits
}

/**
 * A dynamic block whose code lengths are written plainly: lengths 0 and 1 as the codes 0 and 10, 2 as 110, and 111 with
 * seven bits for 11 to 138 zeros.
 */
export function withLengths(literals: Record<number, number>, distances: number[]): Bits {
  const bits = dynamic(257, distances.length, { 0: 1, 1: 2, 2: 3, 18: 3 })
  const all = [...Array.from({ length: 257 }, (_, symbol) => literals[symbol] ?? 0), ...distances]
  for (let at = 0; at < all.length; ) {
    let zeros = 0
    while (zeros < 138 && all[at + zeros] === 0) zeros++
    if (zeros >= 11) {
      bits.code('111').number(zeros - 11, 7)
      at += zeros
    } else {
      bits.code(['0', '10', '110'][all[at] as number] as string)
      at++
    }
  }
  return bits
}

/** The last block, with fixed codes. */
export const fixedBlock = () => new Bits().number(1, 1).number(1, 2)

/** A block without codes that is not the last. */
export const stored = (content: Uint8Array) =>
  Buffer.concat([new Bits().number(0, 8).number(content.length, 16).number(~content.length, 16).done, content])

/** The code that RFC 1951 gives to lengths (section 3.2.2): `codes[symbol]` as it is read, empty where length is 0. */
export function canonical(lengths: readonly number[]): string[] {
  const codes = lengths.map(() => '')
  let next = 0
  for (let length = 1; length <= 15; length++) {
    next *= 2
    for (const [symbol, its] of lengths.entries())
      if (its === length) codes[symbol] = (next++).toString(2).padStart(length, '0')
  }
  return codes
}

export interface Header {
  flags?: number
  extra?: Uint8Array
  name?: string
  comment?: string
  /** XORed into the right checksum of the header: 0 makes the right one. */
  checksum?: number
}

/** A member made of raw DEFLATE bytes and what they stand for. */
export function member(deflated: Uint8Array, content: Uint8Array = Buffer.alloc(0), header: Header = {}): Buffer {
  const { extra, name, comment, checksum } = header
  const given = (bit: number, field: unknown) => (field === undefined ? 0 : bit)
  const flags = given(2, checksum) | given(4, extra) | given(8, name) | given(16, comment) | (header.flags ?? 0)
  const head = [Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255])]
  if (extra) head.push(Buffer.from([extra.length & 255, extra.length >> 8]), Buffer.from(extra))
  if (name !== undefined) head.push(Buffer.from(`${name}\0`, 'latin1'))
  if (comment !== undefined) head.push(Buffer.from(`${comment}\0`, 'latin1'))
  if (checksum !== undefined) {
    const right = crc32(Buffer.concat(head)) & 0xffff
    head.push(Buffer.from([(right ^ checksum) & 255, (right ^ checksum) >> 8]))
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(content), 0)
  trailer.writeUInt32LE(content.length % 2 ** 32, 4)
  return Buffer.concat([...head, deflated, trailer])
}
