// A file in Node that appears under its name when it is whole, or not at all.

import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, chmod, constants, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { removeAtExit } from './temporary.node.js'
import { WRITE_FAULTS } from './write-faults.node.js'

/** Whether a file can be written there, told before there is anything to write. @throws {LayerDiffError} OUTPUT_UNWRITABLE */
export async function checkWritable(path: string): Promise<void> {
  try {
    const absolute = resolve(path)
    const { target } = await placeOf(absolute)
    await access(target === null ? absolute : dirname(target), constants.W_OK)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Replaces what is there; a link stays one. Gives the absolute path. @throws {LayerDiffError} OUTPUT_UNWRITABLE */
export async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const failed: { source?: unknown } = {}
  try {
    const absolute = resolve(path)
    await write(absolute, passing(chunks, failed))
    return absolute
  } catch (cause) {
    // What the chunks' source threw is not this file's to explain.
    if ('source' in failed) throw failed.source
    throw unwritable(path, cause)
  }
}

function unwritable(path: string, cause: unknown): LayerDiffError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new LayerDiffError(
    'OUTPUT_UNWRITABLE',
    `Cannot write ${escapeText(path)}: ${WRITE_FAULTS[code] ?? escapeText(message)}. Choose another place.`,
    {},
    cause,
  )
}

async function* passing(chunks: AsyncIterable<Uint8Array>, failed: { source?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) yield chunk
  } catch (cause) {
    failed.source = cause
    throw cause
  }
}

/** What a path leads to, and what is there; no target where it is written to and not replaced. */
async function placeOf(path: string): Promise<{ there: Stats | null; target: string | null }> {
  const there = await stat(path).catch((cause) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
  if (there?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
  // A device or a pipe is written to: something renamed to its name would take its place.
  const target = there?.isFile() === false ? null : there ? await realpath(path) : path
  return { there, target }
}

async function write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const { there, target } = await placeOf(path)
  const temporary = target && join(dirname(target), `.layerdiff-${randomBytes(8).toString('hex')}.tmp`)
  let file: FileHandle | null = null
  // A process that is told to stop leaves nothing half written either.
  const forget = temporary ? removeAtExit(temporary) : () => {}
  try {
    file = await open(temporary ?? path, temporary ? 'wx' : 'w')
    for await (const chunk of chunks) await file.writeFile(chunk)
    if (temporary) await file.sync()
    await file.close()
    file = null
    if (temporary === null || target === null) return
    if (there) await chmod(temporary, there.mode & 0o7777)
    await rename(temporary, target)
  } catch (cause) {
    await file?.close().catch(() => {})
    if (temporary) await rm(temporary, { force: true }).catch(() => {})
    throw cause
  } finally {
    forget()
  }
}
