// What a caller gives for an image: a path, or a name, and of what.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { placeOf } from '../src/compose/image-input.js'
import { type ImageInput, openImage, parseReference } from '../src/index.js'

let folder: string
const here = process.cwd()
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-input-'))
  mkdirSync(join(folder, 'nginx'))
  writeFileSync(join(folder, 'app:1.0'), '')
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(here)
  rmSync(folder, { recursive: true })
})

const ID = '0123456789abcdef'.repeat(4)

async function where(input: ImageInput, from?: 'registry' | 'daemon'): Promise<string> {
  const place = await placeOf(input, from)
  if (place.kind === 'files') return 'files'
  return `${place.kind} ${place.kind === 'daemon-id' ? place.id : place.reference.toString('full')}`
}

describe('placeOf', () => {
  it.each<[string, string]>([
    ['redis', 'registry docker.io/library/redis:latest'],
    ['redis:7', 'registry docker.io/library/redis:7'],
    ['ghcr.io/owner/app.gzip:1', 'registry ghcr.io/owner/app.gzip:1'],
    // What might be prefixes, and is not.
    ['localhost:5000/x', 'registry localhost:5000/x:latest'],
    ['dir:5000/x', 'registry dir:5000/x:latest'],
    ['podman/hello:1', 'registry docker.io/podman/hello:1'],
    ['docker:24', 'registry docker.io/library/docker:24'],
    ['docker-machine:1', 'registry docker.io/library/docker-machine:1'],
    ['docker://podman:1', 'registry docker.io/library/podman:1'],
    ['docker://nginx', 'registry docker.io/library/nginx:latest'],
    ['docker://app.tar', 'registry docker.io/library/app.tar:latest'],
    ['docker-daemon:app:1', 'daemon docker.io/library/app:1'],
    // IDs of a container engine's images; of digits that may be a name too the engine is asked for both.
    [`docker-daemon:${ID}`, `daemon-id ${ID}`],
    [`docker-daemon:sha256:${ID}`, `daemon-id ${ID}`],
    ['docker-daemon:sha256:abcdef012345', 'daemon-id abcdef012345'],
    ['docker-daemon:abcdef012345', 'daemon docker.io/library/abcdef012345:latest'],
    [`docker-daemon:app@sha256:${ID}`, `daemon docker.io/library/app@sha256:${ID}`],
    // Paths that exist.
    ['nginx', 'files'],
    ['app:1.0', 'files'],
    // Paths that do not.
    ['./redis', 'files'],
    ['../redis', 'files'],
    ['/redis', 'files'],
    ['app.tar', 'files'],
    ['app.tar.gz', 'files'],
    ['app.tgz', 'files'],
    ['app.zst', 'files'],
    ['app.tar.bz2', 'files'],
    ['app.txz', 'files'],
    // Prefixes of files.
    ['oci:redis', 'files'],
    ['oci-archive:redis:7', 'files'],
    ['docker-archive:redis:7', 'files'],
  ])('%s', async (input, expected) => {
    expect(await where(input)).toBe(expected)
  })

  it.each<[string, string]>([
    ['containers-storage:app:1', 'is no prefix that is read here. Save the image'],
    ['podman:app', 'write docker://podman:app.'],
    ['dir:/app', 'is no prefix'],
    ['dir:app', 'is no prefix'],
    ['docker-tarball:app.tar', 'is no prefix'],
    ['docker-archve:app.tar:1', 'Did you mean docker-archive:app.tar:1?'],
    ['oci-achive:app.tar', 'Did you mean oci-archive:app.tar?'],
    ['Docker-Daemon:app', 'Did you mean docker-daemon:app?'],
    ['layer:app.tar', 'is a layer, which has neither config nor history'],
  ])('%s is refused: %s', async (input, text) => {
    await expect(placeOf(input)).rejects.toMatchObject({
      code: 'INVALID_REFERENCE',
      message: expect.stringContaining(text),
    })
  })

  it('looks a plain name up where it is told to', async () => {
    expect(await where('redis', 'daemon')).toBe('daemon docker.io/library/redis:latest')
    expect(await where('docker://redis', 'daemon')).toBe('registry docker.io/library/redis:latest')
    expect(await where('nginx', 'daemon')).toBe('files')
    expect(await where(ID, 'daemon')).toBe(`daemon-id ${ID}`)
    expect(await where(`sha256:${ID}`, 'daemon')).toBe(`daemon-id ${ID}`)
    for (const name of [ID, `docker://${ID}`]) await expect(openImage(name)).rejects.toThrow('is not an image name')
    await expect(placeOf('redis', 'somewhere' as 'daemon')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('takes a reference, and what holds bytes', async () => {
    expect(await where(parseReference('redis'))).toBe('registry docker.io/library/redis:latest')
    expect(await where(new Uint8Array(1))).toBe('files')
    expect(await where(new Blob([]))).toBe('files')
    expect(await where(pathToFileURL('/redis'))).toBe('files')
  })

  it.each([
    ['Some Thing', /Cannot read Some Thing: There is no such file, and .* is not an image name/],
    ['C:\\layers\\app', /There is no such file/],
    ['', /There is no such file/],
  ])('%j is neither', async (input, message) => {
    await expect(openImage(input)).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: expect.stringMatching(message),
    })
  })

  it('a broken name after docker:// is one', async () => {
    await expect(openImage('docker://Some Thing')).rejects.toMatchObject({ code: 'INVALID_REFERENCE' })
  })
})

describe('a name that is looked up in vain may have been meant for a path', () => {
  const missing = (name: string) => `There is no file ${name}; taken as an image's name: `
  beforeAll(() => {
    mkdirSync(join(folder, 'layout'))
    writeFileSync(join(folder, 'layout/index.json'), '')
  })

  it.each<[string, string]>([
    ['nginx/app.tarr', missing('nginx/app.tarr')],
    ['nginx/app', missing('nginx/app')],
    ['nginx/sub/app', missing('nginx/sub/app')],
    ['app.tarr', missing('app.tarr')],
    ['layout:v2', "For an image in the folder layout write oci:layout:v2. Taken as an image's name: "],
    ['app:1.0:v2', 'Cannot read app:1.0:v2: There is no such file, and'],
    ['mysql', missing('mysql')],
    // What can hardly have been meant for one.
    ['redis:7', ''],
    ['nginx:7', ''],
    ['registry.example/owner/app', ''],
    ['localhost:5000/app', ''],
    ['docker://nginx/app', ''],
  ])('%s', async (name, words) => {
    const fetch = () => Promise.reject(Object.assign(new TypeError('failed'), { cause: { code: 'ENOTFOUND' } }))
    const { message, code } = await openImage(name, { registry: { fetch, credentials: () => null } }).catch(
      (error) => error,
    )
    if (words.startsWith('Cannot')) return expect(message).toContain(words)
    expect(code).toBe('REGISTRY_UNREACHABLE')
    expect(message.startsWith(words)).toBe(true)
    expect(message.slice(words.length)).toMatch(/^[\w.:-]+ cannot be reached/)
  })
})
