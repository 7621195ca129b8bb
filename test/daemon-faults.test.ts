// Container engines that do wrong, and the ways in which they do right: a real HTTP server answers for each row.

import type { RequestListener, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { diffLayers, type Image, openImage } from '../src/index.js'
import { EngineServer } from './support/engine-server.js'
import { type BuiltLayer, configOf, dockerParts, json, layer, sha256Of } from './support/image-builder.js'
import { refusal } from './support/refusal.js'
import { bytes, concat, directory, file, hardlink, symlink, type TarPart, tar } from './support/tar-builder.js'

let engine: EngineServer
beforeAll(async () => {
  engine = await EngineServer.start()
})
afterEach(() => engine.reset())
afterAll(() => engine.stop())

async function pathsOf(image: Image): Promise<string[]> {
  return Array.from((await diffLayers([], image.layers)).changes, ({ path }) => path)
}

const content = tar([directory('etc'), file('etc/os-release', 'x'.repeat(100_000))])

/** The members of an archive whose list of images comes first, last, or where it is told to. */
async function saved(parts: (one: BuiltLayer) => TarPart[] | Promise<TarPart[]>): Promise<Uint8Array> {
  return tar(await parts(await layer(content)))
}

const listing = (config: string, layers: string[], names: string[] | null = ['app:1']) =>
  file('manifest.json', json([{ Config: config, RepoTags: names, Layers: layers }]))

describe('the ways in which engines save an image', () => {
  const rows: [name: string, parts: (one: BuiltLayer) => TarPart[] | Promise<TarPart[]>][] = [
    ['Docker before 25: folders, the list last', (one) => dockerParts([one], ['app:1'])],
    ['the list first', (one) => [...dockerParts([one], ['app:1'])].reverse()],
    [
      'Docker 25 and later: blobs by digest, among OCI files',
      async (one) => {
        const config = configOf([one])
        const paths = [config, one.blob].map(async (blob) => `blobs/${(await sha256Of(blob)).replace(':', '/')}`)
        const [configPath = '', layerPath = ''] = await Promise.all(paths)
        return [
          directory('blobs/'),
          directory('blobs/sha256/'),
          file(layerPath, one.blob),
          file(configPath, config),
          file('index.json', json({ schemaVersion: 2, manifests: [] })),
          listing(configPath, [layerPath]),
          file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
        ]
      },
    ],
    [
      'a layer that is gzip',
      (one) => [file('l.tar.gz', gzipSync(one.blob)), file('c.json', configOf([one])), listing('c.json', ['l.tar.gz'])],
    ],
    [
      'Podman: layers beside folders with links to them',
      (one) => [
        file('aa.tar', one.blob),
        symlink('v/layer.tar', '../aa.tar'),
        file('v/VERSION', '1.0'),
        file('c.json', configOf([one])),
        listing('c.json', ['v/layer.tar']),
      ],
    ],
    [
      'a hard link to a layer',
      (one) => [
        file('aa.tar', one.blob),
        hardlink('bb.tar', 'aa.tar'),
        file('c.json', configOf([one])),
        listing('c.json', ['bb.tar']),
      ],
    ],
    [
      'members whose names leave the archive, which nobody asks for',
      (one) => [file('../../x', 'x'), file('/etc/passwd', one.blob), ...dockerParts([one], ['app:1'])],
    ],
  ]
  for (const [name, parts] of rows) {
    it(name, async () => {
      const image = await engine.open(await saved(parts))
      expect(image).toMatchObject({ source: 'docker-daemon', name: 'app:1' })
      expect(image.layers.map(({ index }) => index?.diffId)).toEqual([await sha256Of(content)])
      expect(await pathsOf(image)).toEqual(['etc', 'etc/os-release'])
      await image.close()
    })
  }

  it('an empty layer of end blocks alone', async () => {
    const empty = await layer(new Uint8Array(1024))
    const image = await engine.open(tar(dockerParts([await layer(content), empty], ['app:1'])))
    expect(await pathsOf(image)).toEqual(['etc', 'etc/os-release'])
  })

  it('several images, of which the name tells one', async () => {
    const other = await layer(tar([file('other')]))
    const one = await layer(content)
    const parts = [
      file('a.tar', one.blob),
      file('b.tar', other.blob),
      file('a.json', configOf([one])),
      file('b.json', configOf([other])),
      file(
        'manifest.json',
        json([
          { Config: 'b.json', RepoTags: ['app:2'], Layers: ['b.tar'] },
          { Config: 'a.json', RepoTags: ['app:1'], Layers: ['a.tar'] },
        ]),
      ),
    ]
    expect(await pathsOf(await engine.open(tar(parts)))).toEqual(['etc', 'etc/os-release'])
    expect(await pathsOf(await engine.open(tar(parts), 'app:2'))).toEqual(['other'])
    expect(await refusal(engine.open(tar(parts), 'app:3'))).toMatchObject({ code: 'IMAGE_TAG_MISSING' })
  })

  it('names are asked for as they are, without a version that an engine might not have', async () => {
    const archive = await saved((one) => dockerParts([one], null))
    await engine.open(archive, 'localhost:5000/a/b')
    await engine.open(archive, `app@${await sha256Of(content)}`, { platform: 'linux/amd64' })
    const platform = encodeURIComponent('{"os":"linux","architecture":"amd64"}')
    expect(engine.asked).toEqual([
      '/_ping',
      '/images/localhost:5000/a/b:latest/get',
      '/_ping',
      `/images/app@${await sha256Of(content)}/get?platform=${platform}`,
    ])
    engine.asked.length = 0
    const unknown: RequestListener = (_, response) => response.writeHead(404).end()
    await refusal(engine.open(unknown, 'abcdef012345'))
    expect(engine.asked).toEqual(['/_ping', '/images/abcdef012345:latest/get', '/images/abcdef012345/get'])
    // What can be nothing but an ID is asked for as one.
    const id = '0123456789abcdef'.repeat(4)
    for (const given of [id, `sha256:${id}`, 'sha256:abcdef']) {
      engine.asked.length = 0
      const { code, message } = await refusal(engine.open(unknown, given))
      const digits = given.replace('sha256:', '')
      expect(engine.asked).toEqual(['/_ping', `/images/${digits}/get`])
      expect([code, message]).toEqual([
        'IMAGE_NOT_FOUND',
        expect.stringMatching(`"${digits}".*See .docker images. for`),
      ])
      expect(message).not.toContain('docker pull')
    }
    expect(await refusal(engine.open(archive, id, { tag: '1' }))).toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('faults of an engine', () => {
  const say = (status: number, body: string, type = 'application/json') => {
    return (_: unknown, response: ServerResponse) => response.writeHead(status, { 'content-type': type }).end(body)
  }
  const half = async () => (await saved((one) => dockerParts([one], ['app:1']))).subarray(0, 60_000)
  const damaged = concat([content.subarray(0, 600), bytes('!!!'), content.subarray(603)])

  const rows: [name: string, answer: () => Promise<RequestListener | Uint8Array>, code: string, text: string][] = [
    ['no such image', async () => say(404, '{"message":"No such image"}'), 'IMAGE_NOT_FOUND', '`docker pull app:1`'],
    [
      'no such image, as some say it',
      async () => say(500, '{"cause":"x","message":"app: image not known"}'),
      'IMAGE_NOT_FOUND',
      'image not known',
    ],
    [
      'a message with control characters',
      async () => say(500, JSON.stringify({ message: 'disk\u001b[2J full' })),
      'DAEMON_FAILED',
      'answered 500 Internal Server Error: disk\\x1b[2J full.',
    ],
    [
      'an error that is a web page',
      async () => say(502, '<h1>x</h1>', 'text/html'),
      'DAEMON_FAILED',
      '502 Bad Gateway. See',
    ],
    ['an error without end', async () => endless(500, 'x'), 'DAEMON_FAILED', 'answered 500'],
    ['a web page', async () => say(200, '<h1>x</h1>', 'text/html; charset=utf-8'), 'DAEMON_FAILED', 'a web page'],
    ['no answer', async () => (request) => request.socket.destroy(), 'DAEMON_FAILED', 'gave no answer'],
    ['no HTTP', async () => (request) => request.socket.end('nonsense\r\n\r\n'), 'DAEMON_FAILED', 'gave no answer'],
    ['a redirect', async () => say(301, ''), 'DAEMON_FAILED', '301 Moved Permanently'],
    [
      'a connection that is cut in a layer',
      async () => {
        const bytes = await half()
        return (_, response) => {
          response.write(bytes, () => response.socket?.destroy())
        }
      },
      'TAR_TRUNCATED',
      'broke off after',
    ],
    [
      'a connection that is cut before the promised length',
      async () => {
        const bytes = await half()
        return (_, response) => {
          response.writeHead(200, { 'content-length': bytes.length + 1 })
          response.write(bytes, () => response.socket?.destroy())
        }
      },
      'TAR_TRUNCATED',
      'broke off after',
    ],
    ['an archive that ends in a layer', half, 'TAR_TRUNCATED', 'ends too early'],
    [
      'an archive that ends in a header',
      async () => (await half()).subarray(0, 1300),
      'TAR_TRUNCATED',
      'ends too early',
    ],
    ['no archive', async () => bytes('no such thing'), 'IMAGE_UNKNOWN_FORMAT', 'is no tar archive'],
    ['nothing', async () => new Uint8Array(0), 'BLOB_MISSING', 'lacks the list of images'],
    [
      'no manifest.json',
      () => saved((one) => dockerParts([one], null).filter(({ path }) => path !== 'manifest.json')),
      'BLOB_MISSING',
      'manifest.json',
    ],
    [
      'a manifest.json that is no JSON',
      () => saved(() => [file('manifest.json', '[{')]),
      'MANIFEST_INVALID',
      'not JSON',
    ],
    ['no image', () => saved(() => [file('manifest.json', '[]')]), 'MANIFEST_INVALID', 'lists no image'],
    [
      'no config',
      () => saved((one) => [file('l.tar', one.blob), listing('c.json', ['l.tar'])]),
      'BLOB_MISSING',
      'c.json',
    ],
    [
      'no layer',
      () => saved((one) => [file('c.json', configOf([one])), listing('c.json', ['l.tar'])]),
      'BLOB_MISSING',
      'l.tar',
    ],
    [
      'a config that is a layer',
      () => saved((one) => [file('c.json', one.blob), listing('c.json', ['c.json'])]),
      'INPUT_UNREADABLE',
      'read as a layer',
    ],
    [
      'a name that leaves the archive',
      () => saved((one) => [file('c.json', configOf([one])), listing('c.json', ['../../x'])]),
      'ARCHIVE_PATH_ESCAPES',
      '../../x',
    ],
    [
      'a link that leaves the archive',
      () =>
        saved((one) => [
          file('c.json', configOf([one])),
          symlink('l.tar', '../../etc/passwd'),
          listing('c.json', ['l.tar']),
        ]),
      'ARCHIVE_PATH_ESCAPES',
      'l.tar',
    ],
    [
      'links that go round',
      () =>
        saved((one) => [
          file('c.json', configOf([one])),
          symlink('a', 'b'),
          symlink('b', 'a'),
          listing('c.json', ['a']),
        ]),
      'ARCHIVE_LINK_LOOP',
      'circle',
    ],
    [
      'a list of images that is too large',
      () => saved(() => [file('manifest.json', `[${' '.repeat(5 << 20)}]`)]),
      'MANIFEST_TOO_LARGE',
      'over 4194304',
    ],
    [
      'too much that is no layer',
      () => saved(() => Array.from({ length: 17 }, (_, i) => file(`${i}.json`, `[${' '.repeat((4 << 20) - 2)}]`))),
      'MANIFEST_TOO_LARGE',
      '64 MiB',
    ],
    [
      'a layer that is another than the config says',
      async () => tar(dockerParts([{ blob: content, diffId: await sha256Of(bytes('other')) }], ['app:1'])),
      'DIFF_ID_MISMATCH',
      'Layer 0 of "app:1"',
    ],
  ]
  for (const [name, answer, code, text] of rows) {
    it(name, async () => {
      const error = await refusal(engine.open(await answer()))
      expect(error).toMatchObject({ name: 'LayerDiffError', code })
      expect(error.message).toContain(text)
    })
  }

  it('a platform that the engine says it has not', async () => {
    const answer = say(404, '{"message":"image was found but does not provide the specified platform"}')
    const error = await refusal(engine.open(answer, 'app:1', { platform: 'linux/arm64' }))
    expect(error).toMatchObject({ code: 'IMAGE_PLATFORM_MISSING' })
    expect(error.message).toContain('docker pull --platform')
  })

  const layerRows: [name: string, parts: () => Promise<TarPart[]>, code: string][] = [
    [
      'whose bytes are not those of its name',
      async () => {
        const one = await layer(content)
        const path = `blobs/${(await sha256Of(bytes('other'))).replace(':', '/')}`
        return [file(path, one.blob), file('c.json', configOf([one])), listing('c.json', [path])]
      },
      'DIGEST_MISMATCH',
    ],
    ['whose second header is damaged', async () => dockerParts([await layer(damaged)], ['app:1']), 'TAR_CHECKSUM'],
    ['that is cut', async () => dockerParts([await layer(content.subarray(0, 50_000))], ['app:1']), 'TAR_TRUNCATED'],
    ['that is no tar', async () => dockerParts([await layer(bytes('no tar'))], ['app:1']), 'TAR_TRUNCATED'],
    [
      'that is large and no tar',
      async () => dockerParts([await layer(bytes('x'.repeat(5 << 20)))], ['app:1']),
      'TAR_CHECKSUM',
    ],
  ]
  for (const [name, parts, code] of layerRows) {
    it(`a layer ${name} fails when it is diffed, and what follows it is read`, async () => {
      const image = await engine.open(tar(await parts()))
      const error = await refusal(diffLayers([], image.layers))
      expect(error).toMatchObject({ code, side: 'after', layer: 0 })
    })
  }

  /** An answer that would go on for ever. */
  function endless(status: number, text: string): RequestListener {
    return (_, response) => {
      response.writeHead(status, { 'content-type': 'text/plain' })
      const more = () => {
        while (!response.destroyed && response.write(text.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    }
  }
})

it('ends when the call is aborted, at any time', async () => {
  const archive = await saved((one) => dockerParts([one], ['app:1']))
  // Before; while it waits for the answer; in the middle of a layer.
  await expect(engine.open(archive, 'app:1', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
  for (const send of [0, 60_000]) {
    const controller = new AbortController()
    const closed = new Promise<void>((resolve) => {
      engine.listener = (_, response) => {
        response.on('close', resolve)
        if (send > 0) response.write(archive.subarray(0, send), () => controller.abort(new Error('stop')))
        else controller.abort(new Error('stop'))
      }
    })
    const opening = openImage('docker-daemon:app:1', { signal: controller.signal })
    await expect(opening).rejects.toThrow('stop')
    await closed
  }
})
