// Where a report goes: standard output, or a file that is there whole or not at all.

import { chmodSync, closeSync, fstatSync, openSync, realpathSync, renameSync, rmSync, statSync, write } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { WRITE_FAULTS } from '../input/write-faults.node.js'
import { escapeText } from '../text.js'
import { OutputError } from './exit-codes.js'
import { forLog, jsonForLog } from './messages.js'

export type Piece = string | Uint8Array

export interface Output {
  /** Writes pieces one after another: text, or bytes as they are. */
  write(pieces: Iterable<Piece>): Promise<void>
  /** Makes the file appear under its name. */
  finish(): void
  /** Leaves nothing behind. Synchronous, so that it can run while the process is being stopped. */
  discard(): void
}

/**
 * A file is for whoever opens it, also where a shell has sent what is printed there. What is printed elsewhere lands in a log, where
 * text and JSON are given what makes them harmless.
 */
const PRINTED = { text: forLog, json: jsonForLog, data: (text: string) => text }

/** @throws {OutputError} where the file cannot be made */
export function openOutput(path: string | null, kind: keyof typeof PRINTED = 'text'): Output {
  return path === null ? standardOutput(PRINTED[isSentToFile() ? 'data' : kind]) : fileOutput(path)
}

function isSentToFile(): boolean {
  try {
    return fstatSync(process.stdout.fd).isFile()
  } catch {
    // It is closed, as what is written will tell.
    return false
  }
}

/** A reader that goes away early, such as `head`, has what it wants: that is no error. */
function standardOutput(printed: (text: string) => string): Output {
  // Each failed write tells its callback; the event comes on top and would end the process.
  process.stdout.on('error', () => {})
  const put = (piece: Piece) =>
    new Promise<boolean>((resolve, reject) => {
      process.stdout.write(typeof piece === 'string' ? printed(piece) : piece, (error) => {
        if (!error) resolve(true)
        else if ((error as NodeJS.ErrnoException).code === 'EPIPE') resolve(false)
        else reject(unwritable('standard output', error))
      })
    })
  return {
    async write(pieces) {
      for (const piece of batches(pieces)) if (!(await put(piece))) return
    },
    finish() {},
    discard() {},
  }
}

const writeTo = promisify(write)

function fileOutput(given: string): Output {
  try {
    // A link stays one: what it leads to is replaced.
    const stat = statSync(given, { throwIfNoEntry: false })
    // A device or a pipe is written to: something renamed to its name would take its place.
    if (stat && !stat.isFile()) return openedOutput(given, openSync(given, 'w'), null)
    const target = stat ? realpathSync(given) : given
    const temporary = join(dirname(target), `.layerdiff-${process.pid}-${Date.now().toString(36)}.tmp`)
    const file = openSync(temporary, 'wx')
    if (stat) chmodSync(temporary, stat.mode & 0o7777)
    return openedOutput(given, file, { temporary, target })
  } catch (error) {
    throw unwritable(given, error)
  }
}

function openedOutput(name: string, file: number, move: { temporary: string; target: string } | null): Output {
  let open = true
  const close = () => {
    if (open) closeSync(file)
    open = false
  }
  return {
    async write(pieces) {
      try {
        for (const piece of batches(pieces)) {
          const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
          for (let at = 0; at < bytes.byteLength; ) at += (await writeTo(file, bytes, at)).bytesWritten
        }
      } catch (error) {
        throw unwritable(name, error)
      }
    },
    finish() {
      try {
        close()
        if (move) renameSync(move.temporary, move.target)
      } catch (error) {
        throw unwritable(name, error)
      }
    },
    discard() {
      if (move) rmSync(move.temporary, { force: true })
      close()
    },
  }
}

/** Text joined until a write is worth its while; bytes come in pieces that are. */
function* batches(pieces: Iterable<Piece>): Generator<Piece> {
  let batch = ''
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      if (batch !== '') yield batch
      batch = ''
      yield piece
      continue
    }
    batch += piece
    if (batch.length < 65_536) continue
    yield batch
    batch = ''
  }
  if (batch !== '') yield batch
}

function unwritable(name: string, cause: unknown): Error {
  // What makes the pieces may fail too, and that is nothing about the output.
  const { code, syscall, message } = cause as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return cause as Error
  return new OutputError(`Cannot write ${escapeText(name)}: ${WRITE_FAULTS[code] ?? message}.`, { cause })
}
