// A file in Node, read straight into the caller's buffer.

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { LayerDiffError } from '../errors.js'
import type { PathSource } from './job-source.js'
import type { ByteReader } from './reader.js'

/** After this many reads the event loop gets its turn, so that a cancel can come through. */
const READS_A_TURN = 16

const REASONS: Readonly<Record<string, readonly [code: 'INPUT_NOT_FOUND' | 'INPUT_UNREADABLE', text: string]>> = {
  ENOENT: ['INPUT_NOT_FOUND', 'There is no such file'],
  ENOTDIR: ['INPUT_NOT_FOUND', 'There is no such file'],
  EACCES: ['INPUT_UNREADABLE', 'You may not read it'],
  EPERM: ['INPUT_UNREADABLE', 'You may not read it'],
  ELOOP: ['INPUT_UNREADABLE', 'Its links lead in a circle'],
  ENAMETOOLONG: ['INPUT_NOT_FOUND', 'Its name is longer than that of any file'],
  EISDIR: ['INPUT_UNREADABLE', 'It is a folder, and a layer is a file'],
}

export function unreadable(path: string, cause: unknown): LayerDiffError {
  const [code, text] = REASONS[(cause as NodeJS.ErrnoException).code ?? ''] ?? [
    'INPUT_UNREADABLE',
    (cause as Error).message,
  ]
  const address = code === 'INPUT_NOT_FOUND' && /^https?:\/\//.test(path) ? ' For an address give a URL object.' : ''
  return new LayerDiffError(code, `Cannot read ${path}: ${text}.${address}`, {}, cause)
}

/** What another write to a file changes, as far as its file system tells. */
export function stampOf(file: number): string {
  const { dev, ino, size, mtimeNs } = fstatSync(file, { bigint: true })
  return `${dev} ${ino} ${size} ${mtimeNs}`
}

function isStream(path: string): boolean {
  const stat = statSync(path)
  return stat.isFIFO() || stat.isSocket() || stat.isCharacterDevice()
}

/**
 * Opens a file, or a part of it.
 *
 * @throws {LayerDiffError} INPUT_NOT_FOUND, INPUT_UNREADABLE
 */
export function openPath({ path, range, stamp: expected, again }: PathSource): ByteReader {
  let file: number
  let size: number | null = null
  let stamp: string | undefined
  try {
    // Opened once more, a pipe would wait for a writer for ever.
    if (again && isStream(path)) throw new Error('It is a pipe, which can be read but once')
    file = openSync(path, 'r')
    const stat = fstatSync(file)
    // The size of a pipe or device says nothing.
    if (range) size = range.end - range.start
    else if (stat.isFile()) size = stat.size
    if (stat.isFile()) stamp = stampOf(file)
  } catch (cause) {
    throw unreadable(path, cause)
  }
  const check = (before: string | undefined) => {
    if (before === undefined || stampOf(file) === before) return
    throw new LayerDiffError('INPUT_UNREADABLE', `${path} was written to while it was read. Try again when it is done.`)
  }
  try {
    check(expected)
  } catch (error) {
    closeSync(file)
    throw error
  }
  let reads = 0
  // A pipe is read from where it stands.
  let position = size === null ? null : (range?.start ?? 0)
  const end = range?.end ?? size
  let open = true
  const readNow = (into: Uint8Array): number => {
    if (!open) return 0
    try {
      // Synchronous on purpose: this runs in a worker that has nothing else to do, and a trip through the thread pool
      // for every window of bytes would be for nothing.
      const most = range && position !== null ? Math.min(into.byteLength, range.end - position) : into.byteLength
      const length = readSync(file, into, 0, most, position)
      if (position !== null) position += length
      return length
    } catch (cause) {
      throw unreadable(path, cause)
    }
  }
  return {
    size,
    read(into) {
      if (++reads % READS_A_TURN !== 0) return readNow(into)
      return new Promise<void>((resolve) => setImmediate(resolve)).then(() => readNow(into))
    },
    ...(stamp !== undefined && { stamp, check: () => check(stamp) }),
    ...(end !== null && {
      skip(bytes: number) {
        const at = position ?? end
        position = Math.max(at, Math.min(at + bytes, end))
        return position - at
      },
    }),
    close() {
      if (open) closeSync(file)
      open = false
    },
  }
}
