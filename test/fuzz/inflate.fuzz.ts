// gzip streams and DEFLATE bodies with bits changed, read by the checked build, against zlib: the same bytes, or a refusal
// by both; no access outside of what belongs to something, and steps in proportion to the bytes.

import { crc32, deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { CheckedCore } from '../support/checked-core.js'
import { randomDeflate } from '../support/deflate-maker.js'
import { FIRST_SEED, OUT_OF_MEMORY, report, SCALE, told } from '../support/fuzz.js'
import { inflateRaw, referenceGunzip } from '../support/reference-gzip.js'
import { Random } from '../support/stacks.js'

const RUNS = 20_000 * SCALE
const SEEDS = 600
const MOST = 1 << 16
const LONGEST = 600
const FILES = ['inflate', 'symbols', 'codes', 'huffman', 'crc32']
const HEAD = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

function seeds(random: Random): Uint8Array[] {
  const all: Uint8Array[] = []
  while (all.length < SEEDS) {
    const text = Uint8Array.from({ length: random.int(400) }, () => 97 + random.int(1 + random.int(20)))
    const made = random.chance(70)
      ? randomDeflate(random)
      : deflateRawSync(text, { level: random.int(10), strategy: random.int(5) })
    if (made.length <= LONGEST) all.push(made)
  }
  return all
}

/** Bits flipped, bytes set, moved, repeated or cut off. */
function mutate(random: Random, from: Uint8Array, other: Uint8Array, into: Uint8Array): Uint8Array {
  let length = Math.min(from.length, LONGEST)
  into.set(from.subarray(0, length))
  for (let n = random.int(4); n > 0 && length > 0; n--) {
    const at = random.int(length)
    const how = random.int(8)
    if (how < 3) into[at] = (into[at] as number) ^ (1 << random.int(8))
    else if (how < 5) into[at] = random.chance(50) ? random.int(256) : random.pick([0, 0xff, 0x80, 1])
    else if (how === 5) length = at
    else if (how === 6) into.copyWithin(random.int(length), at, Math.min(at + 1 + random.int(30), length))
    else {
      const piece = other.subarray(random.int(other.length), other.length).subarray(0, LONGEST - at)
      into.set(piece, at)
      length = Math.max(length, Math.min(at + piece.length, LONGEST))
    }
  }
  return into.subarray(0, length)
}

/** Members around bodies, with or without the fields that a header may have; now and then a byte of it is spoilt. */
class Streams {
  private readonly bytes = Buffer.alloc(4 * LONGEST)
  private at = 0

  constructor(private readonly random: Random) {}

  /** A member whose body is `body`; its trailer is right where `content` is what it unpacks to. */
  put(body: Uint8Array, content: Uint8Array | null): void {
    const { bytes, random } = this
    const start = this.at
    const flags = random.chance(70) ? 0 : random.int(random.chance(90) ? 32 : 256)
    bytes.set(HEAD, start)
    bytes[start + 3] = flags
    this.at += HEAD.length
    if (flags & 4) {
      const extra = random.int(20)
      this.byte(extra)
      this.byte(0)
      for (let i = 0; i < extra; i++) this.byte(random.int(256))
    }
    for (const flag of [8, 16]) {
      if ((flags & flag) === 0) continue
      for (let i = random.int(10); i > 0; i--) this.byte(1 + random.int(255))
      this.byte(0)
    }
    if (flags & 2) {
      const sum = crc32(bytes.subarray(start, this.at))
      this.byte(sum)
      this.byte(sum >> 8)
    }
    bytes.set(body, this.at)
    this.at += body.length
    bytes.writeUInt32LE(content ? crc32(content) : 0, this.at)
    bytes.writeUInt32LE(content ? content.length : body.length, this.at + 4)
    this.at += 8
  }

  private byte(value: number): void {
    this.bytes[this.at++] = value
  }

  /** Void after the next one. */
  take(): Uint8Array {
    const { random, bytes } = this
    const spoilt = random.int(12)
    if (spoilt === 0) for (let i = random.int(20); i > 0; i--) this.byte(random.chance(90) ? 0 : random.int(256))
    if (spoilt === 1) bytes[random.int(this.at)] = random.int(256)
    if (spoilt === 2) this.at -= random.int(Math.min(this.at, 12) + 1)
    const stream = bytes.subarray(0, this.at)
    this.at = 0
    return stream
  }
}

it(
  `${RUNS} gzip streams`,
  () => {
    const core = new CheckedCore()
    const random = new Random(FIRST_SEED)
    const corpus = seeds(random)
    const planted = corpus.length
    const into = new Uint8Array(LONGEST)
    const streams = new Streams(random)
    const statuses = new Map<number, number>()
    let faults = 0
    let equal = 0
    for (let run = 0; run < RUNS; run++) {
      for (let members = random.chance(90) ? 1 : 2; members > 0; members--) {
        const from = corpus[random.int(random.chance(50) ? corpus.length : planted)] as Uint8Array
        const body = mutate(random, from, random.pick(corpus), into)
        const inflated = inflateRaw(body, MOST)
        // What stands behind the body's own end would be taken for the trailer.
        streams.put(inflated ? body.subarray(0, inflated.consumed) : body, inflated?.output ?? null)
      }
      const stream = streams.take()
      const cut = random.chance(80) ? stream.length : 1 + random.int(60)
      const { status, output } = told('inflate', stream, () => core.gunzip(stream, 2 * MOST, cut))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (core.isNew() && stream.length <= LONGEST) corpus.push(stream.slice(HEAD.length, -8))
      const expected = referenceGunzip(stream, 2 * MOST)
      const same = expected === null ? status !== 0 : status === 0 && Buffer.compare(output, expected) === 0
      if (expected !== null) equal++
      if (same) continue
      faults++
      const facts = { run, status, expected: expected?.length ?? null, found: output.length }
      if (faults < 20) report('inflate disagreement', { ...facts, bytes: Buffer.from(stream).toString('base64') })
    }
    expect(statuses.get(OUT_OF_MEMORY)).toBeUndefined()
    report('inflate', {
      runs: RUNS,
      read: equal,
      corpus: corpus.length,
      statuses: Object.fromEntries(statuses),
      ...core.coverage(FILES),
    })
    expect(faults).toBe(0)
  },
  300_000 * SCALE,
)
