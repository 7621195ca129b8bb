// A proxy to registries for pages of this machine: most registries let no page read them (CORS), so the page's own server asks
// in its place. What a deployment does instead is in docs/registry-proxy.md.
//
//   GET /registry/HOST/v2/...  ->  https://HOST/v2/...   (http: on this machine's own)
//
// Takes: requests of the page that it serves, and no other page's. Gives: what the registry answers, streamed. The address of
// a token server in a challenge is led through the proxy as well.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export const PREFIX = '/registry/'

const HOST = /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/i
const LOCAL = /^(localhost|127(\.\d+){3})(:\d+)?$/
const ASKED = ['accept', 'authorization', 'range']
const ANSWERED = [
  ...['content-length', 'content-range', 'content-type', 'docker-content-digest'],
  ...['docker-distribution-api-version', 'retry-after'],
]

/**
 * Answers a request below PREFIX; others are for `next`.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {() => void} next
 */
export async function proxyRegistry(request, response, next) {
  const { method = 'GET', url = '', headers } = request
  if (!url.startsWith(PREFIX)) return next()
  const [, host = '', path = ''] = /^([^/]*)(\/.*)$/.exec(url.slice(PREFIX.length)) ?? []
  // A page of another origin may send requests, and must not make this machine its way into networks.
  const foreign = headers['sec-fetch-site'] !== undefined && headers['sec-fetch-site'] !== 'same-origin'
  if (foreign || !HOST.test(host) || !['GET', 'HEAD'].includes(method)) return end(response, 400, 'No such registry.')
  const ended = new AbortController()
  response.on('close', () => ended.abort())
  try {
    const answer = await fetch(`${LOCAL.test(host) ? 'http' : 'https'}://${host}${path}`, {
      method,
      headers: { ...pick(ASKED, (name) => headers[name]), 'accept-encoding': 'identity' },
      signal: ended.signal,
    })
    const passed = pick(ANSWERED, (name) => answer.headers.get(name) ?? undefined)
    const challenge = answer.headers.get('www-authenticate')
    if (challenge !== null) passed['www-authenticate'] = throughProxy(challenge, `http://${headers.host}`)
    response.writeHead(answer.status, passed)
    if (answer.body === null || method === 'HEAD') response.end()
    else await pipeline(Readable.fromWeb(/** @type {any} */ (answer.body)), response)
  } catch (error) {
    if (ended.signal.aborted) return
    if (response.headersSent) response.destroy()
    else end(response, 502, `${host} cannot be reached: ${error instanceof Error ? (error.cause ?? error) : error}`)
  }
}

/**
 * @param {readonly string[]} names
 * @param {(name: string) => string | string[] | undefined} read
 */
function pick(names, read) {
  /** @type {Record<string, string>} */
  const picked = {}
  for (const name of names) {
    const value = read(name)
    if (typeof value === 'string') picked[name] = value
  }
  return picked
}

/**
 * The challenge with its token server at this proxy.
 * @param {string} challenge
 * @param {string} origin
 */
function throughProxy(challenge, origin) {
  return challenge.replace(/realm="https?:\/\/([^"/]+)(\/[^"]*)?"/i, `realm="${origin}${PREFIX}$1$2"`)
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} words
 */
function end(response, status, words) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${words}\n`)
}
