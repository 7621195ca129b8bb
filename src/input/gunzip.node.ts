// gzip in Node: zlib takes every member of the stream, and zeros after the last.

import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { LayerDiffError } from '../errors.js'

/** zlib's default of 16 KiB halves its speed. */
const CHUNK_BYTES = 1 << 18

/** @throws {LayerDiffError} GZIP_CORRUPT, GZIP_TRUNCATED, GZIP_CHECKSUM */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks)
  const decoder = createGunzip({ chunkSize: CHUNK_BYTES })
  // pipe() passes no errors on.
  source.on('error', (error) => decoder.destroy(error))
  try {
    yield* source.pipe(decoder) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw describe(cause)
  } finally {
    source.destroy()
  }
}

function describe(cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') {
    return new LayerDiffError(
      'GZIP_TRUNCATED',
      'The gzip stream of the archive ends too early. It was cut off: export or download it again.',
      {},
      cause,
    )
  }
  if (!code?.startsWith('Z_')) return cause
  const checksum = message === 'incorrect data check' || message === 'incorrect length check'
  return new LayerDiffError(
    checksum ? 'GZIP_CHECKSUM' : 'GZIP_CORRUPT',
    `The gzip stream of the archive is damaged (${message}). Export or download it again.`,
    {},
    cause,
  )
}
