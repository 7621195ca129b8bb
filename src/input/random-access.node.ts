// A file in Node, read anywhere.

import { type FileHandle, open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LayerDiffError } from '../errors.js'
import { stampOf, unreadable } from './file.node.js'
import type { RandomAccess } from './random-access.js'

/** @throws {LayerDiffError} INPUT_NOT_FOUND, INPUT_UNREADABLE, INPUT_UNSUPPORTED for pipes and devices */
export async function fileAccess(path: string): Promise<RandomAccess> {
  // The process may change its folder before a layer is read.
  const absolute = resolve(path)
  try {
    // Looked at before it is opened: a pipe that nobody writes to would never open.
    const { size } = await regular(absolute, path)
    return opened(path, absolute, await open(absolute, 'r'), size)
  } catch (cause) {
    throw cause instanceof LayerDiffError ? cause : unreadable(path, cause)
  }
}

async function regular(absolute: string, path: string): Promise<{ size: number }> {
  const found = await stat(absolute)
  if (found.isFile()) return found
  throw new LayerDiffError(
    'INPUT_UNSUPPORTED',
    `${path} is no regular file, and an image is read here and there. Write it to a file first.`,
  )
}

function opened(path: string, absolute: string, file: FileHandle, size: number): RandomAccess {
  let handle: FileHandle | null = file
  const stamp = stampOf(file.fd)
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
      let filled = 0
      try {
        while (handle && filled < bytes.byteLength) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, offset + filled)
          if (bytesRead === 0) break
          filled += bytesRead
        }
      } catch (cause) {
        throw unreadable(path, cause)
      }
      return filled === bytes.byteLength ? bytes : bytes.slice(0, filled)
    },
    slice: (start, end) => ({ path: absolute, start, end, stamp }),
    async close() {
      const open = handle
      handle = null
      await open?.close()
    },
  }
}
