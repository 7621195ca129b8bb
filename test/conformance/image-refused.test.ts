// Images that are broken, or made to break: each is refused with its code, and told what to do. In Node and in browsers.

import { describe, expect, it } from 'vitest'
import { LayerDiffError, type OpenImageOptions, openImage } from '../../src/index.js'
import {
  type BuiltDescriptor,
  configOf,
  dockerArchive,
  json,
  Layout,
  layer,
  sha256Of,
  TYPES,
} from '../support/image-builder.js'
import { concat, directory, file, gnuLong, paxHeader, symlink, type TarPart, tar } from '../support/tar-builder.js'

const base = tar([directory('etc'), file('etc/a', '1')])

async function refusal(source: Uint8Array, options?: OpenImageOptions): Promise<LayerDiffError> {
  const outcome = await openImage(source, options).catch((error) => error)
  expect(outcome).toBeInstanceOf(LayerDiffError)
  return outcome
}

interface Hostile {
  name: string
  archive: () => Uint8Array | Promise<Uint8Array>
  code: string
  text?: string
}

const withRow = (row: Record<string, unknown>, more?: (TarPart | Uint8Array)[]) => dockerArchive(base, row, more)

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

  it('a tag that is not there, beside a name of half a million colons', async () => {
    const archive = await withRow({ RepoTags: [`${':'.repeat(500_000)}/`] })
    const { code, message } = await refusal(archive, { tag: 'app:1' })
    expect(code).toBe('IMAGE_TAG_MISSING')
    expect(message.length).toBeLessThan(1000)
  })
})
