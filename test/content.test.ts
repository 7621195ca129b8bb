// Contents of files in real images: every changed file of a pair, against what tar itself takes out.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffImages, diffLayers, type ImageDiff, openImage } from '../src/index.js'
import { refusal } from './support/refusal.js'
import { file, tar } from './support/tar-builder.js'
import { fixtures } from './support/truth.js'

const FORMS = [
  ['gzip layers in a folder', 'oci-gzip'],
  ['zstd layers in a folder', 'oci-zstd'],
  ['an OCI archive', 'oci-archive.tar'],
  ['zstd:chunked layers', 'oci-zstd-chunked'],
  ['plain layers in a docker archive that is gzipped as a whole', 'docker-archive.tar.gz'],
] as const

describe.skipIf(fixtures === null)('contents in real images', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerdiff-content-'))
    for (const name of ['small-1', 'small-2']) {
      const place = join(folder, name)
      mkdirSync(place)
      execFileSync('tar', ['-xzf', join(fixtures ?? '', 'images', name, 'docker-archive.tar.gz'), '-C', place])
      const [{ Layers: layers }] = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))
      for (const [index, layer] of (layers as string[]).entries()) {
        mkdirSync(join(place, String(index)))
        execFileSync('tar', ['-xf', join(place, layer), '-C', join(place, String(index))])
      }
    }
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(FORMS)('%s', async (_, form) => {
    const at = (name: string) => join(fixtures ?? '', 'images', name, form)
    const images = [await openImage(at('small-1')), await openImage(at('small-2'))] as const
    const diff: ImageDiff = await diffImages(...images)
    let compared = 0
    for (const change of diff.changes) {
      for (const side of ['before', 'after'] as const) {
        const entry = change[side]
        if (entry?.type !== 'file' || entry.hardlink !== null || change.pathBytes) continue
        const { bytes, size } = await diff.content(change, side)
        expect(size).toBe(entry.size)
        const image = side === 'before' ? 'small-1' : 'small-2'
        const expected = readFileSync(join(folder, image, String(entry.layer), change.path))
        expect(Buffer.compare(Buffer.from(bytes), expected.subarray(0, 1 << 20)), `${side} ${change.path}`).toBe(0)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(5)
    await Promise.all(images.map((image) => image.close()))
  })
})

it('a pipe gives its layer but once, and is not waited for once more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerdiff-pipe-'))
  try {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const [diff] = await Promise.all([diffLayers([], pipe), writeFile(pipe, tar([file('a', 'x')]))])
    const change = diff.changes.at(0)
    if (change === undefined) throw new Error('there is no change')
    const message = expect.stringContaining('pipe')
    expect(await refusal(diff.content(change, 'after'))).toMatchObject({ code: 'INPUT_UNREADABLE', message })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
