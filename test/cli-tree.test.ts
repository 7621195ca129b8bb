// `layerdiff tree`, run as a user runs it.

import { spawn, spawnSync } from 'node:child_process'
import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EntryJson } from '../src/index.js'
import { modeLetters } from '../src/report/tree.js'
import { dockerParts, layer } from './support/image-builder.js'
import { device, directory, fifo, file, hardlink, opaque, symlink, tar, whiteout } from './support/tar-builder.js'
import { CLIPPED_TIMES, fixturePath, fixtures, type ImageName, type TrueEntry, trueTree } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-tree-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function tree(...args: string[]) {
  const options = { encoding: 'utf8', cwd: folder, timeout: 30_000, maxBuffer: 2 ** 26 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'tree', ...args], options)
  return { status, stdout, stderr }
}

const mtime = Date.UTC(2024, 0, 2, 3, 4, 59) / 1000

const low = [
  directory('etc', { mtime }),
  file('etc/motd', 'hello', { mtime }),
  file('etc/shadow', 'x'.repeat(1204), { mtime, mode: 0o640, gid: 42 }),
  directory('opt', { mtime }),
  file('opt/old', 'x', { mtime }),
]
const high = [
  whiteout('etc/motd'),
  symlink('etc/mtab', '../proc/mounts', { mtime }),
  opaque('opt'),
  file('opt/new', 'new', { mtime, mode: 0o4755, uid: 1000, gid: 1000 }),
  hardlink('opt/same', 'opt/new', { mtime, mode: 0o4755, uid: 1000, gid: 1000 }),
  device('opt/null', 'char', 1, 3, { mtime, mode: 0o666 }),
  device('opt/sda', 'block', 8, 0, { mtime, mode: 0o660 }),
  fifo('opt/pipe', { mtime }),
  symlink('conf', 'etc', { mtime }),
  symlink('gone', 'nowhere', { mtime }),
  symlink('self', 'self', { mtime }),
]
const odd = [
  file('\x1b[2Jclear\nline\u202e', 'x', { mtime }),
  file(new Uint8Array([0x6c, 0xe9]), 'x', { mtime }),
  symlink('to', new Uint8Array([0xff, 0x1b]), { mtime }),
  file(`long/${'n'.repeat(200)}`, 'x', { mtime }),
]

beforeAll(async () => {
  const layers = [await layer(tar(low)), await layer(tar(high), gzipSync(tar(high)))]
  // The manifest first: by the first name in it a file is taken for an image.
  const image = (built: typeof layers) => tar(dockerParts(built, ['app:1']).reverse())
  writeFileSync(join(folder, 'app.tar'), image(layers))
  writeFileSync(join(folder, 'layer.tar.gz'), gzipSync(tar(low)))
  writeFileSync(join(folder, 'odd.tar'), tar(odd))
  writeFileSync(join(folder, 'empty.tar'), tar([]))
  writeFileSync(join(folder, 'warns.tar'), tar([file('a'), file('a', 'again')]))
  const many = Array.from({ length: 5000 }, (_, index) => file(`many/${index}`, 'x'))
  writeFileSync(join(folder, 'many.tar'), tar(many))
  const [first] = layers as [(typeof layers)[0]]
  writeFileSync(join(folder, 'broken.tar'), image([first, { ...first, blob: tar(low).subarray(0, 300) }]))
})

describe('as ls shows it', () => {
  test('all there is', () => {
    const { status, stdout, stderr } = tree('app.tar')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe(`\
lrwxrwxrwx 0:0          - 2024-01-02 03:04 conf -> etc
drwxr-xr-x 0:0          - 2024-01-02 03:04 etc
lrwxrwxrwx 0:0          - 2024-01-02 03:04 etc/mtab -> ../proc/mounts
-rw-r----- 0:42      1204 2024-01-02 03:04 etc/shadow
lrwxrwxrwx 0:0          - 2024-01-02 03:04 gone -> nowhere
drwxr-xr-x 0:0          - 2024-01-02 03:04 opt
-rwsr-xr-x 1000:1000    3 2024-01-02 03:04 opt/new
crw-rw-rw- 0:0        1:3 2024-01-02 03:04 opt/null
prw-r--r-- 0:0          - 2024-01-02 03:04 opt/pipe
-rwsr-xr-x 1000:1000    3 2024-01-02 03:04 opt/same link to opt/new
brw-rw---- 0:0        8:0 2024-01-02 03:04 opt/sda
lrwxrwxrwx 0:0          - 2024-01-02 03:04 self -> self
`)
  })

  const listed = (...args: string[]) => tree(...args).stdout.match(/(?<=\d\d:\d\d ).*$/gm) ?? []

  test.for<[string, string, string[]]>([
    ['below a directory', 'etc', ['etc/mtab -> ../proc/mounts', 'etc/shadow']],
    ['a path as it may be typed', '/./opt/../etc/', ['etc/mtab -> ../proc/mounts', 'etc/shadow']],
    ['below what a link leads to', 'conf', ['etc/mtab -> ../proc/mounts', 'etc/shadow']],
    ['one file', 'etc/shadow', ['etc/shadow']],
    ['one file below a link', 'conf/shadow', ['etc/shadow']],
    ['a link that leads nowhere', 'gone', ['gone -> nowhere']],
    ['a link to itself', 'self', ['self -> self']],
  ])('%s', ([, path, expected]) => {
    expect(listed('app.tar', path)).toEqual(expected)
  })

  test('one layer as an archive, and an empty one', () => {
    expect(listed('layer.tar.gz', 'opt')).toEqual(['opt/old'])
    expect(tree('empty.tar')).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('hostile names as escapes, long ones whole', () => {
    expect(tree('odd.tar').stdout.split('\n')).toEqual([
      '-rw-r--r-- 0:0 1 2024-01-02 03:04 \\x1b[2Jclear\\nline\\u{202e}',
      'drwxr-xr-x 0:0 - 1970-01-01 00:00 long',
      `-rw-r--r-- 0:0 1 2024-01-02 03:04 long/${'n'.repeat(200)}`,
      '-rw-r--r-- 0:0 1 2024-01-02 03:04 l\\xe9',
      'lrwxrwxrwx 0:0 - 2024-01-02 03:04 to -> \\xff\\x1b',
      '',
    ])
  })

  test('warnings are told beside it', () => {
    const { status, stdout, stderr } = tree('warns.tar')
    expect([status, stdout]).toEqual([0, '-rw-r--r-- 0:0 5 1970-01-01 00:00 a\n'])
    expect(stderr).toMatch(/^layerdiff: warning: DUPLICATE_PATH \(layer 0, a\): .*\n$/)
  })
})

describe('one layer', () => {
  test('in the order of its archive, with its markers', () => {
    const { status, stdout } = tree('app.tar', '--layer', '1')
    expect(status).toBe(0)
    expect(stdout).toBe(`\
whiteout                                  etc/motd
lrwxrwxrwx 0:0         - 2024-01-02 03:04 etc/mtab -> ../proc/mounts
opaque                                    opt
-rwsr-xr-x 1000:1000   3 2024-01-02 03:04 opt/new
hrwsr-xr-x 1000:1000   - 2024-01-02 03:04 opt/same link to opt/new
crw-rw-rw- 0:0       1:3 2024-01-02 03:04 opt/null
brw-rw---- 0:0       8:0 2024-01-02 03:04 opt/sda
prw-r--r-- 0:0         - 2024-01-02 03:04 opt/pipe
lrwxrwxrwx 0:0         - 2024-01-02 03:04 conf -> etc
lrwxrwxrwx 0:0         - 2024-01-02 03:04 gone -> nowhere
lrwxrwxrwx 0:0         - 2024-01-02 03:04 self -> self
`)
  })

  test('below a path', () => {
    expect(tree('app.tar', '/etc/', '--layer', 'L1').stdout).toMatch(/^whiteout +etc\/motd\nlrwx.*\n$/)
    expect(tree('app.tar', 'opt', '--layer=0').stdout.match(/opt.*$/gm)).toEqual(['opt', 'opt/old'])
  })

  test('as JSON', () => {
    const json = JSON.parse(tree('app.tar', 'etc', '--layer', '1', '--format', 'json').stdout)
    expect(json).toMatchObject({ schema: 'layerdiff-tree/1', path: 'etc', layer: 1 })
    expect(json.entries[0]).toEqual({ path: 'etc/motd', marker: 'whiteout', layer: 1 })
    expect(json.entries[1]).toMatchObject({ path: 'etc/mtab', type: 'symlink', link: '../proc/mounts', layer: 1 })
  })
})

describe('as JSON', () => {
  test('a line a path', () => {
    const { stdout } = tree('app.tar', 'conf', '--format', 'json')
    expect(stdout.split('\n')).toHaveLength(6)
    const { entries, ...head } = JSON.parse(stdout)
    expect(head).toEqual({ schema: 'layerdiff-tree/1', path: 'etc', layer: null })
    expect(entries.map((entry: EntryJson & { path: string }) => [entry.path, entry.size, entry.layer])).toEqual([
      ['etc/mtab', 0, 1],
      ['etc/shadow', 1204, 0],
    ])
  })

  test('nothing, and names that are no text', () => {
    expect(tree('empty.tar', '--format=json').stdout).toBe(
      '{"schema":"layerdiff-tree/1","path":"","layer":null,\n"entries":[\n]}\n',
    )
    const { stdout } = tree('odd.tar', '--format=json')
    expect(stdout).not.toContain('\x1b')
    expect(stdout).not.toContain('\u202e')
    expect(JSON.parse(stdout).entries[3]).toMatchObject({ path: 'l\ufffd', pathBytes: 'bOk=' })
  })
})

/** What both know: a mount has no layers and another hash. */
function comparable({ type, mode, uid, gid, size, mtime, mtimeNanos, link, hardlink, device, xattrs }: TrueEntry) {
  return { type, mode, uid, gid, size, mtime, mtimeNanos, link, hardlink, device, xattrs }
}

test.skipIf(fixtures === null).for<[ImageName, string]>([
  ['small-1', 'oci-gzip'],
  ['small-2', 'oci-archive.tar'],
  ['small-3', 'oci-zstd'],
])('%s, %s: every path as an overlayfs mount shows it', ([name, form]) => {
  const { stdout } = tree(fixturePath('images', name, form), '--format', 'json')
  const { entries } = JSON.parse(stdout) as { entries: (TrueEntry & { path: string; pathBytes?: string })[] }
  const shown = entries.map((entry) => {
    const bytes = entry.pathBytes ? Buffer.from(entry.pathBytes, 'base64') : Buffer.from(entry.path)
    return [bytes.toString('latin1'), comparable(entry)] as const
  })
  const truth = Array.from(trueTree(name), ([key, entry]) => [key, comparable(entry)] as const)
  const sorted = (list: typeof truth) =>
    list.filter(([key]) => !CLIPPED_TIMES.includes(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  expect(shown).toEqual([...shown].sort(([a], [b]) => (a < b ? -1 : 1)))
  expect(sorted(shown)).toEqual(sorted(truth))
})

describe('what is refused', () => {
  test.for<[string, string[], number, RegExp]>([
    [
      'a missing path',
      ['app.tar', 'etc/shadw'],
      3,
      /^There is no etc\/shadw in app\.tar\. Did you mean etc\/shadow\?$/,
    ],
    [
      'below a link that leads nowhere',
      ['app.tar', 'gone/x'],
      3,
      /^There is no gone\/x in app\.tar: its links lead to/,
    ],
    ['a path that a layer lacks', ['app.tar', 'srv', '--layer', '1'], 3, /^Layer 1 of app\.tar has no entry for srv\./],
    ['a layer too many', ['app.tar', '--layer', '2'], 2, /^There is no layer 2: app\.tar has 2 layers, 0 to 1\.$/],
    ['a second layer', ['odd.tar', '--layer', '1'], 2, /^There is no layer 1: odd\.tar has one layer, 0\.$/],
    ['no number', ['app.tar', '--layer', '-1'], 2, /--layer needs a value/],
    ['a broken layer', ['broken.tar'], 3, /^error: \w+ \(layer 1 of broken\.tar\): /],
    ['a broken layer alone', ['broken.tar', '--layer', '1'], 3, /^error: \w+ \(layer 1 of broken\.tar\): /],
    ['a missing image', ['none.tar'], 3, /^Cannot read none\.tar: there is no such file\.$/],
    ['a list over the image', ['app.tar', '-o', 'app.tar'], 2, /would be written over app\.tar/],
  ])('%s', ([, args, code, message]) => {
    const { status, stdout, stderr } = tree(...args)
    expect([status, stdout]).toEqual([code, ''])
    expect(stderr.replace(/^layerdiff: (error: \w+: )?/, '').replace(/(\nTry .*)?\n$/, '')).toMatch(message)
  })

  test('and a whole layer beside a broken one is listed', () => {
    expect(tree('broken.tar', '--layer', '0')).toMatchObject({ status: 0, stderr: '' })
  })

  test.skipIf(!existsSync('/dev/full'))('a full device', () => {
    expect(tree('app.tar', '-o', '/dev/full')).toMatchObject({ status: 3, stderr: /Cannot write \/dev\/full: / })
  })
})

test('into a file, which is there whole or not at all', () => {
  expect(tree('app.tar', '-o', 'out.txt')).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe(tree('app.tar').stdout)
  expect(tree('app.tar', 'none', '-o', 'none.txt').status).toBe(3)
  expect(readdirSync(folder).filter((name) => /none\.txt|\.tmp$/.test(name))).toEqual([])
})

test.skipIf(process.platform === 'win32').for([
  ['a layer', 'layer.tar.gz', []],
  ['an image', 'app.tar', []],
  ['one layer of an image', 'app.tar', ['--layer', '0']],
] as [string, string, string[]][])('%s through a pipe', async ([, name, more]) => {
  const command = [process.execPath, main, 'tree', '/dev/stdin', ...more].map((word) => `'${word}'`).join(' ')
  // A shell makes a pipe of it, where node would give a socket.
  const child = spawn('sh', ['-c', `cat | ${command}`], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
  createReadStream(join(folder, name)).pipe(child.stdin)
  expect([await text(child.stdout), await text(child.stderr)]).toEqual([tree(name, ...more).stdout, ''])
})

test.for(['text', 'json'])('a reader that goes away early is no error: %s', async (format) => {
  const child = spawn(process.execPath, [main, 'tree', 'many.tar', '--format', format], { cwd: folder })
  child.stdout.once('data', () => child.stdout.destroy())
  const stderr = await text(child.stderr)
  const code = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)))
  expect([code, stderr]).toEqual([0, ''])
})

test.for<[number, string]>([
  [0o755, 'drwxr-xr-x'],
  [0, 'd---------'],
  [0o7777, 'drwsrwsrwt'],
  [0o7000, 'd--S--S--T'],
  [0o4711, 'drws--x--x'],
  [0o2745, 'drwxr-Sr-x'],
  [0o1776, 'drwxrwxrwT'],
])('mode %o', ([mode, letters]) => {
  expect(modeLetters({ type: 'directory', mode })).toBe(letters)
})
