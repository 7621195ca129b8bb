// What files hold, read once more after a diff: in every compression and dialect, of every kind of input.

import { describe, expect, it } from 'vitest'
import { type Change, diffLayers, type LayerDiff, type LayerInput } from '../../src/index.js'
import { gzip } from '../support/compress.js'
import { refusal } from '../support/refusal.js'
import { bytes, directory, file, hardlink, symlink, tar, whiteout } from '../support/tar-builder.js'

const text = new TextDecoder()

function changeOf(diff: LayerDiff, path: string): Change {
  for (const change of diff.changes) if (change.path === path) return change
  throw new Error(`no change of ${path}`)
}

async function read(diff: LayerDiff, path: string, side: 'before' | 'after', limit?: number): Promise<string> {
  return text.decode((await diff.content(changeOf(diff, path), side, { limit })).bytes)
}

const lower = tar([
  file('first', 'before it'),
  directory('dir'),
  file('dir/a', 'a of the lower layer'),
  file('dir/gone', 'gone'),
  file('big', `${'x'.repeat(300_000)}end`),
  file('empty'),
])
const upper = tar([
  file('dir/a', 'a of the upper layer'),
  whiteout('dir/gone'),
  file('new', 'new', { dialect: 'pax', pax: [['comment', 'c'.repeat(2000)]] }),
  hardlink('link', 'new'),
  hardlink('low', 'first'),
  symlink('sym', 'new'),
  file(`${'long/'.repeat(60)}name`, 'far away', { dialect: 'gnu' }),
  file('caf\xe9'.normalize('NFC'), 'coffee'),
  file(new Uint8Array([0x62, 0xff]), 'no UTF-8'),
  file('z', 'last'),
])

const streamOf = (content: Uint8Array) => new Blob([content as Uint8Array<ArrayBuffer>]).stream()

describe.each<[string, (content: Uint8Array) => LayerInput | Promise<LayerInput>]>([
  ['bytes', (content) => content],
  ['a Blob', (content) => new Blob([content as Uint8Array<ArrayBuffer>])],
  ['gzip', (content) => gzip(content)],
  ['what is opened again', (content) => ({ open: () => streamOf(content) })],
  ['what is opened again, gzip', (content) => ({ open: async () => streamOf(await gzip(content)) })],
])('layers given as %s', (_, give) => {
  const compared = async () => {
    const [low, high] = [await give(lower), await give(upper)]
    return diffLayers(low, [low, high])
  }

  it('files of both sides, in whichever layer they lie', async () => {
    const diff = await compared()
    expect(await read(diff, 'dir/a', 'before')).toBe('a of the lower layer')
    expect(await read(diff, 'dir/a', 'after')).toBe('a of the upper layer')
    expect(await read(diff, 'dir/gone', 'before')).toBe('gone')
    expect(await read(diff, 'new', 'after')).toBe('new')
    expect(await read(diff, `${'long/'.repeat(60)}name`, 'after')).toBe('far away')
    expect(await read(diff, 'z', 'after')).toBe('last')
    expect(await read(diff, 'café', 'after')).toBe('coffee')
    expect(await read(diff, 'b\ufffd', 'after')).toBe('no UTF-8')
  })

  it('hard links, also to a file of a lower layer', async () => {
    const diff = await compared()
    expect(await read(diff, 'link', 'after')).toBe('new')
    expect(await read(diff, 'low', 'after')).toBe('before it')
  })

  it('large ones whole or in part, and empty ones', async () => {
    const low = await give(lower)
    const diff = await diffLayers([], low)
    expect(await read(diff, 'big', 'after')).toBe(`${'x'.repeat(300_000)}end`)
    const { bytes: head, size, hash } = await diff.content(changeOf(diff, 'big'), 'after', { limit: 10 })
    expect([text.decode(head), size, hash]).toEqual(['x'.repeat(10), 300_003, changeOf(diff, 'big').after?.hash])
    expect(await read(diff, 'empty', 'after')).toBe('')
    expect(await read(diff, 'big', 'after', 0)).toBe('')
  })
})

it('stacks whose layers changed places', async () => {
  const one = tar([file('f', 'one')])
  const two = tar([file('f', 'two')])
  const diff = await diffLayers([one, two], [two, one])
  expect(await read(diff, 'f', 'before')).toBe('two')
  expect(await read(diff, 'f', 'after')).toBe('one')
})

it('files all over a layer that is larger than what is decompressed at a time', async () => {
  // What does not compress: the stored layer is to fill the decoder's window several times.
  const noise = (seed: number) => {
    let state = seed + 1
    return Uint8Array.from({ length: 2000 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    })
  }
  const layer = await gzip(tar(Array.from({ length: 500 }, (_, index) => file(`f${index}`, noise(index)))))
  expect(layer.byteLength).toBeGreaterThan(3 << 18)
  const diff = await diffLayers([], layer)
  for (const index of [0, 100, 250, 499]) {
    const { bytes } = await diff.content(changeOf(diff, `f${index}`), 'after')
    expect(bytes).toEqual(noise(index))
  }
})

describe('is refused', () => {
  it.each<[string, string, 'before' | 'after']>([
    ['a side without it', 'new', 'before'],
    ['a symlink', 'sym', 'after'],
    ['a directory', 'long', 'after'],
  ])('%s', async (_, path, side) => {
    const diff = await diffLayers(lower, [lower, upper])
    const error = await refusal(diff.content(changeOf(diff, path), side))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining(`"${path}"`)])
  })

  it('a change of another diff', async () => {
    const diff = await diffLayers(lower, [lower, upper])
    const other = await diffLayers([], tar([file('other', 'x')]))
    expect(await refusal(diff.content(changeOf(other, 'other'), 'after'))).toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('a limit that is none', async () => {
    const diff = await diffLayers([], upper)
    for (const limit of [-1, 0.5, Number.NaN]) {
      expect(await refusal(diff.content(changeOf(diff, 'new'), 'after', { limit }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      })
    }
  })

  it('a stream, which is used up', async () => {
    const diff = await diffLayers([], streamOf(upper))
    const error = await refusal(diff.content(changeOf(diff, 'new'), 'after'))
    expect([error.code, error.message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('open()')])
  })

  it('a layer that is another one now', async () => {
    let content = upper
    const diff = await diffLayers([], { open: () => content })
    content = tar([file('dir/a', 'A of the upper layer'), file('rest', 'r'.repeat(upper.byteLength))])
    expect(await refusal(diff.content(changeOf(diff, 'dir/a'), 'after'))).toMatchObject({ code: 'INPUT_UNREADABLE' })
    content = tar([])
    expect(await refusal(diff.content(changeOf(diff, 'z'), 'after'))).toMatchObject({ code: 'INPUT_UNREADABLE' })
  })

  it('a file with holes, which is not stored in one piece', async () => {
    const sparse = { format: '1.0' as const, size: 5000, map: [[4000, 4]] as const }
    const diff = await diffLayers([], tar([file('holes', 'data', { sparse }), file('next', bytes('n'.repeat(9000)))]))
    expect(await refusal(diff.content(changeOf(diff, 'holes'), 'after'))).toMatchObject({ code: 'INPUT_UNREADABLE' })
    expect(await read(diff, 'next', 'after')).toBe('n'.repeat(9000))
  })

  it('when it is called off', async () => {
    const diff = await diffLayers([], upper)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(diff.content(changeOf(diff, 'new'), 'after', { signal })).rejects.toThrow('enough')
  })
})

describe.each<'gnu' | '0.0' | '0.1' | '1.0'>(['gnu', '0.0', '0.1', '1.0'])(
  'beside a sparse file of form %s',
  (format) => {
    const sparse = file('a/sparse', 'data', { sparse: { format, size: 900_000, map: [[899_996, 4]] } })
    const after = 'z'.repeat(2000)
    const layers: [string, Uint8Array][] = [
      ['that comes before others', tar([file('a/first', 'one'), sparse, file('b', after), file('c', 'last')])],
      ['that comes last', tar([file('a/first', 'one'), file('b', after), file('c', 'last'), sparse])],
    ]

    it.each(layers)('%s files are what they are', async (_, layer) => {
      for (const given of [layer, await gzip(layer)]) {
        const diff = await diffLayers([], [given])
        const paths = ['a/first', 'a/sparse', 'b', 'c']
        const found = await diff.contents(paths.map((path) => ({ change: changeOf(diff, path), side: 'after' })))
        expect(found.map((one) => (one instanceof Error ? one.message.slice(0, 30) : text.decode(one.bytes)))).toEqual([
          'one',
          'What was read is not what was ',
          after,
          'last',
        ])
      }
    })
  },
)
