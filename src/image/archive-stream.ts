// An archive that passes by once: its members in order, each to be read before the next.
//
// Takes: chunks. Gives: members, those that are plain files with their content as a stream. Nothing is kept but the chunk
// at hand, and no chunk is asked for before the one before it is used up. What of a content is not read is passed over.

import type { Limits } from '../engine-types.js'
import { joined } from '../input/joined.js'
import { type ArchiveBytes, type TarMember, tarMembers, truncated } from './tar-members.js'

export interface StreamedFile {
  readonly name: string
  readonly kind: 'file'
  readonly size: number
  /** Its first bytes, as many as asked for where there are so many; they stay part of the content. */
  head(length: number): Promise<Uint8Array>
  /** Its content. Good until the next member is asked for, and only once. */
  stream(): ReadableStream<Uint8Array>
}

export type StreamedMember = StreamedFile | Exclude<TarMember, { kind: 'file' }>

/** @throws {LayerDiffError} TAR_TRUNCATED, and what else a tar's damage is called; and what the chunks throw */
export async function* streamMembers(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  limits: Limits,
): AsyncGenerator<StreamedMember> {
  const bytes = new PassingBytes(label, chunks[Symbol.asyncIterator]())
  try {
    for await (const member of tarMembers(bytes, limits)) {
      if (member.kind !== 'file') {
        yield member
        continue
      }
      const content = new Content(member.name, bytes, member.end)
      yield content
      await content.pass()
    }
  } finally {
    await bytes.stop()
  }
}

class Content implements StreamedFile {
  readonly kind = 'file'
  readonly size: number
  private pulling: Promise<void> = Promise.resolve()

  constructor(
    readonly name: string,
    private readonly bytes: PassingBytes,
    private readonly end: number,
  ) {
    this.size = end - bytes.position
  }

  head(length: number): Promise<Uint8Array> {
    return this.bytes.peek(Math.min(length, this.left))
  }

  stream(): ReadableStream<Uint8Array> {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (this.left > 0) controller.enqueue(await this.take())
      if (this.left <= 0) controller.close()
    }
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const pulling = pull(controller)
          this.pulling = pulling.catch(() => {})
          return pulling
        },
      },
      // Nothing is read ahead: what lies behind the end is the next member's.
      { highWaterMark: 0 },
    )
  }

  /** Goes to its end, whoever stopped reading it where. */
  async pass(): Promise<void> {
    await this.pulling
    while (this.left > 0) await this.take()
  }

  private get left(): number {
    return this.end - this.bytes.position
  }

  private async take(): Promise<Uint8Array> {
    const chunk = await this.bytes.take(this.left)
    if (chunk.byteLength === 0) throw truncated(this.bytes, this.bytes.position, this.name)
    return chunk
  }
}

class PassingBytes implements ArchiveBytes {
  readonly size = Number.POSITIVE_INFINITY
  /** How many have passed. */
  position = 0
  private held: Uint8Array = new Uint8Array(0)
  private ended = false
  private failure: { readonly cause: unknown } | null = null

  constructor(
    readonly label: string,
    private readonly chunks: AsyncIterator<Uint8Array>,
  ) {}

  async at(offset: number, length: number): Promise<Uint8Array> {
    // Of the padding behind the last member nothing need be there.
    while (this.position < offset) {
      if ((await this.take(offset - this.position)).byteLength === 0) break
    }
    const bytes = (await this.peek(length)).slice()
    this.advance(bytes.byteLength)
    return bytes
  }

  /** The next bytes, fewer only at the end. */
  async peek(length: number): Promise<Uint8Array> {
    const parts = [this.held]
    let have = this.held.byteLength
    while (have < length) {
      const chunk = await this.next()
      if (chunk === null) break
      parts.push(chunk)
      have += chunk.byteLength
    }
    if (parts.length > 1) this.held = joined(parts, have)
    return this.held.subarray(0, length)
  }

  /** Some of the next bytes; none at the end. */
  async take(most: number): Promise<Uint8Array> {
    while (this.held.byteLength === 0) {
      const chunk = await this.next()
      if (chunk === null) break
      this.held = chunk
    }
    const taken = this.held.subarray(0, most)
    this.advance(taken.byteLength)
    return taken
  }

  async stop(): Promise<void> {
    this.ended = true
    await this.chunks.return?.()
  }

  private advance(by: number): void {
    this.held = this.held.subarray(by)
    this.position += by
  }

  private async next(): Promise<Uint8Array | null> {
    // Whoever reads on after a failure hears of it too.
    if (this.failure) throw this.failure.cause
    if (this.ended) return null
    try {
      const { done, value } = await this.chunks.next()
      if (!done) return value
      this.ended = true
      return null
    } catch (cause) {
      this.failure = { cause }
      throw cause
    }
  }
}
