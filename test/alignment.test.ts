// Lists side by side: layers by their diffIds, and what is built on that: histories, chains and sharing.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { align } from '../src/image/alignment.js'
import { chainIds } from '../src/image/chain-id.js'
import { diffHistories } from '../src/image/history-diff.js'
import { shareLayers } from '../src/image/sharing.js'
import type { HistoryEntry } from '../src/index.js'

const SIGNS = { shared: '=', moved: '~', removed: '-', added: '+' } as const

/** `=a -b +c`: a sign and the key, in order. */
function aligned(before: string, after: string): string {
  const rows = align([...before], [...after])
  return rows.map((row) => SIGNS[row.kind] + (before[row.before ?? -1] ?? after[row.after ?? -1])).join(' ')
}

describe('two lists', () => {
  test.for([
    ['equal', 'abc', 'abc', '=a =b =c'],
    ['empty', '', '', ''],
    ['from nothing', '', 'ab', '+a +b'],
    ['to nothing', 'ab', '', '-a -b'],
    ['more on top', 'ab', 'abc', '=a =b +c'],
    ['less on top', 'abc', 'ab', '=a =b -c'],
    ['one replaced in the middle', 'abc', 'axc', '=a -b +x =c'],
    ['one put in', 'ac', 'abc', '=a +b =c'],
    ['one taken out', 'abc', 'ac', '=a -b =c'],
    ['another base', 'abc', 'xyz', '-a -b -c +x +y +z'],
    ['two that changed places', 'ab', 'ba', '=b ~a'],
    ['one that went to the top', 'abcd', 'bcda', '=b =c =d ~a'],
    ['one that went to the bottom', 'abcd', 'dabc', '~d =a =b =c'],
    ['one that comes once more', 'ab', 'aba', '=a =b +a'],
    ['one that comes once less', 'aba', 'ab', '=a =b -a'],
    ['one that comes twice and moved once', 'aab', 'aba', '=a =b ~a'],
    ['one repeated', 'a', 'aaa', '=a +a +a'],
    ['the longest order, not the first one', 'caxby', 'axbyc', '=a =x =b =y ~c'],
  ] as const)('%s', ([, before, after, expected]) => {
    expect(aligned(before, after)).toBe(expected)
  })

  test('against the textbook, for random lists', () => {
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const list = () => Array.from({ length: random(12) }, () => 'abcdef'.charAt(random(6)))
    for (let round = 0; round < 2000; round++) {
      const [before, after] = [list(), list()]
      const rows = align(before, after)
      const of = (kind: string) => rows.filter((row) => row.kind === kind)
      expect(of('shared')).toHaveLength(longestCommon(before, after))
      const both = rows.filter((row) => row.before !== null && row.after !== null)
      for (const row of both) expect(before[row.before ?? -1]).toBe(after[row.after ?? -1])
      expect(both).toHaveLength(commonCount(before, after))
      const numbers = (side: 'before' | 'after') => rows.flatMap((row) => row[side] ?? []).sort((a, b) => a - b)
      expect(numbers('before')).toEqual([...before.keys()])
      expect(numbers('after')).toEqual([...after.keys()])
      expect(rows.flatMap((row) => row.after ?? [])).toEqual([...after.keys()])
    }
  })

  test('lists of which everything equals everything take no time', () => {
    const many = Array.from({ length: 30_000 }, () => 'a')
    const rows = align([...many, 'b'], ['b', ...many])
    expect(rows.filter(({ kind }) => kind === 'shared')).toHaveLength(30_000)
    expect(rows.filter(({ kind }) => kind === 'moved')).toEqual([{ kind: 'moved', before: 30_000, after: 0 }])
  })
})

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = b.map(() => 0)
  for (const x of a) {
    const next: number[] = []
    for (const [j, y] of b.entries()) {
      next.push(x === y ? (row[j - 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

function commonCount(a: readonly string[], b: readonly string[]): number {
  const count = (list: readonly string[], key: string) => list.filter((one) => one === key).length
  return [...new Set(a)].reduce((sum, key) => sum + Math.min(count(a, key), count(b, key)), 0)
}

const line = (createdBy: string | null, more: Partial<HistoryEntry> = {}): HistoryEntry => {
  return { created: null, createdBy, author: null, comment: null, emptyLayer: false, layer: null, ...more }
}

describe('histories', () => {
  test.for<[string, HistoryEntry[], HistoryEntry[], string[]]>([
    ['equal', [line('a')], [line('a')], []],
    ['made at another time', [line('a', { created: '2024' })], [line('a', { created: '2025' })], []],
    ['matched to other layers', [line('a', { layer: 0 })], [line('a', { layer: 3 })], []],
    ['in another order', [line('a'), line('b')], [line('b'), line('a')], []],
    ['a line more', [line('a')], [line('a'), line('b')], ['added 1 b']],
    ['a line less', [line('a'), line('b')], [line('b')], ['removed 0 a']],
    ['a line changed', [line('a'), line('b')], [line('a'), line('c')], ['removed 1 b', 'added 1 c']],
    ['a line repeated', [line('a')], [line('a'), line('a')], ['added 1 a']],
    ['another comment', [line('a')], [line('a', { comment: 'x' })], ['removed 0 a', 'added 0 a']],
    ['a layer where there was none', [line('a', { emptyLayer: true })], [line('a')], ['removed 0 a', 'added 0 a']],
    ['no command', [], [line(null)], ['added 0 null']],
  ])('%s', ([, before, after, expected]) => {
    const changes = diffHistories(before, after)
    expect(changes.map(({ kind, index, createdBy }) => `${kind} ${index} ${createdBy}`)).toEqual(expected)
  })
})

test('chain IDs', () => {
  const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
  const ids = ['a', 'b', 'c'].map(hash)
  const [a, b, c] = ids
  expect(chainIds(ids)).toEqual([a, hash(`${a} ${b}`), hash(`${hash(`${a} ${b}`)} ${c}`)])
  expect(chainIds([])).toEqual([])
})

describe('sharing', () => {
  const stack = (text: string, sizes: Readonly<Record<string, number>> = {}, history: HistoryEntry[] = []) => ({
    layers: [...text].map((key, index) => ({
      claimedDiffId: key,
      size: sizes[key] ?? 10,
      history: index < history.length ? index : null,
    })),
    history,
  })
  const rows = (...stacks: ReturnType<typeof stack>[]) =>
    shareLayers(stacks).layers.map(({ diffId, counts }) => `${diffId} ${counts.join('')}`)

  test.for<[string, string[], string[]]>([
    ['no image', [], []],
    ['one image', ['ab'], ['a 1', 'b 1']],
    ['one base', ['abc', 'abd'], ['a 11', 'b 11', 'c 10', 'd 01']],
    ['two bases', ['ab', 'cb'], ['a 10', 'c 01', 'b 11']],
    ['a layer twice in one image', ['aba', 'a'], ['a 21', 'b 10']],
    ['the later one inserts', ['ac', 'abc', 'abd'], ['a 111', 'b 011', 'c 110', 'd 001']],
    ['images that disagree', ['ab', 'ba'], ['b 11', 'a 11']],
  ])('%s', ([, stacks, expected]) => {
    expect(rows(...stacks.map((text) => stack(text)))).toEqual(expected)
  })

  test('sizes: the smallest form of a layer, and one that comes twice in an image once', () => {
    const sharing = shareLayers([stack('aab', { a: 5, b: 2 }), stack('ac', { a: 4, c: 1 })])
    expect(sharing).toMatchObject({ storedBytes: 4 + 2 + 1, sumBytes: 5 + 2 + 4 + 1 })
    expect(sharing.layers.map(({ size, images }) => [size, images])).toEqual([
      [4, 2],
      [2, 1],
      [1, 1],
    ])
  })

  test('the command of the first image that knows it', () => {
    const { layers } = shareLayers([stack('ab'), stack('ab', {}, [line('make a'), line(null)])])
    expect(layers.map(({ createdBy }) => createdBy)).toEqual(['make a', null])
  })
})
