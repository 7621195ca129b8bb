// SHA-256 of both builds, against the examples of FIPS 180 and against node:crypto.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { Random } from './support/stacks.js'

interface Core {
  readonly memory: WebAssembly.Memory
  alloc(size: number): number
  begin(key0: number, key1: number, key2: number, key3: number, pathBytes: number): void
  sha256Start(context: number): void
  sha256Update(context: number, at: number, length: number): void
  sha256Finish(context: number, out: number): void
}

const window = 1024 * 1024
const input = Uint8Array.from({ length: window }, (_, i) => (i * 167 + (i >> 8)) & 255)

const text = (ascii: string) => new TextEncoder().encode(ascii)

const examples: [name: string, message: Uint8Array, hash: string][] = [
  ['nothing', text(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', text('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    '448 bits, whose length does not fit into the block',
    text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    'a million times a',
    text('a'.repeat(1_000_000)),
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  ],
]

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const expected = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.each(['simd', 'scalar'])('SHA-256 of the %s build', (build) => {
  let core: Core
  let at: number
  let out: number

  const bytes = () => new Uint8Array(core.memory.buffer)
  const finish = (context: number) => {
    core.sha256Finish(context, out)
    return hex(bytes().subarray(out, out + 32))
  }
  const hash = (context: number, from: number, length: number) => {
    core.sha256Start(context)
    core.sha256Update(context, from, length)
    return finish(context)
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

  test.for(examples)('example of FIPS 180: %s', ([, message, want]) => {
    bytes().set(message, at)
    const got = [hash(0, at, message.length), hash(1, at, message.length)]
    bytes().set(input, at)
    expect(got).toEqual([want, want])
  })

  test('every length up to 1100', () => {
    for (let length = 0; length <= 1100; length++) {
      if (hash(length & 1, at, length) !== expected(input.subarray(0, length))) expect.unreachable(`${length} bytes`)
    }
  })

  test('an input that ends where memory ends: nothing behind it is read', () => {
    const end = bytes().length
    bytes().set(input.subarray(0, 2048), end - 2048)
    for (let length = 0; length <= 2048; length += 31) {
      expect(hash(0, end - length, length)).toBe(expected(input.subarray(2048 - length, 2048)))
    }
  })

  test('two contexts fed in turns, in any pieces, do not disturb each other', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed)
      const totals = [random.int(30_000), random.int(random.pick([300, 200_000]))]
      const most = random.pick([70, 300, 5000, 70_000])
      const done = [0, 0]
      core.sha256Start(0)
      core.sha256Start(1)
      for (;;) {
        const open = [0, 1].filter((context) => done[context] !== totals[context])
        if (open.length === 0) break
        const context = random.pick(open)
        const from = done[context] ?? 0
        const length = Math.min(random.int(most), (totals[context] ?? 0) - from)
        core.sha256Update(context, at + from, length)
        done[context] = from + length
      }
      const order = random.chance(50) ? [0, 1] : [1, 0]
      for (const context of order) {
        const want = expected(input.subarray(0, totals[context]))
        expect(finish(context), `seed ${seed}, context ${context}, ${totals}`).toBe(want)
      }
    }
  })

  test('nothing of the window is needed after an update', () => {
    const scratch = core.alloc(4096) >>> 0
    core.sha256Start(0)
    for (let done = 0; done < 20_000; done += 1000) {
      bytes().set(input.subarray(done, done + 1000), scratch)
      core.sha256Update(0, scratch, 1000)
      bytes().fill(0xee, scratch, scratch + 1000)
    }
    expect(finish(0)).toBe(expected(input.subarray(0, 20_000)))
  })

  test('a new start forgets a hash that was not finished', () => {
    core.sha256Start(0)
    core.sha256Update(0, at, 1000)
    expect(hash(0, at, 100)).toBe(expected(input.subarray(0, 100)))
  })

  test('finish writes 32 bytes, no more', () => {
    bytes().fill(0xaa, out, out + 64)
    hash(0, at, 1000)
    expect(hex(bytes().subarray(out + 32, out + 64))).toBe('aa'.repeat(32))
  })
})
