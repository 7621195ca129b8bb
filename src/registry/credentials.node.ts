// What `docker login` left behind: ~/.docker/config.json, and the helpers that it names.
//
// Takes: a registry's name. Gives: what to log in with there. Spec: Docker's documentation of `docker login` ("Credential
// stores"), and docker/docker-credential-helpers.

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import type { StoredCredentials } from './credentials.js'

/** Under which Docker keeps its own registry. */
const HUB_KEY = 'https://index.docker.io/v1/'
/** Helpers ask keychains, and those may ask people. */
const HELPER_MILLISECONDS = 60_000
const HELPER_BYTES = 1 << 20
/** The name becomes that of a program. */
const HELPER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
/** What a helper gives for a user where the secret is a token. */
const TOKEN_USER = '<token>'

type Fields = Readonly<Record<string, unknown>>

/** @throws {LayerDiffError} CREDENTIALS_UNREADABLE */
export async function credentialsFor(registry: string): Promise<StoredCredentials | null> {
  const path = join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json')
  const config = await readConfig(path)
  const keys = keysOf(registry)
  const helpers = fields(config.credHelpers)
  for (const key of keys) {
    const helper = own(helpers, key)
    if (typeof helper === 'string' && helper !== '') return askHelper(helper, key, path)
  }
  if (typeof config.credsStore === 'string' && config.credsStore !== '') {
    for (const key of keys) {
      const found = await askHelper(config.credsStore, key, path)
      if (found !== null) return found
    }
  }
  const auths = fields(config.auths)
  for (const key of keys) {
    const found = fromAuth(fields(own(auths, key)), key, path)
    if (found !== null) return found
  }
  return null
}

/** How a registry may be called there, the usual one first. */
function keysOf(registry: string): string[] {
  if (registry === 'docker.io') return [HUB_KEY, 'index.docker.io', 'docker.io', 'registry-1.docker.io']
  return [registry, `https://${registry}`, `http://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`]
}

async function readConfig(path: string): Promise<Fields> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw unreadable(path, (cause as Error).message, cause)
  }
  try {
    return fields(JSON.parse(text))
  } catch {
    // The parser's message would quote the file, which holds passwords.
    throw unreadable(path, 'it is not JSON')
  }
}

function fromAuth(auth: Fields, key: string, path: string): StoredCredentials | null {
  const text = (name: string) => (typeof auth[name] === 'string' ? (auth[name] as string) : '')
  if (text('identitytoken') !== '') return { identityToken: text('identitytoken') }
  if (text('registrytoken') !== '') return { token: text('registrytoken') }
  if (text('auth') === '') {
    return text('username') === '' ? null : { username: text('username'), password: text('password') }
  }
  const decoded = Buffer.from(text('auth'), 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) throw unreadable(path, `the auth of ${escapeText(key)} is not base64 of USER:PASSWORD`)
  // Docker pads the password with zeros.
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') }
}

/** Runs `docker-credential-NAME get`; null where it knows nothing of the registry. */
async function askHelper(name: string, server: string, path: string): Promise<StoredCredentials | null> {
  if (!HELPER_NAME.test(name)) throw unreadable(path, `"${escapeText(name)}" is no name of a credential helper`)
  const program = `docker-credential-${name}`
  const { error, output } = await run(program, server)
  if (error !== null) {
    if (/credentials not found/i.test(output)) return null
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw unreadable(path, missing ? `it names ${program}, which is not on PATH` : `${program} failed`, error)
  }
  let answer: Fields
  try {
    answer = fields(JSON.parse(output))
  } catch {
    throw unreadable(path, `${program} answered something other than JSON`)
  }
  const { Username: username, Secret: secret } = answer
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw unreadable(path, `${program} answered without Username and Secret`)
  }
  if (username === '' && secret === '') return null
  return username === TOKEN_USER ? { identityToken: secret } : { username, password: secret }
}

function run(program: string, input: string): Promise<{ error: Error | null; output: string }> {
  return new Promise((resolve) => {
    const options = { timeout: HELPER_MILLISECONDS, maxBuffer: HELPER_BYTES, windowsHide: true }
    const child = execFile(program, ['get'], options, (error, stdout) => resolve({ error, output: stdout }))
    // A helper that ends without reading says why by its exit code.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** A registry may be called as what every object inherits. */
function own(of: Fields, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined
}

function unreadable(path: string, what: string, cause?: unknown): LayerDiffError {
  return new LayerDiffError(
    'CREDENTIALS_UNREADABLE',
    `The credentials in ${escapeText(path)} cannot be used: ${escapeText(what)}. Log in again with docker login, or give registry.credentials.`,
    {},
    cause,
  )
}
