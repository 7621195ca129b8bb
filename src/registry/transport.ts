// One request to a registry: sent again while that may help, and nowhere but where it should go.
//
// Takes: an address, and what reads the answer. Gives: what that made of it. What may pass by itself (a cut connection, 429,
// 500, 502, 503, 504, silence) is tried again with growing pauses. Redirects are followed one by one in Node, and looked at before
// (redirects.ts); browsers follow by themselves, keep pages from what is not theirs, and take the Authorization header along to
// no other origin, as is done here.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import type { RegistryOptions } from '../image-types.js'
import { escapeText } from '../text.js'
import { checkRedirect, isRedirect, nextAddress } from './redirects.js'
import { formatWait, resolveTimeout, Silence, within } from './silence.js'

const DEFAULT_RETRIES = 4
/** Pauses double from the first one on, milliseconds. */
const FIRST_PAUSE = 250
/** However long a registry asks to wait. */
const LONGEST_PAUSE = 60_000

const PASSING: readonly number[] = [429, 500, 502, 503, 504]

/** What passes between attempts, so that tests need not wait. */
export interface Clock {
  now(): number
  /** From 0 to below 1. */
  random(): number
  /** Rejects with the signal's reason. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>
}

export interface Request {
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal | undefined
}

export class Transport {
  readonly retries: number
  /** Milliseconds that a server may keep silent, for who reads its answers. */
  readonly timeout: number
  readonly clock: Clock
  private readonly fetch: typeof fetch
  /** Origins that have answered: a failure there is none of CORS. */
  private readonly reached = new Set<string>()

  constructor(
    private readonly options: Pick<RegistryOptions, 'retries' | 'timeout' | 'fetch' | 'insecure'>,
    clock: Clock = systemClock,
  ) {
    const { retries = DEFAULT_RETRIES } = options
    if (!Number.isSafeInteger(retries) || retries < 0) {
      throw new LayerDiffError('INVALID_ARGUMENT', `registry.retries must be a whole number from 0 on, not ${retries}.`)
    }
    this.retries = retries
    this.timeout = resolveTimeout(options.timeout)
    this.clock = clock
    // Looked up late: a page may replace the global one.
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  /**
   * Sends a request, and again. The last answer counts, whatever its status; `read` gets it and is part of the attempt. A
   * body that is read later does not end with the signal: who reads it sees to that.
   *
   * @throws {LayerDiffError} REGISTRY_UNREACHABLE, REGISTRY_INSECURE, and what `read` throws; or the signal's reason
   */
  async send<T>(request: Request, read: (response: Response) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      let wait: number | null = null
      const abortion = followed(request.signal)
      try {
        const response = await this.once(request, abortion.controller)
        if (attempt >= this.retries || !PASSING.includes(response.status)) return await read(response)
        wait = retryAfter(response, this.clock.now())
        await discard(response)
      } catch (error) {
        request.signal?.throwIfAborted()
        if (error instanceof LayerDiffError) throw error
        const origin = new URL(request.url).origin
        if (attempt >= this.mostRetries(error, origin)) throw unreachable(request.url, error, this.reached.has(origin))
      } finally {
        abortion.unfollow()
      }
      await this.pause(attempt, request.signal, wait)
    }
  }

  /** Grows with the attempts, and differs between callers that failed together. */
  async pause(attempt: number, signal: AbortSignal | undefined, wait: number | null = null): Promise<void> {
    const own = FIRST_PAUSE * 2 ** attempt * (0.75 + this.clock.random() / 2)
    await this.clock.sleep(Math.min(wait ?? own, LONGEST_PAUSE), signal)
  }

  private async once(request: Request, controller: AbortController): Promise<Response> {
    const { url } = request
    request.signal?.throwIfAborted()
    let response = await this.hop(request, controller)
    this.reached.add(new URL(url).origin)
    // A body would go along to the other host, unlike a header.
    for (let at = url, count = 0; isRedirect(response) && request.body === undefined; count++) {
      await discard(response)
      const next = nextAddress(response, at, count)
      checkRedirect(url, next, this.options)
      const { authorization: _, ...others } = request.headers
      const headers = new URL(next).origin === new URL(url).origin ? request.headers : others
      response = await this.hop({ ...request, url: next, headers }, controller)
      at = next
    }
    // A browser has followed by itself, or a caller's fetch.
    if (response.redirected) {
      try {
        checkRedirect(url, response.url, this.options)
      } catch (error) {
        await discard(response)
        throw error
      }
    }
    return response
  }

  private async hop(request: Request, controller: AbortController): Promise<Response> {
    const { url, method = 'GET', headers, body } = request
    const answer = this.fetch(url, {
      method,
      headers,
      body,
      signal: controller.signal,
      redirect: body !== undefined ? 'error' : platform.showsRedirects ? 'manual' : 'follow',
      credentials: 'omit',
    })
    return within(answer, this.timeout).catch((error) => {
      if (error instanceof Silence) {
        controller.abort(error)
        // A caller's fetch may not heed that.
        answer.then(discard, () => {})
      }
      throw error
    })
  }

  /** A browser says no reason; before the first answer it is CORS, most likely, which does not pass. */
  private mostRetries(error: unknown, origin: string): number {
    if (error instanceof Silence) return this.retries
    if (isBlocked(error)) return 0
    const code = codeOf(error)
    if (code === undefined && !this.reached.has(origin)) return Math.min(this.retries, 1)
    return code !== undefined && LASTING.test(code) ? 0 : this.retries
  }
}

/** Reasons of Node's that the next attempt would meet again: names that do not exist, and faults of certificates. */
const LASTING = /^(ENOTFOUND|EPROTO|ERR_SSL_|ERR_TLS_|ERR_INVALID|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/
/** What TLS says when plain HTTP answers. */
const NO_TLS = /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE))$/

function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (typeof cause !== 'object' || cause === null) return undefined
  if ('code' in cause && typeof cause.code === 'string') return cause.code
  // Several addresses of a name that failed, each for its reason.
  const [first] = cause instanceof AggregateError ? cause.errors : []
  return first?.code ?? 'UNKNOWN'
}

/** Node's word for the ports of other protocols. Spec: Fetch, 2.9 "Port blocking". */
function isBlocked(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port'
}

function unreachable(url: string, error: unknown, reached: boolean): LayerDiffError {
  const host = hostOf(url)
  if (error instanceof Silence) {
    return new LayerDiffError(
      'REGISTRY_UNREACHABLE',
      `${host} kept silent for ${formatWait(error.milliseconds)}, again and again. ${SILENCE_ADVICE}`,
      {},
      error,
    )
  }
  if (isBlocked(error)) {
    return new LayerDiffError(
      'REGISTRY_UNREACHABLE',
      `${host} is not asked: its port belongs to another protocol, and fetch connects to none of those, in browsers and in Node. Let the registry listen on another port, or reach it through one (registry.mirror, --mirror).`,
      {},
      error,
    )
  }
  const code = codeOf(error)
  if (code === undefined && !reached) {
    return new LayerDiffError(
      'REGISTRY_UNREACHABLE',
      `${host} cannot be read, and the browser does not say why. Most likely the registry sends no CORS headers for this page, as most do not: go through a proxy that sends them (registry.mirror), or use Node. Else it is not reachable at all.`,
      {},
      error,
    )
  }
  if (code !== undefined && NO_TLS.test(code) && url.startsWith('https:')) {
    return new LayerDiffError(
      'REGISTRY_INSECURE',
      `${host} speaks plain http:, and https: was asked for. If you trust the way to it, allow it with --insecure (in the API registry.insecure: ['${host}']).`,
      {},
      error,
    )
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason = (cause instanceof Error && cause.message) || code || String(error)
  return new LayerDiffError(
    'REGISTRY_UNREACHABLE',
    `${host} cannot be reached: ${escapeText(reason)}. Check the name and the network, and try again.`,
    {},
    error,
  )
}

/** What to do about a server that keeps silent. */
export const SILENCE_ADVICE =
  'Check the network, try again later, or wait longer with --timeout (in the API registry.timeout).'

/** Host and port, for messages. */
export function hostOf(url: string): string {
  return escapeText(new URL(url).host)
}

/** Milliseconds that an answer asks to wait, null where it does not. Spec: RFC 9110, 10.2.3. */
function retryAfter(response: Response, now: number): number | null {
  const text = response.headers.get('retry-after')?.trim()
  if (!text) return null
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/** A controller that aborts with a signal until it need not. AbortSignal.any() is younger than the browsers that are meant. */
function followed(signal: AbortSignal | undefined): { controller: AbortController; unfollow: () => void } {
  const controller = new AbortController()
  const abort = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  return { controller, unfollow: () => signal?.removeEventListener('abort', abort) }
}

/** Lets go of a body that nobody reads, so that its connection does not hang about. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const done = () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      if (signal?.aborted) stop()
      else signal?.addEventListener('abort', stop, { once: true })
    }),
}
