// `layerdiff inspect`, run as a user runs it.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dockerParts, layer } from './support/image-builder.js'
import { directory, file, tar, whiteout } from './support/tar-builder.js'
import { fixturePath, fixtures } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-inspect-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function inspect(...args: string[]) {
  const options = { encoding: 'utf8', cwd: folder, timeout: 30_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'inspect', ...args], options)
  return { status, stdout, stderr }
}

beforeAll(async () => {
  const content = 'x'.repeat(1500)
  const many = Array.from({ length: 25 }, (_, index) => file(`many/${String(index).padStart(2, '0')}`, 'yy'))
  const layers = await Promise.all(
    [
      [directory('etc'), file('etc/a', content), file('etc/b\x1b[2J\u202e', 'b'.repeat(200))],
      [file('etc/a', 'new'), whiteout('etc/b\x1b[2J\u202e'), file('c', 'c'.repeat(100))],
    ].map((parts) => layer(tar(parts))),
  )
  const history = [
    { created_by: '/bin/sh -c #(nop) ADD rootfs.tar in / ' },
    { created_by: 'RUN make a very long command line that does not fit into eighty columns # buildkit' },
  ]
  const write = (name: string, parts: ReturnType<typeof dockerParts>) => writeFileSync(join(folder, name), tar(parts))
  write('app.tar', dockerParts(layers, ['app:1'], { history }))
  write('odd.tar', dockerParts(layers, null, { history: history.slice(0, 1) }))
  write('none.tar', dockerParts([], ['none:1'], { history: [] }))
  const clean = await layer(tar([file('a', 'x')]))
  write('clean.tar', dockerParts([clean], ['clean:1'], { history: history.slice(0, 1) }))
  const wasteful = await Promise.all([many, many.slice(0, 24), [whiteout('many')]].map((parts) => layer(tar(parts))))
  write('many.tar', dockerParts(wasteful, ['many:1']))
  const broken = { ...clean, blob: clean.blob.subarray(0, 300) }
  write('broken.tar', dockerParts([clean, broken], ['broken:1']))
  write('lying.tar', dockerParts([clean], ['lying:1'], { diffIds: [`sha256:${'0'.repeat(64)}`] }))
  writeFileSync(join(folder, 'layer.tar'), tar([file('a', 'x')]))
})

test('layers bottom first, both kinds of waste, and the paths', () => {
  const { status, stdout, stderr } = inspect('app.tar')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout.replace(/id [0-9a-f]{12}/, 'id ABCDEFABCDEF')).toBe(`\
app.tar  app:1  linux/amd64  id ABCDEFABCDEF
2 layers: 10.2 kB stored, 1.80 kB on disk; shows 3 paths, 103 B

LAYER   STORED  ON DISK  ADDED  REMOVED  CHANGED  CREATED BY
    0  5.63 kB  1.70 kB      3        -        -  ADD rootfs.tar in /
    1  4.61 kB    103 B      1        1        1  RUN make a very long command …

As dive counts, by names:
  efficiency 5.713%, wasted 1.70 kB, 1653.4% of the layers above the first
In truth:
  a squash would save 1.70 kB, 94.3% of what is on disk, of 2 paths

 WASTED  LAYERS  PATH
1.50 kB  0       etc/a
  200 B  0       etc/b\\x1b[2J\\u{202e}
`)
})

test('nothing wasted, and no layers at all', () => {
  expect(inspect('clean.tar').stdout).toMatch(
    /\n {2}nothing is stored that is not shown: a squash would save nothing\n$/,
  )
  const { status, stdout } = inspect('none.tar')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^none\.tar {2}none:1 {2}.*\n0 layers: 0 B stored, 0 B on disk; shows 0 paths, 0 B\n\nAs dive/)
  expect(stdout).toContain('efficiency 100%, wasted 0 B, 0.0% of')
})

test('the 20 largest of many paths, or all', () => {
  const short = inspect('many.tar').stdout
  expect(short.match(/^ +\d B {2}.*many\/\d\d$/gm)).toHaveLength(20)
  expect(short).toMatch(/\nand 5 paths more, 18 B: --all lists them\n$/)
  const { stdout } = inspect('many.tar', '--all')
  expect(stdout.match(/^ +\d B {2}.*many\/\d\d$/gm)).toHaveLength(25)
  expect(stdout).toContain('\n    4 B  0, 1    many/00\n')
  expect(stdout).toMatch(/\n {4}2 B {2}0 {7}many\/24\n$/)
})

test('as JSON, which is that of history', () => {
  const { status, stdout } = inspect('app.tar', '--format', 'json')
  expect(status).toBe(0)
  expect(stdout.match(/\n/g)).toHaveLength(1)
  const history = spawnSync(process.execPath, [main, 'history', 'app.tar', '--format', 'json'], { cwd: folder })
  expect(JSON.parse(stdout)).toEqual(JSON.parse(String(history.stdout)))
})

test('a history that does not match is said beside the table', () => {
  const { status, stdout, stderr } = inspect('odd.tar')
  expect(status).toBe(0)
  expect(stderr).toMatch(/^layerdiff: The history tells of 1 layers, and the image has 2, .*\n$/)
  expect(stdout.match(/unknown command$/gm)).toHaveLength(2)
})

describe('what is refused', () => {
  test.for<[string, string[], number, RegExp]>([
    ['a layer', ['layer.tar'], 3, /holds no image/],
    [
      'no file',
      ['gone.tar'],
      3,
      /^layerdiff: error: INPUT_NOT_FOUND: Cannot read gone\.tar: there is no such file\.\n$/,
    ],
    ['a broken layer', ['broken.tar'], 3, /^layerdiff: error: \w+ \(layer 1 of broken\.tar\): (?!Layer).*\n$/],
    [
      'an ID that lies, when asked to verify',
      ['lying.tar', '--verify'],
      3,
      /DIFF_ID_MISMATCH \(layer 0 of lying\.tar\): The layer is not what it claims/,
    ],
    ['a report over the image', ['app.tar', '-o', 'app.tar'], 2, /would be written over app\.tar/],
    ['a mistyped option', ['app.tar', '--al'], 2, /Did you mean --all\?/],
  ])('%s', ([, args, code, message]) => {
    const { status, stdout, stderr } = inspect(...args)
    expect([status, stdout]).toEqual([code, ''])
    expect(stderr).toMatch(message)
  })
})

test('into a file, and onto a full device', () => {
  expect(inspect('app.tar', '-o', 'out.txt')).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe(inspect('app.tar').stdout)
  if (!existsSync('/dev/full')) return
  expect(inspect('app.tar', '-o', '/dev/full')).toMatchObject({ status: 3, stderr: /\/dev\/full: .*\n$/ })
})

test.skipIf(fixtures === null)("dive's own test image, in eighty columns", () => {
  const { status, stdout } = inspect(fixturePath('images', 'dive', 'test-docker-image.tar'))
  expect(status).toBe(0)
  const lines = stdout.split('\n')
  // The first names the file.
  expect(lines.slice(1).filter((line) => line.length > 80)).toEqual([])
  expect(stdout).toContain('14 layers: ')
  expect(stdout).toContain('efficiency 98.44%, wasted 32.0 kB, 48.3% of the layers above the first')
  expect(stdout).toContain('a squash would save 32.0 kB, 2.6% of what is on disk, of 4 paths')
})
