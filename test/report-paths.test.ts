// Paths for scripts: what stands before them, and how odd names are written.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { diffLayers } from '../src/index.js'
import { pathsReport } from '../src/report/paths.js'
import { quotedName } from '../src/report/quoted-name.js'
import { type Selection, selectChanges, WHOLE } from '../src/report/selection.js'
import { bytes, file, tar } from './support/tar-builder.js'

const folder = mkdtempSync(join(tmpdir(), 'layerdiff-paths-'))
afterAll(() => rmSync(folder, { recursive: true }))

const before = tar([file('kept', '1'), file('old/x', 'same'), file('changed', '1'), file('gone', '1')])
const after = tar([file('kept', '1'), file('new/x', 'same'), file('changed', '2'), file('a b', '123')])

const joined = (pieces: Iterable<string | Uint8Array>) =>
  Buffer.concat(Array.from(pieces, (piece) => Buffer.from(piece))).toString('latin1')

test('a path a line', async () => {
  expect(joined(pathsReport(await diffLayers(before, after)))).toBe(
    'A\ta b\nM\tchanged\nD\tgone\nA\tnew\nA\tnew/x\nD\told\nD\told/x\n',
  )
})

test('renames in place of what was removed and added', async () => {
  const diff = await diffLayers(before, after, { renames: true })
  expect(joined(pathsReport(diff))).toBe('A\ta b\nM\tchanged\nD\tgone\nA\tnew\nR100\told/x\tnew/x\nD\told\n')
  expect(joined(pathsReport(diff, { nul: true }))).toBe(
    'A\0a b\0M\0changed\0D\0gone\0A\0new\0R100\0old/x\0new/x\0D\0old\0',
  )
})

test('half of a rename is what it is', async () => {
  const diff = await diffLayers(before, after, { renames: true })
  const of = (kinds: Selection['kinds']) => joined(pathsReport(selectChanges(diff, { ...WHOLE, kinds })))
  expect([of(['removed']), of(['added'])]).toEqual(['D\tgone\nD\told\nD\told/x\n', 'A\ta b\nA\tnew\nA\tnew/x\n'])
})

test('bytes that are no text pass through, ended by NULs', async () => {
  const diff = await diffLayers([], [tar([file(Uint8Array.of(0x61, 0xff, 0x0a), 'x')])])
  expect(joined(pathsReport(diff, { nul: true }))).toBe('A\0a\xff\n\0')
  expect(joined(pathsReport(diff))).toBe('A\t"a\\377\\n"\n')
})

const names: [what: string, name: Uint8Array, quoted: string][] = [
  ['plain', bytes('usr/bin/x'), 'usr/bin/x'],
  ['blanks', bytes('a b'), 'a b'],
  ['a tab', bytes('a\tb'), '"a\\tb"'],
  ['a quotation mark', bytes('a"b'), '"a\\"b"'],
  ['a backslash', bytes('a\\b'), '"a\\\\b"'],
  ['an escape', bytes('\x1b[31m'), '"\\033[31m"'],
  ['other scripts', bytes('größe/日本'), 'größe/日本'],
  ['a direction override', bytes('a\u202eb'), '"a\\342\\200\\256b"'],
  ['no UTF-8', Uint8Array.of(0x61, 0xe9), '"a\\351"'],
]
test.for(names)('a name with %s', ([, name, quoted]) => {
  expect(quotedName(name)).toBe(quoted)
})

test('names are quoted as git quotes them', () => {
  const repository = join(folder, 'repository')
  mkdirSync(repository)
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, '-c', 'core.quotepath=false', ...args])
  git('init', '-q')
  // What may mislead, or is no text, git leaves as it is when it is told to leave other scripts alone.
  const shared = names.filter(([what, name]) => !/direction|UTF/.test(what) && !name.includes(0x2f))
  for (const [, name] of shared) writeFileSync(Buffer.concat([Buffer.from(`${repository}/`), name]), '')
  const listed = git('status', '--porcelain', '--untracked-files=all').toString('utf8').split('\n').filter(Boolean)
  const ours = shared.map(([, name]) => quotedName(name))
  // In this one listing git quotes blanks too.
  const theirs = listed.map((line) => line.replace(/^\?\? /, '').replace(/^"([\w ]+)"$/, '$1'))
  expect(theirs.sort()).toEqual(ours.sort())
})
