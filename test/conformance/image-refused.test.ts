// Images that are broken, or made to break: each is refused with its code, and told what to do. In Node and in browsers.

import { describe, expect, it } from 'vitest'
import { LayerDiffError, type OpenImageOptions, openImage } from '../../src/index.js'
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
  bytes,
  concat,
  directory,
  file,
  gnuLong,
  hardlink,
  paxHeader,
  symlink,
  type TarPart,
  tar,
} from '../support/tar-builder.js'

const base = tar([directory('etc'), file('etc/a', '1')])

async function refusal(source: Uint8Array, options?: OpenImageOptions): Promise<LayerDiffError> {
  const outcome = await openImage(source, options).catch((error) => error)
  expect(outcome).toBeInstanceOf(LayerDiffError)
  return outcome
}

interface Hostile {
  name: string
  archive: () => Uint8Array | Promise<Uint8Array>
  options?: OpenImageOptions
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

/** Members behind a whole docker archive, by which Docker takes another list of images for the last. */
const behind: readonly (readonly [name: string, parts: (TarPart | Uint8Array)[]])[] = [
  ['held at the root by Docker', [file('/../manifest.json', '[]')]],
  ['of an absolute folder that is left', [file('/a/../../manifest.json', '[]')]],
  [
    'with a prefix of star, whose field is shorter',
    [
      file('manifest.json', '[]', {
        dialect: 'star',
        patch: (header) => {
          header.set(bytes(`${'./'.repeat(65)}.`), 345)
          header.set(bytes('00000000001\0'), 476)
        },
      }),
    ],
  ],
  [
    'with a prefix where GNU has its times',
    [file('../manifest.json', '[]', { dialect: 'gnu', patch: (header) => header.set(bytes('abcdefghijkl'), 345) })],
  ],
  [
    'with a size that begins with a NUL, and members in its content',
    [
      file('other', tar([file('harmless')]), { patch: (header) => header.set(bytes('\x000000003000\0'), 124) }),
      file('manifest.json', '[]'),
    ],
  ],
  [
    'behind a sparse member whose map goes on, as any byte but NUL says',
    [
      file('other', 'abcde', {
        sparse: { format: 'gnu', size: 9, map: [0, 2, 4, 6, 8].map((offset) => [offset, 1]) },
        patch: (header) => header.set([2], 482),
      }),
      file('manifest.json', '[]'),
    ],
  ],
  ['a link to another', [file('other', '[]'), symlink('manifest.json', 'other')]],
  ['a hard link to another', [file('other', '[]'), hardlink('manifest.json', 'other')]],
]

/** The same, where what the member is or where it lies is refused by itself. */
const unplain: typeof behind = [
  [
    'a sparse member by its own name',
    [file('manifest.json', '[]', { sparse: { format: '0.1', size: 2, map: [[0, 2]] } })].map((part) => ({
      ...part,
      pax: [['path', 'other'] as const],
    })),
  ],
  ['a member behind a symlink', [symlink('d', '.'), file('d/manifest.json', '[]')]],
  ['a member whose folder becomes a symlink', [file('d/x'), symlink('d', '.')]],
  ['a member behind what was a symlink', [symlink('d', '.'), file('d/manifest.json', '[]'), directory('d')]],
]

const amd64 = { platform: { os: 'linux', architecture: 'amd64' } }
const arm64 = { platform: { os: 'linux', architecture: 'arm64' } }
const fullName = (name: string) => ({ annotations: { 'io.containerd.image.name': name } })
/** Of two images, whose configs are for amd64. */
const namesakes: readonly (readonly [
  name: string,
  listed: (one: BuiltDescriptor, other: BuiltDescriptor) => BuiltDescriptor[],
])[] = [
  ['a name that comes twice', (one, other) => [one, other].map((image) => ({ ...image, ...amd64, ...named('app:1') }))],
  [
    'a name by one annotation and by the other',
    (one, other) => [
      { ...one, ...fullName('app:1') },
      { ...other, annotations: { ...named('app:1').annotations, ...fullName('web:1').annotations } },
    ],
  ],
  [
    'a platform, of which one is listed for another, too',
    (one, other) => [
      { ...one, ...arm64, ...named('app:1') },
      { ...one, ...amd64, ...named('app:1') },
      { ...other, ...amd64, ...named('app:1') },
    ],
  ],
]

async function withBehind(parts: readonly (TarPart | Uint8Array)[]): Promise<Uint8Array> {
  return tar([...dockerParts([await layer(base)], ['app:1']), ...parts])
}

/** A docker archive as of Docker 25, whose layout has another image. */
async function withOtherLayout(names: 'the same name' | 'no name' | 'both names'): Promise<Uint8Array> {
  const layout = new Layout()
  const layers = [await layer(base)]
  const mine = await layout.image(layers)
  const other = await layout.image(layers, { config: { User: 'root' } })
  const config = await layout.add(configOf(layers), TYPES.config)
  const name = named('docker.io/library/app:1')
  const listed = {
    'the same name': [{ ...other, ...name }],
    'no name': [other],
    'both names': [
      { ...mine, ...name },
      { ...other, ...name },
    ],
  }
  const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`
  const row = { Config: blob(config.digest), RepoTags: ['app:1'], Layers: layers.map(({ diffId }) => blob(diffId)) }
  return tar([...layout.parts(listed[names]), file('manifest.json', json([row]))])
}

const empty: BuiltDescriptor = { mediaType: TYPES.config, digest: `sha256:${'0'.repeat(64)}`, size: 2 }

/** A docker archive whose config or list of images is other text. */
async function withText(name: 'config.json' | 'manifest.json', change: (text: string) => string): Promise<Uint8Array> {
  const decode = (content: TarPart['content']) => new TextDecoder().decode(content as Uint8Array)
  const parts = dockerParts([await layer(base)], ['app:1'], { config: { Cmd: ['a'] } })
  return tar(parts.map((part) => (part.path === name ? file(name, change(decode(part.content))) : part)))
}

const hostile: Hostile[] = [
  // What Go would read otherwise
  ...[
    { name: 'layers in another case beside them', from: '"Layers":', to: '"layers":["other"],"Layers":' },
    { name: 'layers in another case alone', from: '"Layers":', to: '"LAYERS":' },
    { name: 'layers with a long s', from: '"Layers":', to: '"Layer\u017f":[],"Layers":' },
    { name: 'layers twice', from: '"Layers":', to: '"Layers":["other"],"Layers":' },
    { name: 'layers twice, once as an escape', from: '"Layers":', to: '"\\u004cayers":["other"],"Layers":' },
  ].map(({ name, from, to }) => ({
    name,
    archive: () => withText('manifest.json', (text) => text.replace(from, to)),
    code: 'MANIFEST_INVALID',
    text: 'do not trust it',
  })),
  ...[
    { name: 'a config twice', from: '"config":', to: '"config":{"User":"root"},"config":' },
    { name: 'a rootfs in another case', from: '"rootfs":', to: '"RootFS":{},"rootfs":' },
    { name: 'a command in another case', from: '"Cmd":', to: '"cmd":["b"],"Cmd":' },
  ].map(({ name, from, to }) => ({
    name,
    archive: () => withText('config.json', (text) => text.replace(from, to)),
    code: 'CONFIG_INVALID',
    text: 'do not trust it',
  })),
  // What comes twice
  ...['manifest.json', 'config.json', 'version-0/layer.tar'].map((name) => ({
    name: `${name} twice, and another one`,
    archive: async () => {
      const parts = dockerParts([await layer(base)], ['app:1'])
      return tar([file(name, 'x'), ...parts])
    },
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: 'comes more than once',
  })),
  ...[symlink, hardlink].map((link) => ({
    name: `a file, and later a ${link === symlink ? 'symbolic' : 'hard'} link of its name to another one`,
    archive: () =>
      withRow({ Layers: ['a.tar'] }, [file('a.tar', base), file('b.tar', tar([])), link('a.tar', 'b.tar')]),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: '"a.tar" comes more than once',
  })),
  {
    name: 'two links of one name that lead to different files',
    archive: () =>
      withRow({ Layers: ['l.tar'] }, [
        ...[file('a.tar', base), file('b.tar', tar([]))],
        ...[symlink('l.tar', 'b.tar'), symlink('l.tar', 'a.tar')],
      ]),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: '"l.tar" comes more than once',
  },
  ...behind.map(([name, parts]) => ({
    name: `a second manifest.json: ${name}`,
    archive: () => withBehind(parts),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: 'comes more than once',
  })),
  ...unplain.map(([name, parts]) => ({
    name: `a second manifest.json: ${name}`,
    archive: () => withBehind(parts),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
  })),
  {
    name: 'a hard link to a symlink',
    archive: () => withRow({ Layers: ['a'] }, [symlink('d/a', 'x'), file('d/x', base), hardlink('a', 'd/a')]),
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: 'hard link to a symlink',
  },
  {
    name: 'more copies of a member than are compared',
    archive: async () => {
      const parts = dockerParts([await layer(base)], ['app:1'])
      return tar(Array.from({ length: 10 }, () => parts).flat())
    },
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: 'comes more than once',
  },
  {
    name: 'a layer that comes twice and is too large to be compared',
    archive: async () => {
      const parts = dockerParts([await layer(tar([file('big', new Uint8Array(17 << 20))]))], ['app:1'])
      return tar([...parts, ...parts])
    },
    code: 'ARCHIVE_MEMBER_UNSUPPORTED',
    text: 'comes more than once',
  },
  ...(['the same name', 'no name', 'both names'] as const).map((names) => ({
    name: `an index.json with another image, under ${names}`,
    archive: () => withOtherLayout(names),
    code: 'MANIFEST_INVALID',
    text: 'one image by its manifest.json and another by its index.json',
  })),
  ...namesakes.map(([name, listed]) => ({
    name: `a layout of two images for ${name}`,
    archive: async () => {
      const layout = new Layout()
      const image = (mode: number) => layer(tar([file('a', '', { mode })])).then((one) => layout.image([one]))
      return layout.tar(listed(await image(0o600), await image(0o644)))
    },
    options: { tag: 'app:1', platform: 'linux/amd64' },
    code: 'MANIFEST_INVALID',
    text: 'two images for one name and platform',
  })),
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
  for (const { name, archive, options, code, text } of hostile) {
    it(name, async () => {
      const error = await refusal(await archive(), options)
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

  it('a tag that is not there, beside a name of half a million colons', async () => {
    const archive = await withRow({ RepoTags: [`${':'.repeat(500_000)}/`] })
    const { code, message } = await refusal(archive, { tag: 'app:1' })
    expect(code).toBe('IMAGE_TAG_MISSING')
    expect(message.length).toBeLessThan(1000)
  })
})
