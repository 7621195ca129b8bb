// What costs much where it is much: twice as much of it takes about twice the steps of the engine, and names that were made
// to meet in its table take as many as any others. Steps are counted by the checked build; nothing is timed.

import { describe, expect, it, test } from 'vitest'
import { DEFAULT_LIMITS } from '../src/options.js'
import { indexOf, namesAgainstFnv, namesAgainstKey, randomNames } from './bench/inputs/flooding-names.mjs'
import { CheckedCore } from './support/checked-core.js'
import {
  directory,
  file,
  hardlink,
  opaque,
  paxHeader,
  symlink,
  type TarPart,
  tar,
  whiteout,
} from './support/tar-builder.js'

const LIMITS = { ...DEFAULT_LIMITS, pathBytes: 1 << 22, metaBytes: 1 << 22 }
const COUNT = 1500

type Parts = (TarPart | Uint8Array)[]

const core = new CheckedCore()

/** The steps of reading all layers and of comparing the topmost with those below. */
function stepsOf(layers: readonly Parts[]): number {
  let steps = 0
  const indexes = layers.map((parts) => {
    const archive = tar(parts)
    core.begin(LIMITS, 0)
    steps += core.steps(() => expect(core.tar(archive, LIMITS)).toBe(0))
    return core.layerIndex()
  })
  const all = indexes.map((_, place) => place)
  core.begin(LIMITS, 0)
  return steps + core.steps(() => expect(core.diff(indexes, all.slice(0, -1), all)).toBe(0))
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
const many = (count: number, part: (i: number) => TarPart | Uint8Array | Parts): Parts => numbers(count).flatMap(part)
/** One below the other: 1/1/1... */
const depths = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    Array(i + 1)
      .fill('1')
      .join('/'),
  )

const rows: { name: string; layers: (count: number) => Parts[] }[] = [
  { name: 'empty files', layers: (n) => [many(n, (i) => file(`${i}`))] },
  { name: 'one file again and again', layers: (n) => [many(n, () => file('a', 'x'))] },
  { name: 'hard links to one file', layers: (n) => [[file('a', 'x'), ...many(n, (i) => hardlink(`${i}`, 'a'))]] },
  {
    name: 'hard links to hard links',
    layers: (n) => [[file('0', 'x'), ...many(n, (i) => hardlink(`${i + 1}`, `${i}`))]],
  },
  {
    name: 'files and directories that replace each other',
    layers: (n) => [many(n, (i) => [file('a'), file(`a/${i}`)])],
  },
  {
    name: 'pax records of one entry',
    layers: (n) => [[paxHeader(numbers(n).map((i) => [`SCHILY.xattr.${i}`, 'v'] as const)), file('a')]],
  },
  {
    name: 'regions of one sparse file',
    layers: (n) => [
      [
        file('a', 'x'.repeat(n), {
          sparse: { format: '1.0', size: 3 * n, map: numbers(n).map((i) => [2 * i, 1] as const) },
        }),
      ],
    ],
  },
  { name: 'whiteouts of files', layers: (n) => [many(n, (i) => file(`${i}`)), many(n, (i) => whiteout(`${i}`))] },
  { name: 'whiteouts of nothing', layers: (n) => [[directory('a')], many(n, (i) => whiteout(`a/${i}`))] },
  {
    name: 'one whiteout again and again',
    layers: (n) => [many(n, (i) => file(`a/${i}`)), many(n, () => whiteout('a'))],
  },
  {
    name: 'opaque markers in every directory',
    layers: (n) => [many(n, (i) => file(`d${i}/f`)), many(n, (i) => opaque(`d${i}`))],
  },
  {
    name: 'one opaque marker again and again',
    layers: (n) => [many(n, (i) => file(`d/${i}`)), many(n, () => opaque('d'))],
  },
  {
    name: 'markers behind every new file',
    layers: (n) => [many(n, (i) => file(`d/${i}`)), many(n, (i) => [file(`d/x${i}`), opaque('d'), whiteout('d')])],
  },
  {
    name: 'files behind one symlink',
    layers: (n) => [[symlink('l', 'd'), directory('d'), ...many(n, (i) => file(`l/${i}`))]],
  },
  {
    name: 'symlinks that replace each other under files',
    layers: (n) => [many(n, (i) => [symlink('l', `d${i % 7}`), file(`l/${i}`)])],
  },
]

describe('twice as many take about twice the steps', () => {
  test.for(rows)('$name', ({ layers }) => {
    expect(stepsOf(layers(2 * COUNT)) / stepsOf(layers(COUNT))).toBeLessThan(2.5)
  })
})

describe('of directories in each other', () => {
  // Each stands for the bytes of its whole name, so that twice the depth is four times the bytes.
  const nested: typeof rows = [
    { name: 'directories', layers: (n) => [depths(n).map((path) => directory(path))] },
    {
      name: 'opaque markers',
      layers: (n) => [depths(n).map((path) => file(`${path}/f`)), depths(n).map((path) => opaque(path))],
    },
    {
      name: 'whiteouts',
      layers: (n) => [depths(n).map((path) => file(`${path}/f`)), depths(n).map((path) => whiteout(path))],
    },
  ]
  test.for(nested)('$name', ({ layers }) => {
    expect(stepsOf(layers(400)) / stepsOf(layers(200))).toBeLessThan(5)
  })
})

describe('names that were made to meet', () => {
  const KNOWN = [0, 0, 0, 0] as const
  const OTHER = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const
  const loading = (names: readonly Buffer[], key: typeof KNOWN | typeof OTHER) => {
    const index = indexOf(names)
    core.begin(LIMITS, 0, key)
    return core.steps(() => {
      core.wasm.beginDiff(false)
      core.wasm.loadIndex(core.put(index), index.byteLength)
    })
  }
  /** Steps more than names at random take, for each name. */
  const more = (names: readonly Buffer[], key: typeof KNOWN | typeof OTHER) =>
    (loading(names, key) - loading(randomNames(), key)) / names.length
  const againstKey = namesAgainstKey(KNOWN)

  it('meet each other under the key that they were made against', () => {
    expect(more(againstKey, KNOWN)).toBeGreaterThan(40)
  })
  it('do no harm under another key', () => {
    expect(more(againstKey, OTHER)).toBeLessThan(1)
  })
  it('do no harm when they were made against FNV-1a', () => {
    expect(more(namesAgainstFnv(), OTHER)).toBeLessThan(1)
  })
})
