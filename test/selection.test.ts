// Parts of a diff: which changes are shown, and in which order.

import { describe, expect, test } from 'vitest'
import { diffLayers, type PackageChange } from '../src/index.js'
import { type Selection, selectChanges, WHOLE } from '../src/report/selection.js'
import { textReport } from '../src/report/text.js'
import { file, tar, whiteout } from './support/tar-builder.js'

const of = (size: number) => 'x'.repeat(size)

const base = tar([file('a/one', of(100)), file('a/two', of(200)), file('b/three', of(300)), file('c', of(7))])
const first = tar([file('a/one', of(150)), whiteout('b/three')])
const second = tar([file('d/four', of(40), { mode: 0o755 }), file('c', 'y'.repeat(7)), file('e', 'z'.repeat(300))])

const diffOf = () => diffLayers([base], [base, first, second], { renames: true })

const cases: [name: string, selection: Partial<Selection>, paths: string[]][] = [
  ['all', {}, ['a/one', 'b/three', 'c', 'd', 'd/four', 'e']],
  ['a kind', { kinds: ['added'] }, ['d', 'd/four', 'e']],
  ['two kinds', { kinds: ['removed', 'modified'] }, ['a/one', 'b/three', 'c']],
  ['a layer', { layer: 1 }, ['a/one', 'b/three']],
  ['a layer that changed nothing', { layer: 0 }, []],
  ['a field', { fields: ['content'] }, ['a/one', 'b/three', 'c', 'd', 'd/four', 'e']],
  ['a field in which nothing differs', { fields: ['mode'] }, ['b/three', 'd', 'd/four', 'e']],
  ['a field of modified paths', { fields: ['owner', 'content'], kinds: ['modified'] }, ['a/one', 'c']],
  ['the biggest, in the order of their paths', { top: 3 }, ['a/one', 'b/three', 'e']],
  ['the biggest first', { top: 3, sort: 'delta' }, ['b/three', 'e', 'a/one']],
  ['more than there are', { top: 99 }, ['a/one', 'b/three', 'c', 'd', 'd/four', 'e']],
  ['all at once', { kinds: ['added'], layer: 2, top: 1 }, ['e']],
]

test.for(cases)('%s', async ([, selection, paths]) => {
  const diff = await diffOf()
  const selected = selectChanges(diff, { ...WHOLE, ...selection })
  expect(Array.from(selected.changes, ({ path }) => path)).toEqual(paths)
  expect(Array.from(paths, (_, index) => selected.changes.at(index)?.path)).toEqual(paths)
  expect(selected.changes.length).toBe(paths.length)
  expect(selected.summary).toEqual(diff.summary)
  // However few are shown, what is notable among those that could be is told.
  const notable = selected.notable().map(({ path }) => path)
  const { kinds = null, layer = null } = selection
  expect(notable).toEqual((kinds?.includes('added') ?? true) && (layer ?? 2) === 2 ? ['d/four'] : [])
})

test('the tree counts what is selected', async () => {
  const { totals, directories } = selectChanges(await diffOf(), { ...WHOLE, kinds: ['modified'] }).tree()
  expect(totals).toMatchObject({ added: 0, removed: 0, modified: 2, bytesBefore: 107, bytesAfter: 157 })
  expect(directories.map(({ path, changes }) => [path, changes.length])).toEqual([['a', 1]])
})

test('renames stay while either half is shown', async () => {
  const base = tar([file('old', of(500)), file('x', of(9))])
  const diff = await diffLayers([base], [tar([file('new', of(500)), file('x', of(8))])], { renames: true })
  const renamesOf = (kinds: Selection['kinds']) => selectChanges(diff, { ...WHOLE, kinds }).renames?.length
  expect([renamesOf(['added']), renamesOf(['removed']), renamesOf(['modified'])]).toEqual([1, 1, 0])
})

describe('in the text report', () => {
  const textOf = async (selection: Partial<Selection>, sort: 'delta' | 'path' = 'delta') => {
    const diff = await diffOf()
    const selected = selectChanges(diff, { ...WHOLE, ...selection })
    return [...textReport(selected, { sort, selectedOf: diff.changes.length })].join('')
  }

  test('how many are shown', async () => {
    expect(await textOf({ kinds: ['removed'] })).toBe(`\
607 B → 697 B (+90 B, +15%)
+ 3 added, - 1 removed, ~ 2 modified, 3 unchanged
1 path of 6 shown; directories count these alone

   -300 B    b/
   -300 B  -   three
`)
  })

  test('none is shown', async () => {
    expect(await textOf({ layer: 0 })).toContain('0 paths of 6 shown; directories count these alone\n')
  })

  test('by name', async () => {
    expect((await textOf({}, 'path')).split('Files\n')[1]?.split('\n\n')[1]).toBe(`\
    +50 B    a/
    +50 B  ~   one  100 B → 150 B
   -300 B    b/
   -300 B  -   three
      0 B  ~ c   content, same size
    +40 B  + d/  and 1 path below
   +300 B  + e
`)
  })
})

test('of a modified path only the fields asked for are told', async () => {
  const base = tar([file('a', '1', { mode: 0o644 })])
  const diff = await diffLayers([base], [tar([file('a', '2', { mode: 0o600 })])])
  const told = (fields: Selection['fields']) => selectChanges(diff, { ...WHOLE, fields }).changes.at(0)?.fields
  expect([told(null), told(['mode']), told(['mode', 'content', 'owner'])]).toEqual([
    ['content', 'mode'],
    ['mode'],
    ['content', 'mode'],
  ])
})

test('packages go by kind, and no layer made them', async () => {
  const one = {
    manager: 'dpkg',
    architecture: null,
    before: null,
    after: '1',
    sizeBefore: null,
    sizeAfter: null,
    path: 'x',
  }
  const packages = [
    { ...one, name: 'a', kind: 'added' },
    { ...one, name: 'b', kind: 'removed' },
  ] as unknown as readonly PackageChange[]
  const diff = { ...(await diffOf()), packages }
  const namesOf = (selection: Partial<Selection>) =>
    selectChanges(diff, { ...WHOLE, ...selection }).packages?.map(({ name }) => name) ?? null
  expect([namesOf({ top: 1 }), namesOf({ kinds: ['added'] }), namesOf({ layer: 1 })]).toEqual([['a', 'b'], ['a'], null])
})

test('names that read alike are told apart', async () => {
  const names = [Uint8Array.of(0xff), Uint8Array.of(0xfe)] as const
  const diff = await diffLayers([tar([file(names[0], '1')])], [tar([file(names[1], '1', { mode: 0o4755 })])])
  const notable = (kinds: Selection['kinds']) => selectChanges(diff, { ...WHOLE, kinds }).notable().length
  expect([notable(['added']), notable(['removed'])]).toEqual([1, 0])
})
