// `layerdiff diff` of images, in every form they come in: what the kernel shows of them.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ChangeJson, LayerDiffJson } from '../src/index.js'
import { fixtures, trueDiff } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const image = (name: string, form: string) => join(fixtures ?? '', 'images', name, form)

function diff(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const
  return spawnSync(process.execPath, [main, 'diff', ...args], options)
}

const essence = ({ path, kind, fields }: Pick<ChangeJson, 'path' | 'kind' | 'fields'>) => `${kind} ${path} ${fields}`

describe.skipIf(fixtures === null)('images on the command line', () => {
  const truth = expectedChanges()
  it.each([
    ['folders', image('small-1', 'oci-gzip'), image('small-2', 'oci-gzip')],
    ['folders, by name', `oci:${image('small-1', 'oci-zstd')}:latest`, `oci:${image('small-2', 'oci-zstd')}`],
    ['OCI archives', image('small-1', 'oci-archive.tar'), `oci-archive:${image('small-2', 'oci-archive.tar')}`],
    ['docker archives, gzipped', image('small-1', 'docker-archive.tar.gz'), image('small-2', 'docker-archive.tar.gz')],
    ['two forms', image('small-1', 'oci-zstd-chunked'), image('small-2', 'docker-archive.tar.gz')],
  ])('%s', (_, before, after) => {
    const { status, stdout, stderr } = diff(before, after, '--format', 'json')
    expect([status, stderr]).toEqual([0, ''])
    expect((JSON.parse(stdout) as LayerDiffJson).changes.map(essence)).toEqual(truth)
  })

  it('layer: takes an image for a layer', () => {
    const [before, after] = ['small-1', 'small-2'].map((name) => `layer:${image(name, 'oci-archive.tar')}`) as [
      string,
      string,
    ]
    const { status, stdout } = diff(before, after)
    expect(status).toBe(0)
    expect(stdout).toContain('blobs/sha256/')
  })

  it.skipIf(process.platform === 'win32')('images through pipes are images, and leave nothing behind', () => {
    const [before, after] = ['small-1', 'small-2'].map((name) => image(name, 'docker-archive.tar.gz'))
    const temporary = mkdtempSync(join(tmpdir(), 'layerdiff-pipes-'))
    try {
      const script = `"$0" "$1" diff <(zcat "$2") <(cat "$3") --format json`
      const { status, stdout, stderr } = spawnSync(
        'bash',
        ['-c', script, process.execPath, main, before, after] as string[],
        {
          encoding: 'utf8',
          env: { ...process.env, TMPDIR: temporary },
          maxBuffer: 1 << 28,
        },
      )
      expect([status, stderr]).toEqual([0, ''])
      expect((JSON.parse(stdout) as LayerDiffJson).changes.map(essence)).toEqual(truth)
      expect(readdirSync(temporary)).toEqual([])
    } finally {
      rmSync(temporary, { recursive: true })
    }
  })

  it.skipIf(process.platform === 'win32')('a layer through a pipe is a layer', () => {
    const blobs = join(image('small-1', 'oci-gzip'), 'blobs/sha256')
    const sizes = readdirSync(blobs).map((name) => ({
      path: join(blobs, name),
      size: statSync(join(blobs, name)).size,
    }))
    const layer = sizes.reduce((a, b) => (a.size > b.size ? a : b)).path
    const script = `cat "$2" | "$0" "$1" diff /dev/stdin "$2" --exit-code`
    const options = { encoding: 'utf8' } as const
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, main, layer], options)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('No differences')
  })

  it.skipIf(spawnSync('zstd', ['--version']).status !== 0)(
    'a zstd archive whose first block is long is recognised',
    () => {
      const temporary = mkdtempSync(join(tmpdir(), 'layerdiff-zstd-'))
      try {
        const path = join(temporary, 'image.tar.zst')
        spawnSync('zstd', ['-q', image('small-1', 'oci-archive.tar'), '-o', path])
        const { status, stdout, stderr } = diff(path, image('small-1', 'oci-archive.tar'))
        expect([status, stderr]).toEqual([0, ''])
        expect(stdout).toContain('No differences')
      } finally {
        rmSync(temporary, { recursive: true })
      }
    },
  )

  it('an image that is not there, or not one, is refused', () => {
    expect(diff('oci:none', 'oci:none')).toMatchObject({ status: 3, stdout: '' })
    const { status, stderr } = diff(fixtures ?? '', fixtures ?? '')
    expect(status).toBe(3)
    expect(stderr).toMatch(/^layerdiff: .*(no image|neither|not an image|index\.json)/)
  })
})

/** Without mtimes, which the command compares only when asked to. */
function expectedChanges(): string[] {
  if (fixtures === null) return []
  return trueDiff('small-1-small-2')
    .map((change) => ({ ...change, fields: change.fields.filter((field) => field !== 'mtime') }))
    .filter(({ kind, fields }) => kind !== 'modified' || fields.length > 0)
    .map(essence)
}
