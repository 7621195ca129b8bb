// Small blobs: bounded, then read, then verified, always in this order.

import { LayerDiffError } from '../errors.js'
import type { StoredFile } from '../input/file-set.js'
import { sha256 } from './digest.js'
import { MANIFEST_BYTES } from './manifest.js'

/** The content of a manifest, index or config. @throws {LayerDiffError} MANIFEST_TOO_LARGE, INPUT_UNREADABLE */
export async function readSmall(file: StoredFile, what: string): Promise<Uint8Array> {
  if (file.size > MANIFEST_BYTES) {
    throw new LayerDiffError(
      'MANIFEST_TOO_LARGE',
      `${what} has ${file.size} bytes, and over ${MANIFEST_BYTES} (4 MiB) none is read. No real one is that large: check where the image comes from.`,
    )
  }
  const bytes = await file.read()
  if (bytes.byteLength !== file.size) {
    throw new LayerDiffError('INPUT_UNREADABLE', `${what} changed while it was read. Open the image again.`)
  }
  return bytes
}

/** @throws {LayerDiffError} DIGEST_MISMATCH */
export function verifyDigest(bytes: Uint8Array, digest: string, what: string): void {
  const computed = sha256(bytes)
  if (computed === digest) return
  throw new LayerDiffError(
    'DIGEST_MISMATCH',
    `${what} should have the digest ${digest}, and has ${computed}. It was damaged or changed: get the image again from its source.`,
  )
}
