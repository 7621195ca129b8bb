// Names that are made to meet in one place of a hash table, and others like them that are not.
//
// Takes: nothing; all is the same each time. Gives: names of 96 bytes, and the layer index of a directory that has them. The
// table of assembly/paths.ts takes the lowest bits of a hash for the place where it begins to look: names that agree in
// those make it look through one another.

/** Names of each set. */
const COUNT = 1 << 13
const LENGTH = 96
const VARIED = 16
/** As many of the lowest bits of their hashes are zero: of 2^14 places they begin at 2^6. */
const BITS = 8

/**
 * Numbers that look random: mulberry32.
 * @param {number} seed
 */
function numbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** The state of SipHash: four words of 64 bits, the low half of each first. */
class Sip {
  /** @param {readonly [number, number, number, number]} key as `begin` takes it */
  constructor(key) {
    const [k0, k1, k2, k3] = key
    this.v = Int32Array.of(
      ...[k0 ^ 0x70736575, k1 ^ 0x736f6d65, k2 ^ 0x6e646f6d, k3 ^ 0x646f7261],
      ...[k0 ^ 0x6e657261, k1 ^ 0x6c796765, k2 ^ 0x79746573, k3 ^ 0x74656462],
    )
  }

  /**
   * @param {number} a place of a word
   * @param {number} b
   */
  add(a, b) {
    const { v } = this
    const low = (v[a] >>> 0) + (v[b] >>> 0)
    v[a] = low
    v[a + 1] = v[a + 1] + v[b + 1] + (low > 0xffff_ffff ? 1 : 0)
  }

  /**
   * Rotates `b` by less than 32, and xors `a` in.
   * @param {number} b
   * @param {number} by
   * @param {number} a
   */
  mix(b, by, a) {
    const { v } = this
    const [low, high] = [v[b], v[b + 1]]
    v[b] = ((low << by) | (high >>> (32 - by))) ^ v[a]
    v[b + 1] = ((high << by) | (low >>> (32 - by))) ^ v[a + 1]
  }

  /** @param {number} a */
  swap(a) {
    const { v } = this
    const low = v[a]
    v[a] = v[a + 1]
    v[a + 1] = low
  }

  round() {
    this.add(0, 2)
    this.mix(2, 13, 0)
    this.swap(0)
    this.add(4, 6)
    this.mix(6, 16, 4)
    this.add(0, 6)
    this.mix(6, 21, 0)
    this.add(4, 2)
    this.mix(2, 17, 4)
    this.swap(4)
  }

  /**
   * @param {number} low
   * @param {number} high
   */
  word(low, high) {
    const { v } = this
    v[6] ^= low
    v[7] ^= high
    this.round()
    v[0] ^= low
    v[1] ^= high
  }

  /** The hash, folded to 32 bits as assembly/paths.ts has it. */
  fold() {
    const { v } = this
    v[4] ^= 0xff
    for (let i = 0; i < 3; i++) this.round()
    return (v[0] ^ v[2] ^ v[4] ^ v[6] ^ v[1] ^ v[3] ^ v[5] ^ v[7]) >>> 0
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz012345'

/**
 * Writes a number in letters.
 * @param {Buffer} bytes
 * @param {number} at
 * @param {number} count
 * @param {number} number
 */
function letters(bytes, at, count, number) {
  for (let i = 0; i < count; i++, number = Math.floor(number / 32)) bytes[at + i] = LETTERS.charCodeAt(number % 32)
}

/** @returns {Buffer[]} names at random */
export function randomNames(seed = 1) {
  const next = numbers(seed)
  return Array.from({ length: COUNT }, () => {
    const name = Buffer.alloc(LENGTH, 'p')
    for (let at = LENGTH - VARIED; at < LENGTH; at += 4) letters(name, at, 4, next())
    return name
  })
}

/** @param {readonly [number, number, number, number]} key @returns {Buffer[]} names that meet in the table under it */
export function namesAgainstKey(key) {
  const start = new Sip(key)
  start.word(LENGTH, 0)
  const prefix = Buffer.alloc(LENGTH - VARIED, 'p')
  for (let at = 0; at < prefix.length; at += 8) start.word(prefix.readInt32LE(at), prefix.readInt32LE(at + 4))
  const sip = new Sip(key)
  const varied = Buffer.alloc(VARIED, 'x')
  /** @type {Buffer[]} */
  const names = []
  for (let number = 0; names.length < COUNT; number++) {
    letters(varied, 0, 6, number)
    sip.v.set(start.v)
    sip.word(varied.readInt32LE(0), varied.readInt32LE(4))
    sip.word(varied.readInt32LE(8), varied.readInt32LE(12))
    if ((sip.fold() & ((1 << BITS) - 1)) === 0) names.push(Buffer.concat([prefix, varied]))
  }
  return names
}

/**
 * FNV-1a, as many tables use it: no key.
 * @param {Iterable<number>} bytes
 */
function fnv(bytes, state = 0x811c9dc5) {
  let hash = state
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}

/** @returns {Buffer[]} names that all have one hash under FNV-1a: pairs of pieces that lead to the same state, combined */
export function namesAgainstFnv() {
  const PIECE = 6
  /** @type {[Buffer, Buffer][]} */
  const pairs = []
  let state = fnv([])
  while (1 << pairs.length < COUNT) {
    /** @type {Map<number, Buffer>} */
    const seen = new Map()
    for (let number = 0; ; number++) {
      const piece = Buffer.alloc(PIECE)
      letters(piece, 0, PIECE, number * 7919)
      const hash = fnv(piece, state)
      const other = seen.get(hash)
      if (other) {
        pairs.push([other, piece])
        state = hash
        break
      }
      seen.set(hash, piece)
    }
  }
  const rest = Buffer.alloc(LENGTH - PIECE * pairs.length, 'p')
  return Array.from({ length: COUNT }, (_, i) =>
    Buffer.concat([...pairs.map((pair, bit) => pair[(i >> bit) & 1]), rest]),
  )
}

/**
 * The index of a layer whose root has these names; no entry says what they are.
 * @param {readonly Buffer[]} names
 */
export function indexOf(names) {
  const paths = Buffer.alloc(16 * (names.length + 1))
  let at = 0
  for (const [i, { length }] of names.entries()) {
    paths.writeUInt32LE(at, 16 * (i + 1) + 4)
    paths.writeUInt32LE(length, 16 * (i + 1) + 8)
    paths.writeUInt32LE(length, 16 * (i + 1) + 12)
    at += length
  }
  const header = Buffer.alloc(128)
  header.write('LDIX')
  header.writeUInt32LE(1, 4)
  header.writeUInt32LE(paths.length, 8)
  header.writeUInt32LE(at, 12)
  return Buffer.concat([header, paths, ...names, Buffer.alloc((8 - (at % 8)) % 8)])
}
