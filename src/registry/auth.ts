// The Authorization header of a registry's requests: none until it asks for one.
//
// Takes: a 401, and credentials. Gives: a header, from the token server that the registry names where it is to be a
// bearer token. Credentials are sent to the registry, and to a token server that can be trusted with them. Spec:
// distribution-spec "Token Authentication" (docs/spec/auth/token.md, oauth.md of github.com/distribution/distribution).

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { type Asked, checkAnswer, readBounded } from './answer.js'
import { type Challenge, parseChallenges } from './challenge.js'
import type { StoredCredentials } from './credentials.js'
import { isInternal, isLoopback, type RegistryAddress } from './hosts.js'
import type { Request, Transport } from './transport.js'

const TOKEN_BYTES = 1 << 20

export class Authenticator {
  /** By scope. What is being fetched is there already, so that layers that are read together fetch it once. */
  private readonly headers = new Map<string, Promise<string>>()
  private credentials: Promise<StoredCredentials | null> | undefined
  private given = false

  constructor(
    private readonly address: RegistryAddress,
    private readonly transport: Transport,
    private readonly find: (registry: string) => Promise<StoredCredentials | null>,
  ) {}

  /** Whether there are credentials, as far as they have been needed. */
  get known(): boolean {
    return this.given
  }

  /** The header for a scope, undefined before the registry asked for one. */
  current(scope: string): Promise<string> | undefined {
    return this.headers.get(scope)
  }

  /**
   * Gets a header that may do where `sent` did not; false where there is none.
   *
   * @throws {LayerDiffError} REGISTRY_DENIED, CREDENTIALS_UNREADABLE, and what a token server's failure is called
   */
  async renew(
    challenge: string | null,
    scope: string,
    sent: Promise<string> | undefined,
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    // Where another request had the same answer, it has seen to it.
    if (this.headers.get(scope) === sent) this.headers.set(scope, this.make(challenge, scope, asked, signal))
    const made = this.headers.get(scope)
    try {
      const header = await made
      return header !== ''
    } catch (error) {
      // The next request tries anew.
      if (this.headers.get(scope) === made) this.headers.delete(scope)
      throw error
    }
  }

  /** Empty where nothing can be sent. */
  private async make(
    header: string | null,
    scope: string,
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    this.credentials ??= this.find(this.address.login)
    const credentials = await this.credentials
    this.given = credentials !== null
    if (credentials !== null && 'token' in credentials) return `Bearer ${credentials.token}`
    if (header === null) {
      // Browsers hide the header unless the registry exposes it; a password can be tried all the same.
      if (credentials !== null && 'username' in credentials) return basic(credentials)
      throw new LayerDiffError(
        'REGISTRY_DENIED',
        `${escapeText(this.address.host)} denies ${escapeText(asked.image)} (401), and does not say how to log in. In a browser it may say so and hide it: the registry must send Access-Control-Expose-Headers: WWW-Authenticate. Else use a proxy (registry.mirror, --mirror), Node, or registry.credentials.`,
      )
    }
    const challenges = parseChallenges(header)
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'))
    if (bearer) return `Bearer ${await this.token(bearer, scope, credentials, asked, signal)}`
    if (challenges.some(({ scheme }) => scheme === 'basic')) {
      return credentials !== null && 'username' in credentials ? basic(credentials) : ''
    }
    throw new LayerDiffError(
      'REGISTRY_DENIED',
      `${escapeText(this.address.host)} wants to be asked by ${escapeText(challenges.map(({ scheme }) => scheme).join(', ') || header.slice(0, 60))}, and only Bearer and Basic are known. Give a token with registry.credentials, or as registrytoken in docker's config.json.`,
    )
  }

  private async token(
    { parameters }: Challenge,
    scope: string,
    credentials: StoredCredentials | null,
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const realm = this.checkRealm(parameters.get('realm') ?? '')
    const fields = new URLSearchParams()
    const service = parameters.get('service')
    if (service) fields.set('service', service)
    fields.set('scope', parameters.get('scope') || scope)
    const request = tokenRequest(realm, fields, credentials, signal)
    const bytes = await this.transport.send(request, async (response) => {
      const { timeout } = this.transport
      const token = { ...asked, root: false, what: 'the token', known: credentials !== null }
      await checkAnswer(response, request.url, token, timeout)
      return readBounded(response, TOKEN_BYTES, timeout)
    })
    const token = bytes === null ? undefined : tokenIn(bytes)
    if (token !== undefined) return token
    throw new LayerDiffError(
      'REGISTRY_ANSWER',
      `${escapeText(realm.host)}, the token server of ${escapeText(this.address.host)}, answered without a token. Try again, or tell its operator.`,
    )
  }

  /** A registry may name any address: what it names must not be read by others, nor be of the network behind the caller. */
  private checkRealm(text: string): URL {
    const registry = escapeText(this.address.host)
    let realm: URL
    try {
      realm = new URL(text)
    } catch (cause) {
      throw new LayerDiffError(
        'REGISTRY_ANSWER',
        `${registry} names "${escapeText(text)}" as its token server, which is no address. Tell its operator.`,
        {},
        cause,
      )
    }
    const mine = new URL(this.address.base)
    const local = isLoopback(realm.hostname)
    const trusted = realm.hostname === mine.hostname || !isInternal(realm.hostname) || this.address.clear
    const safe =
      realm.protocol === 'https:' ||
      (realm.protocol === 'http:' && mine.protocol === 'http:' && (realm.hostname === mine.hostname || local))
    if (trusted && safe && !realm.username && !realm.password) return realm
    throw new LayerDiffError(
      'REGISTRY_DENIED',
      `${registry} names ${escapeText(realm.protocol)}//${escapeText(realm.host)} as its token server, to which no credentials are sent: it must be an https: address of the network, or on the registry's own host. Tell the registry's operator, or give a token with registry.credentials, or as registrytoken in docker's config.json.`,
    )
  }
}

function tokenRequest(
  realm: URL,
  fields: URLSearchParams,
  credentials: StoredCredentials | null,
  signal: AbortSignal | undefined,
): Request {
  if (credentials !== null && 'identityToken' in credentials) {
    fields.set('grant_type', 'refresh_token')
    fields.set('client_id', 'layerdiff')
    fields.set('refresh_token', credentials.identityToken)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { url: realm.href, method: 'POST', headers, body: fields.toString(), signal }
  }
  for (const [name, value] of fields) realm.searchParams.append(name, value)
  const headers: Record<string, string> = {}
  if (credentials !== null && 'username' in credentials) headers.authorization = basic(credentials)
  return { url: realm.href, headers, signal }
}

function tokenIn(bytes: Uint8Array): string | undefined {
  try {
    const { token, access_token: other } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    const found = token || other
    // Anything else could not be sent in a header.
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : undefined
  } catch {
    return undefined
  }
}

function basic({ username, password }: { username: string; password: string }): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`)
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`
}
