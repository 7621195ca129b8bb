// Input that is broken, or made to break: each case an error with its code and place, and an engine that goes on.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createEngine,
  type DiffOptions,
  diffLayers,
  type Engine,
  LayerDiffError,
  type LayerInput,
} from '../../src/index.js'
import { gzip } from '../support/compress.js'
import { concat, directory, file, hardlink, paxHeader, symlink, tar, whiteout } from '../support/tar-builder.js'

let engine: Engine
beforeAll(() => {
  engine = createEngine({ workers: 1 })
})
afterAll(() => engine.dispose())

/** The error of a diff whose after side is one layer. */
async function refusal(layer: LayerInput, options: DiffOptions = {}): Promise<LayerDiffError> {
  const outcome = await diffLayers([], layer, { engine, ...options }).then(
    (diff) => diff,
    (error) => error,
  )
  expect(outcome).toBeInstanceOf(LayerDiffError)
  // The same worker serves the next call.
  const diff = await diffLayers([], tar([file('next', '1')]), { engine })
  expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['next'])
  return outcome as LayerDiffError
}

const long = 'x'.repeat(200)
const deep = Array.from({ length: 3000 }, () => 'd').join('/')
const small = tar([directory('d'), file('d/a', 'hello'), symlink('l', 'd/a')])
const zeros = (length: number) => new Uint8Array(length)

interface Row {
  name: string
  layer: () => Promise<Uint8Array> | Uint8Array
  code: string
  path?: string
  offset?: number
  options?: DiffOptions
}

const rows: Row[] = [
  { name: 'nothing at all', layer: () => zeros(0), code: 'TAR_EMPTY' },
  { name: 'text', layer: () => new TextEncoder().encode('hello '.repeat(200)), code: 'TAR_CHECKSUM', offset: 0 },
  { name: 'a few bytes', layer: () => new Uint8Array([1, 2, 3]), code: 'TAR_TRUNCATED' },
  { name: 'one byte short of a header', layer: () => small.subarray(0, 511), code: 'TAR_TRUNCATED' },
  {
    name: 'cut in the content',
    layer: () => tar([file('a', 'x'.repeat(600))]).subarray(0, 700),
    code: 'TAR_TRUNCATED',
    path: 'a',
  },
  {
    name: 'a wrong checksum',
    layer: () => tar([file('a', '1'), file('b', '1', { checksum: 'bad' })]),
    code: 'TAR_CHECKSUM',
    offset: 1024,
  },
  {
    name: 'a zero block between entries',
    layer: () => concat([tar([file('a')], { endBlocks: 1 }), tar([file('b')])]),
    code: 'TAR_CHECKSUM',
    offset: 1024,
  },
  {
    name: 'a size larger than the archive',
    layer: () => tar([file('a', '1', { size: 1 << 20 })]),
    code: 'TAR_TRUNCATED',
    path: 'a',
  },
  {
    name: 'a size of 2^63 - 1',
    layer: () => tar([file('a', '1', { size: 2n ** 63n - 1n, numbers: 'base256' })]),
    code: 'TAR_TRUNCATED',
    path: 'a',
  },
  {
    name: 'a negative size',
    layer: () => tar([file('a', '1', { size: -5n, numbers: 'base256', dialect: 'gnu' })]),
    code: 'TAR_NUMBER',
    offset: 0,
  },
  {
    name: 'a pax size of 2^63',
    layer: () => tar([file('a', '1', { pax: [['size', '9223372036854775808']] })]),
    code: 'TAR_PAX_RECORD',
  },
  {
    name: 'a pax record without an end',
    layer: () => tar([paxHeader(new TextEncoder().encode('99 path=a\n')), file('a')]),
    code: 'TAR_PAX_RECORD',
  },
  {
    name: 'a NUL in a pax path',
    layer: () => tar([file('a', '', { pax: [['path', 'a\0b']] })]),
    code: 'TAR_PAX_RECORD',
  },
  {
    name: 'endless pax records',
    layer: () => tar([paxHeader(zeros(2 << 20)), file('a')]),
    code: 'LIMIT_META_BYTES',
    offset: 0,
  },
  { name: 'a pax header without its entry', layer: () => tar([paxHeader([['path', 'a']])]), code: 'TAR_TRUNCATED' },
  {
    name: 'a path longer than a page',
    layer: () => tar([file(`${long}/`.repeat(21).concat('f'))]),
    code: 'LIMIT_PATH_BYTES',
  },
  { name: 'a path of three thousand components', layer: () => tar([file(deep)]), code: 'LIMIT_PATH_BYTES' },
  {
    name: 'a symlink target longer than a page',
    layer: () => tar([symlink('a', 'x'.repeat(5000))]),
    code: 'LIMIT_PATH_BYTES',
    path: 'a',
  },
  {
    name: 'more entries than allowed',
    layer: () => tar([file('a'), file('b'), file('c')]),
    code: 'LIMIT_ENTRIES',
    options: { limits: { entries: 2 } },
  },
  {
    name: 'more bytes than allowed',
    layer: () => tar([file('a', 'x'.repeat(5000))]),
    code: 'LIMIT_LAYER_BYTES',
    options: { limits: { layerBytes: 4096 } },
  },
  {
    name: 'a sparse file of an exabyte',
    layer: () => tar([file('a', '', { dialect: 'gnu', sparse: { format: 'gnu', size: 2 ** 52, map: [] } })]),
    code: 'LIMIT_LAYER_BYTES',
    path: 'a',
  },
  { name: 'one volume of several', layer: () => tar([file('a', '1', { type: 'M' })]), code: 'TAR_VOLUME' },
  { name: 'bzip2', layer: () => new TextEncoder().encode('BZh91AY&SY'), code: 'COMPRESSION_UNSUPPORTED' },
  { name: 'xz', layer: () => new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2]), code: 'COMPRESSION_UNSUPPORTED' },
  { name: 'lz4', layer: () => new Uint8Array([4, 0x22, 0x4d, 0x18, 0, 0]), code: 'COMPRESSION_UNSUPPORTED' },
  { name: 'gzip, cut', layer: async () => (await gzip(small)).subarray(0, 60), code: 'GZIP_TRUNCATED' },
  { name: 'gzip with a wrong checksum', layer: async () => flip(await gzip(small), -5), code: 'GZIP_CHECKSUM' },
  { name: 'gzip with a wrong length', layer: async () => flip(await gzip(small), -1), code: 'GZIP_CHECKSUM' },
  { name: 'gzip with a reserved flag', layer: async () => flip(await gzip(small), 3, 0xe0), code: 'GZIP_CORRUPT' },
  {
    name: 'something behind gzip',
    layer: async () => concat([await gzip(small), new Uint8Array([1, 2, 3])]),
    code: 'GZIP_TRAILING_BYTES',
  },
  {
    name: 'a disk image, which begins with zeros',
    layer: () => {
      const image = new Uint8Array(40_000)
      image.set(new TextEncoder().encode('CD001'), 32_769)
      return image
    },
    code: 'TAR_CHECKSUM',
    offset: 32_769,
  },
  { name: 'zstd, cut', layer: () => new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58]), code: 'ZSTD_TRUNCATED' },
  {
    name: 'zstd, corrupt',
    layer: () =>
      new Uint8Array([
        0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff,
      ]),
    code: 'ZSTD_CORRUPT',
  },
  { name: 'a gzip bomb', layer: bomb, code: 'LIMIT_EXPANSION', path: 'bomb' },
  {
    name: 'symlinks in a circle',
    layer: () => tar([symlink('a', 'b'), symlink('b', 'a'), file('a/x')]),
    code: 'SYMLINK_LOOP',
    path: 'a/x',
  },
]

/** The byte at an index, counted from the end when negative, with some bits flipped. */
function flip(bytes: Uint8Array, index: number, bits = 1): Uint8Array {
  const at = index < 0 ? bytes.length + index : index
  bytes[at] = (bytes[at] ?? 0) ^ bits
  return bytes
}

/** 1.5 GiB of zeros in one file, as 1,536 gzip members of a MiB. */
async function bomb(): Promise<Uint8Array> {
  const mebibyte = await gzip(zeros(1 << 20))
  const header = tar([file('bomb', '', { size: 1536 * 2 ** 20 })], { endBlocks: 0 })
  return concat([await gzip(header), ...Array.from({ length: 1536 }, () => mebibyte)])
}

describe('bad input is refused, and the engine serves the next call', () => {
  for (const { name, layer, code, path, offset, options } of rows) {
    it(`${name}: ${code}`, async () => {
      const error = await refusal(await layer(), options)
      expect(error.code).toBe(code)
      expect([error.side, error.layer]).toEqual(['after', 0])
      if (path !== undefined) expect(error.path).toBe(path)
      if (offset !== undefined) expect(error.offset).toBe(offset)
      expect(error.message).toMatch(/^Layer 0 of the after side: [A-Z].{20,}/)
    })
  }

  it('is told apart from a short diff: every cut of a small archive, plain and gzip', async () => {
    const packed = await gzip(small)
    for (const bytes of [small, packed]) {
      for (let length = 0; length < bytes.length; length++) {
        const outcome = await diffLayers([], bytes.subarray(0, length), { engine }).then(
          (diff) => diff.warnings.map((warning) => warning.code).join(),
          (error: LayerDiffError) => error.code,
        )
        // A cut between two entries, or in the padding before the next, cannot be told from an archive without end
        // blocks: that is a warning. Behind the first end block nothing is missed.
        const rest = bytes.subarray(length, Math.ceil(length / 512) * 512)
        const between = bytes === small && length > 0 && rest.every((byte) => byte === 0)
        if (between) expect(outcome, `${length} bytes`).toMatch(/^(TRAILING_BLOCKS_MISSING|TAR_TRUNCATED)$/)
        else expect(outcome, `${length} bytes`).toMatch(/_TRUNCATED|TAR_EMPTY$/)
      }
    }
  })

  it('the place of a cut lies within the bytes that there are', async () => {
    const packed = await gzip(tar([file('a', 'hello '.repeat(500))]))
    const error = await refusal(packed.subarray(0, 40))
    expect(error).toMatchObject({ code: 'GZIP_TRUNCATED' })
    expect(error.offset).toBeLessThanOrEqual(40)
  })

  it('a flipped bit in gzip never gives another diff', async () => {
    const packed = await gzip(tar([file('d/a', 'hello')]))
    const right = JSON.stringify(await diffLayers([], tar([file('d/a', 'hello')]), { engine }))
    let refused = 0
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const broken = flip(packed.slice(), bit >> 3, 1 << (bit & 7))
      await diffLayers([], broken, { engine }).then(
        // Header fields such as the time of packing say nothing about the content.
        (diff) => expect(JSON.stringify(diff), `bit ${bit}`).toBe(right),
        (error) => {
          expect(error).toBeInstanceOf(LayerDiffError)
          refused++
        },
      )
    }
    expect(refused).toBeGreaterThan(packed.length * 4)
  })

  it('a million tiny gzip members are read in bounded memory', async () => {
    const archive = tar([file('a', 'hello')])
    const members = await Promise.all([gzip(archive.subarray(0, 600)), gzip(zeros(0)), gzip(archive.subarray(600))])
    const [head, empty, end] = members as [Uint8Array, Uint8Array, Uint8Array]
    const many = new Uint8Array(empty.length * 1_000_000)
    for (let at = 0; at < many.length; at += empty.length) many.set(empty, at)
    const diff = await diffLayers([], concat([head, many, end]), { engine })
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['a'])
  })

  it('strict makes an error of what is a warning', async () => {
    const layer = tar([file('a', '1'), file('a', '2')])
    expect((await diffLayers([], layer, { engine })).warnings).toMatchObject([
      { code: 'DUPLICATE_PATH', path: 'a', layer: 0, offset: 1024 },
    ])
    const error = await refusal(layer, { strict: true })
    expect(error.message).toMatch(/^Layer 0 of the after side: /)
    expect(error).toMatchObject({ code: 'DUPLICATE_PATH', side: 'after', layer: 0, path: 'a', offset: 1024 })
  })

  it.for([
    [1024, []],
    [10_240, []],
    [10_241, ['ONLY_ZEROS']],
    [1_000_000, ['ONLY_ZEROS']],
  ] as const)('%i zeros are an empty layer', async ([length, codes]) => {
    const diff = await diffLayers([], zeros(length), { engine })
    expect([diff.changes.length, diff.warnings.map(({ code }) => code)]).toEqual([0, codes])
  })

  it('a storm of whiteouts costs no more than its entries', async () => {
    const files = Array.from({ length: 2000 }, (_, i) => file(`d/${i}`))
    const storm = Array.from({ length: 2000 }, () => [whiteout('d'), file('d/x')]).flat()
    const diff = await diffLayers([], [tar(files), tar(storm)], { engine })
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['d', 'd/x'])
  })

  it('twenty thousand hard links to one file', async () => {
    const links = Array.from({ length: 20_000 }, (_, i) => hardlink(`l${i}`, 'a', { dialect: 'ustar' }))
    const diff = await diffLayers([], tar([file('a', '123'), ...links]), { engine })
    expect(diff.summary).toMatchObject({ added: 20_001, bytesAfter: 3 })
  })
})
