// `layerdiff diff` of images, in every form they come in: what the kernel shows of them.

import { spawnSync } from 'node:child_process'
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
