// BLAKE3 of both builds, against the official test vectors and against hash-wasm.

import { readFileSync } from 'node:fs'
import { createBLAKE3, type IHasher } from 'hash-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { Random } from './support/stacks.js'

interface Core {
  readonly memory: WebAssembly.Memory
  alloc(size: number): number
  begin(key0: number, key1: number, key2: number, key3: number, pathBytes: number): void
  blake3Start(): void
  blake3Update(at: number, length: number): void
  blake3UpdateZeros(length: bigint): void
  blake3Finish(out: number): void
}

const KIB = 1024
const window = 512 * KIB

/** Byte i of every input is i % 251, as in the official vectors. */
const input = Uint8Array.from({ length: window }, (_, i) => i % 251)

/** The first 32 bytes of the official test_vectors.json, by length of the input. */
const vectors: [length: number, hash: string][] = [
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1023, '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
  [2048, 'e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a'],
  [2049, '5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030'],
  [3072, 'b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2'],
  [3073, '7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3'],
  [4096, '015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969'],
  [4097, '9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995'],
  [5120, '9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833'],
  [5121, '628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff'],
  [6144, '3e2e5b74e048f3add6d21faab3f83aa44d3b2278afb83b80b3c35164ebeca205'],
  [6145, 'f1323a8631446cc50536a9f705ee5cb619424d46887f3c376c695b70e0f0507f'],
  [7168, '61da957ec2499a95d6b8023e2b0e604ec7f6b50e80a9678b89d2628e99ada77a'],
  [7169, 'a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817'],
  [8192, 'aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63'],
  [8193, 'bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b'],
  [16384, 'f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4'],
  [31744, '62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47'],
  [102400, 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085'],
]

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

let hashWasm: IHasher
const expected = (...parts: Uint8Array[]) => {
  hashWasm.init()
  for (const part of parts) hashWasm.update(part)
  return hashWasm.digest('hex')
}

beforeAll(async () => {
  hashWasm = await createBLAKE3()
})

describe.each(['simd', 'scalar'])('BLAKE3 of the %s build', (build) => {
  let core: Core
  let at: number
  let out: number

  /** Views detach when memory grows, and every `alloc` may grow it. */
  const bytes = () => new Uint8Array(core.memory.buffer)
  const finish = () => {
    core.blake3Finish(out)
    return hex(bytes().subarray(out, out + 32))
  }
  const hash = (from: number, length: number) => {
    core.blake3Start()
    core.blake3Update(from, length)
    return finish()
  }

  beforeAll(async () => {
    const wasm = readFileSync(new URL(`../build/core.${build}.wasm`, import.meta.url))
    const fail = (status: number) => expect.unreachable(`fail(${status})`)
    core = (await WebAssembly.instantiate(wasm, { env: { fail } })).instance.exports as unknown as Core
    core.begin(0, 0, 0, 0, 4096)
    at = core.alloc(window) >>> 0
    out = core.alloc(64) >>> 0
    bytes().set(input, at)
  })

  test.for(vectors)('official vector of %i bytes', ([length, want]) => {
    expect(hash(at, length)).toBe(want)
  })

  test('every length up to 5000', () => {
    for (let length = 0; length <= 5000; length++) {
      if (hash(at, length) !== expected(input.subarray(0, length))) expect.unreachable(`${length} bytes`)
    }
  })

  test('one chunk to 140 chunks, and a byte less and more', () => {
    for (let chunks = 1; chunks <= 140; chunks++) {
      for (const length of [chunks * KIB - 1, chunks * KIB, chunks * KIB + 1]) {
        if (hash(at, length) !== expected(input.subarray(0, length))) expect.unreachable(`${length} bytes`)
      }
    }
  })

  test('any address, odd ones too', () => {
    for (let offset = 1; offset < 64; offset++) {
      const part = input.subarray(offset, offset + 9 * KIB + offset)
      expect(hash(at + offset, part.length)).toBe(expected(part))
    }
  })

  test('an input that ends where memory ends: nothing behind it is read', () => {
    // A block that is sure to be no other's, as the last of the memory is.
    const block = core.alloc(1 << 21) >>> 0
    const end = bytes().length
    expect(end).toBeGreaterThanOrEqual(block + (1 << 21))
    const tail = Uint8Array.from({ length: 16 * KIB }, (_, i) => (i * 7) & 255)
    bytes().set(tail, end - tail.length)
    for (let length = 0; length <= tail.length; length += length < 130 ? 1 : 509) {
      expect(hash(end - length, length)).toBe(expected(tail.subarray(tail.length - length)))
    }
  })

  test('the result does not depend on how the input is split, nor on the window after an update', () => {
    const scratch = core.alloc(window) >>> 0
    for (let seed = 1; seed <= 80; seed++) {
      const random = new Random(seed)
      const total = random.int(random.pick([3000, 40_000, 300_000]))
      const most = random.pick([70, 1500, 9000, 200_000])
      const splits: number[] = []
      core.blake3Start()
      for (let done = 0; done < total; ) {
        const length = Math.min(random.int(most), total - done)
        const from = scratch + random.int(64)
        bytes().set(input.subarray(done, done + length), from)
        core.blake3Update(from, length)
        bytes().fill(0xee, from, from + length)
        splits.push(length)
        done += length
      }
      expect(finish(), `seed ${seed}: ${splits}`).toBe(expected(input.subarray(0, total)))
    }
  })

  test('zeros fed as a length are the zeros of a hole', () => {
    const zeros = new Uint8Array(200 * KIB)
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed)
      const parts: Uint8Array[] = []
      core.blake3Start()
      for (let count = random.int(8); count >= 0; count--) {
        const length = random.int(random.pick([2, 65, 1025, 5000, 70_000, 200 * KIB]))
        if (random.chance(60)) {
          core.blake3UpdateZeros(BigInt(length))
          parts.push(zeros.subarray(0, length))
        } else {
          core.blake3Update(at, length)
          parts.push(input.subarray(0, length))
        }
      }
      expect(finish(), `seed ${seed}: ${parts.map((part) => part.length)}`).toBe(expected(...parts))
    }
  })

  test('a new start forgets a hash that was not finished', () => {
    for (const length of [1, 64, 65, 1024, 1025, 9 * KIB + 3]) {
      core.blake3Start()
      core.blake3Update(at, length)
      expect(hash(at, 100)).toBe(expected(input.subarray(0, 100)))
    }
  })

  test('finish writes 32 bytes, no more', () => {
    for (const length of [0, 1, 1024, 1025, 9 * KIB]) {
      bytes().fill(0xaa, out, out + 64)
      hash(at, length)
      expect(hex(bytes().subarray(out + 32, out + 64))).toBe('aa'.repeat(32))
    }
  })
})
