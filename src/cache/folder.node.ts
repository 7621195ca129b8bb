// A folder made with all that it lies in.
//
// Node's own `recursive` tries for ever where a parent is there and yet nothing can be made in it, as in /proc.

import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Errors are the system's own. */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw cause
    await makeFolder(dirname(path), mode)
    // Another process may have been faster.
    await mkdir(path, { mode }).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again
    })
  }
}
