// What must lie in a file for a while, in Node: an archive that was decompressed, blobs on their way.

import { rmSync } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LayerDiffError } from '../errors.js'
import type { KeptBytes, TemporaryFolder } from './kept.js'
import { fileAccess } from './random-access.node.js'

/**
 * Files and folders to remove when the process ends. One list and one listener for all: Node warns of a leak when an event
 * has more than ten.
 */
const leftovers = new Set<string>()

function removeAll(): void {
  for (const path of leftovers) rmSync(path, { recursive: true, force: true })
}

/** Sees to it that a file or folder goes with the process, until what it gives is called. */
export function removeAtExit(path: string): () => void {
  if (leftovers.size === 0) process.on('exit', removeAll)
  leftovers.add(path)
  return () => {
    if (leftovers.delete(path) && leftovers.size === 0) process.off('exit', removeAll)
  }
}

/** A folder that only this user can read, removed when the process ends at the latest. */
async function makeFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'layerdiff-'))
  const forget = removeAtExit(path)
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true })
      forget()
    },
  }
}

/** @throws {LayerDiffError} TEMPORARY_UNWRITABLE */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  return makeFolder().catch((cause) => {
    throw new LayerDiffError(
      'TEMPORARY_UNWRITABLE',
      `No temporary folder can be made in ${tmpdir()}: ${(cause as Error).message}. Set TMPDIR to a folder with room.`,
      {},
      cause,
    )
  })
}

/** Writes the chunks to a file of its own, which only this user can read. */
export async function keepInFile(chunks: AsyncIterable<Uint8Array>): Promise<KeptBytes> {
  let folder: TemporaryFolder | null = null
  let file: FileHandle | null = null
  const remove = async () => folder?.remove()
  try {
    folder = await makeFolder()
    const path = join(folder.path, 'archive.tar')
    file = await open(path, 'wx', 0o600)
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.close()
    file = null
    return { access: await fileAccess(path), remove }
  } catch (cause) {
    await file?.close()
    await remove()
    const { code, syscall } = cause as NodeJS.ErrnoException
    // What the chunks' source threw is not this file's to explain.
    if (cause instanceof LayerDiffError || syscall === undefined) throw cause
    throw new LayerDiffError(
      'TEMPORARY_UNWRITABLE',
      `The archive is compressed, and could not be decompressed to ${tmpdir()}: ${code === 'ENOSPC' ? 'the disk is full' : (cause as Error).message}. Set TMPDIR to a folder with room, or decompress it yourself.`,
      {},
      cause,
    )
  }
}
