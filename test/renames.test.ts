// Files that only changed their names.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { diffImages, diffLayers, type LayerInput } from '../src/index.js'
import { Layout, layer } from './support/image-builder.js'
import { directory, file, hardlink, symlink, type TarPart, tar } from './support/tar-builder.js'

const folder = mkdtempSync(join(tmpdir(), 'layerdiff-renames-'))
afterAll(() => rmSync(folder, { recursive: true }))

const of = (letter: string) => letter.repeat(3000)

const cases: [name: string, before: TarPart[], after: TarPart[], renames: string[]][] = [
  ['a file in another folder', [file('a/x', of('1'))], [file('b/x', of('1'))], ['a/x > b/x']],
  ['another name', [file('x', of('1'))], [file('y', of('1'))], ['x > y']],
  ['another content of the same size', [file('x', of('1'))], [file('y', of('2'))], []],
  ['another size', [file('x', 'aa')], [file('y', 'aaa')], []],
  ['empty files', [file('x')], [file('y')], []],
  ['a copy', [file('x', of('1'))], [file('x', of('1')), file('y', of('1'))], []],
  ['other attributes', [file('x', of('1'))], [file('y', of('1'), { mode: 0o600, uid: 5 })], ['x > y']],
  ['symlinks', [symlink('x', 'to')], [symlink('y', 'to')], []],
  [
    'several alike: only names that stayed',
    [file('a/1', of('1')), file('a/2', of('1')), file('a/3', of('1'))],
    [file('b/3', of('1')), file('b/0', of('1'))],
    ['a/3 > b/3'],
  ],
  ['a few bytes under another name', [file('x', 'a'.repeat(99))], [file('y', 'a'.repeat(99))], []],
  ['a few bytes in another folder', [file('a/x', 'a')], [file('b/x', 'a')], ['a/x > b/x']],
  [
    'a whole folder',
    [directory('old'), file('old/a', of('1')), file('old/b', of('2'))],
    [directory('new'), file('new/a', of('1')), file('new/b', of('2'))],
    ['old/a > new/a', 'old/b > new/b'],
  ],
  ['a hard link', [file('x', of('1')), hardlink('y', 'x')], [file('z', of('1'))], ['x > z']],
  ['a file that became a folder', [file('x', of('1'))], [directory('x'), file('x/y', of('1'))], []],
]

const forms: [name: string, give: (bytes: Uint8Array, name: string) => LayerInput][] = [
  ['bytes', (bytes) => bytes],
  ['gzip', (bytes) => new Uint8Array(gzipSync(bytes))],
  [
    'a plain file, which is read by its headers',
    (bytes, name) => {
      const path = join(folder, `${name.replace(/\W/g, '-')}.tar`)
      writeFileSync(path, bytes)
      return path
    },
  ],
]

describe.for(forms)('of %s', ([form, give]) => {
  test.for(cases)('%s', async ([name, before, after, renames]) => {
    const layers = [give(tar(before), `${form} ${name} old`), give(tar(after), `${form} ${name} new`)] as const
    const diff = await diffLayers(layers[0], layers[1], { renames: true })
    expect(diff.renames?.map(({ from, to }) => `${from} > ${to}`)).toEqual(renames)
    expect(diff.toJSON().renames).toEqual(diff.renames)
    for (const { from, to, hash, size } of diff.renames ?? []) {
      const [old, now] = [from, to].map((path) => [...diff.changes].find((change) => change.path === path))
      expect([old?.kind, now?.kind]).toEqual(['removed', 'added'])
      expect([old?.before?.hash, now?.after?.hash, old?.before?.size]).toEqual([hash, hash, size])
    }
  })
})

test('nobody asked', async () => {
  const diff = await diffLayers([tar([file('x', of('1'))])], [tar([file('y', of('1'))])])
  expect([diff.renames, diff.toJSON().renames]).toEqual([null, null])
})

test('names that are no UTF-8', async () => {
  const [from, to] = [Uint8Array.of(0xff), Uint8Array.of(0xfe)]
  const diff = await diffLayers([tar([file(from, of('1'))])], [tar([file(to, of('1'))])], { renames: true })
  expect(diff.renames).toMatchObject([{ from: '\ufffd', fromBytes: from, to: '\ufffd', toBytes: to }])
  expect(diff.toJSON().renames).toMatchObject([{ fromBytes: '/w==', toBytes: '/g==' }])
})

test('of images, and the bytes that were read for it count', async () => {
  const archive = async (name: string, parts: TarPart[]) => {
    const layout = new Layout()
    const path = join(folder, name)
    writeFileSync(path, layout.tar([await layout.image([await layer(tar(parts))])]))
    return path
  }
  const filler = file('filler', 'f'.repeat(300_000))
  const [old, now] = [
    await archive('old-image.tar', [file('x', of('1')), filler]),
    await archive('new-image.tar', [file('y', of('1')), filler]),
  ]
  const [plain, paired] = [await diffImages(old, now), await diffImages(old, now, { renames: true })]
  expect(plain.renames).toBeNull()
  expect(paired.renames).toMatchObject([{ from: 'x', to: 'y' }])
  expect(paired.bytesRead).toBe(plain.bytesRead + 2 * 3000)
})

test('twenty thousand files of one content', async () => {
  const many = (prefix: string) =>
    tar(Array.from({ length: 20_000 }, (_, index) => file(`${prefix}/${index % 7}`.concat(`/${index}`), 'same')))
  const diff = await diffLayers([many('a')], [many('b')], { renames: true })
  expect(diff.renames?.length).toBe(20_000)
  expect(diff.renames?.every(({ from, to }) => to === from.replace('a', 'b'))).toBe(true)
})
