// Names from layers, as they may be shown: control and direction characters as escapes, bytes that are not UTF-8 as
// `\xHH` and not as U+FFFD, so that two names that differ look different.

import { decodeText, escapeText } from '../text.js'
import type { Change, DirectoryNode } from '../types.js'

/** One component of a path. */
export interface Name {
  /** As shown. */
  readonly text: string
  /** Equal for equal bytes only. */
  readonly key: string
}

/** Text of a layer as it may be shown; `bytes` where they are not valid UTF-8. */
export function safeText(text: string, bytes: Uint8Array | undefined): string {
  if (!bytes) return escapeText(text)
  let shown = ''
  for (const { character, byte } of charactersOf(bytes))
    shown += character === null ? byteEscape(byte) : escapeText(character)
  return shown
}

/** The characters of bytes, one by one; null for a byte that belongs to none. */
export function* charactersOf(bytes: Uint8Array): Generator<{ character: string | null; byte: number }> {
  for (let at = 0; at < bytes.byteLength; ) {
    const byte = bytes[at] ?? 0
    const length = sequenceLength(byte)
    const { text, exact } = decodeText(bytes.subarray(at, at + length))
    yield { character: exact ? text : null, byte }
    at += exact ? length : 1
  }
}

/** Equal for equal bytes only: names that are not UTF-8 may read alike. No name holds a NUL, so that no text can be mistaken for it. */
export function pathKey({
  path,
  pathBytes,
}: {
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
}): string {
  return pathBytes ? `\0${pathBytes.join()}` : path
}

/** The last component of a change's path. */
export function changeName({ path, pathBytes }: Change): Name {
  if (pathBytes) return nameOf(pathBytes.subarray(pathBytes.lastIndexOf(SLASH) + 1))
  const name = path.slice(path.lastIndexOf('/') + 1)
  return { text: escapeText(name), key: name }
}

/**
 * The name of a directory. A node has only its text; where that lost bytes, they are found in the path of a change below.
 */
export function directoryName(directory: DirectoryNode): Name {
  const { name, path } = directory
  if (name.includes(LOST)) {
    const depth = path.split('/').length - 1
    const bytes = component(firstChange(directory)?.pathBytes, depth)
    if (bytes) return nameOf(bytes)
  }
  return { text: escapeText(name), key: name }
}

const SLASH = 0x2f
const LOST = '\ufffd'

function nameOf(bytes: Uint8Array): Name {
  const { text, exact } = decodeText(bytes)
  if (exact) return { text: escapeText(text), key: text }
  // No name holds a NUL, so that no text can be mistaken for this.
  return { text: safeText(text, bytes), key: `\0${bytes.join()}` }
}

function firstChange(directory: DirectoryNode): Change | undefined {
  let at: DirectoryNode | undefined = directory
  while (at && at.changes.length === 0) at = at.directories[0]
  return at?.changes.at(0)
}

function component(path: Uint8Array | undefined, depth: number): Uint8Array | undefined {
  if (!path) return undefined
  let start = 0
  for (let i = 0; i < depth; i++) start = path.indexOf(SLASH, start) + 1
  const end = path.indexOf(SLASH, start)
  return path.subarray(start, end < 0 ? path.byteLength : end)
}

/** Bytes of the UTF-8 sequence that a byte begins; 1 where it begins none. */
function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 1
}

function byteEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
