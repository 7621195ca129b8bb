// What an image wastes: dive's figures on dive's own test image, and what a squash would really save.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectImage } from '../src/index.js'
import { Layout, layer } from './support/image-builder.js'
import { directory, file, hardlink, opaque, symlink, type TarPart, tar, whiteout } from './support/tar-builder.js'
import { fixtures } from './support/truth.js'

async function wasteOf(...layers: TarPart[][]) {
  const layout = new Layout()
  const built = await Promise.all(layers.map((parts) => layer(tar(parts))))
  const { waste } = await inspectImage(layout.tar([await layout.image(built)]), { verify: true })
  return waste
}

const kb = 'x'.repeat(1000)

describe('what a squash would save', () => {
  it.each<[string, TarPart[][], [bytes: number, ...paths: [string, number, number[]][]]]>([
    ['nothing is wasted', [[file('a', kb)], [file('b', kb)]], [0]],
    ['a file that is written over', [[file('a', kb)], [file('a', `${kb}more`)]], [1000, ['a', 1000, [0]]]],
    ['the same bytes once more', [[file('a', kb)], [file('a', kb, { mode: 0o600 })]], [1000, ['a', 1000, [0]]]],
    ['written over twice', [[file('a', kb)], [file('a', 'yy')], [file('a', 'z')]], [1002, ['a', 1002, [0, 1]]]],
    ['deleted', [[file('a', kb)], [whiteout('a')]], [1000, ['a', 1000, [0]]]],
    [
      'in a directory that is deleted',
      [[directory('d'), file('d/a', kb), file('d/b', 'b')], [whiteout('d')]],
      [1001, ['d/a', 1000, [0]], ['d/b', 1, [0]]],
    ],
    [
      'in a directory that became opaque',
      [
        [directory('d'), file('d/a', kb)],
        [directory('d'), opaque('d'), file('d/b', 'b')],
      ],
      [1000, ['d/a', 1000, [0]]],
    ],
    [
      'in a directory that became something else',
      [[directory('d'), file('d/a', kb)], [symlink('d', 'other')]],
      [1000, ['d/a', 1000, [0]]],
    ],
    ['a file of which a hard link is left', [[file('a', kb), hardlink('b', 'a')], [whiteout('a')]], [0]],
    ['a hard link of a later layer', [[file('a', kb)], [hardlink('b', 'a'), whiteout('a')]], [0]],
    [
      'a file whose names are all gone',
      [
        [file('a', kb), hardlink('b', 'a')],
        [whiteout('a'), whiteout('b')],
      ],
      [1000, ['a', 1000, [0]]],
    ],
    ['stored twice in one layer', [[file('a', kb), file('a', 'a')]], [1000, ['a', 1000, [0]]]],
    ['deleted and made again', [[file('a', kb)], [whiteout('a')], [file('a', 'a')]], [1000, ['a', 1000, [0]]]],
    ['empty files', [[file('a')], [whiteout('a')]], [0]],
    ['a layer that stands twice', [[file('a', kb)], [file('b', 'b')], [file('a', kb)]], [0]],
  ])('%s', async (_, layers, [wastedBytes, ...paths]) => {
    const { actual } = await wasteOf(...layers)
    expect(actual.wastedBytes).toBe(wastedBytes)
    expect(actual.paths).toEqual(paths.map(([path, bytes, layers]) => ({ path, bytes, layers })))
  })

  it('is a share of all that is stored', async () => {
    expect((await wasteOf([file('a', kb)], [file('a', kb.repeat(3))])).actual.wastedPercent).toBe(0.25)
    expect((await wasteOf([])).actual.wastedPercent).toBe(0)
  })
})

describe('by dive’s formulas', () => {
  it.each<[string, TarPart[][], [efficiency: number, wastedBytes: number, wastedPercent: number]]>([
    ['nothing', [[]], [1, 0, 0]],
    ['no path twice', [[file('a', kb)], [file('b', kb)]], [1, 0, 0]],
    [
      'a path in two layers counts both copies',
      [[file('a', kb)], [file('a', kb.repeat(3))]],
      [0.25, 4000, 4000 / 3000],
    ],
    ['a whiteout of a file is a copy of no size', [[file('a', kb)], [whiteout('a'), file('b', kb)]], [0.5, 1000, 1]],
    [
      'a whiteout of a directory is as large as what lay in it',
      [
        [directory('d'), file('d/a', kb), file('d/b', kb)],
        [whiteout('d'), file('x', kb)],
      ],
      [1, 0, 0],
    ],
    [
      'hard links have no size',
      [
        [file('a', kb), hardlink('b', 'a')],
        [hardlink('b', 'a'), file('c', kb)],
      ],
      [1, 0, 0],
    ],
    [
      'directories with something in them do not count',
      [
        [directory('d'), file('d/a', kb)],
        [directory('d'), file('d/b', kb)],
      ],
      [1, 0, 0],
    ],
    [
      'opaque markers do not exist',
      [
        [directory('d'), file('d/a', kb)],
        [directory('d'), opaque('d'), file('d/b', kb)],
      ],
      [1, 0, 0],
    ],
  ])('%s', async (_, layers, [efficiency, wastedBytes, wastedPercent]) => {
    expect((await wasteOf(...layers)).dive).toEqual({ efficiency, wastedBytes, wastedPercent })
  })

  it.skipIf(fixtures === null)('its own test image', async () => {
    const { waste } = await inspectImage(join(fixtures ?? '', 'images/dive/test-docker-image.tar'))
    expect(waste.dive).toEqual({
      efficiency: 0.9844212134184309,
      wastedBytes: 32025,
      wastedPercent: 0.4834911001404049,
    })
    expect(waste.actual.wastedBytes).toBe(32025)
  })
})
