// Unified diffs of what changed, applied by the tools that they are for.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { patchesOf, patchForTerminal } from '../src/cli/patches.js'
import { diffLayers, type LayerDiff } from '../src/index.js'
import { ensureTools } from './support/debian.js'
import { directory, file, symlink, type TarPart, tar } from './support/tar-builder.js'

const tools = ensureTools([
  { command: 'patch', package: 'patch' },
  { command: 'git', package: 'git' },
])

const folder = mkdtempSync(join(tmpdir(), 'layerdiff-patches-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function patchText(diff: LayerDiff, glob: string | null = null): Promise<string> {
  let text = ''
  for await (const patches of patchesOf(diff, glob)) text += patches.map((patch) => patch.text).join('')
  return text
}

const lines = (count: number, change: (line: number) => string = (line) => `line ${line}`) =>
  Array.from({ length: count }, (_, line) => `${change(line)}\n`).join('')

/** Files of both sides; null for none. */
const files: Readonly<Record<string, readonly [before: string | null, after: string | null]>> = {
  'etc/passwd': [lines(40), lines(40, (line) => (line % 15 === 7 ? `changed ${line}` : `line ${line}`))],
  'etc/new': [null, 'one\ntwo\n'],
  'etc/gone': ['one\ntwo\n', null],
  'etc/empty-now': ['one\n', ''],
  'etc/empty-gone': ['', null],
  'etc/empty-new': [null, ''],
  'etc/empty-once': ['', 'one\n'],
  'no newline': ['a\nb', 'a\nc'],
  'newline comes': ['a\nb', 'a\nb\n'],
  'odd/tab\there': ['1\n', '2\n'],
  'odd/quote"here': ['1\n', '2\n'],
  'odd/größe 日本': ['1\n', 'größe\n'],
  'carriage returns': ['a\r\nb\r\n', 'a\r\nc\r\n'],
  'form feeds': ['a\fb\nx\n', 'a\fb\ny\n'],
  'nothing in common': [lines(6000, (line) => `old ${line}`), lines(6000, (line) => `new ${line}`)],
  same: ['1\n', '1\n'],
}

const side = (index: 0 | 1): TarPart[] =>
  Object.entries(files).flatMap(([path, contents]) => {
    const content = contents[index]
    return content === null ? [] : [file(path, content)]
  })

function write(root: string, index: 0 | 1): void {
  mkdirSync(root, { recursive: true })
  for (const [path, contents] of Object.entries(files)) {
    const content = contents[index]
    if (content === null) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

function read(root: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found[path.slice(root.length + 1)] = readFileSync(path, 'utf8')
  }
  return found
}

describe.skipIf(!tools)('a patch of texts', () => {
  const appliers: [string, string[]][] = [
    ['patch', ['-p1', '--batch']],
    ['git', ['apply', '-p1']],
  ]
  test.for(appliers)('is applied by %s', async ([command, args]) => {
    const diff = await diffLayers(new Uint8Array(gzipSync(tar(side(0)))), tar(side(1)))
    const [tree, wanted] = [join(folder, `${command}-tree`), join(folder, `${command}-wanted`)]
    write(tree, 0)
    write(wanted, 1)
    // A report may stand before it.
    const input = `49.5 kB → 171 kB (+122 kB)\n+ 1 added\n\n     +2 B    etc/\n\n${await patchText(diff)}`
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: tree, input, encoding: 'utf8' })
    expect({ status, stderr, rejected: /FAILED|offset|fuzz/.test(stdout) }).toEqual({
      status: 0,
      stderr: '',
      rejected: false,
    })
    expect(read(tree)).toEqual(read(wanted))
  })

  test('tells modes', async () => {
    const diff = await diffLayers(
      tar([file('run', 'x\n', { mode: 0o644 })]),
      tar([file('run', 'x\n', { mode: 0o755 }), file('new', 'y\n', { mode: 0o755 })]),
    )
    const tree = join(folder, 'modes')
    mkdirSync(tree)
    writeFileSync(join(tree, 'run'), 'x\n')
    chmodSync(join(tree, 'run'), 0o644)
    execFileSync('git', ['apply'], { cwd: tree, input: await patchText(diff) })
    expect(['run', 'new'].map((name) => statSync(join(tree, name)).mode & 0o111)).toEqual([0o111, 0o111])
  })
})

const binary = '\0'.repeat(10)
const cases: [name: string, before: TarPart[], after: TarPart[], text: string | RegExp][] = [
  [
    'a binary is told by size and hash',
    [file('a', `${binary}1`)],
    [file('a', `${binary}2`)],
    /^Binary file a: 11 B blake3:[0-9a-f]{64} → 11 B blake3:[0-9a-f]{64}\n$/,
  ],
  ['escape sequences are no text', [file('a', 'x')], [file('a', '\x1b[31m')], /^Binary file a: /],
  ['neither is what is no UTF-8', [file('a', 'x')], [file('a', Uint8Array.of(0xff))], /^Binary file a: /],
  ['a new binary', [], [file('a', binary)], /^Binary file a: none → 10 B blake3:/],
  ['a large file', [file('a', 'x'.repeat((1 << 20) + 1))], [], /^File a is over 1\.05 MB: 1\.05 MB.* → none\n$/],
  ['symlinks are no text', [symlink('a', 'b')], [symlink('a', 'c')], ''],
  ['directories neither', [], [directory('a')], ''],
  ['what changed its type', [file('a', 'x')], [directory('a')], ''],
  [
    'only a setuid bit, which no patch can tell',
    [file('a', 'x', { mode: 0o4755 })],
    [file('a', 'x', { mode: 0o755 })],
    '',
  ],
  ['only another owner', [file('a', 'x')], [file('a', 'x', { uid: 3 })], ''],
  ['an empty file', [], [file('a')], /^diff --git a\/a b\/a\nnew file mode 100644\nindex 0{40}\.\.e69de29\w+\n$/],
  ['a name that would mislead', [file('\x1b[1m', '\0')], [file('\x1b[1m', '\0\0')], /^Binary file \\x1b\[1m: /],
]
test.for(cases)('%s', async ([, before, after, text]) => {
  const found = await patchText(await diffLayers(tar(before), tar(after)))
  if (typeof text === 'string') expect(found).toBe(text)
  else expect(found).toMatch(text)
})

test('a glob chooses', async () => {
  const diff = await diffLayers(tar(side(0)), tar(side(1)))
  const found = (await patchText(diff, 'etc/*')).match(/^diff .*$/gm)
  expect(found).toEqual(
    ['empty-gone', 'empty-new', 'empty-now', 'empty-once', 'gone', 'new', 'passwd'].map(
      (name) => `diff --git a/etc/${name} b/etc/${name}`,
    ),
  )
})

test('a layer that cannot be read once more is told of', async () => {
  const stream = new Blob([tar([file('a', 'x')]) as BlobPart]).stream()
  expect(await patchText(await diffLayers([], stream))).toMatch(/^Cannot show a: The layer was given as a stream/)
})

test('more than is held at a time', async () => {
  const many = (letter: string) =>
    tar(Array.from({ length: 70 }, (_, index) => file(`f${index}`, `${letter.repeat(900_000)}\n`)))
  const groups: number[] = []
  for await (const patches of patchesOf(await diffLayers(many('a'), many('b')), null)) groups.push(patches.length)
  expect(groups.length).toBeGreaterThan(1)
  expect(groups.reduce((sum, count) => sum + count, 0)).toBe(70)
})

test('a terminal gets no direction overrides', () => {
  const text = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-\ta\n+\ta\u202eb\n'
  expect([...patchForTerminal({ text }, false)].join('')).toBe(text.replace('\u202e', '\\u{202e}'))
  expect([...patchForTerminal({ text }, true)].at(-1)).toBe('\x1b[32m+\ta\\u{202e}b\x1b[0m\n')
})
