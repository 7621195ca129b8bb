// Images as skopeo, buildah and umoci write them, in every compression and media type that they know: the same files as
// what they were made of.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffImages, diffLayers, type Image, openImage } from '../src/index.js'
import { ensureTools } from './support/debian.js'
import { Layout, layer, named } from './support/image-builder.js'
import { file, hardlink, symlink, tar, whiteout } from './support/tar-builder.js'

const hasTools =
  process.getuid?.() === 0 &&
  ensureTools([
    { command: 'skopeo', package: 'skopeo' },
    { command: 'buildah', package: 'buildah' },
    { command: 'umoci', package: 'umoci' },
  ])

describe.skipIf(!hasTools)('images of real tools', () => {
  let folder: string
  let origin: string
  /** The name of a file or folder of this test. */
  const at = (name: string) => join(folder, name)
  const run = (command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
    return stdout.trim()
  }
  /** Writes an OCI layout as a folder. */
  async function writeLayout(name: string, layers: readonly Uint8Array[]): Promise<string> {
    const layout = new Layout()
    const built = await Promise.all(layers.map((bytes) => layer(bytes)))
    for (const { path, content } of layout.parts([await layout.image(built, { descriptor: named('v1') })])) {
      const target = join(folder, name, String(path))
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, content as Uint8Array)
    }
    return `oci:${at(name)}:v1`
  }
  async function pathsOf(source: string): Promise<string[]> {
    const image = await openImage(source, { verify: true })
    try {
      return Array.from((await diffLayers([], image.layers)).changes, ({ path }) => path)
    } finally {
      await image.close()
    }
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'layerdiff-image-tools-'))
    const big = file(
      'usr/lib/big',
      new Uint8Array(300_000).map((_, index) => index >> 8),
    )
    origin = await writeLayout('origin', [
      tar([file('etc/a', 'a'), file('etc/b', 'b'), big, symlink('bin', 'usr/bin')]),
      tar([whiteout('etc/a'), file('etc/b', 'changed'), hardlink('usr/lib/twin', 'usr/lib/big')]),
      tar([]),
    ])
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // skopeo 1.9 takes zstd of OCI's images alone, and compresses nothing in docker's archives.
  const copies: [target: string, options: string[], mediaType: string][] = [
    ['oci:default:v1', [], 'application/vnd.oci.image.layer.v1.tar+gzip'],
    ['oci:gzip:v1', ['--dest-compress-format=gzip'], 'application/vnd.oci.image.layer.v1.tar+gzip'],
    ['oci:zstd:v1', ['--dest-compress-format=zstd'], 'application/vnd.oci.image.layer.v1.tar+zstd'],
    ['oci:chunked:v1', ['--dest-compress-format=zstd:chunked'], 'application/vnd.oci.image.layer.v1.tar+zstd'],
    ['oci-archive:default.tar:v1', [], 'application/vnd.oci.image.layer.v1.tar+gzip'],
    ['oci-archive:zstd.tar:v1', ['--dest-compress-format=zstd'], 'application/vnd.oci.image.layer.v1.tar+zstd'],
    ['docker-archive:docker.tar:app:v1', [], ''],
  ]
  it.for(copies)('skopeo to %s', async ([target, options, mediaType]) => {
    run('skopeo', 'copy', '-q', '--insecure-policy', ...options, origin, target)
    const [transport, ...rest] = target.split(':')
    const copy = `${transport}:${at(rest.join(':'))}`
    const diff = await diffImages(origin, copy, { verify: true, compare: { mtime: true } })
    expect(diff.toJSON().changes).toEqual([])
    const image: Image = await openImage(copy)
    expect(image.layers.map((of) => of.mediaType ?? '')).toEqual([mediaType, mediaType, mediaType])
    await image.close()
  })

  it('200 layers, copied by skopeo to both kinds of archive', async () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      tar([file(`f${index}`, `${index}`), file('last', `${index}`)]),
    )
    const source = await writeLayout('many', many)
    run('skopeo', 'copy', '-q', '--insecure-policy', source, 'docker-archive:many.tar:app:v1')
    run('skopeo', 'copy', '-q', '--insecure-policy', source, 'oci-archive:many-oci.tar:v1')
    expect((await pathsOf(source)).length).toBe(201)
    for (const copy of [`docker-archive:${at('many.tar')}`, `oci-archive:${at('many-oci.tar')}`]) {
      expect((await diffImages(source, copy, { verify: true })).toJSON().changes).toEqual([])
    }
  })

  it.for(['oci', 'docker'] as const)(
    'buildah commits as %s, from scratch, and a list of two platforms',
    async (format) => {
      const store = ['--root', at(`root-${format}`), '--runroot', at(`run-${format}`), '--storage-driver', 'vfs']
      const buildah = (...args: string[]) => run('buildah', ...store, ...args)
      writeFileSync(at('hello'), 'hello')
      for (const arch of ['amd64', 'arm64']) {
        const container = buildah('from', 'scratch')
        buildah('copy', container, at('hello'), `/srv/${arch}`)
        buildah('config', '--arch', arch, '--os', 'linux', container)
        buildah('commit', '-q', '--format', format, container, `app-${arch}`)
      }
      const [transport, push] = format === 'docker' ? ['docker-archive', 'v2s2'] : ['oci-archive', 'oci']
      const pushed = `${transport}:${at(`pushed-${format}.tar`)}`
      buildah('push', '-q', '--format', push as string, 'app-amd64', `${pushed}:app:v1`)
      expect(await pathsOf(pushed)).toEqual(['srv', 'srv/amd64'])
      buildah('manifest', 'create', 'both')
      for (const arch of ['amd64', 'arm64'])
        buildah('manifest', 'add', 'both', `containers-storage:localhost/app-${arch}`)
      buildah('manifest', 'push', '-q', '--all', '--format', 'oci', 'both', `oci:${at(`list-${format}`)}:v1`)
      for (const arch of ['amd64', 'arm64']) {
        const image = await openImage(`oci:${at(`list-${format}`)}:v1`, { platform: `linux/${arch}`, verify: true })
        const { changes } = await diffLayers([], image.layers)
        expect(Array.from(changes, ({ path }) => path)).toEqual(['srv', `srv/${arch}`])
        await image.close()
      }
    },
  )

  it('umoci puts a layer on an empty image', async () => {
    run('umoci', 'init', '--layout', at('umoci'))
    run('umoci', 'new', '--image', `${at('umoci')}:v1`)
    mkdirSync(at('content'))
    writeFileSync(at('content/a'), 'a'.repeat(512))
    run('umoci', 'insert', '--image', `${at('umoci')}:v1`, at('content'), '/srv')
    run('umoci', 'insert', '--image', `${at('umoci')}:v1`, '--tag', 'v2', '--whiteout', '/srv/a')
    expect(await pathsOf(`oci:${at('umoci')}:v1`)).toEqual(['srv', 'srv/a'])
    expect(await pathsOf(`oci:${at('umoci')}:v2`)).toEqual(['srv'])
    // umoci 0.4 ends a layer right after the last content, without its padding, which Go does not miss.
    writeFileSync(at('content/a'), 'a')
    run('umoci', 'insert', '--image', `${at('umoci')}:v1`, '--tag', 'v3', at('content'), '/srv')
    expect(await pathsOf(`oci:${at('umoci')}:v3`)).toEqual(['srv', 'srv/a'])
  })
})
