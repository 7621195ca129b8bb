// `layerdiff history`, run as a user runs it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageReportJson } from '../src/index.js'
import { dockerParts, Layout, layer, named } from './support/image-builder.js'
import { file, tar } from './support/tar-builder.js'
import { fixturePath, fixtures } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-history-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function history(...args: string[]) {
  const options = { encoding: 'utf8', cwd: folder, timeout: 30_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'history', ...args], options)
  return { status, stdout, stderr }
}

/** Made 90 days before it is asked for, so that its age is the same whenever that is. */
const created = new Date(Date.now() - 90 * 86_400_000).toISOString()

beforeAll(async () => {
  const layers = [await layer(tar([file('a', 'x'.repeat(1500))])), await layer(tar([file('b', 'y')]))]
  const lines = [
    { created, created_by: '/bin/sh -c #(nop) ADD rootfs.tar in / ' },
    { created, created_by: 'ENV A=1', empty_layer: true, comment: 'buildkit' },
    { created, created_by: 'RUN make a very long command line that does not fit # buildkit' },
  ]
  const image = (options: object) => tar(dockerParts(layers, ['app:1'], options))
  writeFileSync(join(folder, 'app.tar'), image({ history: lines }))
  writeFileSync(join(folder, 'odd.tar'), image({ history: lines.slice(0, 1) }))
  writeFileSync(join(folder, 'lying.tar'), image({ diffIds: layers.map(() => `sha256:${'0'.repeat(64)}`) }))
  writeFileSync(join(folder, 'none.tar'), tar([file('a', 'x')]))
  const layout = new Layout()
  const platforms = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) =>
      layout.image([await layer(tar([file(architecture, architecture)]))], {
        architecture,
        history: [{ created_by: `make ${architecture}` }],
        descriptor: { platform: { os: 'linux', architecture } },
      }),
    ),
  )
  writeFileSync(join(folder, 'multi.tar'), layout.tar([await layout.index(platforms, named('app'))]))
})

test("docker's table", () => {
  const { status, stdout, stderr } = history('app.tar')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout.replace(/^[0-9a-f]{12}/m, 'ABCDEFABCDEF')).toBe(`\
IMAGE          CREATED        CREATED BY                                      SIZE         COMMENT
ABCDEFABCDEF   3 months ago   RUN make a very long command line that does …   1B
<missing>      3 months ago   ENV A=1                                         0B           buildkit
<missing>      3 months ago   /bin/sh -c #(nop) ADD rootfs.tar in /           1.5kB
`)
})

test('in full', () => {
  const { stdout } = history('app.tar', '--no-trunc')
  expect(stdout).toMatch(/^sha256:[0-9a-f]{64} {3}3 months ago {3}RUN make a very long .* fit # buildkit {3}1B$/m)
})

test('as JSON', () => {
  const json = JSON.parse(history('app.tar', '--format', 'json').stdout) as ImageReportJson
  expect(json).toMatchObject({ schema: 'layerdiff-history/1', source: 'docker-archive', name: 'app:1' })
  expect(json.rows.map(({ size, layer: made }) => [size, made])).toEqual([
    [1, 1],
    [0, null],
    [1500, 0],
  ])
  expect(json.layerTotals.map(({ added, bytesAfter }) => [added, bytesAfter])).toEqual([
    [1, 1500],
    [1, 1501],
  ])
})

test('into a file, which is there whole or not at all', () => {
  expect(history('app.tar', '--format=json', '-o', 'out.json')).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).schema).toBe('layerdiff-history/1')
  expect(history('lying.tar', '--verify', '-o', 'lying.json').status).toBe(3)
  expect(readdirSync(folder).filter((name) => /lying\.json|\.tmp$/.test(name))).toEqual([])
})

test('a history that does not match is said beside the table', () => {
  const { status, stdout, stderr } = history('odd.tar')
  expect(status).toBe(0)
  expect(stderr).toMatch(/^layerdiff: The history tells of 1 layers, and the image has 2, .*\n$/)
  expect(stdout).toContain('N/A')
})

test('the platform that is asked for', () => {
  expect(history('multi.tar', '--platform', 'linux/arm64').stdout).toContain('make arm64')
  expect(history('multi.tar', '--platform', 'linux/amd64').stdout).toContain('make amd64')
})

describe('what is refused', () => {
  test.for<[string, string[], number, RegExp]>([
    ['a layer', ['none.tar'], 3, /holds no image.*If it is a layer, it has neither config nor history.*layerdiff diff/],
    [
      'no file',
      ['gone.tar'],
      3,
      /^layerdiff: error: INPUT_NOT_FOUND: Cannot read gone\.tar: there is no such file\.\n$/,
    ],
    [
      'an ID that lies, when asked to verify',
      ['lying.tar', '--verify'],
      3,
      /\(layer \d of \w+\.tar\): The layer is not what it claims to be/,
    ],
    [
      'a platform that is not there',
      ['multi.tar', '--platform', 'linux/s390x'],
      3,
      /multi\.tar has no image for linux\/s390x/,
    ],
    ['a report over the image', ['app.tar', '-o', 'app.tar'], 2, /would be written over app\.tar/],
    ['a mistyped option', ['app.tar', '--no-trnc'], 2, /Did you mean --no-trunc\?/],
  ])('%s', ([, args, code, message]) => {
    const { status, stdout, stderr } = history(...args)
    expect([status, stdout]).toEqual([code, ''])
    expect(stderr).toMatch(message)
  })
})

test.skipIf(fixtures === null)('what docker itself built', () => {
  const { status, stdout } = history(fixturePath('images', 'dive', 'test-docker-image.tar'))
  expect(status).toBe(0)
  expect(stdout.split('\n').slice(1, -1)).toHaveLength(15)
  expect(stdout).toMatch(/ago {3}\/bin\/sh -c #\(nop\) ADD file:ce026b62356eec3ad… {3}1\.15MB\n$/)
})
