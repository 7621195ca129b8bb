// What `semantic` leaves out of a diff, and what it does not.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { NOISE, TIME_LABELS } from '../src/compose/noise.js'
import { diffImages, diffLayers } from '../src/index.js'
import { Layout, layer } from './support/image-builder.js'
import { refusal } from './support/refusal.js'
import { directory, file, tar } from './support/tar-builder.js'

const page = readFileSync(new URL('../docs/semantic.md', import.meta.url), 'utf8')

test('the page lists what the code leaves out', () => {
  const cells = Array.from(page.matchAll(/^\| (`.*?) \| /gm), ([, cell = '']) => cell)
  const globs = cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, glob]) => glob))
  expect(globs.sort()).toEqual([...NOISE].sort())
  for (const label of TIME_LABELS) expect(page).toContain(`\`${label}\``)
})

describe('a rebuild', () => {
  const paths = [
    'var/log/apt/history.log',
    'etc/ld.so.cache',
    'usr/lib/python3/x/__pycache__/y.cpython-311.pyc',
    'var/cache/ldconfig/aux-cache',
    'var/lib/dpkg/status-old',
    'etc/machine-id',
    'tmp/left/over',
  ]
  const kept = ['etc/passwd', 'var/lib/dpkg/status', 'srv/tmp/data', 'srv/etc/hosts', 'usr/lib/python3/x/y.py']
  const build = (content: string) => tar([...paths, ...kept].map((path) => file(path, content)))

  test('leaves noise out, and nothing else', async () => {
    const [old, now] = [build('1'), build('2')]
    expect((await diffLayers(old, now)).changes.length).toBe(paths.length + kept.length)
    const diff = await diffLayers(old, now, { semantic: true })
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual([...kept].sort())
  })

  test('globs of the caller come on top', async () => {
    const diff = await diffLayers(build('1'), build('2'), { semantic: true, ignore: ['srv'] })
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(kept.filter((path) => !path.startsWith('srv')).sort())
  })

  test('an empty folder stays', async () => {
    const diff = await diffLayers(tar([]), tar([directory('tmp')]), { semantic: true })
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['tmp'])
  })

  test('labels that say when', async () => {
    const image = async (created: string) => {
      const layout = new Layout()
      const Labels = { 'org.opencontainers.image.created': created, version: created }
      return layout.tar([await layout.image([await layer(tar([file('a')]))], { config: { Labels } })])
    }
    const [old, now] = [await image('1'), await image('2')]
    expect((await diffImages(old, now)).config.length).toBe(2)
    expect((await diffImages(old, now, { semantic: true })).config.map(({ name }) => name)).toEqual(['version'])
  })

  test('times contradict it', async () => {
    const error = await refusal(diffLayers(build('1'), build('2'), { semantic: true, compare: { mtime: true } }))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining('choose one')])
  })
})
