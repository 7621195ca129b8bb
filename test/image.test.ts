// Real images opened from files and folders, in every form in which the fixtures have them, and diffed to the truth.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Archive } from '../src/image/archive.js'
import { openOciLayout } from '../src/image/oci-layout.js'
import { resolveImageOptions } from '../src/image/options.js'
import { selectImage } from '../src/image/select.js'
import { diffLayers, type Image, type ImageInput, type OpenImageOptions, openImage } from '../src/index.js'
import type { FileSet } from '../src/input/file-set.js'
import { bytesAccess } from '../src/input/random-access.js'
import { configOf, dockerParts, json, Layout, layer, named, TYPES } from './support/image-builder.js'
import { file, tar } from './support/tar-builder.js'
import {
  CLIPPED_TIMES,
  countsOf,
  fixturePath,
  fixtures,
  type ImageName,
  TRUE_COUNTS,
  trueDiff,
  trueTree,
} from './support/truth.js'

let folder: string
let temporary: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-test-'))
  temporary = join(folder, 'tmp')
  mkdirSync(temporary)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Opens, gives to `use`, closes. */
async function withImage<T>(source: ImageInput, use: (image: Image) => T | Promise<T>, options?: OpenImageOptions) {
  const image = await openImage(source, options)
  try {
    return await use(image)
  } finally {
    await image.close()
  }
}

async function pathsOf(image: Image): Promise<string[]> {
  const diff = await diffLayers([], image.layers)
  return Array.from(diff.changes, ({ path }) => path)
}

function refused(source: ImageInput, options?: OpenImageOptions) {
  return openImage(source, options).then(
    () => expect.unreachable('it was opened'),
    (error) => error,
  )
}

const FORMS: readonly (readonly [name: string, source: (image: ImageName) => string])[] = [
  ['oci:DIR, gzip', (image) => `oci:${fixturePath('images', image, 'oci-gzip')}`],
  ['oci:DIR:TAG, zstd', (image) => `oci:${fixturePath('images', image, 'oci-zstd')}:latest`],
  ['a folder, zstd:chunked', (image) => fixturePath('images', image, 'oci-zstd-chunked')],
  ['oci-archive:FILE', (image) => `oci-archive:${fixturePath('images', image, 'oci-archive.tar')}`],
  ['a file that is an OCI archive', (image) => fixturePath('images', image, 'oci-archive.tar')],
  ['docker-archive:FILE, gzip', (image) => `docker-archive:${fixturePath('images', image, 'docker-archive.tar.gz')}`],
]

describe.skipIf(fixtures === null)('images with the truth beside them', () => {
  for (const [before, after] of [
    ['small-1', 'small-2'],
    ['small-1', 'small-3'],
  ] as const) {
    for (const [name, source] of FORMS) {
      it(`${before} to ${after}, ${name}`, async () => {
        await withImage(source(before), (a) =>
          withImage(source(after), async (b) => {
            const diff = await diffLayers(a.layers, b.layers, { compare: { mtime: true } })
            const plain = ({ path, kind, fields }: { path: string; kind: string; fields: readonly string[] }) =>
              CLIPPED_TIMES.includes(path) ? [] : [{ path, kind, fields }]
            expect(diff.toJSON().changes.flatMap(plain)).toEqual(trueDiff(`${before}-${after}`).flatMap(plain))
            expect(countsOf(diff.toJSON().changes as never)).toEqual(TRUE_COUNTS[`${before}-${after}`])
          }),
        )
      })
    }
  }

  for (const name of ['zstd', 'plain'] as const) {
    it(`a ${name} docker archive`, async () => {
      const packed = fixturePath('images', 'small-1', 'docker-archive.tar.gz')
      const path = join(folder, `small-1.${name}.tar`)
      execFileSync('sh', ['-c', `gunzip -c "$1" ${name === 'zstd' ? '| zstd -q1' : ''} > "$2"`, 'sh', packed, path])
      await withImage(path, async (image) => {
        expect((await pathsOf(image)).sort()).toEqual(await withImage(packed, pathsOf))
        expect((await pathsOf(image)).length).toBe(trueTree('small-1').size)
      })
      rmSync(path)
    })
  }

  it('layers that two storage drivers wrote for one image are the same', async () => {
    await withImage(fixturePath('images', 'small-1', 'docker-archive.tar.gz'), (a) =>
      withImage(fixturePath('images', 'small-vfs.docker-archive.tar.gz'), async (b) => {
        const ids = (image: Image) => image.layers.map(({ claimedDiffId }) => claimedDiffId)
        expect(ids(b).slice(0, 3)).toEqual(ids(a))
        // The fourth is vfs's own: a whiteout for every path, where overlay has one for a directory.
        const diff = await diffLayers(a.layers, b.layers, { ignore: ['/dev', '/proc', '/sys', '/run', '/etc'] })
        expect(Array.from(diff.changes, ({ kind, path }) => `${kind} ${path}`)).toEqual([
          'added hi',
          'removed srv/t/dir-opaque/keep-same-name',
          'added srv/t/dir-opaque/new1',
          'removed srv/t/dir-opaque/old1',
          'removed srv/t/dir-opaque/old2',
          'removed srv/t/dir-opaque/sub',
          'removed srv/t/dir-opaque/sub/s',
          'removed srv/t/dir-removed',
          'removed srv/t/dir-removed/sub',
          'removed srv/t/dir-removed/sub/deep',
          'removed srv/t/dir-removed/sub/deep/z',
          'removed srv/t/dir-removed/sub/y',
          'removed srv/t/dir-removed/x',
        ])
      }),
    )
  })

  it('what is known of an OCI layout', async () => {
    await withImage(`oci:${fixturePath('images', 'small-1', 'oci-gzip')}`, (image) => {
      expect(image.name).toBe('latest')
      expect(image.platform).toEqual({ os: 'linux', architecture: 'amd64', variant: null })
      expect(image.manifestDigest).toBe('sha256:a28737d2c37f4007fe841908a1ba18a758ffd7a8b6a7f46b21789b6a5747c435')
      expect(image.configDigest).toBe('sha256:5e33c5ea061beb1bbc0258aef114908f33c77b970783639dd066210a47544f20')
      expect(image.config.env).toEqual([])
      expect(image.config.labels).toEqual({ 'io.buildah.version': '1.28.2' })
      expect(
        image.layers.map(({ digest, size, mediaType, diffId, history }) => ({
          digest,
          size,
          mediaType,
          diffId,
          history,
        })),
      ).toMatchObject([
        { size: 1087850, history: 0, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', diffId: undefined },
        { size: 360097, history: 1 },
        { size: 97318, history: 2 },
      ])
      expect(image.layers[0]?.claimedDiffId).toBe(
        'sha256:7454af541ab2d15aac5fca69be0b16f2c02279addc9eecc86b63e24b27f4b409',
      )
      expect(image.historyProblem).toBeNull()
      expect(image.history.map(({ createdBy, layer, emptyLayer }) => ({ createdBy, layer, emptyLayer }))).toEqual(
        [0, 1, 2].map((index) => ({ createdBy: '/bin/sh', layer: index, emptyLayer: false })),
      )
    })
  })

  it('verify reads a true image and finds nothing', async () => {
    for (const form of ['oci-gzip', 'docker-archive.tar.gz']) {
      const paths = await withImage(fixturePath('images', 'small-1', form), pathsOf, { verify: true })
      expect(paths.length).toBe(trueTree('small-1').size)
    }
  })

  it('a file as a Blob, as bytes and as a file: URL', async () => {
    const path = fixturePath('images', 'dive', 'test-kaniko-image.tar')
    const bytes = readFileSync(path)
    const expected = await withImage(path, pathsOf)
    expect(expected.length).toBeGreaterThan(100)
    for (const source of [new Blob([bytes]), bytes, new Uint8Array(bytes).buffer, pathToFileURL(path)]) {
      expect(await withImage(source, pathsOf)).toEqual(expected)
    }
  })
})

describe.skipIf(fixtures === null)('test images of other projects', () => {
  const rows: [path: string, layers: number, paths: string[] | number, options?: OpenImageOptions][] = [
    ['dive/test-docker-image.tar', 14, 423],
    ['dive/test-kaniko-image.tar', 14, 429],
    ['dive/test-oci-estargz-image.tar', 1, ['README.md']],
    ['dive/test-oci-gzip-image.tar', 1, ['README.md']],
    ['dive/test-oci-uncompressed-image.tar', 1, ['README.md']],
    ['dive/test-oci-zstd-image.tar', 1, ['README.md']],
    ['go-containerregistry/hello-world-v25.tar', 1, ['hello']],
    ['go-containerregistry/overwritten_file.tar', 3, ['bar.txt', 'foo.txt']],
    ['go-containerregistry/source_image.tar', 1, ['bar', 'foo']],
    ['go-containerregistry/source_image_with_empty_layer_history.tar', 1, ['bar', 'foo']],
    ['go-containerregistry/test_bundle.tar', 1, ['bar', 'foo'], { tag: 'test_image_1' }],
    ['go-containerregistry/test_bundle.tar', 1, ['bat', 'baz'], { tag: '@0' }],
    ['go-containerregistry/test_image_1.tar', 1, ['bar', 'foo']],
    ['go-containerregistry/test_link.tar', 2, ['bar', 'foo', 'test'], { tag: 'bazel/v1/tarball:test_image_3' }],
    ['go-containerregistry/test_link.tar', 1, ['bar', 'foo'], { tag: 'test_image_1' }],
    ['go-containerregistry/whiteout_dir.tar', 4, ['a', 'a/baz', 'b', 'b/bar']],
    ['go-containerregistry/whiteout_image.tar', 3, ['bar.txt']],
    ['docker-save-two-layers.tar.gz', 7, 1697],
  ]
  for (const [path, layers, paths, options] of rows) {
    it(`${path}${options?.tag ? ` (${options.tag})` : ''} opens, and is what its config says`, async () => {
      await withImage(
        fixturePath('images', path),
        async (image) => {
          expect(image.layers.length).toBe(layers)
          expect(image.historyProblem).toBeNull()
          const found = await pathsOf(image)
          expect(typeof paths === 'number' ? found.length : found).toEqual(paths)
        },
        { ...options, verify: true },
      )
    })
  }

  it('empty layers have lines of history and no layer', async () => {
    const path = 'go-containerregistry/source_image_with_empty_layer_history.tar'
    await withImage(fixturePath('images', path), (image) => {
      expect(image.history.map(({ emptyLayer, layer }) => ({ emptyLayer, layer }))).toEqual([
        { emptyLayer: true, layer: null },
        { emptyLayer: false, layer: 0 },
      ])
      expect(image.layers[0]?.history).toBe(1)
      // The file is named after another digest, and in this kind of archive names are only names.
      expect(image.configDigest).toBe('sha256:05b5ec1290589606ce19fabb1fb331f004acd9f618b9b4e813721be1a03a0712')
    })
  })

  const faults: [path: string, code: string, text: string, options?: OpenImageOptions][] = [
    ['no_manifest.tar', 'IMAGE_UNKNOWN_FORMAT', 'saved before Docker 1.10'],
    ['null_manifest.tar', 'MANIFEST_INVALID', 'manifest.json must be a list, and is null'],
    ['test_bundle.tar', 'IMAGE_AMBIGUOUS', 'holds 2 images', undefined],
    ['test_bundle.tar', 'IMAGE_AMBIGUOUS', 'test_image_2, test_image_1', undefined],
    [
      'test_bundle.tar',
      'IMAGE_AMBIGUOUS',
      'as docker-archive:FILE:NAME (in the API also with the option tag)',
      undefined,
    ],
    [
      'test_bundle.tar',
      'IMAGE_TAG_MISSING',
      'no image "nginx". It holds: test_image_2, test_image_1',
      { tag: 'nginx' },
    ],
    [
      'test_image_1.tar',
      'IMAGE_PLATFORM_MISSING',
      'test_image_1.tar has no image for linux/arm64. It has: linux/amd64.',
      { platform: 'linux/arm64' },
    ],
  ]
  for (const [path, code, text, options] of faults) {
    it(`${path} is refused: ${text}`, async () => {
      const error = await refused(fixturePath('images', 'go-containerregistry', path), options)
      expect(error).toMatchObject({ name: 'LayerDiffError', code })
      expect(error.message).toContain(text)
    })
  }

  it('an image of another platform opens when nobody asked for one', async () => {
    const path = fixturePath('images', 'dive', 'test-oci-gzip-image.tar')
    await withImage(path, (image) => expect(image.platform.architecture).toBe('arm64'))
    expect(await refused(path, { platform: 'linux/amd64' })).toMatchObject({ code: 'IMAGE_PLATFORM_MISSING' })
  })
})

describe('files and folders', () => {
  const content = tar([file('etc/os-release', 'x')])

  /** Writes members as files of a folder. */
  function unpack(name: string, parts: readonly { path: unknown; content?: unknown }[]): string {
    const path = join(folder, name)
    for (const part of parts) {
      const target = join(path, part.path as string)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, part.content as Uint8Array)
    }
    return path
  }

  async function layoutParts() {
    const layout = new Layout()
    return layout.parts([await layout.image([await layer(content)], { descriptor: named('v1') })])
  }

  it('prefixes and names after the path, which may hold colons itself', async () => {
    const oci = unpack('a:b', await layoutParts())
    const archive = join(folder, 'c:d.tar')
    writeFileSync(archive, tar(await layoutParts()))
    const docker = join(folder, 'docker.tar')
    writeFileSync(docker, tar(dockerParts([await layer(content)], ['localhost:5000/app:1'])))
    for (const source of [
      oci,
      `oci:${oci}`,
      `oci:${oci}:v1`,
      `oci-archive:${archive}:v1`,
      `docker-archive:${docker}:localhost:5000/app:1`,
      `docker-archive:${docker}:@0`,
      pathToFileURL(oci),
    ]) {
      expect(await withImage(source, pathsOf), String(source)).toEqual(['etc', 'etc/os-release'])
    }
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const renamed = (name: string, bytes: Uint8Array) => {
      const path = join(folder, name)
      writeFileSync(path, bytes)
      return path
    }
    const old = renamed('old.tar', tar([file('repositories', '{}'), file('manifest.json', '[]')]))
    const bzip2 = renamed('app.tar.bz2', Buffer.from('BZh91AY&SY'))
    const xz = renamed('app.tar.xz', Buffer.from('fd377a585a000004', 'hex'))
    const lz4 = renamed('app.tar.lz4', Buffer.from('04224d18', 'hex'))
    const faults: [source: string, code: string, text?: string][] = [
      [`oci:${oci}:v2`, 'IMAGE_TAG_MISSING'],
      [`oci:${archive}`, 'IMAGE_UNKNOWN_FORMAT'],
      [`oci-archive:${oci}`, 'IMAGE_UNKNOWN_FORMAT'],
      [`oci-archive:${docker}`, 'IMAGE_UNKNOWN_FORMAT', 'a docker archive. Write docker-archive:'],
      [`oci-archive:${old}`, 'IMAGE_UNKNOWN_FORMAT', 'a docker archive. Write docker-archive:'],
      [`docker-archive:${archive}`, 'IMAGE_UNKNOWN_FORMAT', 'an OCI layout. Write oci-archive:'],
      [bzip2, 'COMPRESSION_UNSUPPORTED', 'app.tar.bz2 is compressed with bzip2'],
      [`docker-archive:${xz}`, 'COMPRESSION_UNSUPPORTED', 'Unpack it with unxz first'],
      [lz4, 'COMPRESSION_UNSUPPORTED', 'unlz4'],
      [`docker-archive:${join(folder, 'none.tar')}:1`, 'INPUT_NOT_FOUND'],
      [join(folder, 'none.tar'), 'INPUT_NOT_FOUND'],
      ['/dev/null', 'INPUT_UNSUPPORTED'],
      [pipe, 'INPUT_UNSUPPORTED'],
      [folder, 'IMAGE_UNKNOWN_FORMAT'],
    ]
    for (const [source, code, text = ''] of faults) {
      expect(await refused(source), source).toMatchObject({ code, message: expect.stringContaining(text) })
    }
    expect(await refused(new URL('https://example.com/image.tar'))).toMatchObject({ code: 'INPUT_UNSUPPORTED' })
  })

  it('a link that leaves the folder is refused, one that stays is followed', async () => {
    const parts = await layoutParts()
    const outside = unpack('outside', parts)
    for (const [name, target, outcome] of [
      ['link-out', join(outside, 'index.json'), 'ARCHIVE_PATH_ESCAPES'],
      ['link-in', 'elsewhere.json', null],
    ] as const) {
      const path = unpack(name, parts)
      cpSync(join(path, 'index.json'), join(path, 'elsewhere.json'))
      rmSync(join(path, 'index.json'))
      symlinkSync(target, join(path, 'index.json'))
      if (outcome === null) expect(await withImage(path, pathsOf)).toEqual(['etc', 'etc/os-release'])
      else expect(await refused(path)).toMatchObject({ code: outcome })
    }
  })

  it('a compressed archive is decompressed to a file that close() removes', async () => {
    const before = process.env.TMPDIR
    process.env.TMPDIR = temporary
    try {
      const packed = gzipSync(tar(await layoutParts()))
      const several = Buffer.concat([
        gzipSync(tar(await layoutParts()).subarray(0, 700)),
        gzipSync(tar(await layoutParts()).subarray(700)),
      ])
      for (const bytes of [packed, several]) {
        const image = await openImage(bytes)
        expect(readdirSync(temporary).length).toBe(1)
        expect(await pathsOf(image)).toEqual(['etc', 'etc/os-release'])
        await image.close()
        await image.close()
        expect(readdirSync(temporary)).toEqual([])
      }
      const broken: [bytes: Uint8Array, code: string][] = [
        [packed.subarray(0, packed.byteLength - 30), 'GZIP_TRUNCATED'],
        [Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 1)]), 'GZIP_CHECKSUM'],
        [Buffer.concat([packed.subarray(0, 60), Buffer.alloc(100, 255)]), 'GZIP_CORRUPT'],
        [Buffer.concat([packed, Buffer.from('junk')]), 'GZIP_CORRUPT'],
        [gzipSync(tar([file('a', 'b')])), 'IMAGE_UNKNOWN_FORMAT'],
      ]
      for (const [bytes, code] of broken) {
        expect(await refused(bytes)).toMatchObject({ code })
        expect(readdirSync(temporary), code).toEqual([])
      }
      expect(await refused(gzipSync(Buffer.alloc(1 << 20)), { limits: { layerBytes: 1000 } })).toMatchObject({
        code: 'LIMIT_LAYER_BYTES',
      })
      process.env.TMPDIR = join(folder, 'no-such-folder')
      expect(await refused(packed)).toMatchObject({ code: 'TEMPORARY_UNWRITABLE' })
    } finally {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    }
  })

  it('a process that ends without close() leaves nothing', async () => {
    const path = join(folder, 'left.tar.gz')
    writeFileSync(path, gzipSync(tar(await layoutParts())))
    const script = `
      import { openImage } from ${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))}
      import { readdirSync } from 'node:fs'
      await openImage(${JSON.stringify(path)})
      console.log(readdirSync(${JSON.stringify(temporary)}).length)`
    const options = { env: { ...process.env, TMPDIR: temporary }, encoding: 'utf8' } as const
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], options).trim()).toBe('1')
    expect(readdirSync(temporary)).toEqual([])
  })

  it('aborted before or while an archive is decompressed', async () => {
    const reason = new Error('enough')
    expect(await refused(tar(await layoutParts()), { signal: AbortSignal.abort(reason) })).toBe(reason)
    const controller = new AbortController()
    const opening = refused(gzipSync(tar([file('a', Buffer.alloc(64 << 20))])), { signal: controller.signal })
    controller.abort(reason)
    expect(await opening).toBe(reason)
  })
})

it('ten thousand manifests of one config have it read once for their platforms', async () => {
  const config = configOf([await layer(tar([file('a')]))])
  const blob = { digest: `sha256:${'0'.repeat(64)}`, mediaType: TYPES.config, size: config.byteLength }
  const manifest = json({ schemaVersion: 2, mediaType: TYPES.manifest, config: blob, layers: [] })
  const listed = Array.from({ length: 10_000 }, (_, index) => ({
    ...{ digest: `sha256:${String(index).padStart(64, '0')}`, mediaType: TYPES.manifest, size: manifest.byteLength },
    ...{ annotations: {}, platform: null, urls: [], artifactType: null },
  }))
  let reads = 0
  const source = {
    label: 'it',
    has: async () => true,
    readManifest: async () => manifest,
    readBlob: async () => {
      reads++
      return config
    },
    missing: () => new Error(),
  }
  const { descriptor } = await selectImage(source, listed, { platform: null, signal: undefined })
  expect(descriptor).toBe(listed[0])
  // Once more for the one that was chosen.
  expect(reads).toBe(2)
})

it('a layout that lists one config a thousand times has it read twice', async () => {
  const layout = new Layout()
  const one = await layer(tar([file('a')]))
  const listed = []
  for (let index = 0; index < 1000; index++) {
    listed.push(await layout.image([one], { manifest: { annotations: { index: String(index) } } }))
  }
  const config = await layout.add(configOf([one]), TYPES.config)
  const options = resolveImageOptions({})
  const archive = await Archive.open(bytesAccess(layout.tar(listed)), 'it', options.limits, undefined)
  let reads = 0
  const files: FileSet = {
    kind: archive.kind,
    label: archive.label,
    find(name) {
      if (name.endsWith(config.digest.slice(7))) reads++
      return archive.find(name)
    },
    close: () => archive.close(),
  }
  await openOciLayout(files, options)
  // For the platforms, for the one that was chosen, and never for those that might be taken for it.
  expect(reads).toBe(2)
})
