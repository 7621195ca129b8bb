// A blob as a stream that outlives its connections.
//
// Takes: what opens the blob at an offset. Gives: one stream of its bytes: where a connection is cut, the next one goes on
// from there, as where nothing comes while somebody waits. It ends with the last byte and not before, and holds no more than
// one chunk. Spec: RFC 9110, 14.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { formatWait, Silence, within } from './silence.js'
import { discard, SILENCE_ADVICE } from './transport.js'

/** A connection that brought this much was a good one: the attempts are counted anew. */
const PROGRESS_BYTES = 1 << 20

export interface BlobStreamSource {
  readonly size: number
  /** What messages call it, and where it comes from. */
  readonly what: string
  readonly host: string
  /** How often it is opened anew without progress in between. */
  readonly retries: number
  /** Milliseconds that a chunk is waited for. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  open(offset: number, signal: AbortSignal): Promise<Response>
  pause(attempt: number, signal: AbortSignal): Promise<void>
}

/** Errors of the stream: what `open` throws, REGISTRY_UNREACHABLE, REGISTRY_ANSWER, SIZE_MISMATCH; or the signal's reason. */
export function blobStream(source: BlobStreamSource): ReadableStream<Uint8Array> {
  const controller = new AbortController()
  const abort = () => controller.abort(source.signal?.reason)
  const finish = () => source.signal?.removeEventListener('abort', abort)
  const chunks = blobChunks(source, controller.signal)
  return new ReadableStream<Uint8Array>(
    {
      start() {
        if (source.signal?.aborted) abort()
        source.signal?.addEventListener('abort', abort, { once: true })
      },
      async pull(stream) {
        try {
          const { done, value } = await chunks.next()
          if (!done) return stream.enqueue(value)
          finish()
          stream.close()
        } catch (error) {
          finish()
          throw error
        }
      },
      cancel(reason) {
        finish()
        controller.abort(reason)
      },
    },
    // Nothing is asked for before somebody reads.
    { highWaterMark: 0 },
  )
}

async function* blobChunks(source: BlobStreamSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const { size, what, host } = source
  let offset = 0
  let attempt = 0
  let mark = 0
  do {
    const response = await source.open(offset, signal)
    let skip = await skipOf(response, offset, source)
    const reader = response.body?.getReader()
    const release = () => void reader?.cancel().catch(() => {})
    signal.addEventListener('abort', release, { once: true })
    let cause: unknown
    try {
      signal.throwIfAborted()
      while (reader) {
        const { done, value } = await within(reader.read(), source.timeout)
        signal.throwIfAborted()
        if (done) break
        const chunk = value.subarray(Math.min(skip, value.byteLength))
        skip -= value.byteLength - chunk.byteLength
        if (chunk.byteLength === 0) continue
        offset += chunk.byteLength
        if (offset > size) throw tooLong(what, host, size)
        yield chunk
      }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof LayerDiffError) throw error
      cause = error
    } finally {
      signal.removeEventListener('abort', release)
      release()
    }
    if (offset >= size) return
    if (offset - mark >= PROGRESS_BYTES) {
      mark = offset
      attempt = 0
    }
    if (attempt >= source.retries) throw brokeOff(source, offset, cause)
    await source.pause(attempt++, signal)
  } while (offset < size)
}

/** How many bytes of an answer have been had already. */
async function skipOf(response: Response, offset: number, { size, what, host }: BlobStreamSource): Promise<number> {
  // A whole answer, where a part was asked for, is allowed.
  if (response.status === 200) return offset
  const said = response.headers.get('content-range')
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(said?.trim() ?? '') ?? []
  // Browsers hide the header unless the registry exposes it; the length is always to be seen.
  const hidden = said === null && Number(response.headers.get('content-length')) === size - offset
  const right = Number(start) === offset && (total === '*' || Number(total) === size)
  if (response.status === 206 && offset > 0 && (right || hidden)) return 0
  await discard(response)
  throw new LayerDiffError(
    'REGISTRY_ANSWER',
    `${host} was asked for ${what} from byte ${offset} of ${size}, and answered ${response.status} with ${said === null ? 'no range' : `"${escapeText(said)}"`}. Try again, or tell its operator.`,
  )
}

function tooLong(what: string, host: string, size: number): LayerDiffError {
  return new LayerDiffError(
    'SIZE_MISMATCH',
    `${what} should have ${size} bytes, and ${host} sends more. It was damaged or changed: get the image again from its source.`,
  )
}

function brokeOff({ what, host, size }: BlobStreamSource, offset: number, cause: unknown): LayerDiffError {
  if (cause instanceof Silence) {
    return new LayerDiffError(
      'REGISTRY_UNREACHABLE',
      `${host} kept silent for ${formatWait(cause.milliseconds)} at byte ${offset} of ${size} of ${what}, again and again. ${SILENCE_ADVICE}`,
      { offset },
      cause,
    )
  }
  return new LayerDiffError(
    'REGISTRY_UNREACHABLE',
    `${host} broke off ${what} at byte ${offset} of ${size}, again and again. Check the network and try again; a program may raise registry.retries.`,
    { offset },
    cause,
  )
}
