// Changes as plain data.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shownDiff } from '../src/element/shown-diff.js'
import { diffImages, diffLayers } from '../src/index.js'
import { changeJson, entryJson } from '../src/json.js'
import { jsonReport } from '../src/report/json.js'
import { directory, file, hardlink, tar } from './support/tar-builder.js'

test('attributes are a plain object, as React demands of what a server component hands on, whatever they are called', () => {
  const xattrs = Object.fromEntries([['__proto__', new Uint8Array([1])]])
  const { xattrs: encoded } = entryJson({ xattrs } as unknown as Parameters<typeof entryJson>[0])
  expect(Object.getPrototypeOf(encoded)).toBe(Object.prototype)
  expect(Object.entries(encoded)).toEqual([['__proto__', 'AQ==']])
})

const linked = [directory('d'), file('d/b', 'x'.repeat(5000)), file('d/keep', 'k')]

test.for([
  {
    name: 'a new name of a file that was there',
    before: linked,
    after: [...linked, hardlink('d/a', 'd/b'), file('d/new', 'n'.repeat(100))],
    delta: 100,
  },
  { name: 'a file and its other name', before: [], after: [file('b', '55555'), hardlink('a', 'b')], delta: 5 },
  { name: 'both names go', before: [file('b', '55555'), hardlink('a', 'b')], after: [], delta: -5 },
  {
    name: 'a directory takes the place of a name',
    before: [file('b', '55555'), hardlink('a', 'b')],
    after: [directory('a'), file('b', '55555')],
    delta: 0,
  },
  {
    name: 'the file is written anew under both names',
    before: [file('b', '55555'), hardlink('a', 'b')],
    after: [file('b', '7777777'), hardlink('a', 'b')],
    delta: 2,
  },
])(
  'an inode counts once, so that what the changes tell adds up to the summary: $name',
  async ({ before, after, delta }) => {
    const diff = await diffLayers(tar(before), tar(after))
    const json = JSON.parse(JSON.stringify(diff))
    expect(JSON.parse([...jsonReport(diff)].join('')).changes).toEqual(json.changes)
    const { changes, summary } = shownDiff(json)
    const told = [...changes]
    const sum = (of: 'bytesBefore' | 'bytesAfter') => told.reduce((all, change) => all + change[of], 0)
    expect([summary.bytesAfter - summary.bytesBefore, sum('bytesAfter') - sum('bytesBefore')]).toEqual([delta, delta])
    expect(told).toEqual([...diff.changes])
  },
)

test('what a path counts is told only where its entries do not tell it', async () => {
  const diff = await diffLayers(tar(linked), tar([...linked, hardlink('d/a', 'd/b'), file('d/new', 'n')]))
  const told = Array.from(diff.changes, changeJson).map(({ path, bytesBefore, bytesAfter }) => [
    path,
    bytesBefore,
    bytesAfter,
  ])
  expect(told).toEqual([
    ['d/a', undefined, 0],
    ['d/new', undefined, undefined],
  ])
})

test('of the sample images, what the changes tell adds up to the summary', async () => {
  const [before, after] = ['1.0', '1.1'].map((tag) => join(import.meta.dirname, `../build/sample/greeter-${tag}.tar`))
  const { changes, summary } = shownDiff(JSON.parse(JSON.stringify(await diffImages(String(before), String(after)))))
  const growth = Array.from(changes, ({ bytesBefore, bytesAfter }) => bytesAfter - bytesBefore)
  expect(growth.reduce((all, one) => all + one, 0)).toBe(summary.bytesAfter - summary.bytesBefore)
})
