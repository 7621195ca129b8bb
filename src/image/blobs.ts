// Small blobs: bounded, then read, then verified, always in this order.

import { LayerDiffError } from '../errors.js'
import type { StoredFile } from '../input/file-set.js'
import { sha256 } from './digest.js'
import { MANIFEST_BYTES } from './manifest.js'

/** The content of a manifest, index or config. @throws {LayerDiffError} MANIFEST_TOO_LARGE, INPUT_UNREADABLE */
export async function readSmall(file: StoredFile, what: string): Promise<Uint8Array> {
  refuseLarge(file.size, what)
  const bytes = await file.read()
  if (bytes.byteLength !== file.size) {
    throw new LayerDiffError('INPUT_UNREADABLE', `${what} changed while it was read. Open the image again.`)
  }
  return bytes
}

/** @throws {LayerDiffError} MANIFEST_TOO_LARGE */
export function refuseLarge(size: number, what: string): void {
  if (size <= MANIFEST_BYTES) return
  throw new LayerDiffError(
    'MANIFEST_TOO_LARGE',
    `${what} has ${size} bytes or more, and over ${MANIFEST_BYTES} (4 MiB) none is read. No real one is that large: check where the image comes from.`,
  )
}

/** @throws {LayerDiffError} SIZE_MISMATCH */
export function verifySize(has: number, size: number, digest: string, what: string): void {
  if (has === size) return
  throw new LayerDiffError(
    'SIZE_MISMATCH',
    `${what} (${digest}) should have ${size} bytes, and has ${has}. It was damaged or changed: get the image again from its source.`,
  )
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
