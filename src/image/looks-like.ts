// Whether a file may be an image, told by the first name in it: a whole archive is opened only where that is likely, since
// one that is compressed must be decompressed for it.

import { platform } from '#platform'
import { compressionOf } from '../input/compression.js'
import { blobAccess } from '../input/random-access.js'

/** Enough for the first header, whatever the compression: a block of zstd is 128 KiB at most, and a header with it. */
const HEAD_BYTES = 1 << 18
const ZSTD_PIECE_BYTES = 1 << 12

// What docker, podman, buildah, skopeo, kaniko and crane write first: a layout's files, or a config or layer by its digest.
const FIRST_NAME =
  /^(\.\/)?(blobs(\/|$)|oci-layout$|index\.json$|manifest\.json$|repositories$|(sha256:)?[0-9a-f]{64}(\/|$|\.json$|\.tar))/

/** Of a path or a Blob. A guess: what looks like an image may turn out to be a layer when it is opened. */
export async function looksLikeImage(archive: string | Blob): Promise<boolean> {
  const file = typeof archive === 'string' ? await platform.openFile(archive) : blobAccess(archive)
  try {
    const head = await file.read(0, HEAD_BYTES)
    const start = await beginning(head)
    const name = new TextDecoder('latin1').decode(start.subarray(0, 100))
    return FIRST_NAME.test(name.slice(0, name.indexOf('\0') >>> 0))
  } finally {
    await file.close()
  }
}

/** The first decompressed bytes; none where they cannot be decompressed, which is for the reader to complain of. */
async function beginning(head: Uint8Array): Promise<Uint8Array> {
  try {
    switch (compressionOf(head)) {
      case 'gzip': {
        for await (const chunk of platform.gunzip(once(head))) return chunk
        break
      }
      case 'zstd': {
        const outputs: Uint8Array[] = []
        const decoder = await platform.openZstd()
        // Piece by piece, since one write gives all its output; a block may be longer than a piece.
        for (let at = 0; at < head.byteLength && outputs.length === 0; at += ZSTD_PIECE_BYTES) {
          decoder.write(head.subarray(at, at + ZSTD_PIECE_BYTES), (output) => outputs.push(output.slice()))
        }
        return outputs[0] ?? new Uint8Array(0)
      }
      case null:
        return head
    }
  } catch {
    // Cut or corrupt.
  }
  return new Uint8Array(0)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
