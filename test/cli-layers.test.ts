// `layerdiff layers`, and what `layerdiff diff` says of images besides their files, run as a user runs them.

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ImageDiffJson, SharingJson } from '../src/index.js'
import { dockerParts, layer } from './support/image-builder.js'
import { directory, file, tar, whiteout } from './support/tar-builder.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-layers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function layerdiff(...args: string[]) {
  const options = { encoding: 'utf8', cwd: folder, timeout: 30_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options)
  return { status, stdout, stderr }
}

const base = tar([directory('etc'), file('etc/a', 'one')])

/** As docker writes it: by the first name in it the archive is recognised. */
const image = (...args: Parameters<typeof dockerParts>) => tar(dockerParts(...args).reverse())

beforeAll(async () => {
  const [low, app, worker] = [
    await layer(base),
    await layer(tar([file('app', 'app')])),
    await layer(tar([whiteout('etc/a'), file('worker', 'work')])),
  ]
  writeFileSync(join(folder, 'app.tar'), image([low, app], ['app:1'], { config: { Env: ['A=1'] } }))
  writeFileSync(join(folder, 'worker.tar'), image([low, worker], ['worker:1'], { config: { Env: ['A=2'] } }))
  writeFileSync(join(folder, 'layer.tar'), base)
  const packed = gzipSync(image([await layer(tar([file('noise', randomBytes(1 << 16))]))], ['packed:1']))
  writeFileSync(join(folder, 'cut.tar.gz'), packed.subarray(0, packed.byteLength / 2))
  writeFileSync(join(folder, 'text.txt'), 'no layer\n'.repeat(100))
  writeFileSync(join(folder, 'null.tar'), tar([file('manifest.json', 'null')]))
  writeFileSync(join(folder, 'lying.tar'), image([low], ['lying'], { diffIds: [`sha256:${'0'.repeat(64)}`] }))
})

describe('layers', () => {
  test('a table', () => {
    const { status, stdout, stderr } = layerdiff('layers', 'app.tar', 'worker.tar')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.replace(/(?<=id )[0-9a-f]{12}/g, 'ID').replace(/ {2}[0-9a-f]{12} {2}/g, '  DIFFID        ')).toBe(`\
A  app.tar     linux/amd64  id ID
B  worker.tar  linux/amd64  id ID

A  B     SIZE  SAVED  LAYER         CREATED BY
●  ●  2.56 kB  once   DIFFID        step 0
●  ·  2.05 kB         DIFFID        step 1
·  ●  2.56 kB         DIFFID        step 1

Stored 7.17 kB, without sharing 9.73 kB: 2.56 kB saved, 26%.
`)
  })

  test('as JSON', () => {
    const json = JSON.parse(layerdiff('layers', 'app.tar', 'worker.tar', '--format=json').stdout) as SharingJson
    expect(json).toMatchObject({ schema: 'layerdiff-layers/1', storedBytes: 7168, sumBytes: 9728 })
    expect(json.layers.map(({ counts }) => counts)).toEqual([
      [1, 1],
      [1, 0],
      [0, 1],
    ])
  })

  test.for<[string, string[], number, RegExp]>([
    ['no image', ['layers'], 2, /Images are missing/],
    ['a layer', ['layers', 'app.tar', 'layer.tar'], 3, /holds no image/],
    [
      'no files',
      ['layers', 'app.tar', 'gone.tar', 'oci:gone:1', 'docker-archive:app.tar:app:1.0', 'no name'],
      3,
      /^layerdiff: error: INPUT_NOT_FOUND: Cannot read gone\.tar and gone:1: there are no such files\. Cannot read no name: There is no such file/,
    ],
    ['no platform', ['layers', 'app.tar', '--platform=banana'], 2, /The platform "banana" must have the form os\/arch/],
    ['a report over an image', ['layers', 'app.tar', '-o', 'app.tar'], 2, /would be written over app\.tar/],
    [
      'another platform',
      ['layers', 'app.tar', '--platform=linux/arm64'],
      3,
      /app\.tar has no image for linux\/arm64.*--platform/,
    ],
  ])('%s is refused', ([, args, code, message]) => {
    const { status, stdout, stderr } = layerdiff(...args)
    expect([status, stdout]).toEqual([code, ''])
    expect(stderr).toMatch(message)
  })
})

describe('an image that is broken is named', () => {
  const cut = /^layerdiff: error: GZIP_TRUNCATED: cut\.tar\.gz: The gzip stream .*\n$/
  const noList = /^layerdiff: error: MANIFEST_INVALID \(null\.tar\): manifest\.json must be a list.*\n$/
  test.for<[string[], RegExp]>([
    [['diff', 'app.tar', 'cut.tar.gz'], cut],
    [['diff', 'null.tar', 'app.tar'], noList],
    [['diff', 'docker-archive:null.tar', 'app.tar'], /MANIFEST_INVALID \(docker-archive:null\.tar\): manifest\.json/],
    [['layers', 'app.tar', 'null.tar'], noList],
    [['inspect', 'cut.tar.gz'], cut],
    [['history', 'cut.tar.gz'], cut],
    [['show', 'cut.tar.gz', 'a'], cut],
    [['tree', 'null.tar'], noList],
    [['pull', 'null.tar', '-o', 'pulled.tar'], noList],
    // Once is enough.
    [['inspect', 'layer.tar'], /^layerdiff: error: IMAGE_UNKNOWN_FORMAT: layer\.tar holds no image/],
  ])('%j', ([args, message]) => {
    const { status, stdout, stderr } = layerdiff(...args)
    expect([status, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(message)
  })
})

describe('what passes a limit is refused, and what may be done about it is said', () => {
  const entries = /^layerdiff: error: LIMIT_ENTRIES \(\w.*\.tar\): .*limits\.entries \(1\).* with --limit entries=N\./
  test.for<[string[], RegExp]>([
    [['diff', 'app.tar', 'app.tar', '--limit', 'entries=1'], entries],
    [['diff', 'app.tar', 'layer.tar', '--limit', 'entries=1'], entries],
    [['inspect', 'app.tar', '--limit', 'entries=1'], entries],
    [['history', 'app.tar', '--limit', 'entries=1'], entries],
    [['tree', 'app.tar', '--limit', 'entries=1'], entries],
    [['tree', 'app.tar', '--layer', '0', '--limit', 'entries=1'], entries],
    [['show', 'layer.tar', 'etc/a', '--limit', 'entries=1'], entries],
    [['layers', 'cut.tar.gz', '--limit', 'layerBytes=1kB'], /LIMIT_LAYER_BYTES: .* with --limit layerBytes=SIZE /],
    [['pull', 'cut.tar.gz', '-o', 'pulled.tar', '--limit=layerBytes=1kB'], /LIMIT_LAYER_BYTES: cut\.tar\.gz: /],
  ])('%j', ([args, message]) => {
    const { status, stdout, stderr } = layerdiff(...args)
    expect([status, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(message)
    const raised = args.map((arg) => arg.replace('entries=1', 'entries=2'))
    if (message === entries) expect(layerdiff(...raised).status).toBe(0)
  })
})

describe('diff of two images', () => {
  test('layers, config and files', () => {
    const { status, stdout, stderr } = layerdiff('diff', 'app.tar', 'worker.tar', '--layers')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.replace(/(?<=id )[0-9a-f]{12}/g, 'ID')).toBe(`\
before  app.tar     linux/amd64  id ID
after   worker.tar  linux/amd64  id ID

Layers         shared   removed     added
stored        2.56 kB   2.05 kB   2.56 kB
on disk           3 B       3 B       4 B
4 of 4 layers not verified (--verify reads them whole)

  2.56 kB    L0  step 0  (same ID, contents not read)
  2.05 kB  - L1  step 1
  2.56 kB  + L1  step 1

Config
           ~ env A  1 → 2

Files
6 B → 4 B (-2 B, -33%)
+ 1 added, - 2 removed, ~ 0 modified, 1 unchanged

     +4 B  L1    + worker
     -3 B        - app
     -3 B          etc/
     -3 B  L1    -   a
`)
  })

  test('as JSON: every change names its layer, and that its command', () => {
    const json = JSON.parse(layerdiff('diff', 'app.tar', 'worker.tar', '--format', 'json').stdout) as ImageDiffJson
    expect(json.config).toEqual([{ field: 'env', name: 'A', kind: 'modified', before: '1', after: '2' }])
    expect(json.layers.map(({ kind }) => kind)).toEqual(['shared', 'removed', 'added'])
    const made = json.changes.map(
      ({ path, cause }) => `${path} ${cause && json.images.after.layers[cause.layer]?.createdBy}`,
    )
    expect(made).toEqual(['app null', 'etc/a step 1', 'worker step 1'])
  })

  test('--verify checks the layers of images, and of stacks with images in them', () => {
    expect(layerdiff('diff', 'app.tar', 'app.tar', '--verify')).toMatchObject({ status: 0, stderr: '' })
    expect(layerdiff('diff', 'lying.tar', 'app.tar').status).toBe(0)
    for (const args of [
      ['lying.tar', 'app.tar'],
      ['--before', 'lying.tar', '--before', 'layer.tar', '--after', 'app.tar'],
    ]) {
      expect(layerdiff('diff', '--verify', ...args)).toMatchObject({
        status: 3,
        stdout: '',
        stderr: expect.stringContaining('layer 0 of lying.tar'),
      })
    }
  })

  test('a stack is compared as files alone', () => {
    const { stdout } = layerdiff('diff', '--before', 'app.tar', '--before', 'layer.tar', '--after', 'app.tar')
    expect(stdout).toBe('No differences: 3 paths, 6 B.\n')
  })

  test.for<[string, string[], string]>([
    ['an image and a layer', ['layer.tar', 'app.tar'], 'layer.tar is a layer'],
    ['a layer and an image', ['app.tar', 'layer.tar'], 'layer.tar is a layer'],
    [
      'an image and a stack',
      ['--before=app.tar', '--before=layer.tar', '--after=app.tar'],
      'one side is a stack of parts',
    ],
  ])('%s: that only files are compared is said', ([, args, what]) => {
    const note = `layerdiff: note: ${what}, so only files are compared, not layers, config and history.\n`
    expect(layerdiff('diff', ...args)).toMatchObject({ status: 0, stderr: note })
    expect(layerdiff('diff', ...args, '--format', 'json')).toMatchObject({ status: 0, stderr: '' })
  })

  test('but not of what is no layer', () => {
    const { status, stderr } = layerdiff('diff', 'text.txt', 'app.tar')
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/^layerdiff: error: TAR_CHECKSUM \(text\.txt\): .* Give a tar, .*\n$/),
    ])
  })

  test('an image that was read as a layer: what to write is said', () => {
    writeFileSync(join(folder, 'marked.tar'), tar([file('oci-layout', '{}')]))
    const { status, stderr } = layerdiff('diff', 'layer:marked.tar', 'layer.tar')
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/LOOKS_LIKE_IMAGE .* Write docker-archive:FILE or oci-/),
    ])
  })

  test('what only images have is refused for layers', () => {
    for (const [option, name] of [
      ['--verify', '--verify'],
      ['--platform=linux/amd64', '--platform'],
    ] as const) {
      const { status, stderr } = layerdiff('diff', 'layer.tar', 'layer.tar', option)
      expect([status, stderr]).toEqual([
        2,
        `layerdiff: ${name} is about images, and what was given are layers.\nTry layerdiff diff --help.\n`,
      ])
    }
  })
})
