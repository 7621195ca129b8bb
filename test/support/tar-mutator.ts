// Archives made from archives: what the parsers of tar headers, pax records and sparse maps might trip over.
//
// Takes: an archive, and another to take pieces from. Gives: an archive with one to four things changed: a field of a
// header, a record of a pax body, a number of a sparse map, or blocks and bytes that were moved, repeated, cut or spoilt.
// Checksums are mostly made right again, so that what was changed is read.

import type { Random } from './stacks.js'

const BLOCK = 512

/** Fields of a header: where, and how long. */
const FIELDS: readonly (readonly [at: number, length: number])[] = [
  ...([
    [0, 100],
    [100, 8],
    [108, 8],
    [116, 8],
    [124, 12],
    [124, 12],
    [136, 12],
    [148, 8],
    [157, 100],
  ] as const),
  ...([
    [257, 8],
    [257, 6],
    [329, 8],
    [337, 8],
    [345, 155],
    [345, 131],
    [345, 12],
    [357, 12],
    [508, 4],
  ] as const),
  // Entries of a sparse map, whether there are more, and the size with holes.
  ...([
    [386, 12],
    [398, 12],
    [410, 12],
    [422, 12],
    [434, 24],
    [458, 24],
    [482, 1],
    [483, 12],
    [504, 1],
  ] as const),
]
const TYPES = '0011223344556677\0\0xxxxxxggLLKKSSSDVMNAXZ \u00ff'
const NUMBERS = [
  '0',
  '1',
  '17',
  '20',
  '777',
  '1000',
  '1777',
  '2000',
  '10000',
  '40000000',
  '77777777777',
  '-1',
  '8',
  ' 7',
  '',
]
const NAMES = [
  ...[
    '',
    '/',
    '.',
    '..',
    './',
    '../',
    '../a',
    'a',
    'a/',
    'a//b',
    'a/../b',
    '/a',
    'a/b/c',
    'a/.',
    'a/..',
    'd/d/d/d',
    '\0',
  ],
  ...['.wh.a', 'a/.wh.b', '.wh..wh..opq', 'a/.wh..wh..opq', '.wh.', '.wh..', '.wh...', '.wh..wh..opqX', '.wh..wh.aufs'],
  ...['.wh..wh.plnk/1', '.wh..wh.orph/x', '.wh..wh.plnk', '.wh.a/b', 'manifest.json', 'oci-layout', 'repositories'],
  ...['\u00e9\u00ff', `${'x'.repeat(99)}`, `${'y/'.repeat(50)}`, 'a'.repeat(300), 'b/'.repeat(200)],
]
const MAGICS = ['ustar\x0000', 'ustar  \0', 'ustar\0\0\0', 'ustar   ', 'ustar', '\0\0\0\0\0\0\0\0', 'USTAR\x0000']
const KEYS = [
  ...['path', 'linkpath', 'size', 'uid', 'gid', 'uname', 'gname', 'mtime', 'atime', 'ctime', 'comment', 'hdrcharset'],
  ...['GNU.sparse.major', 'GNU.sparse.minor', 'GNU.sparse.name', 'GNU.sparse.size', 'GNU.sparse.realsize'],
  ...['GNU.sparse.numblocks', 'GNU.sparse.map', 'GNU.sparse.offset', 'GNU.sparse.numbytes', 'GNU.sparse.other'],
  ...[
    'SCHILY.xattr.user.a',
    'SCHILY.xattr.user.b',
    'LIBARCHIVE.xattr.user.a',
    'LIBARCHIVE.xattr.user.%61',
    'SCHILY.xattr.',
  ],
  ...['LIBARCHIVE.xattr.%', 'LIBARCHIVE.xattr.%zz%4', 'SCHILY.acl.access', 'k', 'a\0b'],
]
const VALUES = [
  ...[
    '',
    '0',
    '1',
    '2',
    '-1',
    '+1',
    '5',
    '512',
    '1000',
    '0512',
    '1.5',
    '-1.5',
    '-0.5',
    '1.',
    '.5',
    '1.0000000009',
    '1e3',
    '-',
  ],
  ...['9223372036854775807', '9223372036854775808', '99999999999999999999', '4294967296', '2147483648', '-2147483649'],
  ...[
    '0,1',
    '0,1,2,3',
    '0,0',
    '1,0,5,1',
    '0,512',
    '5,1,0,1',
    '0,,1',
    ',',
    '1,',
    'a,b',
    'YQ==',
    'YWI',
    'Y',
    '!',
    '\0',
    'x\0y',
    '=',
    '\n',
  ],
]
const SPOILT = [0, 0x20, 0x2f, 0x30, 0x37, 0x38, 0x0a, 0x2c, 0x3d, 0x2e, 0x7f, 0x80, 0xff, 0xc0]

export class TarMutator {
  /** Archives that are made here are no longer than this. */
  static readonly longest = 8 * BLOCK
  private readonly bytes = new Uint8Array(TarMutator.longest)
  private length = 0

  constructor(private readonly random: Random) {}

  /** Void after the next one. */
  mutate(from: Uint8Array, other: Uint8Array): Uint8Array {
    const { random } = this
    this.length = Math.min(from.length, TarMutator.longest)
    this.bytes.set(from.subarray(0, this.length))
    for (let n = 1 + random.int(4); n > 0; n--) this.change(other)
    if (!random.chance(6)) this.mend()
    return this.bytes.subarray(0, this.length)
  }

  private change(other: Uint8Array): void {
    const how = this.random.int(12)
    if (how < 3) this.setField(this.someHeader())
    else if (how < 4) this.setType(this.someHeader())
    else if (how < 7) this.setRecord()
    else if (how < 8) this.insertBlocks(other)
    else if (how < 9) this.removeBlocks()
    else if (how < 10) this.spoil()
    else if (how < 11) this.setText()
    else this.cut()
  }

  /** Anywhere, or between blocks. */
  private cut(): void {
    const length = this.random.int(this.length + 1)
    this.length = this.random.chance(60) ? length : length - (length % BLOCK)
  }

  private blocks(): number {
    return Math.floor(this.length / BLOCK)
  }

  private isHeader(at: number): boolean {
    // "ust", or the checksum's usual end in a header without a magic.
    const { bytes } = this
    return bytes[at + 257] === 0x75 && bytes[at + 258] === 0x73
      ? true
      : bytes[at + 154] === 0 && bytes[at + 155] === 0x20
  }

  /** A block that looks like a header, mostly. */
  private someHeader(): number {
    const blocks = this.blocks()
    if (blocks === 0) return 0
    for (let tries = 0; tries < 6; tries++) {
      const at = this.random.int(blocks) * BLOCK
      if (this.isHeader(at)) return at
    }
    return this.random.int(blocks) * BLOCK
  }

  private write(at: number, text: string, room: number): void {
    for (let i = 0; i < room && at + i < this.length; i++) this.bytes[at + i] = i < text.length ? text.charCodeAt(i) : 0
  }

  private setField(header: number): void {
    const { random } = this
    const [at, length] = random.pick(FIELDS)
    if (header + at + length > this.length) return
    const text =
      at === 0 || at === 157 || (at === 345 && length > 12)
        ? random.pick(NAMES)
        : at === 257
          ? random.pick(MAGICS)
          : at === 508
            ? random.pick(['tar\0', 'tar', '\0\0\0\0'])
            : length === 1
              ? random.pick(['\0', '\x01', '1'])
              : this.number(length)
    this.write(header + at, text, length)
  }

  private number(length: number): string {
    const { random } = this
    if (random.chance(20)) {
      // Base 256: small, large, negative, and more than fits.
      const first = random.pick([0x80, 0x80, 0xff, 0xc0, 0x81, 0xbf])
      const rest = Array.from({ length: length - 1 }, () => (random.chance(70) ? 0 : random.int(256)))
      if (first === 0xff && random.chance(80)) rest.fill(0xff, 0, -1)
      return String.fromCharCode(first, ...rest)
    }
    const number = random.chance(60) ? random.int(2048).toString(8) : random.pick(NUMBERS)
    const style = random.int(5)
    const text = style === 0 ? number : number.padStart(length - 1, style === 1 ? ' ' : '0')
    return style === 2 ? `${text} ` : text
  }

  private setType(header: number): void {
    if (header + BLOCK <= this.length) this.bytes[header + 156] = TYPES.charCodeAt(this.random.int(TYPES.length))
  }

  /** A body of pax records for a header that says it has one, or in front of any entry. */
  private setRecord(): void {
    const { random } = this
    let at = this.someHeader()
    if (this.bytes[at + 156] !== 0x78) {
      if (this.length + 2 * BLOCK > TarMutator.longest || this.length < BLOCK) return
      this.open(at, 2)
      this.bytes.copyWithin(at, at + 2 * BLOCK, at + 3 * BLOCK)
      this.bytes[at + 156] = 0x78
      if (random.chance(80)) this.write(at + 257, MAGICS[0] as string, 8)
    } else if (at + 2 * BLOCK > this.length) return
    let body = ''
    for (let n = 1 + random.int(random.chance(50) ? 2 : 6); n > 0; n--) body += this.record()
    if (body.length > BLOCK) body = body.slice(0, BLOCK)
    this.write(at + BLOCK, body, BLOCK)
    this.write(at + 124, body.length.toString(8).padStart(11, '0'), 12)
    at += BLOCK
  }

  private record(): string {
    const { random } = this
    const key = random.pick(KEYS)
    const value = random.chance(75)
      ? random.pick(VALUES)
      : random.chance(50)
        ? random.pick(NAMES)
        : String(random.int(3000))
    const rest = key.length + value.length + 3
    let length = rest + 1
    while (String(length).length + rest !== length) length++
    if (random.chance(4)) length += random.pick([-1, 1, -3, 100, 2 ** 33])
    return `${random.chance(2) ? '0' : ''}${length} ${key}${random.chance(2) ? '' : '='}${value}${random.chance(2) ? '' : '\n'}`
  }

  /** Moves what stands at `at` by some blocks. */
  private open(at: number, blocks: number): void {
    this.bytes.copyWithin(at + blocks * BLOCK, at, this.length)
    this.length += blocks * BLOCK
  }

  private insertBlocks(other: Uint8Array): void {
    const { random } = this
    const from = this.random.chance(50) ? other : this.bytes.slice(0, this.length)
    const have = Math.floor(from.length / BLOCK)
    const count = Math.min(1 + random.int(3), have)
    if (count === 0 || this.length + count * BLOCK > TarMutator.longest) return
    const start = random.int(have - count + 1) * BLOCK
    const at = random.int(this.blocks() + 1) * BLOCK
    this.open(at, count)
    this.bytes.set(from.subarray(start, start + count * BLOCK), at)
  }

  private removeBlocks(): void {
    const blocks = this.blocks()
    if (blocks === 0) return
    const at = this.random.int(blocks)
    const count = Math.min(1 + this.random.int(2), blocks - at)
    this.bytes.copyWithin(at * BLOCK, (at + count) * BLOCK, this.length)
    this.length -= count * BLOCK
  }

  private spoil(): void {
    if (this.length === 0) return
    const at = this.random.int(this.length)
    const how = this.random.int(3)
    if (how === 0) this.bytes[at] = this.random.int(256)
    else if (how === 1) this.bytes[at] = this.random.pick(SPOILT)
    else this.bytes[at] = (this.bytes[at] as number) ^ (1 << this.random.int(8))
  }

  /** A map of a sparse file of version 1.0, or a long name, where a body may stand. */
  private setText(): void {
    const { random } = this
    const blocks = this.blocks()
    if (blocks < 2) return
    const at = (1 + random.int(blocks - 1)) * BLOCK
    if (random.chance(50)) {
      let text = `${random.int(4)}\n`
      for (let n = random.int(9); n > 0; n--) text += `${random.chance(85) ? random.int(600) : random.pick(VALUES)}\n`
      this.write(at, text, BLOCK)
    } else this.write(at, random.pick(NAMES), BLOCK)
  }

  /** Makes the checksums of all headers right. */
  private mend(): void {
    const { bytes } = this
    for (let at = 0; at + BLOCK <= this.length; at += BLOCK) {
      if (!this.isHeader(at)) continue
      let sum = 256
      for (let i = at; i < at + BLOCK; i++) sum += bytes[i] as number
      for (let i = at + 148; i < at + 156; i++) sum -= bytes[i] as number
      for (let i = 5; i >= 0; i--, sum >>= 3) bytes[at + 148 + i] = 0x30 + (sum & 7)
      bytes[at + 154] = 0
      bytes[at + 155] = 0x20
    }
  }
}
