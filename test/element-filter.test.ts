// What a filter of the element lets through, on a real diff, and what a report's JSON shows.

import { beforeAll, describe, expect, it } from 'vitest'
import { countByLayer, type Filter, filterChanges, letsAllThrough, NO_FILTER } from '../src/element/filter.js'
import { type ShownDiff, shownDiff } from '../src/element/shown-diff.js'
import { diffLayers, LayerDiffError } from '../src/index.js'
import { directory, file, hardlink, symlink, tar, whiteout } from './support/tar-builder.js'

const never = new AbortController().signal
let live: ShownDiff
let stored: ShownDiff

beforeAll(async () => {
  const base = tar([
    directory('etc'),
    file('etc/passwd', 'root'),
    file('etc/shadow', 'x', { mode: 0o644 }),
    directory('usr'),
    file('usr/Big.bin', 'b'.repeat(1000)),
    symlink('usr/link', 'Big.bin'),
  ])
  const top = tar([
    directory('etc'),
    file('etc/passwd', 'root\nuser'),
    file('etc/shadow', 'x', { mode: 0o600 }),
    whiteout('usr/Big.bin'),
    file('usr/new', 'new', { xattrs: { 'user.a': '\xff' } }),
    hardlink('usr/same', 'usr/new'),
  ])
  const last = tar([file('usr/\xe9.txt', 'late')])
  const diff = await diffLayers([base], [base, top, last])
  live = shownDiff(diff)
  stored = shownDiff(JSON.parse(JSON.stringify(diff)))
})

async function passing(filter: Partial<Filter>, diff = live): Promise<string[]> {
  const root = await filterChanges(diff.changes, { ...NO_FILTER, ...filter }, never)
  const paths: string[] = []
  const walk = (node: typeof root) => {
    for (const one of node?.directories ?? []) walk(one)
    for (const { path } of node?.changes ?? []) paths.push(path)
  }
  walk(root)
  return paths.sort()
}

describe.each([
  ['of a live diff', () => live],
  ['of its JSON', () => stored],
])('%s', (_, diffOf) => {
  it.each<[string, Partial<Filter>, string[]]>([
    ['nothing asked for', {}, ['etc/passwd', 'etc/shadow', 'usr/Big.bin', 'usr/new', 'usr/same', 'usr/é.txt']],
    ['a text, whatever its case', { text: 'BIG' }, ['usr/Big.bin']],
    ['a glob without a slash, of a name', { text: 's*' }, ['etc/shadow', 'usr/same']],
    ['a glob with a slash, from the root', { text: 'usr/?e?' }, ['usr/new']],
    ['a glob over several components', { text: '**/*w*' }, ['etc/passwd', 'etc/shadow', 'usr/new']],
    ['a class', { text: '[n-s]*' }, ['etc/passwd', 'etc/shadow', 'usr/new', 'usr/same']],
    ['a glob that is half typed', { text: '[n' }, []],
    ['a directory takes all below it along', { text: 'et?' }, ['etc/passwd', 'etc/shadow']],
    ['signs of regular expressions are letters', { text: 'Big.b*' }, ['usr/Big.bin']],
    ['a kind', { kinds: new Set(['removed'] as const) }, ['usr/Big.bin']],
    ['a field of modified paths', { field: 'mode', kinds: new Set(['modified'] as const) }, ['etc/shadow']],
    ['a layer of the after side', { layer: { side: 'after', index: 2 } }, ['usr/é.txt']],
    [
      'a layer of the before side',
      { layer: { side: 'before', index: 0 } },
      ['etc/passwd', 'etc/shadow', 'usr/Big.bin'],
    ],
  ])('%s', async (_name, filter, expected) => {
    expect(await passing(filter, diffOf())).toEqual(expected)
  })

  it('totals are of what passed', async () => {
    const root = await filterChanges(diffOf().changes, { ...NO_FILTER, text: 'usr' }, never)
    expect(root?.totals).toMatchObject({ added: 3, removed: 1, modified: 0, bytesAdded: 7, bytesRemoved: 1000 })
  })

  it('changes are counted by the layer that made them', async () => {
    expect(await countByLayer(diffOf().changes, never)).toEqual([undefined, 5, 1])
  })

  it('ends when it is called off', async () => {
    expect(await filterChanges(diffOf().changes, NO_FILTER, AbortSignal.abort())).toBeUndefined()
    expect(await countByLayer(diffOf().changes, AbortSignal.abort())).toBeUndefined()
  })
})

it('a JSON gives the changes that it was made from', () => {
  expect([...stored.changes]).toEqual([...live.changes])
  expect(stored.summary).toEqual(live.summary)
})

it('no filter lets all through', () => {
  expect(letsAllThrough(NO_FILTER)).toBe(true)
  expect(letsAllThrough({ ...NO_FILTER, text: 'a' })).toBe(false)
  expect(letsAllThrough({ ...NO_FILTER, layer: { side: 'after', index: 0 } })).toBe(false)
})

it.each<[string, unknown, RegExp]>([
  ['nothing', null, /no summary/],
  ['a text', 'report', /no summary/],
  ['another schema', { schema: 'other/1', summary: {} }, /"other\/1"/],
  ['no changes', { schema: 'layerdiff/1', summary: {} }, /no list of changes/],
])('no report: %s', (_, report, message) => {
  const attempt = () => shownDiff(report as never)
  expect(attempt).toThrow(LayerDiffError)
  expect(attempt).toThrow(message)
})
