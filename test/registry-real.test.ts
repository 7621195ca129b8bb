// Images of a real registry, put there by a real tool: the same as those of the layouts that they came from.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  diffImages,
  diffLayers,
  type Image,
  type ImageDiff,
  type ImageFacts,
  openCache,
  openImage,
  parseReference,
  pullImage,
} from '../src/index.js'
import { hasRegistry, RealRegistry } from './support/real-registry.js'
import { fixtures } from './support/truth.js'

const login = { username: 'anne', password: 'p:w "ö"' }
const layout = (name: string, form: string) => `oci:${join(fixtures ?? '', 'images', name, form)}`
const main = join(import.meta.dirname, '../dist/cli/main.js')

async function changes(before: Image, after: Image): Promise<unknown> {
  const { changes, summary } = (await diffLayers(before.layers, after.layers)).toJSON()
  expect(changes.length).toBeGreaterThan(0)
  return { changes, summary }
}

describe.skipIf(!hasRegistry || fixtures === null)('a real registry', () => {
  let open: RealRegistry
  let locked: RealRegistry
  beforeAll(async () => {
    ;[open, locked] = await Promise.all([RealRegistry.start(), RealRegistry.start({ login })])
    for (const name of ['small-1', 'small-2']) {
      open.fill(layout(name, 'oci-gzip'), `team/${name}:gzip`)
      open.fill(layout(name, 'oci-zstd'), `team/${name}:zstd`)
      // As docker pushes it: with Docker's own types.
      open.fill(layout(name, 'oci-gzip'), `team/${name}:docker`, '--format', 'v2s2')
    }
    locked.fill(layout('small-1', 'oci-gzip'), 'private')
  })
  afterAll(async () => {
    await Promise.all([open?.stop(), locked?.stop()])
  })

  it.each(['gzip', 'zstd', 'docker'])('%s: the diff is that of the layouts', async (tag) => {
    const form = tag === 'zstd' ? 'oci-zstd' : 'oci-gzip'
    const [before, after, layoutBefore, layoutAfter] = (await Promise.all([
      openImage(`${open.host}/team/small-1:${tag}`),
      openImage(`docker://${open.host}/team/small-2:${tag}`, { verify: true }),
      openImage(layout('small-1', form)),
      openImage(layout('small-2', form)),
    ])) as [Image, Image, Image, Image]
    expect(await changes(before, after)).toEqual(await changes(layoutBefore, layoutAfter))
    expect(before.name).toBe(`${open.host}/team/small-1:${tag}`)
    expect(before.config).toEqual(layoutBefore.config)
    expect(before.layers.map(({ claimedDiffId }) => claimedDiffId)).toEqual(
      layoutBefore.layers.map(({ claimedDiffId }) => claimedDiffId),
    )
    if (tag !== 'docker') expect(before.manifestDigest).toBe(layoutBefore.manifestDigest)
  })

  it('a second diff reads no layer, what is pulled is read from the cache, and what is damaged there is fetched anew', async () => {
    const place = mkdtempSync(join(tmpdir(), 'layerdiff-test-'))
    try {
      const cache = await openCache({ place })
      const names = [`${open.host}/team/small-1:gzip`, `${open.host}/team/small-2:gzip`] as const
      const plain = (diff: ImageDiff) => ({ ...diff.toJSON(), bytesRead: 0 })
      const first = await diffImages(...names, { cache })
      expect(first.bytesRead).toBeGreaterThan(1_000_000)
      expect(first.verified).toBe(true)
      const second = await diffImages(...names, { cache })
      expect([second.bytesRead, plain(second)]).toEqual([0, plain(first)])
      const indexes = (await cache.list()).filter(({ kind }) => kind === 'index').map(({ digest }) => digest)
      expect(indexes.length).toBe(5)
      for (const digest of indexes) await cache.putIndex(digest, new Uint8Array(200))
      const third = await diffImages(...names, { cache })
      expect(plain(third)).toEqual(plain(first))

      await (await pullImage(names[0], { cache })).close()
      for (const digest of indexes) await cache.putIndex(digest, new Uint8Array(200))
      const fetched: string[] = []
      const watched: typeof fetch = (address, init) => {
        fetched.push(String(address))
        return fetch(address, init)
      }
      const local = await diffImages(...names, { cache, registry: { fetch: watched } })
      const layersFetched = (image: ImageFacts) =>
        image.layers.filter(({ digest }) => fetched.some((address) => address.endsWith(`${digest}`))).length
      expect([layersFetched(local.before), layersFetched(local.after)]).toEqual([0, 2])
      expect(plain(local)).toEqual(plain(first))
    } finally {
      rmSync(place, { recursive: true })
    }
  })

  it('by a Reference, and by the digest of its manifest', async () => {
    const image = await openImage(parseReference(`${open.host}/team/small-1:gzip`))
    const again = await openImage(`${open.host}/team/small-1@${image.manifestDigest}`)
    expect(again.configDigest).toBe(image.configDigest)
  })

  it.each([
    ['a tag', 'team/small-1:none', 'MANIFEST_UNKNOWN'],
    ['a repository', 'team/none', 'MANIFEST_UNKNOWN'],
  ])('%s that is not there', async (_, name, code) => {
    await expect(openImage(`${open.host}/${name}`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining(code),
    })
  })

  it('basic auth: with credentials, with wrong ones, without', async () => {
    const name = `${locked.host}/private`
    expect((await openImage(name, { registry: { credentials: login } })).source).toBe('registry')
    const wrong = { username: 'anne', password: 'x' }
    for (const credentials of [wrong, () => null]) {
      await expect(openImage(name, { registry: { credentials } })).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
    }
  })

  it('on the command line, logged in by a config of docker', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'layerdiff-docker-'))
    try {
      const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64')
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }))
      const args = ['diff', `${locked.host}/private`, `docker://${open.host}/team/small-1:zstd`, '--exit-code']
      expect(await run(args, { DOCKER_CONFIG: folder })).toMatchObject({ status: 0, stderr: '' })
      expect(await run(args, { DOCKER_CONFIG: join(folder, 'none') })).toMatchObject({
        status: 3,
        stderr: expect.stringContaining('docker login'),
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function run(args: string[], env: Record<string, string>): Promise<{ status: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stderr }))
  })
}
