// Files by name: what an image is made of, whether they lie in an archive or in a folder.

import type { LayerBytes, LayerIndex } from '../types.js'

export interface StoredFile {
  readonly size: number
  /** Its content; for files whose size has been looked at. */
  read(): Promise<Uint8Array>
  /** Its content, as a layer's source may give it. Stays good after the set was closed. */
  open(): LayerBytes
  /** Set where it was read as a layer already, since it came but once. */
  readonly index?: LayerIndex | undefined
}

export interface FileSet {
  /** What messages call it. */
  readonly label: string
  readonly kind: 'archive' | 'folder'
  /**
   * The regular file of a name, links followed, null where there is none. Names have components parted by slashes.
   *
   * @throws {LayerDiffError} ARCHIVE_PATH_ESCAPES where the name or a link on its way leaves the set
   */
  find(name: string): Promise<StoredFile | null>
  /** Lets go of what lies beneath. */
  close(): Promise<void>
}

/**
 * A name with `.` and `..` and doubled slashes resolved, from a folder on; null where it is absolute or leaves the set.
 *
 * @example cleanName('../b/layer.tar', 'a') // 'b/layer.tar'
 */
export function cleanName(name: string, folder = ''): string | null {
  return name.startsWith('/') ? null : resolved(`${folder}/${name}`, false)
}

/**
 * The name of an archive's member where it is unpacked: an absolute one is held at the top, as Go's filepath.Clean has it, which
 * Docker takes names through; null where a relative one leaves the set, which it refuses.
 *
 * @example memberName('/../manifest.json') // 'manifest.json'
 */
export function memberName(name: string): string | null {
  return resolved(name, name.startsWith('/'))
}

function resolved(name: string, held: boolean): string | null {
  const parts: string[] = []
  for (const part of name.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined && !held) return null
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
