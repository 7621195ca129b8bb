// A whole archive that is compressed: decompressed once, to where it can be read anywhere.
//
// Takes: the compressed bytes. Gives: a temporary file in Node, a Blob in browsers. All as a stream.

import { platform } from '#platform'
import type { Limits } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import type { KeptBytes } from './kept.js'
import { chunksOf, type RandomAccess } from './random-access.js'

/** The growth limit does not count below. */
const FREE_BYTES = 2 ** 30
/** A zstd block of 4 bytes may hold 128 KiB, and one write gives all its output at once: 128 MiB at most. */
const ZSTD_PIECE_BYTES = 4096

/** @throws {LayerDiffError} what the compression's damage is called, LIMIT_EXPANSION, LIMIT_LAYER_BYTES */
export function decompressed(
  source: RandomAccess,
  compression: 'gzip' | 'zstd',
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<KeptBytes> {
  const chunks = chunksOf(source, signal)
  const output = compression === 'gzip' ? platform.gunzip(chunks) : unzstd(chunks)
  return platform.keep(bounded(output, source.size, limits))
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = await platform.openZstd()
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += ZSTD_PIECE_BYTES) {
      const outputs: Uint8Array[] = []
      decoder.write(chunk.subarray(at, at + ZSTD_PIECE_BYTES), (output) => outputs.push(output.slice()))
      yield* outputs
    }
  }
  decoder.end()
}

async function* bounded(chunks: AsyncIterable<Uint8Array>, size: number, limits: Limits): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > limits.layerBytes) {
      throw new LayerDiffError(
        'LIMIT_LAYER_BYTES',
        `The archive decompresses to more than ${limits.layerBytes} bytes. If you trust it, raise it with --limit layerBytes=SIZE (in the API limits.layerBytes).`,
      )
    }
    if (bytes > FREE_BYTES && bytes / size > limits.expansion) {
      throw new LayerDiffError(
        'LIMIT_EXPANSION',
        `The archive decompresses to more than ${limits.expansion} times its size. If you trust it, raise it with --limit expansion=N (in the API limits.expansion).`,
      )
    }
    yield chunk
  }
}
