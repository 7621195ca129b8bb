// Where container engines are to be looked for.
//
// Takes: the environment and docker's own configuration. Gives: addresses, the first choice first. As docker's command line
// has it: DOCKER_HOST, else the context (DOCKER_CONTEXT, else the current one), else the usual sockets, of which docker
// knows one, and Docker Desktop, Podman, Colima and Rancher Desktop have their own.

import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'

/** Where docker listens when it is told to listen on TCP and nothing else. */
const DOCKER_PORT = 2375

export interface Endpoint {
  /** As DOCKER_HOST would say it. */
  readonly address: string
  /** How `node:http` connects to it. */
  readonly connect: { readonly socketPath: string } | { readonly host: string; readonly port: number }
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly windows: boolean
}

export function surroundings(): Surroundings {
  return { env: process.env, home: homedir(), windows: process.platform === 'win32' }
}

/** @throws {LayerDiffError} DAEMON_UNREACHABLE for addresses that cannot be used from here */
export async function findEndpoints(from: Surroundings): Promise<readonly Endpoint[]> {
  const { env } = from
  const secured = Boolean(env.DOCKER_TLS_VERIFY)
  if (env.DOCKER_HOST) return [parseAddress(env.DOCKER_HOST, 'DOCKER_HOST', secured)]
  const context = await contextEndpoint(from)
  if (context !== null) return [context]
  return usualSockets(from).map((socketPath) => ({ address: addressOf(socketPath), connect: { socketPath } }))
}

function usualSockets({ env, home, windows }: Surroundings): string[] {
  if (windows) return ['//./pipe/docker_engine']
  return [
    '/var/run/docker.sock',
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
    join(home, '.docker/run/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.rd/docker.sock'),
  ]
}

function addressOf(socketPath: string): string {
  return socketPath.startsWith('//./pipe/') ? `npipe://${socketPath}` : `unix://${socketPath}`
}

/** @param origin what said so, for messages; @param secured whether TLS is asked for */
export function parseAddress(address: string, origin: string, secured: boolean): Endpoint {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/s.exec(address) ?? []
  if ((scheme === 'unix' || scheme === 'npipe') && rest) return { address, connect: { socketPath: rest } }
  if (scheme === 'ssh') {
    throw unusable(
      address,
      origin,
      `is reached over ssh, which layerdiff does not speak. Forward its socket, \`ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ${escapeText(rest ?? '')}\`, and set DOCKER_HOST=unix:///tmp/docker.sock.`,
    )
  }
  if (scheme === 'https' || (scheme === 'tcp' && secured)) {
    throw unusable(
      address,
      origin,
      'is reached with TLS, which layerdiff does not use. Give it the socket of an engine, or save the image with `docker save` and give the file.',
    )
  }
  const url = scheme === 'tcp' || scheme === 'http' ? parseUrl(`http://${rest}`) : null
  if (url === null || url.hostname === '') {
    throw unusable(address, origin, 'is no address of a container engine. Write unix:///PATH or tcp://HOST:PORT.')
  }
  const port = /:80\/?$/.test(address) ? 80 : Number(url.port) || DOCKER_PORT
  return { address, connect: { host: url.hostname.replace(/^\[|\]$/g, ''), port } }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

function unusable(address: string, origin: string, why: string): LayerDiffError {
  return new LayerDiffError('DAEMON_UNREACHABLE', `${escapeText(address)}, as ${origin} says, ${why}`)
}

/** What `docker context use` chose; null for the default. Spec: docker/cli's cli/context/store. */
async function contextEndpoint({ env, home }: Surroundings): Promise<Endpoint | null> {
  const folder = env.DOCKER_CONFIG || join(home, '.docker')
  const name = env.DOCKER_CONTEXT || textAt(await readJson(join(folder, 'config.json')), 'currentContext')
  if (!name || name === 'default') return null
  const id = createHash('sha256').update(name).digest('hex')
  const origin = `docker's context "${escapeText(name)}"`
  const meta = await readJson(join(folder, 'contexts/meta', id, 'meta.json'))
  const address = textAt(meta, 'Endpoints', 'docker', 'Host')
  if (!address) {
    throw new LayerDiffError(
      'DAEMON_UNREACHABLE',
      `${origin} is chosen, and says nowhere where its engine is. See \`docker context ls\`, or set DOCKER_HOST.`,
    )
  }
  const secured = await stat(join(folder, 'contexts/tls', id)).then(
    () => true,
    () => false,
  )
  return parseAddress(address, origin, secured)
}

/** Null for what is missing or no JSON: docker goes on without it too. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}

function textAt(json: unknown, ...keys: string[]): string | undefined {
  let value = json
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return typeof value === 'string' ? value : undefined
}
