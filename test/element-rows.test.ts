// The rows of the tree, against all rows written out in full: random trees, opened and closed at random.

import { expect, it } from 'vitest'
import { Rows } from '../src/element/rows.js'
import type { Change, Changes, DirectoryNode } from '../src/index.js'
import { Random } from './support/stacks.js'

const TOTALS = {
  added: 0,
  removed: 0,
  modified: 0,
  unchanged: 0,
  bytesBefore: 0,
  bytesAfter: 0,
  bytesAdded: 0,
  bytesRemoved: 0,
}

function change(path: string, delta = 0): Change {
  const [bytesBefore, bytesAfter] = delta < 0 ? [-delta, 0] : [0, delta]
  return { path, kind: 'added', fields: [], before: null, after: null, cause: null, bytesBefore, bytesAfter }
}

function listOf(list: readonly Change[]): Changes {
  return { length: list.length, at: (index) => list.at(index), [Symbol.iterator]: () => list[Symbol.iterator]() }
}

/** A directory from the paths in it that changed. */
function treeOf(paths: readonly string[], deltas: ReadonlyMap<string, number> = new Map(), path = ''): DirectoryNode {
  const prefix = path === '' ? '' : `${path}/`
  const below = paths.filter((one) => one.startsWith(prefix) && one !== path)
  const names = [...new Set(below.map((one) => one.slice(prefix.length).split('/')[0] as string))].sort()
  const whole = names.map((name) => prefix + name)
  const bytesAfter = below.reduce((sum, one) => sum + (deltas.get(one) ?? 0), 0)
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    totals: { ...TOTALS, bytesAfter },
    directories: whole
      .filter((one) => below.some((other) => other.startsWith(`${one}/`)))
      .map((one) => treeOf(paths, deltas, one)),
    changes: listOf(whole.filter((one) => paths.includes(one)).map((one) => change(one, deltas.get(one)))),
  }
}

/** Level and path of every row. */
function shown(rows: Rows): string[] {
  return Array.from({ length: rows.length }, (_, index) => {
    const row = rows.row(index)
    return row ? `${row.level} ${row.path}${row.directory ? (row.open ? ' open' : ' closed') : ''}` : 'none'
  })
}

it('directories come first, and take their own change along', () => {
  const rows = new Rows(treeOf(['a', 'b', 'b/x', 'c/y/z', 'd']), 'path')
  expect(shown(rows)).toEqual(['1 b closed', '1 c/y closed', '1 a', '1 d'])
  expect(rows.row(0)?.change?.path).toBe('b')
  expect(rows.row(1)?.change).toBeNull()
  expect(rows.row(1)?.name).toBe('c/y')
  expect(rows.setOpen(0, true)).toBe(true)
  expect(rows.setOpen(3, true)).toBe(false)
  expect(shown(rows)).toEqual(['1 b open', '2 b/x', '1 c/y closed', '1 a', '1 d'])
})

it('the size of a change orders each directory', () => {
  const deltas = new Map([
    ['a', 1],
    ['b/x', -50],
    ['b/y', 20],
    ['c', -40],
  ])
  const rows = new Rows(treeOf(['a', 'b/x', 'b/y', 'c'], deltas), 'delta')
  rows.openWhile(100)
  expect(shown(rows)).toEqual(['1 c', '1 b open', '2 b/x', '2 b/y', '1 a'])
})

it('opens no more than there is room for, the upper ones first', () => {
  const paths = ['a/1', 'a/2', 'b/c/1', 'b/c/2', 'b/c/3', 'b/d', 'e']
  const rows = new Rows(treeOf(paths), 'path')
  rows.openWhile(7)
  expect(shown(rows)).toEqual(['1 a open', '2 a/1', '2 a/2', '1 b open', '2 b/c closed', '2 b/d', '1 e'])
})

it('names beyond 16 bits are found where their bytes sort', () => {
  // As UTF-16 these would sort the other way round.
  const [low, high] = ['\uff5e', '\u{1f600}']
  const node: DirectoryNode = {
    ...treeOf([`${high}/x`]),
    changes: listOf([change(low), change(high)]),
  }
  const rows = new Rows(node, 'path')
  expect(rows.length).toBe(2)
  expect(rows.row(0)?.change?.path).toBe(high)
})

it.each([1, 2, 3, 4, 5, 6, 7, 8])('random trees, opened and closed at random (%i)', (seed) => {
  const random = new Random(seed)
  const pick = (most: number) => random.int(most)
  const paths = new Set<string>()
  for (let count = 0; count < 60; count++) {
    paths.add(Array.from({ length: 1 + pick(4) }, () => 'abcd'[pick(4)]).join('/'))
  }
  const tree = treeOf([...paths])
  const rows = new Rows(tree, 'path')
  const open = new Set<string>()
  for (let turn = 0; turn < 40; turn++) {
    const index = pick(rows.length)
    const row = rows.row(index)
    if (row?.directory) {
      rows.setOpen(index, !row.open)
      if (row.open) for (const path of [...open]) if (`${path}/`.startsWith(`${row.path}/`)) open.delete(path)
      if (!row.open) open.add(row.path)
    }
    expect(shown(rows)).toEqual(written(tree, open, 1))
  }
  for (const [index, text] of shown(rows).entries()) {
    const parent = rows.parentOf(index)
    const level = Number(text.split(' ')[0])
    expect(parent < 0 ? 0 : (rows.row(parent)?.level ?? 0)).toBe(level - 1)
  }
  for (const path of paths) {
    const index = rows.reveal(path)
    expect(rows.row(index)?.path).toBe(path)
  }
  expect(rows.reveal('no/such')).toBe(-1)
  const seen: string[] = []
  const all = new Rows(tree, 'path')
  for (let at = all.changeFrom(-1, 1); at >= 0; at = all.changeFrom(at, 1)) seen.push(all.row(at)?.path ?? '')
  expect(seen.toSorted()).toEqual([...paths].toSorted())
  const back: string[] = []
  const again = new Rows(tree, 'path')
  for (let at = again.changeFrom(again.length, -1); at >= 0; at = again.changeFrom(at, -1)) {
    back.push(again.row(at)?.path ?? '')
  }
  expect(back.toReversed()).toEqual(seen)
})

/** The same rows, made one after the other. */
function written(node: DirectoryNode, open: ReadonlySet<string>, level: number): string[] {
  const taken = new Set(node.directories.map(({ path }) => path))
  const lines: string[] = []
  for (const directory of node.directories) {
    let last = directory
    const changed = [...node.changes].some(({ path }) => path === directory.path)
    while (!changed && last.directories.length === 1 && last.changes.length === 0) {
      last = last.directories[0] as DirectoryNode
    }
    const isOpen = open.has(last.path)
    lines.push(`${level} ${last.path} ${isOpen ? 'open' : 'closed'}`)
    if (isOpen) lines.push(...written(last, open, level + 1))
  }
  for (const { path } of node.changes) if (!taken.has(path)) lines.push(`${level} ${path}`)
  return lines
}
