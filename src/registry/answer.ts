// What registries answer: bodies that are bounded, and refusals as errors that say what to do.
//
// Spec: OCI distribution-spec, "Error Codes".

import { LayerDiffError } from '../errors.js'
import { joined } from '../input/joined.js'
import { escapeText } from '../text.js'
import { within } from './silence.js'
import { discard, hostOf } from './transport.js'

/** Of an error, more is not read; and of its text, more is not shown. */
const ERROR_BYTES = 64 << 10
const LONGEST_QUOTE = 300

/** What was asked for, for the messages. */
export interface Asked {
  /** The image, as people write it. */
  readonly image: string
  /** What of it, as a subject: `The manifest`. */
  readonly what: string
  /** Whether this is the image itself: its absence is the absence of the image. */
  readonly root: boolean
  /** Whether credentials were sent. */
  readonly known: boolean
}

/** A body of up to `limit` bytes; null where it is longer. Its length is counted and not believed. @throws {Silence} */
export async function readBounded(response: Response, limit: number, timeout: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  try {
    while (reader) {
      const { done, value } = await within(reader.read(), timeout)
      if (done) break
      length += value.byteLength
      if (length > limit) return null
      chunks.push(value)
    }
    return joined(chunks, length)
  } finally {
    // Of what came to its end nothing is left to cancel. Not awaited: a server that is silent is so here too.
    reader?.cancel().catch(() => {})
  }
}

/** Throws unless an answer is what was asked for. @throws {LayerDiffError} */
export async function checkAnswer(response: Response, url: string, asked: Asked, timeout: number): Promise<void> {
  const html = isHtml(response)
  if (response.ok && !html) return
  const host = hostOf(url)
  const said = html ? await discard(response) : await errorText(response, timeout)
  const quote = said ? ` It says: ${said}` : ''
  const { status } = response
  const { image, what, known } = asked
  const as = escapeText(image)
  if (status === 401 || status === 403) {
    const todo = known
      ? 'Check that the credentials are right and may pull it.'
      : 'It does not exist, or is private: log in with docker login, or give registry.credentials.'
    throw new LayerDiffError('REGISTRY_DENIED', `${host} denies ${as} (${status}).${quote} ${todo}`)
  }
  if (status === 429) {
    const todo = known ? 'Wait' : 'Wait, or log in, since known users have a higher limit'
    throw new LayerDiffError(
      'REGISTRY_FAILED',
      `${host} refuses ${as}: its rate limit is reached (429).${quote} ${todo}.`,
    )
  }
  if (status >= 500) {
    throw new LayerDiffError('REGISTRY_FAILED', `${host} failed at ${as} (${status}).${quote} Try again later.`)
  }
  if (html) {
    throw new LayerDiffError(
      'REGISTRY_ANSWER',
      `${host} answered HTML: a login page or a proxy stands in the way, or it is no registry. Check the name ${as} and the network.`,
    )
  }
  if (status === 404 && asked.root) {
    const todo = known
      ? ''
      : ' Without credentials a private image looks the same: log in with docker login if it is one.'
    throw new LayerDiffError(
      'IMAGE_NOT_FOUND',
      `${host} has no image ${as}.${quote} Check its name and ${image.includes('@') ? 'digest' : 'tag'}.${todo}`,
    )
  }
  if (status === 404) throw missingBlob(host, as, what, quote)
  throw new LayerDiffError(
    'REGISTRY_ANSWER',
    `${host} answered ${status} when asked for ${as}, which no registry should.${quote} Check that it is one.`,
  )
}

export function missingBlob(host: string, image: string, what: string, quote = ''): LayerDiffError {
  return new LayerDiffError(
    'BLOB_MISSING',
    `${host} lacks a part of ${image}: ${what.replace(/^The/, 'the')}.${quote} The image is incomplete: push it again.`,
  )
}

function isHtml(response: Response): boolean {
  return /^(text\/html|application\/xhtml\+xml)\b/i.test(response.headers.get('content-type') ?? '')
}

/** The codes and messages of an error in the form that the spec has; empty for any other. */
async function errorText(response: Response, timeout: number): Promise<string> {
  // An answer that breaks off says nothing, and its status says enough.
  const bytes = await readBounded(response, ERROR_BYTES, timeout).catch(() => null)
  if (bytes === null) return ''
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(bytes)) as { errors?: unknown }
    const texts = (Array.isArray(errors) ? errors : []).map((error) =>
      [error?.code, error?.message].filter((part) => typeof part === 'string' && part !== '').join(': '),
    )
    const text = escapeText(texts.filter(Boolean).join('; '))
    const shown = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text
    return shown === '' || /[.!?]$/.test(shown) ? shown : `${shown}.`
  } catch {
    return ''
  }
}
