// Images that tools read otherwise than each other: what Docker loads and Podman does not, or Go reads and we would not. Each is
// refused, since what it is, nobody can say. In Node and in browsers.

import { describe, expect, it } from 'vitest'
import { type OpenImageOptions, openImage } from '../../src/index.js'
import {
  type BuiltDescriptor,
  configOf,
  dockerArchive,
  dockerParts,
  json,
  Layout,
  layer,
  named,
  TYPES,
} from '../support/image-builder.js'
import { refusal } from '../support/refusal.js'
import { bytes, directory, file, hardlink, symlink, type TarPart, tar } from '../support/tar-builder.js'

const base = tar([directory('etc'), file('etc/a', '1')])

interface Disputed {
  name: string
  archive: () => Uint8Array | Promise<Uint8Array>
  options?: OpenImageOptions
  code: string
  text?: string
}

const withRow = (row: Record<string, unknown>, more?: (TarPart | Uint8Array)[]) => dockerArchive(base, row, more)

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
    'a platform, of which the last is listed for another, too',
    (one, other) => [
      { ...other, ...amd64, ...named('app:1') },
      { ...one, ...amd64, ...named('app:1') },
      { ...one, ...arm64, ...named('app:1') },
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

/** A docker archive whose config or list of images is other text. */
async function withText(name: 'config.json' | 'manifest.json', change: (text: string) => string): Promise<Uint8Array> {
  const decode = (content: TarPart['content']) => new TextDecoder().decode(content as Uint8Array)
  const parts = dockerParts([await layer(base)], ['app:1'], { config: { Cmd: ['a'] } })
  return tar(parts.map((part) => (part.path === name ? file(name, change(decode(part.content))) : part)))
}

const disputed: Disputed[] = [
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
]

describe('refused', () => {
  for (const { name, archive, options, code, text } of disputed) {
    it(name, async () => {
      const error = await refusal(openImage(await archive(), options))
      expect(error).toMatchObject({ code })
      expect(error.message).toContain(text ?? '')
      expect(error.message).toMatch(/do not trust it|export the archive again/i)
    })
  }
})
