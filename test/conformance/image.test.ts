// Images in memory, right ones and hostile ones: in Node and in browsers.

import { describe, expect, it } from 'vitest'
import { sha256 } from '../../src/image/digest.js'
import { diffLayers, type Image, LayerDiffError, type OpenImageOptions, openImage } from '../../src/index.js'
import { gzip, zstd } from '../support/compress.js'
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
      'in which all members come twice, the same',
      async () => {
        const [a, b] = await twoLayers()
        if (!a || !b) throw new Error()
        const parts = dockerParts([a, b, a], ['app:1']).filter(({ path }) => path !== 'version-2/layer.tar')
        const all = [...parts, symlink('version-2/layer.tar', '../version-0/layer.tar')]
        return [...all, ...all]
      },
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
    for (const platform of [
      'linux/',
      'banana',
      'linux',
      '',
      'a/b/c/d',
      { os: 'linux', architecture: '', variant: null },
    ]) {
      expect(await refusal(nested, { platform })).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('such as linux/arm64'),
      })
    }
    // Saved with one platform only, but with the index of all.
    for (const { digest } of [amd64, arm64, v6] as BuiltDescriptor[]) layout.blobs.delete(digest)
    expect((await openImage(layout.tar([await layout.index(all)]))).platform.variant).toBe('v7')
  })

  describe('of two images for one platform that is chosen which skopeo and containerd choose:', () => {
    const at = (architecture: string, variant?: string) => ({ platform: { os: 'linux', architecture, variant } })
    const attested = { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }
    const beside = { platform: { os: 'unknown', architecture: 'unknown' }, ...attested }
    type Add = (descriptor: Partial<BuiltDescriptor>) => Promise<BuiltDescriptor>
    type Listing = [what: string, list: (run: Add, other: Add, layout: Layout) => Promise<BuiltDescriptor>[]]
    const cases: Listing[] = [
      ['the first', (run, other) => [run(at('amd64')), other(at('amd64'))]],
      [
        'also where it is called an attestation',
        (run, other) => [run({ ...at('amd64'), ...attested }), other(at('amd64'))],
      ],
      [
        'also where it has an artifact type',
        (run, other) => [run({ ...at('amd64'), artifactType: 'a/b' }), other(at('amd64'))],
      ],
      ['or both without a platform', (run, other) => [run({ artifactType: 'a/b', ...attested }), other({})]],
      ['none that is for an unknown platform', (run, other) => [other(beside), run(at('amd64'))]],
      ['one that says its platform before one whose config says it', (run, other) => [other({}), run(at('amd64'))]],
      [
        'none in an index for another platform',
        (run, other, layout) => [
          (async () => layout.index([await other(at('amd64'))], at('arm64')))(),
          run(at('amd64')),
        ],
      ],
      [
        'none in an index for no platform before one that says its own',
        (run, other, layout) => [(async () => layout.index([await other(at('amd64'))]))(), run(at('amd64'))],
      ],
      [
        'also where it is listed for another platform before',
        (run, other) => [run(at('arm64')), run(at('amd64')), other(at('amd64'))],
      ],
    ]
    it.each(cases)('%s', async (_, list) => {
      const layout = new Layout()
      const add = async (name: string, descriptor: Partial<BuiltDescriptor>) =>
        layout.image([await layer(tar([file(name, '')]))], { descriptor })
      const run: Add = (descriptor) => add('run', descriptor)
      const listed = await Promise.all(list(run, (descriptor) => add('other', descriptor), layout))
      const archive = layout.tar([await layout.index(listed)])
      expect(await pathsOf(await openImage(archive, { platform: 'linux/amd64' }))).toEqual(['run'])
    })

    it.each([
      ['another name of the processor', at('x86_64')],
      ['capitals', { platform: { os: 'Linux', architecture: 'amd64' } }],
      ['the variant that goes without saying', at('amd64', 'v1')],
    ])('none where they disagree: %s', async (_, descriptor) => {
      const layout = new Layout()
      const one = await layout.image([await layer(base)], { descriptor })
      const two = await layout.image([await layer(upper)], { descriptor: at('amd64') })
      for (const listed of [
        [one, two],
        [two, one],
      ]) {
        expect(await refusal(layout.tar([await layout.index(listed)]), { platform: 'linux/amd64' })).toMatchObject({
          code: 'MANIFEST_INVALID',
          message: expect.stringContaining(one.digest),
        })
      }
      // Alone it is understood.
      expect(
        (await openImage(layout.tar([await layout.index([one])]), { platform: 'linux/amd64' })).manifestDigest,
      ).toBe(one.digest)
    })
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

  it('a gzip archive that was cut off, which browsers cannot tell from a damaged one', async () => {
    const packed = await gzip(tar(dockerParts(await twoLayers(), null)))
    const cut = packed.slice(0, packed.byteLength - 30)
    const { code, message } = await refusal(cut)
    expect(code).toBe(typeof document === 'undefined' ? 'GZIP_TRUNCATED' : 'GZIP_CORRUPT')
    expect(message).toMatch(/cut off.*(export|download).* again/i)
    // With its name, where it has one.
    await expect(openImage(new File([cut], 'cut.tar.gz'))).rejects.toMatchObject({ message: `cut.tar.gz: ${message}` })
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
