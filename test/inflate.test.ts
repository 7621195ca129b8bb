// gzip in both builds: against node:zlib, and with streams written bit by bit for what no compressor makes.

import { readFileSync } from 'node:fs'
import { constants, crc32, deflateRawSync, gunzipSync, gzipSync, type ZlibOptions } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  Bits,
  canonical,
  dynamic,
  fixedBlock,
  type Header,
  member,
  stored,
  withLengths,
} from './support/gzip-builder.js'
import { Random } from './support/stacks.js'

interface Core {
  readonly memory: WebAssembly.Memory
  gzipStart(): void
  gzipInputAt(): number
  gzipInputRoom(): number
  gzipFed(bytes: number): void
  gzipInputEnd(): void
  gzipRun(): number
  gzipOutputAt(): number
  gzipOutputLength(): number
  gzipBytesIn(): number
  gzipBytesOut(): number
  gzipMembers(): number
}

const progress = { needInput: 0, output: 1, done: 2 }

/** Of assembly/status.ts, with the messages by which zlib says the same. */
const faults = {
  header: [10, /incorrect header check|unknown compression method|unknown header flags|header crc mismatch/],
  truncated: [11, /unexpected end of file/],
  checksum: [12, /incorrect data check/],
  length: [13, /incorrect length check/],
  trailing: [14, /nothing: zlib ignores it/],
  blockType: [15, /invalid block type/],
  storedLength: [16, /invalid stored block lengths/],
  codeLengths: [
    17,
    /too many length or distance|invalid code lengths set|invalid bit length repeat|missing end-of-block|invalid (literal\/lengths|distances) set/,
  ],
  symbol: [18, /invalid (literal\/length|distance) code/],
  distance: [19, /invalid distance too far back/],
} as const
type Fault = keyof typeof faults

class Failure extends Error {
  constructor(readonly status: number) {
    super(`fail(${status})`)
  }
}

const nameOf = (status: number) =>
  (Object.keys(faults) as Fault[]).find((name) => faults[name][0] === status) ?? `status ${status}`

const latin = (text: string) => Buffer.from(text, 'latin1')

// Contents.

function bytesOf(length: number, next: (i: number) => number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = next(i)
  return bytes
}

/** Pieces of many kinds, which make every kind of block, match and distance. */
function mixture(random: Random, length: number): Buffer {
  const pieces: Buffer[] = []
  let total = 0
  while (total < length) {
    const size = 1 + random.int(random.pick([10, 300, 5000, 40000]))
    const kind = random.int(7)
    const period = 1 + random.int(40)
    const letters = 1 + random.int(200)
    let piece: Buffer
    if (kind === 0) piece = bytesOf(size, () => random.int(256))
    else if (kind === 1) piece = Buffer.alloc(size, random.int(256))
    else if (kind === 2) piece = bytesOf(size, () => random.int(letters))
    else if (kind === 3) piece = bytesOf(size, (i) => (i % period) * 7)
    else if (kind === 4) piece = bytesOf(size, () => (random.chance(95) ? 0 : random.int(256)))
    else if (kind === 5) piece = bytesOf(size, () => random.int(1 + random.int(1 + random.int(256))))
    else piece = pieces.length > 0 ? random.pick(pieces) : Buffer.from('beginning')
    pieces.push(piece)
    total += piece.length
  }
  return Buffer.concat(pieces).subarray(0, length)
}

const prose = latin('It was the best of times, it was the worst of times. '.repeat(20).slice(0, 999))
const smallMixture = mixture(new Random(3), 4000)
const largeMixture = mixture(new Random(4), 300_000)

/** What zlib makes of it, in the same words. */
function zlibOutcome(stream: Uint8Array): string | Buffer {
  try {
    return gunzipSync(stream)
  } catch (error) {
    const { message } = error as Error
    const fault = (Object.keys(faults) as Fault[]).find((name) => faults[name][1].test(message))
    expect(fault, message).toBeDefined()
    return fault as Fault
  }
}

/**
 * A block after one that fills the window. The literals 0, 1, ... have codes of 1, 2, ... bits; `longest` bits have a
 * literal, the end of the block and the lengths 3 and 227 to 258. The longest codes come most often.
 */
function longCodes(longest: number) {
  const random = new Random(5)
  const literals = Array.from({ length: 285 }, (_, symbol) => (symbol < longest - 2 ? symbol + 1 : 0))
  const last = longest - 2
  for (const symbol of [last, 256, 257, 284]) literals[symbol] = longest
  const distances = Array.from({ length: 30 }, (_, symbol) => (symbol < 14 ? 0 : Math.min(symbol - 13, 15)))
  const lengths = [...literals, ...distances]

  const precode = Array.from({ length: 19 }, (_, symbol) => (symbol < 14 || symbol === 18 ? 4 : symbol < 16 ? 5 : 0))
  const bits = dynamic(285, 30, precode)
  for (const length of lengths) bits.code(canonical(precode)[length] as string)
  const literalCodes = canonical(literals)
  const distanceCodes = canonical(distances)
  const before = bytesOf(32768, () => random.int(256))
  const content = [...before]
  for (let k = 0; k < 250; k++) {
    const symbol = random.chance(15) ? random.int(last) : random.pick([last, last, 257, 284, 284, 284])
    bits.code(literalCodes[symbol] as string)
    if (symbol < 256) {
      content.push(symbol)
      continue
    }
    const more = symbol === 284 ? random.int(32) : 0
    if (symbol === 284) bits.number(more, 5)
    const distanceSymbol = random.chance(20) ? 14 + random.int(16) : 25 + random.int(5)
    const extra = (distanceSymbol >> 1) - 1
    const reach = random.int(1 << extra)
    bits.code(distanceCodes[distanceSymbol] as string).number(reach, extra)
    const distance = 1 + ((2 + (distanceSymbol & 1)) << extra) + reach
    for (let left = symbol === 284 ? 227 + more : 3; left > 0; left--)
      content.push(content[content.length - distance] as number)
  }
  bits.code(literalCodes[256] as string)
  return { deflated: Buffer.concat([stored(before), bits.done]), content: Buffer.from(content), from: 32768 }
}

// Damage, with what zlib makes of it: found once for both builds.

function* flippedBits(): Generator<Buffer> {
  const abc = member(deflateRawSync(latin('abc')), latin('abc'), {
    extra: latin('e'),
    name: 'n',
    comment: 'c',
    checksum: 0,
  })
  const fixed = gzipSync(prose.subarray(0, 150), { strategy: constants.Z_FIXED })
  for (const stream of [gzipSync(smallMixture.subarray(0, 300)), fixed, abc]) {
    for (let bit = 0; bit < stream.length * 8; bit++) {
      const damaged = Buffer.from(stream)
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
      yield damaged
    }
  }
}

function* randomBlocks(): Generator<Buffer> {
  const random = new Random(2)
  for (let round = 0; round < 2000; round++) {
    const body = bytesOf(20 + random.int(200), () => random.int(256))
    // Blocks with dynamic codes are the most to get wrong.
    if (round % 2 === 0) body.set([((body[0] as number) & 0xf0) | 5, (body[1] as number) & 0xee])
    yield member(body)
  }
}

const damage = once(() =>
  [...flippedBits(), ...randomBlocks()].map((stream) => ({ stream, expected: zlibOutcome(stream) })),
)

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

describe.each(['simd', 'scalar'])('gzip in the %s build', (build) => {
  let core: Core

  beforeAll(async () => {
    const wasm = readFileSync(new URL(`../build/core.${build}.wasm`, import.meta.url))
    const fail = (status: number) => {
      throw new Failure(status)
    }
    core = (await WebAssembly.instantiate(wasm, { env: { fail } })).instance.exports as unknown as Core
  })

  /** Inflates a stream that arrives in pieces. Anything but a result or a `Failure` is a fault of the decoder. */
  function inflate(...pieces: Uint8Array[]): Buffer {
    const output: Buffer[] = []
    const memory = () => new Uint8Array(core.memory.buffer)
    const run = () => {
      const result = core.gzipRun()
      const length = core.gzipOutputLength()
      expect(length).toBeLessThan(160 * 1024)
      if (length > 0) output.push(Buffer.from(memory().subarray(core.gzipOutputAt(), core.gzipOutputAt() + length)))
      return result
    }
    core.gzipStart()
    let result = run()
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        while (result === progress.output) result = run()
        const part = piece.subarray(at, at + core.gzipInputRoom())
        expect(part.length).toBeGreaterThan(0)
        memory().set(part, core.gzipInputAt())
        core.gzipFed(part.length)
        at += part.length
        result = run()
      }
    }
    while (result === progress.output) result = run()
    core.gzipInputEnd()
    do result = run()
    while (result === progress.output)
    expect(result).toBe(progress.done)
    return Buffer.concat(output)
  }

  /** The name of the fault, or the content. */
  function outcome(...pieces: Uint8Array[]): string | Buffer {
    try {
      return inflate(...pieces)
    } catch (error) {
      if (error instanceof Failure) return nameOf(error.status)
      throw error
    }
  }

  const same = (a: string | Buffer, b: string | Buffer) =>
    typeof a === 'string' || typeof b === 'string' ? a === b : a.equals(b)

  /** `expect` on large buffers is slow. */
  const expectSame = (a: string | Buffer, b: string | Buffer, about: string) => {
    if (same(a, b)) return
    const text = (x: string | Buffer) => (typeof x === 'string' ? x : `${x.length} bytes, CRC ${crc32(x)}`)
    expect(text(a), about).toBe(text(b))
  }

  describe('what zlib writes', () => {
    const options: [name: string, options: ZlibOptions][] = [
      ...Array.from({ length: 10 }, (_, level): [string, ZlibOptions] => [`level ${level}`, { level }]),
      ['the fixed code only', { strategy: constants.Z_FIXED }],
      ['literals only', { strategy: constants.Z_HUFFMAN_ONLY }],
      ['distance 1 only', { strategy: constants.Z_RLE }],
      ['long matches only', { strategy: constants.Z_FILTERED }],
      ['small blocks', { memLevel: 1 }],
      ['large blocks', { memLevel: 9 }],
      ['a window of 512 bytes', { windowBits: 9 }],
    ]
    test.each(options)('%s', (name, options) => {
      for (const content of [Buffer.alloc(0), latin('a'), prose, smallMixture, largeMixture]) {
        expectSame(outcome(gzipSync(content, options)), content, name)
        expect(core.gzipBytesOut()).toBe(content.length)
      }
    })

    test('checksums of as many bytes as any step of them takes, and one more or less', () => {
      const steps = [1, 16, 64, 2400, 4800, 4864, 16_384, 18_784, 21_184, 65_535, 131_072, 140_000]
      for (const size of steps.flatMap((step) => [step - 1, step, step + 1])) {
        const content = largeMixture.subarray(7, 7 + size)
        expectSame(outcome(gzipSync(content, { level: 1 })), content, `${size} bytes`)
      }
    })

    test('random data of many shapes', () => {
      const random = new Random(1)
      for (let round = 0; round < 60; round++) {
        const content = mixture(random, random.int(random.pick([100, 3000, 60_000])))
        const level = random.int(10)
        const strategy = random.int(5)
        const memLevel = 1 + random.int(9)
        const stream = gzipSync(content, { level, strategy, memLevel })
        const cut = random.int(stream.length)
        expectSame(outcome(stream.subarray(0, cut), stream.subarray(cut)), content, `round ${round}`)
      }
    })
  })

  describe('members', () => {
    const hello = gzipSync('hello ')
    const empty = gzipSync('')
    const cases: [name: string, stream: Buffer, content: string, members: number][] = [
      ['one', hello, 'hello ', 1],
      ['an empty one', empty, '', 1],
      ['three', Buffer.concat([hello, empty, hello]), 'hello hello ', 3],
      ['zeros after the last', Buffer.concat([hello, Buffer.alloc(1)]), 'hello ', 1],
      ['ten thousand zeros after the last', Buffer.concat([hello, Buffer.alloc(10_000)]), 'hello ', 1],
      ['three hundred thousand zeros', Buffer.concat([hello, Buffer.alloc(300_000)]), 'hello ', 1],
      ['ten thousand', Buffer.concat(Array.from({ length: 10_000 }, () => hello)), 'hello '.repeat(10_000), 10_000],
    ]
    test.each(cases)('%s', (_, stream, content, members) => {
      expectSame(outcome(stream), latin(content), 'content')
      expect([core.gzipMembers(), core.gzipBytesIn(), core.gzipBytesOut()]).toEqual([
        members,
        stream.length,
        content.length,
      ])
    })

    const text = deflateRawSync(prose)
    const headers: [name: string, header: Header][] = [
      ['a name', { name: 'layer.tar' }],
      ['an empty name and comment', { name: '', comment: '' }],
      ['a long name', { name: 'n'.repeat(300_000) }],
      ['a long comment', { comment: 'c'.repeat(70_000) }],
      ['an empty extra field', { extra: Buffer.alloc(0) }],
      ['an extra field of zeros', { extra: Buffer.alloc(10) }],
      ['the longest extra field', { extra: Buffer.alloc(65535, 0x1f) }],
      ['a checksum of the header', { checksum: 0 }],
      ['a text flag', { flags: 1 }],
      ['everything', { flags: 1, extra: Buffer.alloc(5000, 7), name: 'n'.repeat(900), comment: 'c', checksum: 0 }],
    ]
    test.each(headers)('a header with %s', (_, header) => {
      const stream = member(text, prose, header)
      expectSame(outcome(stream), prose, 'whole')
      const double = Buffer.concat([stream, stream])
      const pieces = Array.from({ length: Math.ceil(double.length / 1000) }, (_, i) => double.subarray(i * 1000))
      expectSame(
        outcome(...pieces.map((piece) => piece.subarray(0, 1000))),
        Buffer.concat([prose, prose]),
        'in pieces, twice',
      )
    })
  })

  describe('pieces', () => {
    const small = Buffer.concat([gzipSync(smallMixture.subarray(0, 1500), { level: 0 }), gzipSync(smallMixture)])
    const smallContent = Buffer.concat([smallMixture.subarray(0, 1500), smallMixture])

    test('a small stream cut at every byte', () => {
      for (let cut = 0; cut <= small.length; cut++)
        expectSame(outcome(small.subarray(0, cut), small.subarray(cut)), smallContent, `cut at ${cut}`)
    })

    test('byte by byte', () => {
      expectSame(outcome(...Array.from(small, (_, i) => small.subarray(i, i + 1))), smallContent, 'content')
    })

    test.each([11, 12, 15])('codes of up to %i bits with the most extra bits, cut at every byte', (longest) => {
      const { deflated, content, from } = longCodes(longest)
      const stream = member(deflated, content)
      expectSame(zlibOutcome(stream), content, 'zlib')
      for (let cut = from; cut <= stream.length; cut++)
        expectSame(outcome(stream.subarray(0, cut), stream.subarray(cut)), content, `cut at ${cut}`)
    })

    test('a large stream in random pieces', () => {
      const stream = gzipSync(largeMixture)
      for (let seed = 0; seed < 6; seed++) {
        const random = new Random(seed)
        const largest = random.pick([100, 5000, 100_000, 400_000])
        const pieces: Buffer[] = []
        for (let at = 0; at < stream.length; ) {
          const piece = stream.subarray(at, at + 1 + random.int(largest))
          pieces.push(piece)
          at += piece.length
        }
        expectSame(outcome(...pieces), largeMixture, `seed ${seed}`)
      }
    })
  })

  describe('damage', () => {
    const whole = Buffer.concat([
      member(deflateRawSync(prose), prose, { extra: latin('extra'), name: 'name', comment: 'comment', checksum: 0 }),
      gzipSync(smallMixture.subarray(0, 600), { strategy: constants.Z_FIXED }),
      gzipSync(smallMixture.subarray(0, 50), { level: 0 }),
    ])

    test('truncated at every byte', () => {
      const boundaries = new Set<number>()
      for (let length = 0; length < whole.length; length++) {
        const result = outcome(whole.subarray(0, length))
        if (typeof result === 'string') expect(result, `${length} bytes`).toBe('truncated')
        else boundaries.add(length)
      }
      // Between members nothing tells that more were to come.
      expect(boundaries.size).toBe(2)
    })

    test('a large stream truncated', () => {
      const stream = gzipSync(largeMixture)
      for (let length = 1; length < stream.length; length += 9973)
        expect(outcome(stream.subarray(0, length)), `${length} bytes`).toBe('truncated')
    })

    test('bits flipped and random blocks: the fault that zlib finds', () => {
      for (const [i, { stream, expected }] of damage().entries())
        expectSame(outcome(stream), expected, `damage ${i}: ${stream.toString('hex')}`)
    })
  })

  describe('faults', () => {
    const hello = gzipSync('hello')
    const changed = (at: number, value: number) => {
      const stream = Buffer.from(hello)
      stream[at < 0 ? stream.length + at : at] = value
      return stream
    }
    /** 20 more literals have codes than the lengths 1 and 2 can give. */
    const crowded = Object.fromEntries(Array.from({ length: 20 }, (_, symbol) => [symbol, 2]))
    const reach = bytesOf(32768, (i) => (i * i) >> 7)
    const literal = (symbol: number) => fixedBlock().fixed(symbol)

    const cases: [name: string, fault: Fault, stream: Buffer][] = [
      ['nothing', 'truncated', Buffer.alloc(0)],
      ['a zip archive', 'header', latin('PK\x03\x04 and so on')],
      ['two bytes of another kind', 'header', latin('BZ')],
      ['zeros', 'header', Buffer.alloc(100)],
      ['another compression method', 'header', changed(2, 7)],
      ['a reserved flag', 'header', changed(3, 0x20)],
      ['a wrong checksum of the header', 'header', member(deflateRawSync(''), Buffer.alloc(0), { checksum: 1 })],
      ['a wrong checksum', 'checksum', changed(-8, 0)],
      ['a wrong length', 'length', changed(-4, 6)],
      ['a byte after the end', 'trailing', Buffer.concat([hello, latin('x')])],
      ['a byte after zeros', 'trailing', Buffer.concat([hello, Buffer.alloc(900), latin('x')])],
      ['a member after zeros', 'trailing', Buffer.concat([hello, Buffer.alloc(2), hello])],
      ['half a magic number after the end', 'trailing', Buffer.concat([hello, Buffer.from([0x1f, 0])])],
      ['a second member of another method', 'header', Buffer.concat([hello, changed(2, 9)])],
      ['a cut second member', 'truncated', Buffer.concat([hello, hello.subarray(0, 1)])],
      ['block type 3', 'blockType', member(new Bits().number(7, 3).done)],
      ['a stored block of two lengths', 'storedLength', member(Buffer.from([1, 5, 0, 5, 0]))],
      ['287 literal codes', 'codeLengths', member(dynamic(287, 1, { 0: 1, 1: 1 }).done)],
      ['31 distance codes', 'codeLengths', member(dynamic(257, 31, { 0: 1, 1: 1 }).done)],
      ['no code for code lengths', 'codeLengths', member(Buffer.concat([dynamic(257, 1, {}).done, Buffer.alloc(40)]))],
      ['one code for code lengths', 'codeLengths', member(dynamic(257, 1, { 0: 1 }).done)],
      ['three codes of one bit', 'codeLengths', member(dynamic(257, 1, { 0: 1, 1: 1, 2: 1 }).done)],
      ['a repeat of nothing', 'codeLengths', member(dynamic(257, 1, { 0: 1, 16: 1 }).code('1').number(0, 2).done)],
      [
        'a repeat that ends one too late',
        'codeLengths',
        member(
          dynamic(257, 2, { 1: 2, 16: 2, 18: 1 })
            .code('0')
            .number(127, 7)
            .code('0')
            .number(107, 7)
            .code('10')
            .code('1100').done,
        ),
      ],
      ['no end of block', 'codeLengths', member(withLengths({ 0: 1, 1: 1 }, [0]).done)],
      ['too many literal codes', 'codeLengths', member(withLengths({ ...crowded, 256: 2 }, [0]).done)],
      ['too few literal codes', 'codeLengths', member(withLengths({ 0: 2, 256: 2 }, [0]).done)],
      ['too many distance codes', 'codeLengths', member(withLengths({ 256: 1 }, [1, 1, 1]).done)],
      ['too few distance codes', 'codeLengths', member(withLengths({ 256: 1 }, [2, 2]).done)],
      ['one distance code of two bits', 'codeLengths', member(withLengths({ 256: 1 }, [2]).done)],
      ['the code that one end of block leaves over', 'symbol', member(withLengths({ 256: 1 }, [0]).code('1').done)],
      ['literal symbol 286', 'symbol', member(literal(65).fixed(286).done)],
      ['literal symbol 287', 'symbol', member(literal(65).fixed(287).done)],
      ['distance symbol 30', 'symbol', member(literal(65).fixedMatch(30).done)],
      ['distance symbol 31', 'symbol', member(literal(65).fixedMatch(31).done)],
      ['a match before the first byte', 'distance', member(fixedBlock().fixedMatch(0).done)],
      ['a distance one too far', 'distance', member(literal(65).fixedMatch(1).done)],
      [
        'a match into the member before',
        'distance',
        Buffer.concat([gzipSync(reach), member(fixedBlock().fixed(65).fixedMatch(1).done)]),
      ],
      [
        'a match into a member long before',
        'distance',
        Buffer.concat([
          gzipSync(largeMixture),
          member(Buffer.concat([stored(reach.subarray(1)), fixedBlock().fixedMatch(29, 8191, 13).done])),
        ]),
      ],
    ]
    test.each(cases)('%s: %s', (_, fault, stream) => {
      expect(outcome(stream)).toBe(fault)
      if (fault !== 'trailing') expect(zlibOutcome(stream)).toBe(fault)
    })

    test('the place of a fault', () => {
      const stream = Buffer.concat([gzipSync(largeMixture), hello, latin('x')])
      expect(outcome(stream)).toBe('trailing')
      expect(core.gzipBytesIn()).toBe(stream.length - 1)
      expect(core.gzipMembers()).toBe(2)
    })
  })

  describe('what no compressor writes', () => {
    const far = bytesOf(32768, (i) => (i * i) >> 7)
    const repeats = fixedBlock()
    for (let k = 0; k < 2000; k++) repeats.fixedMatch(29, 8191, 13)
    const repeated = Buffer.concat([far, bytesOf(258 * 2000, (i) => far[i % 32768] as number)])

    const cases: [name: string, deflated: Buffer, content: Buffer][] = [
      ['no codes but end of block', withLengths({ 256: 1 }, [0]).code('0').done, Buffer.alloc(0)],
      ['literals and no distances', withLengths({ 65: 1, 256: 1 }, [0]).code('0001').done, latin('AAA')],
      [
        'one distance code',
        dynamic(258, 1, { 0: 2, 1: 2, 2: 2, 18: 2 })
          .code('11')
          .number(65 - 11, 7)
          .code('01') // 65: one bit
          .code('11')
          .number(138 - 11, 7)
          .code('11')
          .number(52 - 11, 7)
          .code('10') // 256: two bits
          .code('10') // 257: two bits
          .code('01') // distance 0: one bit
          .code('0')
          .code('11')
          .code('0')
          .code('10').done,
        latin('AAAA'),
      ],
      [
        '258 as 227 and 31 more',
        fixedBlock().fixed(65).fixed(284).number(31, 5).code('00000').fixed(256).done,
        Buffer.alloc(259, 65),
      ],
      [
        'a hundred empty stored blocks',
        Buffer.concat([...Array.from({ length: 100 }, () => stored(Buffer.alloc(0))), fixedBlock().fixed(256).done]),
        Buffer.alloc(0),
      ],
      ['the farthest distance, over and over', Buffer.concat([stored(far), repeats.fixed(256).done]), repeated],
    ]
    test.each(cases)('%s', (name, deflated, content) => {
      const stream = member(deflated, content)
      expectSame(zlibOutcome(stream), content, 'zlib')
      expectSame(outcome(stream), content, name)
    })

    test('every length at distances up to 40', () => {
      for (let distance = 1; distance <= 40; distance++) {
        const content = Buffer.alloc(40_000)
        const bits = fixedBlock()
        let size = 0
        const literal = (byte: number) => {
          bits.fixed(byte)
          content[size++] = byte
        }
        for (let k = 0; k < distance; k++) literal(65 + k)
        const extra = distance < 5 ? 0 : Math.floor(Math.log2(distance - 1)) - 1
        const symbol = distance < 5 ? distance - 1 : 2 * extra + ((distance - 1) >> extra)
        for (let length = 3; length <= 258; length += 1 + (length >> 6)) {
          const more = length < 11 || length === 258 ? 0 : Math.floor(Math.log2(length - 3)) - 2
          bits.fixed(length === 258 ? 285 : 257 + 4 * more + ((length - 3) >> more))
          bits.number((length - 3) & ((1 << more) - 1), more)
          bits.code(symbol.toString(2).padStart(5, '0')).number((distance - 1) & ((1 << extra) - 1), extra)
          for (const end = size + length; size < end; size++) content[size] = content[size - distance] as number
          literal(length & 255)
        }
        const expected = content.subarray(0, size)
        expectSame(outcome(member(bits.fixed(256).done, expected)), expected, `distance ${distance}`)
      }
    })
  })
})
