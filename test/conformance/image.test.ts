// Images in memory, right ones and hostile ones: in Node and in browsers.

import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/image/digest.js'
import { diffLayers, type Image, LayerDiffError, type OpenImageOptions, openImage } from '../../src/index.js'
import { gzip } from '../support/compress.js'
import {
  type BuiltDescriptor,
  configOf,
  dockerParts,
  json,
  Layout,
  layer,
  named,
  sha256Of,
  TYPES,
} from '../support/image-builder.js'
import {
  concat,
  directory,
  file,
  globalHeader,
  gnuLong,
  hardlink,
  paxHeader,
  symlink,
  type TarPart,
  tar,
} from '../support/tar-builder.js'

const base = tar([directory('etc'), file('etc/a', '1')])
const upper = tar([directory('etc'), file('etc/b', '22')])
const PATHS = ['etc', 'etc/a', 'etc/b']

async function pathsOf(image: Image): Promise<string[]> {
  const diff = await diffLayers([], image.layers)
  return Array.from(diff.changes, ({ path }) => path)
}

async function refusal(source: Uint8Array, options?: OpenImageOptions): Promise<LayerDiffError> {
  const outcome = await openImage(source, options).catch((error) => error)
  expect(outcome).toBeInstanceOf(LayerDiffError)
  return outcome
}

const twoLayers = async () => [await layer(base), await layer(upper)]

describe('docker archives', () => {
  const forms: [name: string, archive: () => Promise<(TarPart | Uint8Array)[]>][] = [
    ['as docker wrote them before 25', async () => dockerParts(await twoLayers(), ['app:1'])],
    [
      'with manifest.json first, and members beginning with ./ or /',
      async () =>
        [...dockerParts(await twoLayers(), ['app:1'])]
          .reverse()
          .map((part, index) => ({ ...part, path: `${index % 2 ? '/' : './'}${part.path}` })),
    ],
    [
      'with a layer that is a symlink to another',
      async () => {
        const [a, b] = await twoLayers()
        if (!a || !b) throw new Error()
        const parts = dockerParts([a, b, a], ['app:1']).filter(({ path }) => path !== 'version-2/layer.tar')
        return [symlink('version-2/layer.tar', '../version-0/layer.tar'), ...parts]
      },
    ],
    [
      'with a layer that is a hard link to another',
      async () => {
        const [a, b] = await twoLayers()
        if (!a || !b) throw new Error()
        const parts = dockerParts([a, b, a], ['app:1']).filter(({ path }) => path !== 'version-2/layer.tar')
        return [...parts, hardlink('version-2/layer.tar', 'version-0/layer.tar')]
      },
    ],
    [
      'with gzip layers',
      async () => dockerParts([await layer(base, await gzip(base)), await layer(upper, await gzip(upper))], ['app:1']),
    ],
    [
      'with long names in pax, GNU and ustar headers, and global ones between',
      async () => {
        const layers = await twoLayers()
        const long = ['x'.repeat(150), `${'y/'.repeat(60)}${'z'.repeat(90)}`]
        const paths = [`${long[0]}/layer.tar`, `${long[1]}/layer.tar`]
        return [
          globalHeader([['path', 'wrong']]),
          file('config.json', configOf(layers)),
          file(paths[0] as string, base, { dialect: 'gnu' }),
          globalHeader([['size', '7']]),
          file(paths[1] as string, upper, { dialect: 'ustar' }),
          paxHeader([['path', 'manifest.json']]),
          file('ignored', json([{ Config: 'config.json', RepoTags: ['app:1'], Layers: paths }])),
        ]
      },
    ],
    [
      'in which a later member takes a name over',
      async () => [
        file('manifest.json', 'old'),
        file('config.json', 'old'),
        ...dockerParts(await twoLayers(), ['app:1']),
      ],
    ],
    [
      'as Docker 25 and later write them, with blobs',
      async () => {
        const layout = new Layout()
        const layers = await twoLayers()
        await layout.image(layers)
        const config = await layout.add(configOf(layers), TYPES.config)
        const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`
        const paths = layers.map(({ diffId }) => blob(diffId))
        return [
          ...layout.parts(null),
          file('manifest.json', json([{ Config: blob(config.digest), RepoTags: ['app:1'], Layers: paths }])),
        ]
      },
    ],
  ]
  for (const [name, archive] of forms) {
    it(name, async () => {
      const bytes = tar(await archive())
      for (const source of [bytes, new Blob([bytes as Uint8Array<ArrayBuffer>]), await gzip(bytes)]) {
        const image = await openImage(source, { tag: 'app:1' })
        expect(image).toMatchObject({ name: 'app:1', manifestDigest: null, historyProblem: null })
        expect(await pathsOf(image)).toEqual(PATHS)
        await image.close()
      }
    })
  }

  it('layers of blobs have digests, others have none', async () => {
    const layers = await twoLayers()
    const plain = await openImage(tar(dockerParts(layers, null)))
    expect(plain.layers.map(({ digest, diffId, size }) => ({ digest, diffId, size }))).toEqual([
      { digest: undefined, diffId: undefined, size: base.byteLength },
      { digest: undefined, diffId: undefined, size: upper.byteLength },
    ])
    expect(plain.name).toBeNull()
    expect(plain.configDigest).toBe(await sha256Of(configOf(layers)))
    const verified = await openImage(tar(dockerParts(layers, null)), { verify: true })
    expect(verified.layers.map(({ diffId }) => diffId)).toEqual(layers.map(({ diffId }) => diffId))
  })

  it('a diffId that is not its layer’s is found by verify only', async () => {
    const archive = tar(dockerParts(await twoLayers(), null, { diffIds: [await sha256Of(base), await sha256Of(base)] }))
    expect(await pathsOf(await openImage(archive))).toEqual(PATHS)
    await expect(pathsOf(await openImage(archive, { verify: true }))).rejects.toMatchObject({
      code: 'DIFF_ID_MISMATCH',
    })
  })

  it('several images: by full name, by Docker Hub’s short one, by tag, by place', async () => {
    const one = await layer(base)
    const two = await layer(upper)
    const row = (config: string, names: string[] | null, path: string) => ({
      Config: config,
      RepoTags: names,
      Layers: [path],
    })
    const archive = tar([
      file('a.json', configOf([one])),
      file('b.json', configOf([two])),
      file('a.tar', base),
      file('b.tar', upper),
      file(
        'manifest.json',
        json([
          row('a.json', ['app:1', 'docker.io/library/app:latest'], 'a.tar'),
          row('b.json', ['localhost:5000/app:2'], 'b.tar'),
          row('b.json', null, 'b.tar'),
        ]),
      ),
    ])
    const cases: [tag: string, name: string | null, path: string][] = [
      ['app:1', 'app:1', 'etc/a'],
      ['app', 'app:1', 'etc/a'],
      ['latest', 'app:1', 'etc/a'],
      ['localhost:5000/app:2', 'localhost:5000/app:2', 'etc/b'],
      ['2', 'localhost:5000/app:2', 'etc/b'],
      ['@2', null, 'etc/b'],
    ]
    for (const [tag, name, path] of cases) {
      const image = await openImage(archive, { tag })
      expect(image.name, tag).toBe(name)
      expect(await pathsOf(image), tag).toEqual(['etc', path])
    }
    const all = 'app:1 = docker.io/library/app:latest, localhost:5000/app:2, @2'
    expect(await refusal(archive)).toMatchObject({ code: 'IMAGE_AMBIGUOUS', message: expect.stringContaining(all) })
    for (const tag of ['app:3', '@3', 'sha256:1']) {
      expect(await refusal(archive, { tag })).toMatchObject({
        code: 'IMAGE_TAG_MISSING',
        message: expect.stringContaining(all),
      })
    }
  })
})

describe('OCI layouts', () => {
  it('none, gzip and more under OCI and Docker media types', async () => {
    const docker = 'application/vnd.docker.image.rootfs.diff.tar'
    for (const [plain, packed] of [
      [TYPES.layer, TYPES.gzip],
      [docker, `${docker}.gzip`],
      [TYPES.zstd, `${docker}.zstd`], // not believed
    ]) {
      const layout = new Layout()
      const layers = [await layer(base, base, plain), await layer(upper, await gzip(upper), packed)]
      const archive = layout.tar([await layout.image(layers)])
      for (const verify of [false, true]) {
        const image = await openImage(archive, { verify })
        expect(image.layers.map(({ mediaType }) => mediaType)).toEqual([plain, packed])
        expect(await pathsOf(image)).toEqual(PATHS)
      }
    }
  })

  it('a layer that was changed is found while it is read', async () => {
    const layout = new Layout()
    const manifest = await layout.image([await layer(base, await gzip(base))])
    const [digest] = [...layout.blobs.keys()].slice(1)
    const blob = layout.blobs.get(digest as string)?.slice() as Uint8Array
    blob[4] = 1 // the time of a gzip header: the content is the same
    layout.blobs.set(digest as string, blob)
    const image = await openImage(layout.tar([manifest]))
    await expect(pathsOf(image)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  it('platforms: nested and flat, by option, by default, variants', async () => {
    const layout = new Layout()
    const [amd64, arm64, v6, v7] = await Promise.all(
      (
        [
          ['amd64', undefined],
          ['arm64', 'v8'],
          ['arm', 'v6'],
          ['arm', 'v7'],
        ] as const
      ).map(async ([architecture, variant]) => {
        const platform = { os: 'linux', architecture, variant }
        const content = tar([file(`${architecture}${variant ?? ''}`, '')])
        return layout.image([await layer(content)], { ...platform, descriptor: { platform } })
      }),
    )
    const attestation = await layout.add(json({ not: 'read' }), TYPES.manifest, {
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    })
    const all = [attestation, v6, v7, arm64, amd64] as BuiltDescriptor[]
    const without = all.map(({ platform: _, ...descriptor }) => descriptor)
    const nested = layout.tar([await layout.index([await layout.index(all)], named('app:1'))])
    const cases: [platform: OpenImageOptions['platform'], path: string][] = [
      ['linux/amd64', 'amd64'],
      ['linux/x86_64', 'amd64'],
      ['arm64', 'arm64v8'],
      ['linux/arm64/v8', 'arm64v8'],
      ['linux/arm', 'armv7'],
      ['linux/arm/v6', 'armv6'],
      [{ os: 'linux', architecture: 'aarch64', variant: null }, 'arm64v8'],
    ]
    for (const archive of [nested, layout.tar(all), layout.tar(without)]) {
      for (const [platform, path] of cases) {
        expect(await pathsOf(await openImage(archive, { platform }))).toEqual([path])
      }
      expect(['amd64', 'arm64']).toContain((await openImage(archive)).platform.architecture)
      expect(await refusal(archive, { platform: 'linux/s390x' })).toMatchObject({
        code: 'IMAGE_PLATFORM_MISSING',
        message: expect.stringContaining('linux/arm/v6, linux/arm/v7, linux/arm64/v8, linux/amd64'),
      })
    }
    expect(await refusal(nested, { platform: 'linux/' })).toMatchObject({ code: 'INVALID_ARGUMENT' })
    // Saved with one platform only, but with the index of all.
    for (const { digest } of [amd64, arm64, v6] as BuiltDescriptor[]) layout.blobs.delete(digest)
    expect((await openImage(layout.tar([await layout.index(all)]))).platform.variant).toBe('v7')
  })

  it('several images: by tag, by containerd’s full name, by digest', async () => {
    const layout = new Layout()
    const a = await layout.image([await layer(base)], { descriptor: named('1.0') })
    const b = await layout.image([await layer(upper)], {
      descriptor: {
        annotations: {
          'io.containerd.image.name': 'docker.io/library/app:2',
          'org.opencontainers.image.ref.name': '2',
        },
      },
    })
    const archive = layout.tar([a, b])
    for (const [tag, name, path] of [
      ['1.0', '1.0', 'etc/a'],
      ['app:2', 'docker.io/library/app:2', 'etc/b'],
      ['2', 'docker.io/library/app:2', 'etc/b'],
      [a.digest, '1.0', 'etc/a'],
      ['@1', 'docker.io/library/app:2', 'etc/b'],
    ] as const) {
      const image = await openImage(archive, { tag })
      expect(image.name, tag).toBe(name)
      expect(await pathsOf(image)).toEqual(['etc', path])
    }
    expect(await refusal(archive)).toMatchObject({
      code: 'IMAGE_AMBIGUOUS',
      message: expect.stringContaining('1.0, docker.io/library/app:2'),
    })
    // One image under two names is one image.
    expect((await openImage(layout.tar([a, { ...a, ...named('latest') }]))).name).toBe('1.0')
  })

  it('a foreign layer without its blob is absent, and with it is a layer', async () => {
    const layout = new Layout()
    const layers = [await layer(base, await gzip(base), TYPES.foreign), await layer(upper)]
    const manifest = await layout.image(layers)
    expect(await pathsOf(await openImage(layout.tar([manifest])))).toEqual(PATHS)
    layout.blobs.delete(await sha256Of((layers[0] as { blob: Uint8Array }).blob))
    const image = await openImage(layout.tar([manifest]))
    expect(image.layers.map(({ absent }) => absent)).toEqual([{ urls: [] }, undefined])
    await expect(pathsOf(image)).rejects.toMatchObject({ code: 'LAYER_ABSENT', layer: 0 })
  })

  it('config and history as they are', async () => {
    const layout = new Layout()
    const archive = layout.tar([
      await layout.image(await twoLayers(), {
        config: {
          Env: ['A=1'],
          Cmd: 'run',
          Entrypoint: ['/bin/sh'],
          ExposedPorts: { '80/tcp': {} },
          Volumes: null,
          Labels: { a: 'b' },
          User: '',
          WorkingDir: '/srv',
          StopSignal: 'SIGINT',
          Healthcheck: { Test: ['CMD', 'true'], Interval: 30_000_000_000, Retries: 3 },
        },
        history: [
          { created: '2024-01-01T00:00:00Z', created_by: 'FROM' },
          { created_by: 'ENV A=1', empty_layer: true, comment: 'buildkit' },
          { created_by: 'RUN', author: 'me' },
        ],
      }),
    ])
    const image = await openImage(archive)
    const { raw, ...config } = image.config
    expect(Object.keys(raw)).toContain('rootfs')
    expect(config).toEqual({
      created: null,
      author: null,
      env: ['A=1'],
      entrypoint: ['/bin/sh'],
      cmd: ['run'],
      user: null,
      workingDir: '/srv',
      exposedPorts: ['80/tcp'],
      volumes: [],
      labels: { a: 'b' },
      stopSignal: 'SIGINT',
      healthcheck: {
        test: ['CMD', 'true'],
        interval: 30_000_000_000,
        timeout: null,
        startPeriod: null,
        startInterval: null,
        retries: 3,
      },
      shell: [],
      onBuild: [],
    })
    expect(image.history.map(({ createdBy, layer, comment, author }) => [createdBy, layer, comment, author])).toEqual([
      ['FROM', 0, null, null],
      ['ENV A=1', null, 'buildkit', null],
      ['RUN', 1, null, 'me'],
    ])
    expect(image.layers.map(({ history }) => history)).toEqual([0, 2])
  })

  for (const [name, history, text] of [
    ['too few lines', [{ created_by: 'a' }], 'tells of 1 layers, and the image has 2'],
    ['too many lines', [{}, {}, {}], 'tells of 3 layers, and the image has 2'],
    ['no line', [], 'has no history'],
  ] as const) {
    it(`a history of ${name} is reported, and matched to nothing`, async () => {
      const layout = new Layout()
      const image = await openImage(layout.tar([await layout.image(await twoLayers(), { history })]))
      expect(image.historyProblem).toContain(text)
      expect(image.history.map(({ layer }) => layer)).toEqual(history.map(() => null))
      expect(image.layers.map(({ history }) => history)).toEqual([null, null])
    })
  }
})

/** A Blob that counts what is read of it. */
class CountingBlob extends Blob {
  bytesRead = 0

  override slice(start = 0, end = this.size, type?: string): Blob {
    this.bytesRead += Math.max(0, Math.min(end, this.size) - start)
    return super.slice(start, end, type)
  }
}

/** A zstd frame of blocks that are not compressed (RFC 8878). */
function zstd(content: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < content.byteLength; at += 1 << 16) {
    const block = content.subarray(at, at + (1 << 16))
    const header = (block.byteLength << 3) | Number(at + block.byteLength === content.byteLength)
    blocks.push(new Uint8Array([header & 255, (header >> 8) & 255, header >> 16]), block)
  }
  return concat([new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), ...blocks])
}

describe('how archives are read', () => {
  const big = tar([file('big', new Uint8Array(3 << 20).fill(7))])

  it('of an archive in a Blob only headers and small files', async () => {
    const layout = new Layout()
    const manifest = await layout.image([await layer(big), await layer(base)])
    for (const parts of [layout.parts([manifest]), dockerParts([await layer(big), await layer(base)], null)]) {
      const blob = new CountingBlob([tar(parts) as Uint8Array<ArrayBuffer>])
      const image = await openImage(blob)
      expect(blob.bytesRead).toBeLessThan(64 << 10)
      expect(await pathsOf(image)).toEqual(['big', 'etc', 'etc/a'])
    }
  })

  it('of thousands of small members in few reads', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => file(`f${index}`, 'x'))
    const blob = new CountingBlob([
      tar([...many, ...dockerParts([await layer(base)], null)]) as Uint8Array<ArrayBuffer>,
    ])
    let reads = 0
    const slice = blob.slice.bind(blob)
    blob.slice = (...given) => {
      reads++
      return slice(...given)
    }
    await openImage(blob)
    expect(reads).toBeLessThan(30)
    expect(blob.bytesRead).toBeLessThan(2 * blob.size)
  })

  it('one that is zstd as a whole', async () => {
    const bytes = tar(dockerParts([await layer(big), await layer(upper)], null))
    const packed = zstd(bytes)
    const skippable = new Uint8Array([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9])
    for (const source of [packed, concat([skippable, zstd(bytes.subarray(0, 999)), zstd(bytes.subarray(999))])]) {
      const image = await openImage(source)
      expect(await pathsOf(image)).toEqual(['big', 'etc', 'etc/b'])
      await image.close()
    }
    expect(await refusal(packed.subarray(0, 99_999))).toMatchObject({ code: 'ZSTD_TRUNCATED' })
    expect(await refusal(concat([packed, json('junk')]))).toMatchObject({ code: 'ZSTD_CORRUPT' })
  })

  it('a gzip archive of several members, which browsers cannot decompress', async () => {
    const bytes = tar(dockerParts(await twoLayers(), null))
    const packed = concat([await gzip(bytes.subarray(0, 5000)), await gzip(bytes.subarray(5000))])
    if (typeof document === 'undefined') {
      const image = await openImage(packed)
      expect(await pathsOf(image)).toEqual(PATHS)
      await image.close()
    } else {
      expect(await refusal(packed)).toMatchObject({ code: 'GZIP_CORRUPT', message: expect.stringContaining('gunzip') })
    }
  })

  it('SHA-256 of every length around its blocks', async () => {
    for (let length = 0; length < 200; length++) {
      const content = new Uint8Array(length).map((_, index) => index * 7 + length)
      expect(sha256(content)).toBe(await sha256Of(content))
    }
    const large = new Uint8Array(3_000_001).map((_, index) => (index * 2_654_435_761) >>> 24)
    expect(sha256(large)).toBe(await sha256Of(large))
  })
})

interface Hostile {
  name: string
  archive: () => Uint8Array | Promise<Uint8Array>
  code: string
  text?: string
}

/** A docker archive of one layer whose row in manifest.json is changed. */
async function withRow(row: Record<string, unknown>, more: (TarPart | Uint8Array)[] = []): Promise<Uint8Array> {
  const parts = dockerParts([await layer(base)], ['app:1']).filter(({ path }) => path !== 'manifest.json')
  const manifest = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: ['version-0/layer.tar'], ...row }]
  return tar([...parts, ...more, file('manifest.json', json(manifest))])
}

/** A layout of one image whose manifest is changed. */
async function withManifest(manifest: Record<string, unknown>, type: string = TYPES.manifest): Promise<Uint8Array> {
  const layout = new Layout()
  const descriptor = await layout.image([await layer(base)], { manifest })
  return layout.tar([{ ...descriptor, mediaType: type }])
}

/** A layout of one image whose layer has another type. */
async function withLayerType(type: string): Promise<Uint8Array> {
  const layout = new Layout()
  return layout.tar([await layout.image([await layer(base, base, type)])])
}

const empty: BuiltDescriptor = { mediaType: TYPES.config, digest: `sha256:${'0'.repeat(64)}`, size: 2 }

const hostile: Hostile[] = [
  // What is given
  { name: 'nothing', archive: () => new Uint8Array(0), code: 'IMAGE_UNKNOWN_FORMAT' },
  { name: 'text', archive: () => json('x'.repeat(2000)), code: 'IMAGE_UNKNOWN_FORMAT', text: 'no tar archive' },
  { name: 'a layer', archive: () => base, code: 'IMAGE_UNKNOWN_FORMAT', text: 'If it is a layer' },
  { name: 'HTML', archive: () => new TextEncoder().encode('<!doctype html>'.repeat(99)), code: 'IMAGE_UNKNOWN_FORMAT' },

  // The archive
  {
    name: 'an archive that was cut off in a layer',
    archive: async () => (await withRow({})).subarray(0, 2000),
    code: 'TAR_TRUNCATED',
  },
  {
    name: 'a member with a wrong checksum',
    archive: () => withRow({}, [file('x', '', { checksum: 'bad' })]),
    code: 'TAR_CHECKSUM',
  },
  {
    name: 'a member of 2^63 - 1 bytes',
    archive: () => withRow({}, [file('x', '', { dialect: 'gnu', size: 2n ** 63n - 1n, numbers: 'base256' })]),
    code: 'TAR_NUMBER',
  },
  {
    name: 'a member larger than the archive',
    archive: () => withRow({}, [file('x', '', { dialect: 'gnu', size: 2 ** 40, numbers: 'base256' })]),
    code: 'TAR_TRUNCATED',
  },
  {
    name: 'a pax header without an end',
    archive: () => withRow({}, [paxHeader(new TextEncoder().encode('99 path=x\n'))]),
    code: 'TAR_PAX_RECORD',
  },
  {
    name: 'a long name of 2 MiB',
    archive: () => withRow({}, [gnuLong('L', 'x'.repeat(2 << 20))]),
    code: 'LIMIT_META_BYTES',
  },
  {
    name: 'a layer path that leaves the archive',
    archive: () => withRow({ Layers: ['../../x'] }, [file('../../x', base)]),
    code: 'ARCHIVE_PATH_ESCAPES',
    text: '"../../x"',
  },
  {
    name: 'an absolute layer path',
    archive: () => withRow({ Layers: ['/etc/passwd'] }, [file('/etc/passwd', base)]),
    code: 'ARCHIVE_PATH_ESCAPES',
  },
  {
    name: 'a config path that leaves the archive',
    archive: () => withRow({ Config: 'a/../../b' }),
    code: 'ARCHIVE_PATH_ESCAPES',
  },
  {
    name: 'a layer that is a symlink out of the archive',
    archive: () => withRow({ Layers: ['a/l'] }, [symlink('a/l', '../../../etc/passwd')]),
    code: 'ARCHIVE_PATH_ESCAPES',
  },
  {
    name: 'a layer that is an absolute symlink',
    archive: () => withRow({ Layers: ['l'] }, [symlink('l', '/etc/passwd')]),
    code: 'ARCHIVE_PATH_ESCAPES',
  },
  {
    name: 'symlinks in a circle',
    archive: () => withRow({ Layers: ['a'] }, [symlink('a', 'b'), symlink('b', 'a')]),
    code: 'ARCHIVE_LINK_LOOP',
  },
  {
    name: 'a layer that is a directory',
    archive: () => withRow({ Layers: ['a'] }, [directory('a')]),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
  },
  {
    name: 'a sparse manifest',
    archive: () => tar([file('manifest.json', '[]', { sparse: { format: 'gnu', size: 2, map: [[0, 2]] } })]),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
  },
  {
    name: 'a layer that is missing',
    archive: () => withRow({ Layers: ['gone'] }),
    code: 'BLOB_MISSING',
    text: 'layer 0',
  },
  {
    name: 'a symlink to nothing',
    archive: () => withRow({ Layers: ['a'] }, [symlink('a', 'b')]),
    code: 'BLOB_MISSING',
  },

  // manifest.json
  {
    name: 'a manifest.json that is not JSON',
    archive: () => tar([file('manifest.json', '[{')]),
    code: 'MANIFEST_INVALID',
  },
  {
    name: 'bytes that are not UTF-8',
    archive: () => tar([file('manifest.json', new Uint8Array([0x22, 0xff, 0x22]))]),
    code: 'MANIFEST_INVALID',
  },
  {
    name: 'an object for a list',
    archive: () => tar([file('manifest.json', '{}')]),
    code: 'MANIFEST_INVALID',
    text: 'must be a list',
  },
  { name: 'no image at all', archive: () => tar([file('manifest.json', '[]')]), code: 'MANIFEST_INVALID' },
  {
    name: 'a number for a config',
    archive: () => withRow({ Config: 7 }),
    code: 'MANIFEST_INVALID',
    text: '[0].Config in manifest.json must be a text, and is 7',
  },
  { name: 'a text for layers', archive: () => withRow({ Layers: 'x' }), code: 'MANIFEST_INVALID' },
  {
    name: 'fewer layers than the config has',
    archive: () => withRow({ Layers: [] }),
    code: 'CONFIG_INVALID',
    text: 'tells of 1 layers',
  },
  {
    name: 'a manifest.json of 5 MiB',
    archive: () => tar([file('manifest.json', ' '.repeat(5 << 20))]),
    code: 'MANIFEST_TOO_LARGE',
  },
  {
    name: 'lists a million deep',
    archive: () => tar([file('manifest.json', '['.repeat(1 << 20))]),
    code: 'MANIFEST_INVALID',
  },
  {
    name: 'a config blob that is another',
    archive: () =>
      withRow({ Config: `blobs/sha256/${'1'.repeat(64)}` }, [file(`blobs/sha256/${'1'.repeat(64)}`, '{}')]),
    code: 'DIGEST_MISMATCH',
    text: '1'.repeat(64),
  },

  // Configs
  ...(
    [
      ['is not JSON', 'nope'],
      ['is a list', '[]'],
      ['has no rootfs', '{"os":"linux","architecture":"amd64"}'],
      ['has no platform', '{"rootfs":{"diff_ids":[]}}'],
      ['has a text for its environment', '{"os":"l","architecture":"a","rootfs":{},"config":{"Env":"A=1"}}'],
      ['has a number for a label', '{"os":"l","architecture":"a","rootfs":{},"config":{"Labels":{"a":1}}}'],
      ['has a history that is none', '{"os":"l","architecture":"a","rootfs":{},"history":[1]}'],
      ['says "false" of empty layers', '{"os":"l","architecture":"a","rootfs":{},"history":[{"empty_layer":"false"}]}'],
    ] as const
  ).map(
    ([name, config]): Hostile => ({
      name: `a config that ${name}`,
      archive: () => withRow({ Config: 'c', Layers: [] }, [file('c', config)]),
      code: 'CONFIG_INVALID',
    }),
  ),
  {
    name: 'a diffId of another algorithm',
    archive: () => withRow({ Config: 'c' }, [file('c', configOf([], { diffIds: ['md5:1'] }))]),
    code: 'DIGEST_UNSUPPORTED',
  },

  // Layouts
  { name: 'no index.json', archive: () => tar([file('oci-layout', '{}')]), code: 'BLOB_MISSING', text: 'index.json' },
  {
    name: 'an index.json that lists nothing',
    archive: () => new Layout().tar(null),
    code: 'MANIFEST_INVALID',
    text: 'lists no image',
  },
  {
    name: 'an index.json that is a manifest',
    archive: () => tar([file('index.json', json({ config: empty, layers: [] }))]),
    code: 'MANIFEST_INVALID',
  },
  {
    name: 'a manifest that is missing',
    archive: () => new Layout().tar([{ ...empty, mediaType: TYPES.manifest }]),
    code: 'BLOB_MISSING',
  },
  {
    name: 'a manifest that was changed',
    archive: async () => {
      const layout = new Layout()
      const manifest = await layout.image([await layer(base)])
      layout.blobs.set(
        manifest.digest,
        (layout.blobs.get(manifest.digest) as Uint8Array).map((byte) => (byte === 0x3a ? 0x20 : byte)),
      )
      return layout.tar([manifest])
    },
    code: 'DIGEST_MISMATCH',
  },
  {
    name: 'a manifest of another size',
    archive: async () => {
      const layout = new Layout()
      return layout.tar([{ ...(await layout.image([await layer(base)])), size: 5 }])
    },
    code: 'SIZE_MISMATCH',
  },
  {
    name: 'a layer of another size',
    archive: async () => {
      const layout = new Layout()
      const manifest = await layout.image([await layer(base)])
      layout.blobs.set(await sha256Of(base), base.subarray(512))
      return layout.tar([manifest])
    },
    code: 'SIZE_MISMATCH',
  },
  {
    name: 'a layer that is missing from a layout',
    archive: async () => {
      const layout = new Layout()
      const manifest = await layout.image([await layer(base)])
      layout.blobs.delete(await sha256Of(base))
      return layout.tar([manifest])
    },
    code: 'BLOB_MISSING',
    text: 'Layer 0',
  },
  {
    name: 'an index that names itself',
    archive: () => {
      const layout = new Layout()
      const self = { ...empty, mediaType: TYPES.index }
      const content = json({ schemaVersion: 2, manifests: [{ ...self, size: 1000 }] })
      layout.blobs.set(self.digest, concat([content, new Uint8Array(1000 - content.byteLength).fill(0x20)]))
      return layout.tar([{ ...self, size: 1000 }])
    },
    // The digest of its own text cannot be known, so that a circle is always a lie about one.
    code: 'DIGEST_MISMATCH',
  },
  {
    name: 'indexes nested 20 deep',
    archive: async () => {
      const layout = new Layout()
      let inner = await layout.image([await layer(base)])
      for (let depth = 0; depth < 20; depth++) inner = await layout.index([inner])
      return layout.tar([inner])
    },
    code: 'INDEX_TOO_DEEP',
  },
  {
    name: 'schema 1 by its type',
    archive: () => withManifest({ mediaType: undefined }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'),
    code: 'MANIFEST_SCHEMA1',
  },
  { name: 'schema 1 by its version', archive: () => withManifest({ schemaVersion: 1 }), code: 'MANIFEST_SCHEMA1' },
  {
    name: 'a type that is not the manifest’s own',
    archive: () => withManifest({}, TYPES.index),
    code: 'MANIFEST_INVALID',
  },
  { name: 'an index and a manifest in one', archive: () => withManifest({ manifests: [] }), code: 'MANIFEST_INVALID' },
  {
    name: 'a digest of another algorithm',
    archive: () => withManifest({ layers: [{ ...empty, digest: `sha512:${'0'.repeat(128)}` }] }),
    code: 'DIGEST_UNSUPPORTED',
    text: 'sha512',
  },
  {
    name: 'a digest that is a path',
    archive: () => withManifest({ layers: [{ ...empty, digest: 'sha256:../../../etc/passwd' }] }),
    code: 'DIGEST_UNSUPPORTED',
  },
  {
    name: 'a size below zero',
    archive: () => withManifest({ layers: [{ ...empty, size: -1 }] }),
    code: 'MANIFEST_INVALID',
    text: 'layers[0].size',
  },
  { name: 'a config that is a text', archive: () => withManifest({ config: 'x' }), code: 'MANIFEST_INVALID' },
  {
    name: 'a Helm chart',
    archive: () => withManifest({ config: { ...empty, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }),
    code: 'MANIFEST_ARTIFACT',
    text: 'helm',
  },
  {
    name: 'an artifact that names its type',
    archive: () =>
      withManifest({
        artifactType: 'application/spdx+json',
        config: { ...empty, mediaType: 'application/vnd.oci.empty.v1+json' },
      }),
    code: 'MANIFEST_ARTIFACT',
    text: 'application/spdx+json',
  },
  {
    name: 'an artifact manifest',
    archive: () => withManifest({ mediaType: undefined }, 'application/vnd.oci.artifact.manifest.v1+json'),
    code: 'MANIFEST_ARTIFACT',
  },
  { name: 'an encrypted layer', archive: () => withLayerType(`${TYPES.gzip}+encrypted`), code: 'LAYER_ENCRYPTED' },
  {
    name: 'a layer that is something else',
    archive: () => withLayerType('application/vnd.in-toto+json'),
    code: 'LAYER_UNSUPPORTED',
    text: 'in-toto',
  },
  {
    name: 'text that misleads a terminal',
    archive: () => withLayerType('evil\u001b[2J\u202e'),
    code: 'LAYER_UNSUPPORTED',
    text: 'evil\\x1b[2J\\u{202e}',
  },
]

describe('refused', () => {
  for (const { name, archive, code, text } of hostile) {
    it(name, async () => {
      const error = await refusal(await archive())
      expect(error).toMatchObject({ code })
      expect(error.message).toContain(text ?? '')
      // It says what to do.
      expect(error.message).toMatch(/[.:] [^.]+\.?$/)
    })
  }

  it('a layer that is cut off between two members still shows what is missing', async () => {
    const archive = await withRow({})
    for (let end = 512; end < archive.byteLength - 2048; end += 512) {
      expect(['TAR_TRUNCATED', 'IMAGE_UNKNOWN_FORMAT', 'BLOB_MISSING']).toContain(
        (await refusal(archive.subarray(0, end))).code,
      )
    }
  })

  it('what is no source', async () => {
    for (const source of [null, 5, new Response(''), new ReadableStream(), {}]) {
      expect(await refusal(source as never)).toMatchObject({ code: 'INPUT_UNSUPPORTED' })
    }
  })
})
