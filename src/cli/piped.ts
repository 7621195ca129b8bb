// What comes through a pipe, which can be read only once, from its start to its end.
//
// Takes: the path of a pipe or a device. Gives: a layer as a stream; of an image, which is read here and there, and of what is to be
// read more than once, a copy in a temporary file.

import { constants, createReadStream, createWriteStream, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { looksLikeImage } from '../image/looks-like.js'
import { LayerDiffError } from '../index.js'
import { unreadable } from '../input/file.node.js'
import { temporaryFolder } from '../input/temporary.node.js'

/** Enough to tell an image by. */
const HEAD_BYTES = 1 << 18

export type Piped =
  | { readonly kind: 'stream'; readonly layer: ReadableStream<Uint8Array>; close(): Promise<void> }
  /** `close` removes the file. */
  | { readonly kind: 'file'; readonly path: string; readonly likelyImage: boolean; close(): Promise<void> }

/**
 * With `again` a layer too is kept in a file, since it will be read more than once.
 *
 * @throws {LayerDiffError} INPUT_UNREADABLE, TEMPORARY_UNWRITABLE
 */
export async function readPipe(path: string, again: boolean): Promise<Piped> {
  const source = opened(path)
  const chunks = chunksOf(source, path)
  try {
    const head: Uint8Array[] = []
    for (let length = 0; length < HEAD_BYTES; ) {
      const { done, value } = await chunks.next()
      if (done) break
      head.push(value)
      length += value.byteLength
    }
    const all = joined(head, chunks)
    const likelyImage = await looksLikeImage(new Blob(head as BlobPart[]))
    if (likelyImage || again) return { kind: 'file', likelyImage, ...(await kept(all, path)) }
    const layer = Readable.toWeb(Readable.from(all)) as ReadableStream<Uint8Array>
    return { kind: 'stream', layer, close: async () => void source.destroy() }
  } catch (error) {
    source.destroy()
    throw error
  }
}

/**
 * The event loop waits for a pipe: a thread that did could not be stopped, and the process would not end when it is told to. Other
 * systems than Linux take a pipe that nobody writes to yet for one that has ended.
 */
function opened(path: string): Readable {
  try {
    if (process.platform !== 'linux' || !statSync(path).isFIFO()) return createReadStream(path)
    return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false })
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function* chunksOf(source: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* source
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function* joined(head: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head
  yield* rest
}

async function kept(chunks: AsyncIterable<Uint8Array>, from: string) {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'archive.tar')
  try {
    await pipeline(chunks, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  } catch (cause) {
    await folder.remove()
    if (cause instanceof LayerDiffError) throw cause
    throw new LayerDiffError(
      'TEMPORARY_UNWRITABLE',
      `What comes from ${from} could not be kept in ${tmpdir()}: ${(cause as Error).message}. Set TMPDIR to a folder with room, or save it to a file and give that.`,
      {},
      cause,
    )
  }
  return { path, close: () => folder.remove() }
}
