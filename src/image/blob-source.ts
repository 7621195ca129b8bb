// Where an image's blobs lie, as choosing among its manifests sees it: a layout, or a registry.

import type { Descriptor } from './manifest.js'

export interface BlobSource {
  /** What messages call it. */
  readonly label: string
  /** Whether a manifest that an index lists is there. */
  has(descriptor: Descriptor): Promise<boolean>
  /** A manifest or an index: bounded, and verified against its digest and size. */
  readManifest(descriptor: Descriptor, what: string): Promise<Uint8Array>
  /** A config, in the same way. */
  readBlob(descriptor: Descriptor, what: string): Promise<Uint8Array>
  /** That a blob is not there, as an error that says what to do. */
  missing(digest: string, what: string): Error
}
