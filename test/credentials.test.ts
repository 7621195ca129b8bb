// What docker login leaves behind, in every form, with a real helper on PATH.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseChallenges } from '../src/registry/challenge.js'
import { credentialsFor } from '../src/registry/credentials.node.js'

const HUB = 'https://index.docker.io/v1/'
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('~/.docker/config.json', () => {
  const { DOCKER_CONFIG, PATH } = process.env
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerdiff-docker-'))
    process.env.DOCKER_CONFIG = folder
    process.env.PATH = `${folder}${delimiter}${PATH}`
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
    if (DOCKER_CONFIG === undefined) delete process.env.DOCKER_CONFIG
    else process.env.DOCKER_CONFIG = DOCKER_CONFIG
    process.env.PATH = PATH
  })

  const write = (config: unknown) =>
    writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))

  /** A helper that notes what it was asked, and then does something. */
  function helper(name: string, does: string): void {
    const path = join(folder, `docker-credential-${name}`)
    writeFileSync(path, `#!/bin/sh\necho "$1 $(cat)" >> '${folder}/asked'\n${does}\n`)
    chmodSync(path, 0o755)
  }
  const asked = () => readFileSync(join(folder, 'asked'), 'utf8')

  it.each([
    ['auth', 'ghcr.io', { 'ghcr.io': { auth: base64('anne:a:b') } }, { username: 'anne', password: 'a:b' }],
    ['auth of Docker Hub', 'docker.io', { [HUB]: { auth: base64('a:b') } }, { username: 'a', password: 'b' }],
    [
      'auth under an address',
      'r.io:5000',
      { 'https://r.io:5000': { auth: base64('a:b') } },
      { username: 'a', password: 'b' },
    ],
    ['username and password', 'r.io', { 'r.io': { username: 'a', password: 'b' } }, { username: 'a', password: 'b' }],
    ['identitytoken', 'r.io', { 'r.io': { auth: base64('a:'), identitytoken: 't' } }, { identityToken: 't' }],
    ['registrytoken', 'r.io', { 'r.io': { registrytoken: 't' } }, { token: 't' }],
    ['another registry', 'r.io', { 'r.io:443': { auth: base64('a:b') } }, null],
    ['no entry', 'r.io', { 'r.io': {} }, null],
    ['what objects inherit', 'constructor', {}, null],
  ])('auths: %s', async (_, registry, auths, expected) => {
    write({ auths })
    expect(await credentialsFor(registry)).toEqual(expected)
  })

  it('no config, no credentials', async () => {
    expect(await credentialsFor('docker.io')).toBeNull()
  })

  it('a helper is asked for its registry, with the server on its standard input', async () => {
    helper('one', `echo '{"ServerURL":"x","Username":"a","Secret":"b"}'`)
    write({ credHelpers: { 'r.io': 'one' }, auths: { 'r.io': { auth: base64('not:this') } } })
    expect(await credentialsFor('r.io')).toEqual({ username: 'a', password: 'b' })
    expect(asked()).toBe('get r.io\n')
    expect(await credentialsFor('other.io')).toBeNull()
  })

  it('a store is asked for all, Docker Hub by its old address', async () => {
    helper('store', `echo '{"Username":"<token>","Secret":"t"}'`)
    write({ credsStore: 'store' })
    expect(await credentialsFor('docker.io')).toEqual({ identityToken: 't' })
    expect(asked()).toBe(`get ${HUB}\n`)
  })

  it('a store that knows nothing leaves it to auths', async () => {
    helper('store', 'echo "credentials not found in native keychain"; exit 1')
    write({ credsStore: 'store', auths: { 'r.io': { auth: base64('a:b') } } })
    expect(await credentialsFor('r.io')).toEqual({ username: 'a', password: 'b' })
  })

  it.each([
    ['no JSON', '{"auths": {"r.io": {"auth": "c2VjcmV0', /not JSON/],
    ['no base64 of two parts', { auths: { 'r.io': { auth: base64('secret') } } }, /USER:PASSWORD/],
    ['a helper that is not there', { credHelpers: { 'r.io': 'none' } }, /docker-credential-none, which is not on PATH/],
    ['a helper that fails', { credHelpers: { 'r.io': 'bad' } }, /docker-credential-bad failed/],
    ['a helper that talks', { credHelpers: { 'r.io': 'talks' } }, /other than JSON/],
    ['a helper without a secret', { credHelpers: { 'r.io': 'half' } }, /without Username and Secret/],
    ['a helper of another folder', { credHelpers: { 'r.io': '../../bin/sh' } }, /no name of a credential helper/],
    ['a helper with a command in its name', { credsStore: 'a; touch pwned' }, /no name of a credential helper/],
  ])('unreadable: %s', async (_, config, message) => {
    helper('bad', 'exit 1')
    helper('talks', 'echo secret')
    helper('half', `echo '{"Username":"a"}'`)
    write(config)
    const error = await credentialsFor('r.io').catch((reason) => reason)
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', message: expect.stringMatching(message) })
    expect(error.message).not.toMatch(/secret|c2VjcmV0/)
  })
})

describe('challenges', () => {
  it.each([
    ['Basic realm="a b"', [['basic', { realm: 'a b' }]]],
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"',
      [['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:a:pull,push' }]],
    ],
    ['BEARER Realm = x , service=y', [['bearer', { realm: 'x', service: 'y' }]]],
    [
      'Basic realm="x", Bearer realm="y\\"z"',
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y"z' }],
      ],
    ],
    [
      'Negotiate, Basic realm=x',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['Negotiate', [['negotiate', {}]]],
    ['', []],
    ['"?"', []],
  ])('%s', (header, expected) => {
    const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])
    expect(found).toEqual(expected)
  })

  it('of a hostile length are read in no time', () => {
    expect(parseChallenges(`Bearer ${'a="\\'.repeat(1e6)}`).length).toBeLessThan(1e5)
  })
})
