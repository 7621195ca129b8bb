// Where container engines are looked for, and what is said where none is.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requestImage } from '../src/daemon/connection.node.js'
import { findEndpoints, parseAddress } from '../src/daemon/endpoints.node.js'
import { openImage } from '../src/index.js'
import { EngineServer } from './support/engine-server.js'
import { dockerParts, layer } from './support/image-builder.js'
import { refusal } from './support/refusal.js'
import { file, tar } from './support/tar-builder.js'

let engine: EngineServer
beforeAll(async () => {
  engine = await EngineServer.start()
})
afterEach(() => engine.reset())
afterAll(() => engine.stop())

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
    const at = join(engine.folder, 'home')
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
    const archive = tar(dockerParts([await layer(tar([file('a')]))], ['app:1']))
    const tcp = createServer((request, response) => {
      response.end(request.url === '/_ping' ? 'OK' : archive)
    })
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    process.env.DOCKER_HOST = `tcp://127.0.0.1:${(tcp.address() as { port: number }).port}`
    expect((await openImage('docker-daemon:app:1')).layers.length).toBe(1)
    tcp.close()
  })

  it('one that takes connections and never answers', async () => {
    const silent = createSocketServer((connection) => connection.on('error', () => {}))
    const path = join(engine.folder, 'silent.sock')
    silent.listen(path)
    await once(silent, 'listening')
    const from = { env: { DOCKER_HOST: `unix://${path}` }, home, windows: false }
    const error = await refusal(requestImage({ names: ['a'], platform: null, signal: undefined }, from, 20))
    expect(error).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    expect(error.message).toContain('silent.sock (no answer)')
    silent.close()
  })

  it('one that does not say what is wrong', async () => {
    engine.listener = (_, response) => response.writeHead(500).write('half')
    const from = { env: { DOCKER_HOST: `unix://${engine.socket}` }, home, windows: false }
    const error = await refusal(requestImage({ names: ['a'], platform: null, signal: undefined }, from, 2000))
    expect(error).toMatchObject({ code: 'DAEMON_FAILED' })
    expect(error.message).toContain('500 Internal Server Error: half. See')
  })

  it.skipIf(existsSync('/var/run/docker.sock') || existsSync('/run/podman/podman.sock'))(
    'the first that answers is asked',
    async () => {
      const from = { env: {}, home: join(engine.folder, 'user'), windows: false }
      const request = { names: ['app:1'], platform: null, signal: undefined } as const
      const tried = (await refusal(requestImage(request, from))).message
      expect(tried).toContain('unix:///var/run/docker.sock (nothing there), unix:///run/podman/podman.sock')

      mkdirSync(join(from.home, '.rd'), { recursive: true })
      symlinkSync(engine.socket, join(from.home, '.rd/docker.sock'))
      engine.listener = (_, response) => response.end('x')
      const sent = await requestImage(request, from)
      expect(sent.engine).toBe(`unix://${join(from.home, '.rd/docker.sock')}`)
      for await (const chunk of sent.chunks) expect(String(chunk)).toBe('x')
    },
  )

  it('nobody is there, or nobody who speaks HTTP', async () => {
    process.env.DOCKER_HOST = `unix://${join(engine.folder, 'none.sock')}`
    const error = await refusal(openImage('docker-daemon:app:1'))
    expect(error).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    expect(error.message).toContain('none.sock (nothing there). Start Docker')

    const mute = createSocketServer((connection) => connection.end('SSH-2.0-x\r\n'))
    const path = join(engine.folder, 'mute.sock')
    mute.listen(path)
    await once(mute, 'listening')
    process.env.DOCKER_HOST = `unix://${path}`
    expect(await refusal(openImage('docker-daemon:app:1'))).toMatchObject({ code: 'DAEMON_UNREACHABLE' })
    mute.close()
  })

  it.skipIf(process.getuid?.() !== 0)('a socket that may not be used', async () => {
    chmodSync(engine.folder, 0o755)
    chmodSync(engine.socket, 0o600)
    const library = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href
    const script = `import { openImage } from '${library}'
      await openImage('docker-daemon:app:1').catch(({ code, message }) => console.log(code, message))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { uid: 65_534, gid: 65_534, cwd: '/' })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    await once(child, 'close')
    expect(text).toContain('DAEMON_UNREACHABLE')
    expect(text).toContain('(permission denied). You may not use')
    expect(text).toContain('sudo usermod -aG docker')
  })
})
