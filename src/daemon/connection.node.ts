// A container engine, asked over its HTTP API: Docker's, or what Podman offers in its place.
//
// Takes: names of an image. Gives: the archive that the engine makes of it, as it comes. Spec: Docker Engine API,
// `GET /_ping` and `GET /images/{name}/get`. The paths have no version: engines refuse versions that are too old for them
// or too new, and these calls have been the same in all.

import { type IncomingMessage, request } from 'node:http'
import { LayerDiffError } from '../errors.js'
import type { ImagePlatform } from '../image-types.js'
import { escapeText } from '../text.js'
import { type Endpoint, findEndpoints, type Surroundings, surroundings } from './endpoints.node.js'
import type { Transfer, TransferRequest } from './transfer.js'

/** For an engine to say that it is there, or what is wrong. How long it takes to make an archive, nobody knows. */
const PING_MILLISECONDS = 10_000

/** More of an engine's message is not read. */
const MOST_MESSAGE_BYTES = 64 << 10

/** @throws {LayerDiffError} DAEMON_UNREACHABLE, IMAGE_NOT_FOUND, DAEMON_FAILED; or the signal's reason */
export async function requestImage(
  { names, platform, signal }: TransferRequest,
  from: Surroundings = surroundings(),
  patience = PING_MILLISECONDS,
): Promise<Transfer> {
  const endpoint = await findEngine(await findEndpoints(from), patience, signal)
  let refused: LayerDiffError | null = null
  for (const name of names) {
    const answer = await ask(endpoint, pathOf(name, platform), signal).catch((cause) => {
      signal?.throwIfAborted()
      throw silent(endpoint, cause)
    })
    if (answer.statusCode === 200) {
      refuseWebPage(endpoint, answer)
      return { engine: endpoint.address, chunks: chunksOf(endpoint, answer, signal) }
    }
    const message = await messageOf(answer, patience)
    signal?.throwIfAborted()
    if (!isMissing(answer, message)) throw failed(endpoint, answer, message)
    refused ??= missing(endpoint, names[0], platform, message)
  }
  throw refused
}

/** The first that answers. */
async function findEngine(
  endpoints: readonly Endpoint[],
  patience: number,
  signal: AbortSignal | undefined,
): Promise<Endpoint> {
  const tried: string[] = []
  let denied: Endpoint | null = null
  for (const endpoint of endpoints) {
    try {
      const answer = await ask(endpoint, '/_ping', signal, patience)
      answer.destroy()
      return endpoint
    } catch (error) {
      signal?.throwIfAborted()
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM') denied ??= endpoint
      tried.push(`${escapeText(endpoint.address)} (${REASONS[code ?? ''] ?? escapeText(message)})`)
    }
  }
  const remedy = denied
    ? `You may not use ${escapeText(denied.address)}: add yourself to its group, most likely with \`sudo usermod -aG docker $USER\` and a new login, or run this with sudo.`
    : 'Start Docker, or Podman with `podman system service --time 0`, or set DOCKER_HOST to where an engine listens.'
  throw new LayerDiffError('DAEMON_UNREACHABLE', `No container engine answers. Tried: ${tried.join(', ')}. ${remedy}`)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there',
  ENOTDIR: 'nothing there',
  ECONNREFUSED: 'nobody listens',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'no answer',
}

function ask(
  { connect }: Endpoint,
  path: string,
  signal: AbortSignal | undefined,
  milliseconds?: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // A connection of its own: what is not read to its end must not be used again.
    const asking = request({ ...connect, path, agent: false, headers: { 'user-agent': 'layerdiff' }, signal })
    const timer =
      milliseconds === undefined
        ? undefined
        : setTimeout(() => asking.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), milliseconds)
    const settle = () => clearTimeout(timer)
    asking.on('socket', (socket) => socket.setKeepAlive(true, 30_000))
    asking.on('response', (answer) => {
      settle()
      // Whoever reads it hears of it; of one that nobody reads any more nobody need hear.
      answer.on('error', () => {})
      resolve(answer)
    })
    asking.on('error', (error) => {
      settle()
      reject(signal?.aborted ? signal.reason : error)
    })
    asking.end()
  })
}

function pathOf(name: string, platform: ImagePlatform | null): string {
  // Slashes, colons and the sign before a digest stand for themselves, as in docker's own clients.
  const path = encodeURIComponent(name).replace(/%(2F|3A|40)/g, decodeURIComponent)
  if (platform === null) return `/images/${path}/get`
  const { os, architecture, variant } = platform
  // Engines that know of platforms pick that one, all others pass over it, and it is looked at again when it has come.
  const wanted = JSON.stringify({ os, architecture, ...(variant !== null && { variant }) })
  return `/images/${path}/get?platform=${encodeURIComponent(wanted)}`
}

async function* chunksOf(
  { address }: Endpoint,
  answer: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of answer) {
      bytes += (chunk as Uint8Array).byteLength
      yield chunk as Uint8Array
    }
  } catch (cause) {
    signal?.throwIfAborted()
    throw new LayerDiffError(
      'TAR_TRUNCATED',
      `The container engine at ${escapeText(address)} broke off after ${bytes} bytes of the image. Look into its log, with \`journalctl -u docker\` or \`podman system service --log-level debug\`, and try again.`,
      { offset: bytes },
      cause,
    )
  } finally {
    answer.destroy()
  }
}

/** The engine's own words, which come as JSON; else whatever it sent, else the status. */
async function messageOf(answer: IncomingMessage, patience: number): Promise<string> {
  answer.setTimeout(patience, () => answer.destroy())
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of answer) {
      parts.push(chunk as Buffer)
      bytes += (chunk as Buffer).byteLength
      if (bytes > MOST_MESSAGE_BYTES) break
    }
  } catch {
    // What has come has to do.
  }
  const text = Buffer.concat(parts).toString('utf8').slice(0, MOST_MESSAGE_BYTES)
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string') return message.slice(0, MOST_SHOWN)
  } catch {
    // No JSON.
  }
  return isWebPage(answer) ? '' : text.trim().slice(0, MOST_SHOWN)
}

const MOST_SHOWN = 500

/** Some versions of Podman answer 500 for an image that is not there. */
function isMissing({ statusCode }: IncomingMessage, message: string): boolean {
  return statusCode === 404 || (statusCode === 500 && /no such image|image not known/i.test(message))
}

function missing({ address }: Endpoint, name: string, platform: ImagePlatform | null, message: string): LayerDiffError {
  const shown = escapeText(name)
  if (platform !== null && /\bplatform\b/.test(message)) {
    return new LayerDiffError(
      'IMAGE_PLATFORM_MISSING',
      `The container engine at ${escapeText(address)} has no "${shown}" of that platform${said(message)}. Pull it with \`docker pull --platform\`, or ask for another one.`,
    )
  }
  // An ID, unlike a name, has no tag, and nothing can be pulled by it.
  const pull = /[:@]/.test(shown) ? `Pull it, \`docker pull ${shown}\`, or see` : 'See'
  return new LayerDiffError(
    'IMAGE_NOT_FOUND',
    `The container engine at ${escapeText(address)} has no image "${shown}"${said(message)}. ${pull} \`docker images\` for what is there.`,
  )
}

function failed({ address }: Endpoint, { statusCode, statusMessage }: IncomingMessage, message: string) {
  const status = `${statusCode} ${escapeText(statusMessage ?? '')}`.trim()
  return new LayerDiffError(
    'DAEMON_FAILED',
    `The container engine at ${escapeText(address)} answered ${status}${said(message)}. See whether \`docker save\` works, and look into the engine's log.`,
  )
}

/** It was there a moment ago. */
function silent({ address }: Endpoint, cause: Error): LayerDiffError {
  return new LayerDiffError(
    'DAEMON_FAILED',
    `The container engine at ${escapeText(address)} gave no answer when it was asked for the image (${escapeText(cause.message)}). See whether it still runs, and look into its log.`,
    {},
    cause,
  )
}

function said(message: string): string {
  return message === '' ? '' : `: ${escapeText(message).replace(/\.$/, '')}`
}

function isWebPage({ headers }: IncomingMessage): boolean {
  return /^text\/html\b/i.test(headers['content-type'] ?? '')
}

function refuseWebPage({ address }: Endpoint, answer: IncomingMessage): void {
  if (!isWebPage(answer)) return
  answer.destroy()
  throw new LayerDiffError(
    'DAEMON_FAILED',
    `${escapeText(address)} answered with a web page, and so is no container engine. Set DOCKER_HOST to where one listens.`,
  )
}
