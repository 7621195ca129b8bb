// Images of real container engines: what comes from Docker and Podman is what they save to a file, and the truth.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { diffImages, diffLayers, type Image, openCache, openImage, pullImage } from '../src/index.js'
import { ContainerEngine, DOCKER, PODMAN } from './support/container-engine.js'
import { dockerParts, layer } from './support/image-builder.js'
import { file, tar, whiteout } from './support/tar-builder.js'
import { CLIPPED_TIMES, countsOf, fixturePath, fixtures, TRUE_COUNTS, trueDiff } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')

let folder: string
let host: string | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'daemon-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const kind of [DOCKER, PODMAN]) {
  const engine = fixtures === null ? null : await ContainerEngine.start(kind)
  afterAll(() => engine?.stop())

  describe.skipIf(engine === null)(`images of ${kind.name}`, () => {
    beforeAll(() => {
      for (const image of ['small-1', 'small-2']) engine?.load(fixturePath('images', image, 'docker-archive.tar.gz'))
    })
    beforeEach(() => {
      host = process.env.DOCKER_HOST
      process.env.DOCKER_HOST = engine?.address
    })
    afterEach(() => {
      if (host === undefined) delete process.env.DOCKER_HOST
      else process.env.DOCKER_HOST = host
    })

    const changesOf = async (before: Image, after: Image) =>
      (await diffLayers(before.layers, after.layers, { compare: { mtime: true } })).toJSON().changes

    it('differ as the files do that it saves, and as the kernel shows it', async () => {
      const before = await openImage('docker-daemon:localhost/small:1')
      const after = await openImage('localhost/small:2', { from: 'daemon' })
      const changes = await changesOf(before, after)

      const saved = [join(folder, `${kind.name}-1.tar`), join(folder, `${kind.name}-2.tar`)] as const
      engine?.save('localhost/small:1', saved[0])
      engine?.save('localhost/small:2', saved[1])
      // Verified, which reads every content: else only what decides is read, and has a hash.
      const files = await Promise.all(saved.map((path) => openImage(path, { verify: true })))
      expect(changes).toEqual(await changesOf(files[0] as Image, files[1] as Image))
      await Promise.all(files.map((image) => image.close()))

      const plain = ({ path, kind, fields }: { path: string; kind: string; fields: readonly string[] }) =>
        CLIPPED_TIMES.includes(path) ? [] : [{ path, kind, fields }]
      expect(changes.flatMap(plain)).toEqual(trueDiff('small-1-small-2').flatMap(plain))
      expect(countsOf(changes as never)).toEqual(TRUE_COUNTS['small-1-small-2'])
      // The indexes stay the image's: it may be compared again.
      expect(await changesOf(before, after)).toEqual(changes)
    })

    it('are known as their config says, and every layer is verified', async () => {
      const image = await openImage('docker-daemon:localhost/small:1', { platform: 'linux/amd64', verify: true })
      expect(image).toMatchObject({
        source: 'docker-daemon',
        name: 'localhost/small:1',
        platform: { os: 'linux', architecture: 'amd64', variant: null },
        configDigest: 'sha256:5e33c5ea061beb1bbc0258aef114908f33c77b970783639dd066210a47544f20',
        historyProblem: null,
      })
      expect(image.layers.map(({ index }) => index?.diffId)).toEqual(
        image.layers.map(({ claimedDiffId }) => claimedDiffId),
      )
      expect(image.layers.length).toBe(3)
    })

    it('are found by tag, by their ID and by the start of it', async () => {
      const first = await openImage('docker-daemon:localhost/small:2', { tag: '1' })
      expect(first.name).toBe('localhost/small:1')
      const id = first.configDigest.slice('sha256:'.length)
      for (const text of [id.slice(0, 12), id, `sha256:${id}`, `sha256:${id.slice(0, 12)}`]) {
        const byId = await openImage(`docker-daemon:${text}`)
        expect(byId.configDigest, text).toBe(first.configDigest)
      }
    })

    it('come without a temporary file', async () => {
      const before = process.env.TMPDIR
      // Where none could be made.
      process.env.TMPDIR = join(folder, 'none')
      try {
        const image = await openImage('docker-daemon:localhost/small:1')
        await image.close()
      } finally {
        if (before === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = before
      }
    })

    it('may have the same layer twice', async () => {
      const content = await layer(tar([file('a', 'x'), file('b', 'y')]))
      const gone = await layer(tar([whiteout('a')]))
      const path = join(folder, `twice-${kind.name}.tar`)
      writeFileSync(path, tar(dockerParts([content, gone, content], ['localhost/twice:1'])))
      engine?.load(path)
      const image = await openImage('docker-daemon:localhost/twice:1')
      const paths = async (layers: Image['layers']) =>
        Array.from((await diffLayers([], layers)).changes, (change) => change.path)
      expect(image.layers.length).toBe(3)
      expect(await paths(image.layers.slice(0, 2))).toEqual(['b'])
      expect(await paths(image.layers)).toEqual(['a', 'b'])
    })

    it('are pulled, into an archive and into a cache', async () => {
      const output = join(folder, `pulled-${kind.name}.tar`)
      const statuses = new Set<string>()
      const pulled = await pullImage('docker-daemon:localhost/small:1', {
        output,
        onProgress: ({ status }) => statuses.add(status),
      })
      expect(pulled).toMatchObject({ source: 'docker-daemon', name: 'localhost/small:1' })
      await pulled.close()
      expect(statuses).toContain('Pull complete')
      const image = await openImage(output)
      const engines = await openImage('docker-daemon:localhost/small:1')
      expect(image.configDigest).toBe(engines.configDigest)
      expect(Array.from((await diffImages(image, engines)).changes)).toEqual([])

      const cache = await openCache({ place: join(folder, `cache-${kind.name}`) })
      const kept = await pullImage('docker-daemon:localhost/small:2', { cache })
      await kept.close()
      expect((await diffImages(kept, 'docker-daemon:localhost/small:2')).changes.length).toBe(0)
    })

    it('that are not there, and platforms that they have not', async () => {
      await expect(openImage('docker-daemon:localhost/none:1')).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
        message: expect.stringContaining('docker pull localhost/none:1'),
      })
      await expect(openImage('docker-daemon:localhost/small:1', { platform: 'linux/s390x' })).rejects.toMatchObject({
        code: 'IMAGE_PLATFORM_MISSING',
      })
    })

    it('on the command line', async () => {
      const run = async (...args: string[]) => {
        const child = spawn(process.execPath, [main, 'diff', ...args, '--format', 'json'])
        let [out, err] = ['', '']
        child.stdout.on('data', (text) => {
          out += text
        })
        child.stderr.on('data', (text) => {
          err += text
        })
        const [code] = await once(child, 'close')
        return { code, out, err }
      }
      const prefixed = await run('docker-daemon:localhost/small:1', 'docker-daemon:localhost/small:2')
      expect(prefixed).toMatchObject({ code: 0, err: '' })
      expect(JSON.parse(prefixed.out).changes.length).toBeGreaterThan(50)
      expect(await run('localhost/small:1', 'localhost/small:2', '--from', 'daemon')).toEqual(prefixed)
      const missing = await run('docker-daemon:localhost/none:1', 'docker-daemon:localhost/small:2')
      expect(missing).toMatchObject({ code: 3, out: '' })
      expect(missing.err).toContain('has no image "localhost/none:1"')
    })
  })
}
