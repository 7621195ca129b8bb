// Pulling from a real registry.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffImages, openCache, openImage, pullImage } from '../src/index.js'
import { hasRegistry, RealRegistry } from './support/real-registry.js'
import { fixturePath, fixtures } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')

describe.skipIf(fixtures === null || !hasRegistry)('an image of a registry', () => {
  let registry: RealRegistry
  let folder = ''
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'layerdiff-test-'))
    registry = await RealRegistry.start()
    registry.fill(`oci:${fixturePath('images', 'small-1', 'oci-gzip')}:latest`, 'acme/small:1')
    registry.fill(`oci:${fixturePath('images', 'small-1', 'oci-gzip')}:latest`, 'acme/docker:1', '--format', 'v2s2')
  })
  afterAll(async () => {
    await registry.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['acme/small:1', 'acme/docker:1'])('%s in a file that skopeo reads', async (name) => {
    const output = join(folder, 'out.tar')
    const image = await pullImage(`${registry.host}/${name}`, { output })
    const { stdout, status } = spawnSync('skopeo', ['inspect', `oci-archive:${output}`], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout).Digest).toBe(image.manifestDigest)
    expect((await openImage(output)).name).toBe(`${registry.host}/${name}`)
    const from = `docker-archive:${output}:${registry.host}/${name}`
    expect(spawnSync('skopeo', ['copy', '-q', from, `dir:${join(folder, 'copied')}`]).status).toBe(0)
  })

  it('on the command line, as docker says it', () => {
    const pull = () =>
      spawnSync(process.execPath, [main, 'pull', `${registry.host}/acme/small:1`], {
        encoding: 'utf8',
        env: { ...process.env, LAYERDIFF_CACHE: join(folder, 'cache') },
      })
    const { stdout, stderr, status } = pull()
    expect([status, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('1: Pulling from acme/small')
    const name = `${registry.host}/acme/small:1`
    expect(lines.slice(-2)).toEqual([`Status: Downloaded newer image for ${name}`, name])
    expect(pull().stdout.split('\n').at(-3)).toBe(`Status: Image is up to date for ${name}`)
  })

  it('a blob that was damaged in the cache goes into no file and no diff, and is fetched anew', async () => {
    const cache = await openCache({ place: join(folder, 'damaged') })
    const name = `${registry.host}/acme/small:1`
    const [first] = (await pullImage(name, { cache })).layers
    const digest = first?.digest ?? ''
    const path = (await cache.blob(digest))?.bytes as string
    const damage = () => {
      const bytes = readFileSync(path)
      writeFileSync(path, bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 64))
    }
    const output = join(folder, 'damaged.tar')
    damage()
    const pulling = pullImage(name, { cache, output })
    await expect(pulling).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: expect.stringMatching(/Pull the image again/),
    })
    expect([existsSync(output), await cache.blob(digest)]).toEqual([false, null])
    await pullImage(name, { cache, output })
    expect(spawnSync('skopeo', ['copy', '-q', `oci-archive:${output}`, `dir:${join(folder, 'whole')}`]).status).toBe(0)

    damage()
    const diff = await diffImages(name, `${registry.host}/acme/docker:1`, { cache })
    expect([diff.changes.length, diff.verified, await cache.blob(digest)]).toEqual([0, true, null])
  })
})
