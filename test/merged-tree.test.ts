// The merged tree of a stack, asked for paths: what is there, where links lead, what lies below.

import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { readLayerEntries } from '../src/compose/layer-entries.js'
import { type MergedTree, readMergedTree } from '../src/compose/merged-tree.js'
import { LayerDiffError, openImage } from '../src/index.js'
import {
  device,
  directory,
  fifo,
  file,
  hardlink,
  opaque,
  symlink,
  type TarPart,
  tar,
  whiteout,
} from './support/tar-builder.js'
import { fixturePath, fixtures, type ImageName, trueTree } from './support/truth.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (path: Uint8Array) => new TextDecoder().decode(path)

function treeOf(...layers: TarPart[][]): Promise<MergedTree> {
  return readMergedTree(
    layers.map((parts) => tar(parts)),
    'app.tar',
    { contents: true },
  )
}

/** The content that a path leads to, or the code of what is wrong. */
async function shown(tree: MergedTree, path: string): Promise<string> {
  try {
    const { change, entry } = tree.file(path)
    const { bytes } = await tree.diff.content(change, 'after', { limit: entry.size })
    return text(bytes)
  } catch (error) {
    if (error instanceof LayerDiffError) return error.code
    throw error
  }
}

const links = [
  directory('usr/bin'),
  file('usr/bin/env', 'ENV'),
  symlink('bin', 'usr/bin'),
  symlink('absolute', '/usr/bin/env'),
  symlink('usr/up', '../../../usr/bin'),
  symlink('usr/here', './bin//env'),
  symlink('chain', 'usr/../bin/../up/env'),
  symlink('self', 'self'),
  symlink('loop/a', '../loop/b'),
  symlink('loop/b', 'a/x'),
  symlink('dangling', 'usr/none'),
  symlink('beyond', 'usr/bin/env/x'),
  symlink('dots', '..'),
  hardlink('hard', 'usr/bin/env'),
  hardlink('hard-to-link', 'absolute'),
  device('null', 'char', 1, 3),
  fifo('pipe'),
  file('usr-local', 'between'),
]

describe('where a path leads', async () => {
  const tree = await treeOf(links)
  it.each<[string, string]>([
    ['usr/bin/env', 'ENV'],
    ['/usr/bin/env', 'ENV'],
    ['./usr//bin/./env', 'ENV'],
    ['../../usr/none/../bin/env', 'PATH_NOT_FOUND'],
    ['../../usr/bin/../bin/env', 'ENV'],
    ['bin/env', 'ENV'],
    ['absolute', 'ENV'],
    ['usr/up/env', 'ENV'],
    ['usr/here', 'ENV'],
    ['bin/../bin/env', 'ENV'],
    ['bin/../up/env', 'ENV'],
    ['chain', 'ENV'],
    ['dots/dots/absolute', 'ENV'],
    ['hard', 'ENV'],
    ['hard-to-link', 'ENV'],
    ['usr-local', 'between'],
    ['self', 'SYMLINK_LOOP'],
    ['self/x', 'SYMLINK_LOOP'],
    ['loop/a', 'SYMLINK_LOOP'],
    ['dangling', 'PATH_NOT_FOUND'],
    ['beyond', 'PATH_NOT_FOUND'],
    ['usr/bin/env/x', 'PATH_NOT_FOUND'],
    ['usr/bin/en', 'PATH_NOT_FOUND'],
    ['usr', 'PATH_NOT_A_FILE'],
    ['bin', 'PATH_NOT_A_FILE'],
    ['/', 'PATH_NOT_A_FILE'],
    ['', 'PATH_NOT_A_FILE'],
    ['dots', 'PATH_NOT_A_FILE'],
    ['null', 'PATH_NOT_A_FILE'],
    ['pipe', 'PATH_NOT_A_FILE'],
  ])('%s: %s', async (path, expected) => {
    expect(await shown(tree, path)).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['usr/bin/en', 'There is no usr/bin/en in app.tar.', 'usr/bin/en'],
    ['/bin/en', 'There is no bin/en in app.tar: its links lead to usr/bin/en.', 'usr/bin/en'],
    ['absolute/x', 'There is no absolute/x in app.tar: usr/bin/env is no directory.', 'usr/bin/env/x'],
    ['a\x1b[2J', 'There is no a\\x1b[2J in app.tar.', 'a\x1b[2J'],
  ])('in words: %j', (path, message, missing) => {
    expect(() => tree.locate(path)).toThrow(expect.objectContaining({ message, path: missing }))
  })

  test('a link that is kept, in a directory that is linked', () => {
    expect(text(tree.locate('absolute', 'kept').path)).toBe('absolute')
    expect(text(tree.locate('dots/bin', 'kept').path)).toBe('bin')
    expect(text(tree.locate('bin').path)).toBe('usr/bin')
    expect(tree.locate('self', 'kept').change?.after?.link).toBe('self')
  })
})

test('255 links are followed, and not one more', async () => {
  const chain = Array.from({ length: 256 }, (_, index) => symlink(`l${index + 1}`, `l${index}`))
  const tree = await treeOf([file('l0', 'end'), ...chain])
  expect(await shown(tree, 'l255')).toBe('end')
  expect(await shown(tree, 'l256')).toBe('SYMLINK_LOOP')
})

test('links that are long and lead far are given up', async () => {
  const target = (next: string) => `${'d/../'.repeat(800)}${next}`
  const chain = Array.from({ length: 250 }, (_, index) => symlink(`l${index + 1}`, target(`l${index}`)))
  const tree = await treeOf([directory('d'), file('l0', 'end'), ...chain])
  expect(await shown(tree, 'l5')).toBe('end')
  expect(await shown(tree, 'l250')).toBe('LIMIT_RESOLUTION')
})

describe('a stack', async () => {
  const tree = await treeOf(
    [directory('d'), file('d/a', 'low'), file('d/b', 'low'), file('gone', 'x'), directory('o'), file('o/low', 'x')],
    [file('d/a', 'high'), whiteout('gone'), opaque('o'), file('o/high', 'y'), hardlink('kept', 'd/b'), whiteout('d/b')],
  )
  it.each<[string, string]>([
    ['d/a', 'high'],
    ['d/b', 'PATH_NOT_FOUND'],
    ['kept', 'low'],
    ['gone', 'PATH_NOT_FOUND'],
    ['.wh.gone', 'PATH_NOT_FOUND'],
    ['o/low', 'PATH_NOT_FOUND'],
    ['o/high', 'y'],
  ])('%s: %s', async (path, expected) => {
    expect(await shown(tree, path)).toBe(expected)
  })
})

describe('what lies below', async () => {
  const names = ['a', 'a-b', 'a.c', 'a/-', 'a/b', 'a/b-c', 'a/b/c', 'a/z', 'a0', 'é/x', '\u{ff5e}', '\u{1f600}']
  const raw = new Uint8Array([0x61, 0x2f, 0xff])
  const directories = ['a', 'a/b', 'é']
  const tree = await treeOf([
    ...names.map((name) => (directories.includes(name) ? directory(name) : file(name, name))),
    file(raw, 'raw'),
  ])
  const below = (path: string) => Array.from(tree.below(bytes(path)), ({ path }) => path)

  it.each<[string, string[]]>([
    ['a', ['a/-', 'a/b', 'a/b-c', 'a/b/c', 'a/z', 'a/\ufffd']],
    ['a/b', ['a/b/c']],
    ['é', ['é/x']],
    ['a-b', []],
    ['none', []],
  ])('%s', (path, expected) => {
    expect(below(path)).toEqual(expected)
  })

  it('the root: all, in byte order', () => {
    expect(below('')).toEqual([
      ...['a', 'a-b', 'a.c', 'a/-', 'a/b', 'a/b-c', 'a/b/c', 'a/z', 'a/\ufffd', 'a0'],
      ...['é', 'é/x', '\u{ff5e}', '\u{1f600}'],
    ])
  })

  it.each<[string, string[]]>([
    ['', ['a', 'a-b', 'a.c', 'a0', 'é', '\u{ff5e}', '\u{1f600}']],
    ['a', ['-', 'b', 'b-c', 'z', '\ufffd']],
  ])('names right in "%s", each once', (path, expected) => {
    expect([...new Set(tree.names(bytes(path)))]).toEqual(expected)
    expect([...tree.names(bytes(path))]).toEqual(expected)
  })

  it('every path is found by its bytes', () => {
    for (const change of tree.diff.changes) expect(tree.find(tree.bytesOf(change))?.path).toBe(change.path)
    expect(tree.find(raw)?.after?.size).toBe(3)
    expect(tree.find(bytes('a/'))).toBeUndefined()
    expect(tree.find(bytes('a/\ufffd'))).toBeUndefined()
  })
})

describe('the entries of one layer', () => {
  const low = [file('low', 'x')]
  const odd = [
    directory('./'),
    symlink('s', new Uint8Array([0xff])),
    file('f', 'abc', { mode: 0o4755, uid: 4_000_000_000, gid: 7, mtime: -5, nanos: 7, xattrs: { 'user.a': '1' } }),
    hardlink('h', 'f'),
    device('c', 'char', 1, 3),
    whiteout('low'),
    opaque('d'),
    file('f', 'again'),
  ]

  it('in the archive’s order, with all that they say', async () => {
    const entries = [...(await readLayerEntries([tar(low), tar(odd)], 1, {}))]
    expect(entries.map(({ path, type, marker }) => [path, marker ?? type])).toEqual([
      ['', 'directory'],
      ['s', 'symlink'],
      ['f', 'file'],
      ['h', 'hardlink'],
      ['c', 'char'],
      ['low', 'whiteout'],
      ['d', 'opaque'],
      ['f', 'file'],
    ])
    expect(entries[1]).toMatchObject({ link: '\ufffd', linkBytes: new Uint8Array([0xff]), hash: null })
    expect(entries[2]).toMatchObject({ mode: 0o4755, uid: 4_000_000_000, gid: 7, mtime: -5, mtimeNanos: 7, size: 3 })
    expect(entries[2]?.xattrs['user.a']).toEqual(bytes('1'))
    expect(entries[2]?.hash).toMatch(/^blake3:[0-9a-f]{64}$/)
    expect(entries[3]).toMatchObject({ hardlink: 'f', hash: null, size: 0 })
    expect(entries[4]).toMatchObject({ device: { major: 1, minor: 3 } })
  })

  it('a broken layer is named by its number in the stack', async () => {
    const broken = tar(low).subarray(0, 300)
    await expect(readLayerEntries([tar(low), tar(low), broken], 2, {})).rejects.toMatchObject({
      code: 'TAR_TRUNCATED',
      layer: 2,
      side: undefined,
      message: expect.stringMatching(/^Layer 2: /),
    })
    await expect(readMergedTree([tar(low), broken], 'x', { contents: false })).rejects.toMatchObject({
      layer: 1,
      side: undefined,
      message: expect.stringMatching(/^Layer 1: /),
    })
  })
})

describe.skipIf(fixtures === null)('real images: files hold what an overlayfs mount shows', () => {
  it.each<[ImageName, string]>([
    ['small-1', 'oci-gzip'],
    ['small-2', 'oci-zstd'],
    ['small-3', 'oci-archive.tar'],
  ])('%s, %s', async (name, form) => {
    const image = await openImage(fixturePath('images', name, form))
    const tree = await readMergedTree(image.layers, name, { contents: true })
    let files = 0
    const wanted = [...trueTree(name)].filter(([, { type }]) => type === 'file')
    // Each costs a pass over its layer: one in forty, of all layers and of all parts of them.
    for (const [key, { sha256, size }] of wanted.filter((_, index) => index % 40 === 0)) {
      const change = tree.find(Uint8Array.from(key, (unit) => unit.charCodeAt(0)))
      if (!change) throw new Error(`There is no ${key}.`)
      const { bytes } = await tree.diff.content(change, 'after', { limit: size })
      expect(createHash('sha256').update(bytes).digest('hex'), key).toBe(sha256)
      files++
    }
    expect(files).toBeGreaterThan(10)
    await image.close()
  })
})
