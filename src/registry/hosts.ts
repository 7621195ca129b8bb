// Where a registry answers, and whether it may be asked in the clear.
//
// Takes: a registry's name, and the options. Gives: the address that `/v2/` follows. Plain HTTP is for this machine, and for
// what was named as insecure.

import { LayerDiffError } from '../errors.js'
import type { RegistryOptions } from '../image-types.js'
import { escapeText } from '../text.js'

const HUB = 'docker.io'
/** Docker Hub's name is that of its website. */
const HUB_API = 'registry-1.docker.io'

export interface RegistryAddress {
  /** `https://HOST[/PATH]`, without a slash at its end. */
  readonly base: string
  /** Host and port of what is asked: the mirror's, where there is one. */
  readonly host: string
  /** The name by which credentials are looked up: as in image names. */
  readonly login: string
  /** Whether plain HTTP is allowed there. */
  readonly clear: boolean
}

/** @throws {LayerDiffError} INVALID_ARGUMENT, REGISTRY_INSECURE */
export function addressOf(registry: string, { mirror, insecure }: RegistryOptions): RegistryAddress {
  const api = registry === HUB ? HUB_API : registry
  const allowed = (host: string) => insecure === true || (Array.isArray(insecure) && insecure.includes(host))
  if (mirror === undefined) {
    const clear = isLoopback(new URL(`https://${api}`).hostname) || allowed(registry)
    return { base: `${clear ? 'http' : 'https'}://${api}`, host: api, login: registry, clear }
  }
  const url = parseMirror(mirror.replaceAll('{registry}', api))
  const clear = isLoopback(url.hostname) || allowed(url.host) || allowed(registry)
  if (url.protocol === 'http:' && !clear) {
    throw new LayerDiffError(
      'REGISTRY_INSECURE',
      `The mirror ${escapeText(url.host)} is an http: address, which anybody on the way can read and change. Use https:, or allow it with --insecure (in the API registry.insecure: ['${escapeText(url.host)}']).`,
    )
  }
  return { base: url.href.replace(/\/+$/, ''), host: url.host, login: url.host, clear }
}

function parseMirror(text: string): URL {
  const fault = (what: string, cause?: unknown) =>
    new LayerDiffError(
      'INVALID_ARGUMENT',
      `The mirror (registry.mirror, --mirror) ${what}. Give an address such as https://proxy.example/{registry}.`,
      {},
      cause,
    )
  let url: URL
  try {
    url = new URL(text)
  } catch (cause) {
    throw fault(`is "${escapeText(text)}", which is no complete address`, cause)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw fault('must begin with https:// or http://')
  if (url.username || url.password)
    throw fault('holds a password, which belongs into registry.credentials, or is left by docker login')
  if (url.search || url.hash) throw fault('ends in a query or fragment, and a path is to follow it')
  return url
}

/** Addresses of one's own network or machine: RFC 1918, 6598, 3927, 4193, 4291, and what says nothing at all. */
const INTERNAL = [
  /^(0|10|127)(\.\d+){3}$/,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])(\.\d+){2}$/,
  /^(169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+){2}$/,
  /^\[(::1?|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/,
  /^(.*\.)?localhost\.?$/,
]

/**
 * Whether a URL's hostname, which has been brought into one form, is an address that means something else to everybody: where a
 * caller's own services lie. Names are not looked up.
 */
export function isInternal(hostname: string): boolean {
  // The last 32 bits of an IPv6 address that stands for an IPv4 one.
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname)
  if (mapped) {
    const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)]
    return isInternal([high >> 8, high & 255, low >> 8, low & 255].join('.'))
  }
  return INTERNAL.some((pattern) => pattern.test(hostname))
}

/** Of a URL's hostname, which has been brought into one form. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
