// Who is told what: credentials and tokens go to their hosts and to no other, and nothing goes in the clear unasked.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openAnyImage } from '../src/compose/open.js'
import { parseReference } from '../src/index.js'
import { RegistryClient } from '../src/registry/client.js'
import { openRegistryImage } from '../src/registry/image.js'
import type { Fault } from './support/blob-server.js'
import { ensureTools } from './support/debian.js'
import { TYPES } from './support/image-builder.js'
import { errorOf, fastClock, oneImage, openFrom, read, send, serve } from './support/registry-client.js'

describe('credentials', () => {
  const known = { username: 'anne', password: 'pässword:1' }
  const basic = `Basic ${Buffer.from('anne:pässword:1').toString('base64')}`

  /** Asks for a bearer token of a realm, and takes only the one that is valid. */
  function wantsToken(realm: string, valid: () => string, scope = ''): Fault {
    return (request, response) => {
      if (!request.url?.startsWith('/v2/') || request.headers.authorization === `Bearer ${valid()}`) return false
      const challenge = `Bearer realm="${realm}",service="a \\"registry\\""${scope}`
      return send(response, 401, '', { 'www-authenticate': challenge })
    }
  }

  it('basic', async () => {
    const { server, big } = await oneImage(10)
    server.fault = (request, response) =>
      request.headers.authorization !== basic && send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
    expect(await read(await openFrom(server, { registry: { credentials: known } }))).toEqual(big.blob)
    // Once to be told, and then with each request.
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([undefined, basic, basic, basic])
    expect((await errorOf(openFrom(server))).message).toMatch(/docker login/)
    const wrong = { username: 'anne', password: 'x' }
    expect((await errorOf(openFrom(server, { registry: { credentials: wrong } }))).message).toMatch(
      /credentials are right/,
    )
  })

  it('a token server on another port is asked once for all requests, and again when the token has expired', async () => {
    const { server, big } = await oneImage(10)
    const tokens = await serve()
    let valid = 'one'
    server.fault = wantsToken(`http://${tokens.host}/token?account=a`, () => valid)
    tokens.fault = (_, response) => send(response, 200, JSON.stringify({ access_token: valid, expires_in: 60 }))
    const image = await openFrom(server, { registry: { credentials: async () => known } })
    expect(tokens.seen).toMatchObject([{ authorization: basic }])
    const { searchParams } = new URL(tokens.seen[0]?.path ?? '', 'http://host')
    expect(Object.fromEntries(searchParams)).toEqual({
      account: 'a',
      service: 'a "registry"',
      scope: 'repository:app:pull',
    })
    expect(server.seen.map(({ authorization }) => authorization)).not.toContain(basic)
    valid = 'two'
    expect(await Promise.all([read(image), read(image)])).toEqual([big.blob, big.blob])
    expect(tokens.seen).toHaveLength(2)
  })

  it('a token that is never good enough ends it', async () => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url?.startsWith('/token')
        ? send(response, 200, '{"token":"t"}')
        : send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    expect((await errorOf(openFrom(server))).code).toBe('REGISTRY_DENIED')
    expect(server.seen).toHaveLength(3)
  })

  it('what docker login kept as a refresh token is changed into a bearer token', async () => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url === '/token'
        ? send(response, 200, '{"access_token":"t"}')
        : request.headers.authorization !== 'Bearer t' &&
          send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token",service="s"` })
    const find = async () => ({ identityToken: 'refresh&me' }) as const
    const options = { registry: {}, credentialsFor: find, signal: undefined, clock: fastClock() }
    const client = new RegistryClient(parseReference(`${server.host}/app:1`), options)
    expect((await client.resolve()).mediaType).toBe(TYPES.manifest)
    const [asked] = server.asked(/token/)
    expect([asked?.method, Object.fromEntries(new URLSearchParams(asked?.body))]).toEqual([
      'POST',
      {
        grant_type: 'refresh_token',
        client_id: 'layerdiff',
        refresh_token: 'refresh&me',
        service: 's',
        scope: 'repository:app:pull',
      },
    ])
  })

  it('a refresh token is not taken along by a redirect', async () => {
    const { server } = await oneImage(10)
    const thief = await serve()
    server.fault = (request, response) =>
      request.url === '/token'
        ? send(response, 307, '', { location: `http://${thief.host}/token` })
        : send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    const find = async () => ({ identityToken: 'secret' }) as const
    const options = { registry: {}, credentialsFor: find, signal: undefined, clock: fastClock() }
    const client = new RegistryClient(parseReference(`${server.host}/app:1`), options)
    expect((await errorOf(client.resolve())).code).toBe('REGISTRY_UNREACHABLE')
    expect(thief.seen).toEqual([])
  })

  it.each([
    ['refuses', 401, '{"details":"incorrect username or password"}', 'REGISTRY_DENIED'],
    ['fails', 500, '', 'REGISTRY_FAILED'],
    ['answers HTML', 200, '<html>', 'REGISTRY_ANSWER'],
    ['answers no token', 200, '{"token":7}', 'REGISTRY_ANSWER'],
    ['answers a token that would be two headers', 200, '{"token":"a\\r\\nb: c"}', 'REGISTRY_ANSWER'],
  ])('a token server that %s', async (_, status, body, code) => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url?.startsWith('/token')
        ? send(response, status, body)
        : send(response, 401, '', { 'www-authenticate': `Bearer realm="http://${server.host}/token"` })
    expect((await errorOf(openFrom(server))).code).toBe(code)
  })

  it.each([
    ['in the clear on another host', 'http://auth.example/token'],
    ['of another scheme', 'ftp://auth.example/token'],
    ['with a password in it', 'https://a:b@auth.example/token'],
  ])('are not sent to a token server %s', async (_, realm) => {
    const { server } = await oneImage(10)
    server.fault = wantsToken(realm, () => 't')
    const { code, message } = await errorOf(openFrom(server, { registry: { credentials: known } }))
    expect(code).toBe('REGISTRY_DENIED')
    expect(message).toContain(server.host)
    expect(message).toContain('auth.example')
  })

  it.each(['me:secret', 7, true])('that are no object, such as %s, are refused and not shown', async (credentials) => {
    const { server } = await oneImage(10)
    server.fault = (_, response) => send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
    const error = await errorOf(openFrom(server, { registry: { credentials: credentials as never } }))
    expect(error.code).toBe('INVALID_ARGUMENT')
    expect(error.message).toContain('must be { username, password }')
    expect(error.message).not.toContain('secret')
  })

  it('a bearer token of the caller is sent as it is', async () => {
    const { server } = await oneImage(10)
    server.fault = wantsToken('https://auth.example/token', () => 'mine')
    expect((await openFrom(server, { registry: { credentials: { token: 'mine' } } })).source).toBe('registry')
  })

  it('stay with their host when it redirects', async () => {
    const { server, big } = await oneImage(10)
    const storage = await serve()
    const { fault } = server
    server.fault = (request, response, body) => {
      if (request.headers.authorization !== basic) {
        return send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
      }
      if (!request.url?.includes('/blobs/')) return fault(request, response, body)
      return send(response, 307, '', { location: `http://${storage.host}${request.url}?signed=1` })
    }
    storage.fault = (request, response) => {
      const content = server.layout.blobs.get(/sha256:\w+/.exec(request.url ?? '')?.[0] ?? '')
      response.writeHead(200).end(content)
      return true
    }
    expect(await read(await openFrom(server, { registry: { credentials: known } }))).toEqual(big.blob)
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
  })

  it('of Docker Hub go to its token server, and a token to its registry', async () => {
    const { server } = await oneImage(10)
    server.fault = (request, response) =>
      request.url?.startsWith('/token')
        ? send(response, 200, '{"token":"t"}')
        : request.headers.authorization !== 'Bearer t' &&
          send(response, 401, '', {
            'www-authenticate': 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
          })
    const hosts: string[] = []
    // The way there is another one; all else is as it is.
    const rerouted: typeof fetch = (input, init) => {
      const url = new URL(String(input))
      hosts.push(`${url.host} ${new Headers(init?.headers).get('authorization')}`)
      return fetch(`http://${server.host}${url.pathname}${url.search}`, init)
    }
    const logins: string[] = []
    const credentials = (registry: string) => {
      logins.push(registry)
      return known
    }
    const image = await openRegistryImage(parseReference('app:1'), { registry: { fetch: rerouted, credentials } })
    expect([image.name, logins]).toEqual(['app:1', ['docker.io']])
    expect(hosts).toEqual([
      'registry-1.docker.io null',
      `auth.docker.io ${basic}`,
      'registry-1.docker.io Bearer t',
      'registry-1.docker.io Bearer t',
    ])
  })

  it('go to the mirror, whose address holds the registry', async () => {
    const { server } = await oneImage(10)
    const asked: string[] = []
    server.fault = (request, response) => {
      if (request.headers.authorization !== basic) {
        return send(response, 401, '', { 'www-authenticate': 'Basic realm="x"' })
      }
      return false
    }
    const mirror = `http://${server.host}/proxy/{registry}/`
    const credentials = (host: string) => {
      asked.push(host)
      return known
    }
    const options = { registry: { mirror, credentials } }
    const image = await openRegistryImage(parseReference('library/app:1'), options, fastClock())
    expect(image.name).toBe('app:1')
    expect(asked).toEqual([server.host])
    expect(server.seen[0]?.path).toBe('/proxy/registry-1.docker.io/v2/library/app/manifests/1')
  })
})

describe('plain http', () => {
  it('that answers where https was asked for is an error that says how to allow it', async () => {
    // 0.0.0.0 leads to this machine, and is none of the names that may be asked in the clear.
    const server = await serve(undefined, '0.0.0.0')
    const name = parseReference(`0.0.0.0:${server.port}/app:1`)
    const error = await errorOf(openRegistryImage(name, { registry: { credentials: () => null } }, fastClock()))
    expect([error.code, error.message]).toEqual(['REGISTRY_INSECURE', expect.stringContaining('--insecure')])
    server.tags.set('1', await server.layout.image([]))
    for (const insecure of [true, [name.registry]]) {
      const image = await openRegistryImage(name, { registry: { insecure, credentials: () => null } }, fastClock())
      expect(image.source).toBe('registry')
    }
  })

  it.skipIf(!ensureTools([{ command: 'openssl', package: 'openssl' }]))(
    'is not what https may redirect to',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'layerdiff-tls-'))
      const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=0.0.0.0', '-days', '2', '-nodes', '-newkey', 'rsa:2048']
      execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
      const { server } = await oneImage(10)
      const secure = createServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, (request, response) => {
        response.writeHead(307, { location: `http://${server.host}${request.url}` }).end()
      })
      rmSync(folder, { recursive: true })
      await new Promise<void>((resolve) => secure.listen(0, '0.0.0.0', resolve))
      const name = parseReference(`0.0.0.0:${(secure.address() as AddressInfo).port}/app:1`)
      const attempt = () => errorOf(openRegistryImage(name, { registry: { credentials: () => null } }, fastClock()))
      try {
        // A certificate that nobody has signed does not become good by trying again.
        const untrusted = await attempt()
        expect([untrusted.code, untrusted.message]).toEqual([
          'REGISTRY_UNREACHABLE',
          expect.stringMatching(/self.signed/),
        ])
        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
        const error = await attempt()
        expect([error.code, error.message]).toEqual([
          'REGISTRY_INSECURE',
          expect.stringMatching(/redirects to .* refused/),
        ])
      } finally {
        delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
        secure.closeAllConnections()
        await new Promise((resolve) => secure.close(resolve))
      }
    },
  )

  it('is refused of a mirror, unless it is allowed', async () => {
    const open = (mirror: string) => openAnyImage('app', { registry: { mirror } })
    expect((await errorOf(open('http://proxy.example'))).code).toBe('REGISTRY_INSECURE')
    for (const mirror of ['proxy.example', '/proxy', 'ftp://proxy.example', 'https://a:b@proxy.example']) {
      expect((await errorOf(open(mirror))).code).toBe('INVALID_ARGUMENT')
    }
  })
})
