// A pull as docker shows it: a line for each layer, with a bar while it is downloaded. Pure.

import type { PullProgress } from '../image-types.js'
import { formatBytes } from './figures.js'

/** As docker has it. */
const BAR = 50
/** A shorter one says nothing. */
const SHORTEST_BAR = 10

/** `a1b2c3d4e5f6`, as docker shortens digests. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}

/**
 * One layer's line, no longer than `width` where that is given.
 *
 * @example 'a1b2c3d4e5f6: Downloading [=====>                ]  12.3MB/45.6MB'
 */
export function pullLine(
  { digest, status, bytes, bytesTotal }: PullProgress,
  width = Number.POSITIVE_INFINITY,
): string {
  const start = `${shortDigest(digest)}: ${status}`
  if (status !== 'Downloading') return start.slice(0, width)
  const figures = `${bare(bytes).padStart(8)}/${bare(bytesTotal)}`
  // Blanks and brackets, and the head of the arrow.
  const room = Math.min(BAR, width - start.length - figures.length - 5)
  if (room < SHORTEST_BAR) return `${start} ${figures.trim()}`.slice(0, width)
  const done = bytesTotal > 0 ? Math.min(room, Math.floor((room * bytes) / bytesTotal)) : 0
  return `${start} [${'='.repeat(done)}>${' '.repeat(room - done)}] ${figures}`
}

function bare(bytes: number): string {
  return formatBytes(bytes).replace(' ', '')
}
