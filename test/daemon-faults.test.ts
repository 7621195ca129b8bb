// Container engines that do wrong: a real HTTP server on a socket answers for each row; and where engines are looked for.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requestImage } from '../src/daemon/connection.node.js'
import { findEndpoints, parseAddress } from '../src/daemon/endpoints.node.js'
import { readSavedImage } from '../src/daemon/saved-image.js'
import { diffLayers, type Image, type LayerDiffError, type OpenImageOptions, openImage } from '../src/index.js'
import { DEFAULT_LIMITS } from '../src/options.js'
import { type BuiltLayer, configOf, dockerParts, json, layer, sha256Of } from './support/image-builder.js'
import { bytes, concat, directory, file, hardlink, symlink, type TarPart, tar } from './support/tar-builder.js'

let folder: string
let socket: string
let server: Server
/** What the engine does in the row at hand. */
let listener: RequestListener
const asked: string[] = []
const hostBefore = process.env.DOCKER_HOST

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daemon-'))
  socket = join(folder, 'engine.sock')
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/_ping') response.end('OK')
    else listener(request, response)
  })
  server.listen(socket)
  await once(server, 'listening')
  process.env.DOCKER_HOST = `unix://${socket}`
})
afterEach(() => {
  asked.length = 0
  process.env.DOCKER_HOST = `unix://${socket}`
})
afterAll(async () => {
  if (hostBefore === undefined) delete process.env.DOCKER_HOST
  else process.env.DOCKER_HOST = hostBefore
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  rmSync(folder, { recursive: true, force: true })
})

function open(answer: RequestListener | Uint8Array, name = 'app:1', options?: OpenImageOptions): Promise<Image> {
  listener = typeof answer === 'function' ? answer : (_, response) => response.end(answer)
  return openImage(`docker-daemon:${name}`, options)
}

async function refusal(work: Promise<unknown>): Promise<LayerDiffError> {
  return work.then(
    () => expect.unreachable('it was not refused'),
    (error) => error,
  )
}

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
      const image = await open(await saved(parts))
      expect(image).toMatchObject({ source: 'docker-daemon', name: 'app:1' })
      expect(image.layers.map(({ index }) => index?.diffId)).toEqual([await sha256Of(content)])
      expect(await pathsOf(image)).toEqual(['etc', 'etc/os-release'])
      await image.close()
    })
  }

  it('an empty layer of end blocks alone', async () => {
    const empty = await layer(new Uint8Array(1024))
    const image = await open(tar(dockerParts([await layer(content), empty], ['app:1'])))
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
    expect(await pathsOf(await open(tar(parts)))).toEqual(['etc', 'etc/os-release'])
    expect(await pathsOf(await open(tar(parts), 'app:2'))).toEqual(['other'])
    expect(await refusal(open(tar(parts), 'app:3'))).toMatchObject({ code: 'IMAGE_TAG_MISSING' })
  })

  it('names are asked for as they are, without a version that an engine might not have', async () => {
    const archive = await saved((one) => dockerParts([one], null))
    await open(archive, 'localhost:5000/a/b')
    await open(archive, `app@${await sha256Of(content)}`, { platform: 'linux/amd64' })
    const platform = encodeURIComponent('{"os":"linux","architecture":"amd64"}')
    expect(asked).toEqual([
      '/_ping',
      '/images/localhost:5000/a/b:latest/get',
      '/_ping',
      `/images/app@${await sha256Of(content)}/get?platform=${platform}`,
    ])
    asked.length = 0
    await refusal(open((_, response) => response.writeHead(404).end(), 'abcdef012345'))
    expect(asked).toEqual(['/_ping', '/images/abcdef012345:latest/get', '/images/abcdef012345/get'])
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
      const error = await refusal(open(await answer()))
      expect(error).toMatchObject({ name: 'LayerDiffError', code })
      expect(error.message).toContain(text)
    })
  }

  it('a platform that the engine says it has not', async () => {
    const answer = say(404, '{"message":"image was found but does not provide the specified platform"}')
    const error = await refusal(open(answer, 'app:1', { platform: 'linux/arm64' }))
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
      const image = await open(tar(await parts()))
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

describe('the stream', () => {
  it('is read no further than what has been used of it', async () => {
    const one = await layer(tar([file('big', new Uint8Array(2 << 20))]))
    const archive = tar(dockerParts([one, one, one], ['app:1']))
    const step = 4096
    let given = 0
    async function* chunks() {
      for (let at = 0; at < archive.length; at += step) {
        given = at + step
        yield archive.subarray(at, at + step)
      }
    }
    const ends: number[] = []
    await readSavedImage(
      chunks(),
      'It',
      async ({ stream, size }) => {
        const started = given
        let got = 0
        for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
          got += chunk.length
          expect(given - started - got).toBeLessThanOrEqual(2 * step)
        }
        expect(got).toBe(size)
        ends.push(given)
        return { bytes: new Uint8Array(0), entries: 0, sourceBytes: 0, tarBytes: 0, diffId: null }
      },
      { limits: DEFAULT_LIMITS, signal: undefined },
    )
    expect(ends.length).toBe(3)
    expect(ends[0]).toBeLessThan(archive.length / 2)
  })

  it('is passed over where a reader gives up, wherever it was', async () => {
    const one = await layer(content)
    const archive = tar(dockerParts([one, one], ['app:1']))
    for (const reads of [0, 1, 2]) {
      async function* chunks() {
        for (let at = 0; at < archive.length; at += 1000) yield archive.subarray(at, at + 1000)
      }
      const files = await readSavedImage(
        chunks(),
        'It',
        async ({ stream }) => {
          const reader = stream.getReader()
          for (let i = 0; i < reads; i++) await reader.read()
          // Asked for and not waited for, as a pump does that reads ahead.
          if (reads === 2) void reader.read().catch(() => {})
          throw new Error('enough')
        },
        { limits: DEFAULT_LIMITS, signal: undefined },
      )
      expect(await files.find('manifest.json')).not.toBeNull()
      const found = await files.find('version-1/layer.tar')
      expect(() => found?.open()).toThrow('enough')
    }
  })

  it('ends when the call is aborted, at any time', async () => {
    const archive = await saved((one) => dockerParts([one], ['app:1']))
    // Before; while it waits for the answer; in the middle of a layer.
    await expect(open(archive, 'app:1', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop')
    for (const send of [0, 60_000]) {
      const controller = new AbortController()
      const closed = new Promise<void>((resolve) => {
        listener = (_, response) => {
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
})

describe('where engines are looked for', () => {
  const home = '/home/u'
  const usual = [
    'unix:///var/run/docker.sock',
    'unix:///run/podman/podman.sock',
    'unix:///home/u/.docker/run/docker.sock',
    'unix:///home/u/.colima/default/docker.sock',
    'unix:///home/u/.rd/docker.sock',
  ]
  const find = (env: Record<string, string>, windows = false, at = home) =>
    findEndpoints({ env, home: at, windows }).then((endpoints) => endpoints.map(({ address }) => address))

  it('the usual sockets', async () => {
    expect(await find({})).toEqual(usual)
    expect(await find({ XDG_RUNTIME_DIR: '/run/user/1000' })).toEqual([
      usual[0],
      'unix:///run/user/1000/podman/podman.sock',
      ...usual.slice(1),
    ])
    expect(await find({}, true)).toEqual(['npipe:////./pipe/docker_engine'])
  })

  const addresses: [address: string, connect: object][] = [
    ['unix:///a/b.sock', { socketPath: '/a/b.sock' }],
    ['npipe:////./pipe/docker_engine', { socketPath: '//./pipe/docker_engine' }],
    ['tcp://127.0.0.1:2375', { host: '127.0.0.1', port: 2375 }],
    ['tcp://[::1]:2400', { host: '::1', port: 2400 }],
    ['tcp://engine', { host: 'engine', port: 2375 }],
    ['http://engine:80', { host: 'engine', port: 80 }],
  ]
  for (const [address, connect] of addresses) {
    it(address, () => expect(parseAddress(address, 'DOCKER_HOST', false).connect).toEqual(connect))
  }

  const refused: [env: Record<string, string>, text: string][] = [
    [{ DOCKER_HOST: 'ssh://me@host' }, 'ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock me@host'],
    [{ DOCKER_HOST: 'tcp://host:2376', DOCKER_TLS_VERIFY: '1' }, 'is reached with TLS'],
    [{ DOCKER_HOST: 'https://host:2376' }, 'is reached with TLS'],
    [{ DOCKER_HOST: 'host:2375' }, 'is no address of a container engine'],
    [{ DOCKER_HOST: 'tcp://' }, 'is no address of a container engine'],
    [{ DOCKER_HOST: 'fd://' }, 'is no address of a container engine'],
    [{ DOCKER_CONTEXT: 'nowhere' }, 'docker context ls'],
  ]
  for (const [env, text] of refused) {
    it(`${JSON.stringify(env)} is refused`, async () => {
      const error = await refusal(find(env))
      expect(error).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
      expect(error.message).toContain(text)
    })
  }

  it("docker's context", async () => {
    const at = join(folder, 'home')
    const write = (path: string, value: unknown) => {
      const target = join(at, '.docker', path)
      mkdirSync(join(target, '..'), { recursive: true })
      writeFileSync(target, JSON.stringify(value))
    }
    const idOf = (name: string) => createHash('sha256').update(name).digest('hex')
    const context = (name: string, Host: string) =>
      write(`contexts/meta/${idOf(name)}/meta.json`, { Name: name, Endpoints: { docker: { Host } } })
    context('colima', 'unix:///colima.sock')
    context('far', 'ssh://host')
    context('secured', 'tcp://host:2376')
    mkdirSync(join(at, '.docker/contexts/tls', idOf('secured')), { recursive: true })
    expect((await find({}, false, at))[0]).toBe('unix:///var/run/docker.sock')
    write('config.json', { currentContext: 'colima' })
    expect(await find({}, false, at)).toEqual(['unix:///colima.sock'])
    expect(await find({ DOCKER_HOST: 'unix:///other.sock' }, false, at)).toEqual(['unix:///other.sock'])
    expect((await find({ DOCKER_CONTEXT: 'default' }, false, at))[0]).toBe('unix:///var/run/docker.sock')
    expect((await refusal(find({ DOCKER_CONTEXT: 'far' }, false, at))).message).toContain('docker\'s context "far"')
    expect((await refusal(find({ DOCKER_CONTEXT: 'secured' }, false, at))).message).toContain('TLS')
    expect(await find({ DOCKER_CONFIG: join(at, '.docker') })).toEqual(['unix:///colima.sock'])
    writeFileSync(join(at, '.docker/config.json'), '{')
    expect((await find({}, false, at)).length).toBe(5)
  })

  it('over TCP', async () => {
    const archive = await saved((one) => dockerParts([one], ['app:1']))
    const tcp = createServer((request, response) => {
      response.end(request.url === '/_ping' ? 'OK' : archive)
    })
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    process.env.DOCKER_HOST = `tcp://127.0.0.1:${(tcp.address() as { port: number }).port}`
    expect(await pathsOf(await openImage('docker-daemon:app:1'))).toEqual(['etc', 'etc/os-release'])
    tcp.close()
  })

  it('one that takes connections and never answers', async () => {
    const silent = createSocketServer((connection) => connection.on('error', () => {}))
    const path = join(folder, 'silent.sock')
    silent.listen(path)
    await once(silent, 'listening')
    const from = { env: { DOCKER_HOST: `unix://${path}` }, home, windows: false }
    const error = await refusal(requestImage({ names: ['a'], platform: null, signal: undefined }, from, 20))
    expect(error).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    expect(error.message).toContain('silent.sock (no answer)')
    silent.close()
  })

  it.skipIf(existsSync('/var/run/docker.sock') || existsSync('/run/podman/podman.sock'))(
    'the first that answers is asked',
    async () => {
      const from = { env: {}, home: join(folder, 'user'), windows: false }
      const request = { names: ['app:1'], platform: null, signal: undefined } as const
      const tried = (await refusal(requestImage(request, from))).message
      expect(tried).toContain('unix:///var/run/docker.sock (nothing there), unix:///run/podman/podman.sock')

      mkdirSync(join(from.home, '.rd'), { recursive: true })
      symlinkSync(socket, join(from.home, '.rd/docker.sock'))
      listener = (_, response) => response.end('x')
      const { engine, chunks } = await requestImage(request, from)
      expect(engine).toBe(`unix://${join(from.home, '.rd/docker.sock')}`)
      for await (const chunk of chunks) expect(String(chunk)).toBe('x')
    },
  )

  it('nobody is there, or nobody who speaks HTTP', async () => {
    process.env.DOCKER_HOST = `unix://${join(folder, 'none.sock')}`
    const error = await refusal(openImage('docker-daemon:app:1'))
    expect(error).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    expect(error.message).toContain('none.sock (nothing there). Start Docker')

    const mute = createSocketServer((connection) => connection.end('SSH-2.0-x\r\n'))
    const path = join(folder, 'mute.sock')
    mute.listen(path)
    await once(mute, 'listening')
    process.env.DOCKER_HOST = `unix://${path}`
    expect(await refusal(openImage('docker-daemon:app:1'))).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    mute.close()
  })

  it.skipIf(process.getuid?.() !== 0)('a socket that may not be used', async () => {
    chmodSync(folder, 0o755)
    chmodSync(socket, 0o600)
    const main = join(import.meta.dirname, '../dist/cli/main.js')
    const nobody = { uid: 65_534, gid: 65_534 }
    const child = spawn(process.execPath, [main, 'diff', 'docker-daemon:a', 'docker-daemon:b'], { ...nobody, cwd: '/' })
    let text = ''
    child.stderr.on('data', (chunk) => {
      text += chunk
    })
    const [code] = await once(child, 'close')
    expect(code).toBe(3)
    expect(text).toContain('(permission denied). You may not use')
    expect(text).toContain('sudo usermod -aG docker')
  })
})
