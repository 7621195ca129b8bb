// Archives with bytes changed, cut and repeated: refused with a code or read, never a trap, and alike by both builds.

import { deflateRawSync, gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { CONTAINER } from '../../src/engine/abi.js'
import type { Core } from '../../src/engine/wasm.js'
import { indexBytes, loadCore } from '../support/core.js'
import { codeOf, FIRST_SEED, LIMITS, SCALE } from '../support/fuzz.js'
import { Random, randomStack } from '../support/stacks.js'

const RUNS = 4000 * SCALE
const TIME = 300_000 * SCALE

/** Some bytes overwritten, moved, or dropped; numbers that parsers trip over among them. */
function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let result = bytes.slice()
  for (let n = 1 + random.int(4); n > 0 && result.length > 0; n--) {
    const at = random.int(result.length)
    switch (random.int(5)) {
      case 0:
        result[at] = random.int(256)
        break
      case 1:
        result[at] = [0, 0x20, 0x2f, 0x30, 0x37, 0x7f, 0x80, 0xff][random.int(8)] ?? 0
        break
      case 2:
        result = result.slice(0, at)
        break
      case 3: {
        const length = Math.min(1 + random.int(600), result.length - at)
        result.copyWithin(random.int(result.length), at, at + length)
        break
      }
      default:
        result[at] = (result[at] ?? 0) ^ (1 << random.int(8))
    }
  }
  return result
}

/** Makes the checksums of all headers right again, so that what was changed in them is read. */
function mend(archive: Uint8Array): Uint8Array {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    const header = archive.subarray(at, at + 512)
    // A header or what was one: its magic is there.
    if (String.fromCharCode(...header.subarray(257, 262)) !== 'ustar') continue
    header.fill(0x20, 148, 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
  }
  return archive
}

/** Both refuse, or both give the same index. Of several faults the one that the cuts bring up first is told. */
async function sameOutcome(fast: Core, slow: Core, bytes: Uint8Array, most: number): Promise<string | null> {
  const outcomes: (string | null)[] = []
  const indexes: Uint8Array[] = []
  for (const [core, next] of [
    [fast, undefined],
    [slow, () => most],
  ] as const) {
    outcomes.push(await codeOf(indexBytes(core, bytes, next, LIMITS).then((index) => indexes.push(index))))
  }
  expect(outcomes[1] === null).toBe(outcomes[0] === null)
  expect(indexes[1]).toEqual(indexes[0])
  return outcomes[0] ?? null
}

it(
  `${RUNS} broken tars`,
  async () => {
    const [fast, slow] = [await loadCore('simd'), await loadCore('scalar')]
    const random = new Random(FIRST_SEED)
    let refused = 0
    for (let run = 0; run < RUNS; run++) {
      const [layer] = randomStack(FIRST_SEED * 7919 + (run >> 3)) as [Uint8Array]
      const broken = mutate(random, layer)
      if (await sameOutcome(fast, slow, run % 2 ? mend(broken) : broken, 1 + random.int(2000))) refused++
    }
    expect(refused).toBeGreaterThan(RUNS / 4)
  },
  TIME,
)

it(
  `${RUNS} broken gzip streams: refused, or the bytes that zlib gives`,
  async () => {
    const [fast, slow] = [await loadCore('simd'), await loadCore('scalar')]
    const random = new Random(FIRST_SEED + 1)
    let refused = 0
    for (let run = 0; run < RUNS; run++) {
      const [layer] = randomStack(FIRST_SEED * 104_729 + (run >> 3)) as [Uint8Array]
      const packed = gzipSync(layer, { level: run % 10, strategy: [0, 1, 2, 3, 4][run % 5] })
      const broken = mutate(random, packed)
      const code = await sameOutcome(fast, slow, broken, 1 + random.int(300))
      if (code?.startsWith('GZIP_')) refused++
      else if (code === null) {
        // What got through is what zlib reads, which passes over more behind the last member than we do.
        const index = await indexBytes(fast, broken, undefined, LIMITS)
        const plain = await indexBytes(fast, gunzipSync(broken), undefined, LIMITS)
        expect(index.subarray(CONTAINER.HEADER)).toEqual(plain.subarray(CONTAINER.HEADER))
      }
    }
    expect(refused).toBeGreaterThan(RUNS / 2)
  },
  TIME,
)

it(
  `${RUNS} DEFLATE bodies that are noise`,
  async () => {
    const [fast, slow] = [await loadCore('simd'), await loadCore('scalar')]
    const random = new Random(FIRST_SEED + 2)
    const head = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
    for (let run = 0; run < RUNS; run++) {
      const noise = Uint8Array.from({ length: 1 + random.int(200) }, () => random.int(256))
      const body = run % 2 ? noise : mutate(random, deflateRawSync(noise, { level: 9 }))
      const stream = new Uint8Array(head.length + body.length)
      stream.set(head)
      stream.set(body, head.length)
      await sameOutcome(fast, slow, stream, 1 + random.int(40))
    }
  },
  TIME,
)

it(
  `${RUNS} layer indexes that lie: refused, or diffed without a trap`,
  async () => {
    const core = await loadCore('simd')
    const random = new Random(FIRST_SEED + 3)
    for (let run = 0; run < RUNS; run++) {
      const [layer] = randomStack(FIRST_SEED * 15_485_863 + (run >> 4)) as [Uint8Array]
      const code = await codeOf(indexBytes(core, layer).then(() => {}))
      if (code !== null) continue
      const index = await indexBytes(core, layer)
      const broken = index.slice()
      for (let n = 1 + random.int(3); n > 0; n--) {
        const at = CONTAINER.HEADER + random.int(Math.max(broken.length - CONTAINER.HEADER, 1))
        broken[at] = random.int(3) ? random.int(256) : 0xff
      }
      const diff = async () =>
        core.diff({
          type: 'diff',
          indexes: [index, broken],
          before: [0],
          after: [0, 1, 1],
          ignore: [],
          compare: 255,
          followSymlinks: run % 2 === 0,
          limits: LIMITS,
        })
      await codeOf(diff())
    }
  },
  TIME,
)
