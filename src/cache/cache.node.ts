// The cache in Node: a folder that processes share.
//
//   blobs/sha256/HEX           what has that digest
//   indexes/vN/sha256/HEX      the index of the layer of that digest, in version N of its format
//   .../.HEX.PID.RANDOM.tmp    on its way, written by that process
//
// A file gets its name when it is whole, verified and on the disk, so that what has a name can be believed, whenever a
// process was killed. When it was last used is its mtime. Another process may remove any file at any moment.

import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Cache, CacheEntry, CacheOptions } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { removeAtExit } from '../input/temporary.node.js'
import { escapeText } from '../text.js'
import type { LayerBytes } from '../types.js'
import {
  byUse,
  checkMaxBytes,
  digestMismatch,
  hexOf,
  noCache,
  overflow,
  resolveCacheOptions,
  sizeMismatch,
} from './entries.js'
import { makeFolder } from './folder.node.js'

const MAX_BYTES = 10 * 2 ** 30
/** No download takes a day: what is older was left by a process that is gone. */
const STALE_MS = 24 * 60 * 60 * 1000
/** Of a process that is gone; one of another machine, which shares the folder, has written something since. */
const ORPHANED_MS = 2 * 60 * 1000

/** What is written failed on its way here: not the cache's to explain, whatever the error looks like. */
class SourceFailure {
  constructor(readonly cause: unknown) {}
}

/** A file that has its name, and so is whole. */
interface StoredEntry extends CacheEntry {
  readonly path: string
}

/** @throws {LayerDiffError} CACHE_UNWRITABLE, INVALID_ARGUMENT */
export async function openFolderCache(options: CacheOptions, indexVersion: number): Promise<Cache> {
  const { place, maxBytes, create } = resolveCacheOptions(options, defaultPlace(), MAX_BYTES)
  const cache = new FolderCache(resolve(place), maxBytes, indexVersion)
  if (!create && !(await cache.exists())) throw noCache(resolve(place))
  await cache.prepare()
  return cache
}

/** Where each system keeps what can be had again. */
function defaultPlace(): string {
  const { XDG_CACHE_HOME = '', LOCALAPPDATA = '' } = process.env
  const home = homedir()
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'layerdiff')
  if (process.platform === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'layerdiff')
  // A relative one is to be ignored, says the XDG Base Directory Specification.
  return join(isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(home, '.cache'), 'layerdiff')
}

class FolderCache implements Cache {
  private readonly blobs: string
  private readonly indexes: string

  constructor(
    readonly place: string,
    private readonly maxBytes: number,
    indexVersion: number,
  ) {
    this.blobs = join(place, 'blobs', 'sha256')
    this.indexes = join(place, 'indexes', `v${indexVersion}`, 'sha256')
  }

  /** Whether there is what a cache makes in its folder; the folder alone may be anybody's. */
  async exists(): Promise<boolean> {
    const found = await Promise.all(
      [dirname(this.blobs), dirname(this.indexes)].map((path) => this.unlessGone(stat(path))),
    )
    return found.some((one) => one?.isDirectory())
  }

  /** Makes the folders, so that a place that cannot be written to is told of before anything is downloaded. */
  async prepare(): Promise<void> {
    try {
      for (const folder of [this.blobs, this.indexes]) await makeFolder(folder, 0o700)
      await this.sweep()
    } catch (cause) {
      throw this.refuse(cause)
    }
  }

  async list(): Promise<readonly CacheEntry[]> {
    return (await this.entries()).map(publicEntry)
  }

  async blob(digest: string): Promise<{ readonly size: number; readonly bytes: LayerBytes } | null> {
    const path = join(this.blobs, hexOf(digest))
    const found = await this.unlessGone(stat(path))
    if (found === null) return null
    await markUsed(path)
    return { size: found.size, bytes: path }
  }

  async putBlob(digest: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.blobs, hexOf(digest))
    if ((await this.unlessGone(stat(path)))?.size === size) return markUsed(path)
    const hash = createHash('sha256')
    let length = 0
    const verified = async function* () {
      try {
        for await (const chunk of chunks) {
          length += chunk.byteLength
          if (length > size) throw sizeMismatch(digest, size, 'more')
          hash.update(chunk)
          yield chunk
        }
      } catch (cause) {
        throw new SourceFailure(cause)
      }
      if (length !== size) throw sizeMismatch(digest, size, String(length))
      const computed = `sha256:${hash.digest('hex')}`
      if (computed !== digest) throw digestMismatch(digest, computed)
    }
    await this.write(path, verified())
    await this.makeRoom({ kind: 'blob', digest, size, usedAt: Date.now(), path })
  }

  async index(digest: string): Promise<Uint8Array | null> {
    const path = join(this.indexes, hexOf(digest))
    const bytes = await this.unlessGone(readFile(path))
    if (bytes !== null) await markUsed(path)
    return bytes === null ? null : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  async putIndex(digest: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.indexes, hexOf(digest))
    await this.write(path, [bytes])
    await this.makeRoom({ kind: 'index', digest, size: bytes.byteLength, usedAt: Date.now(), path })
  }

  async remove(digests?: readonly string[]): Promise<readonly CacheEntry[]> {
    digests?.forEach(hexOf)
    return this.drop((await this.entries()).filter(({ digest }) => digests?.includes(digest) ?? true))
  }

  async prune(maxBytes: number): Promise<readonly CacheEntry[]> {
    checkMaxBytes(maxBytes)
    return this.drop(overflow(await this.entries(), maxBytes))
  }

  /** Writes a file beside its place, and gives it its name when it is whole. */
  private async write(path: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const temporary = join(path, '..', `.${path.slice(-64)}.${process.pid}.${randomBytes(8).toString('hex')}.tmp`)
    // A process that is told to stop leaves nothing for the next one to sweep.
    const forget = removeAtExit(temporary)
    let file: FileHandle | null = null
    try {
      // The folder may have been removed since the cache was opened.
      await makeFolder(join(path, '..'), 0o700)
      file = await open(temporary, 'wx', 0o600)
      for await (const chunk of chunks) await file.writeFile(chunk)
      await file.sync()
      await file.close()
      file = null
      await rename(temporary, path)
    } catch (cause) {
      await file?.close().catch(() => {})
      await rm(temporary, { force: true }).catch(() => {})
      throw cause instanceof SourceFailure ? cause.cause : this.refuse(cause)
    } finally {
      forget()
    }
  }

  private async makeRoom(kept: StoredEntry): Promise<void> {
    await this.drop(overflow(await this.entries(), this.maxBytes, kept))
  }

  private async drop(entries: readonly StoredEntry[]): Promise<CacheEntry[]> {
    for (const { path } of entries) {
      await rm(path, { force: true }).catch((cause) => {
        throw this.refuse(cause)
      })
    }
    return entries.map(publicEntry)
  }

  /** All that is held, indexes of other versions too: they take room like any other. */
  private async entries(): Promise<StoredEntry[]> {
    const found: StoredEntry[] = []
    for (const { kind, folder } of await this.folders()) {
      for (const name of (await this.unlessGone(readdir(folder))) ?? []) {
        if (!/^[0-9a-f]{64}$/.test(name)) continue
        const path = join(folder, name)
        const stats = await this.unlessGone(stat(path))
        if (stats === null) continue
        found.push({ kind, digest: `sha256:${name}`, size: stats.size, usedAt: Math.round(stats.mtimeMs), path })
      }
    }
    return found.sort(byUse)
  }

  private async folders(): Promise<{ kind: CacheEntry['kind']; folder: string }[]> {
    const indexes = join(this.place, 'indexes')
    const versions = ((await this.unlessGone(readdir(indexes))) ?? []).filter((name) => /^v\d+$/.test(name))
    return [
      { kind: 'blob', folder: this.blobs },
      ...versions.map((version) => ({ kind: 'index', folder: join(indexes, version, 'sha256') }) as const),
    ]
  }

  /** Removes what killed processes left half written. */
  private async sweep(): Promise<void> {
    const now = Date.now()
    for (const { folder } of await this.folders()) {
      for (const name of (await this.unlessGone(readdir(folder))) ?? []) {
        const [, writer] = /^\.[0-9a-f]{64}\.(\d+)\.[0-9a-f]+\.tmp$/.exec(name) ?? []
        if (writer === undefined) continue
        const path = join(folder, name)
        const stats = await this.unlessGone(stat(path))
        const age = stats === null ? 0 : now - stats.mtimeMs
        if (age > (isRunning(Number(writer)) ? STALE_MS : ORPHANED_MS)) await rm(path, { force: true })
      }
    }
  }

  private async unlessGone<T>(found: Promise<T>): Promise<T | null> {
    try {
      return await found
    } catch (cause) {
      if (isGone(cause)) return null
      throw this.refuse(cause)
    }
  }

  /** What an error of the file system is called. */
  private refuse(cause: unknown): unknown {
    const { code, syscall, message } = cause as NodeJS.ErrnoException
    if (cause instanceof LayerDiffError || code === undefined || syscall === undefined) return cause
    return new LayerDiffError(
      'CACHE_UNWRITABLE',
      `The cache in ${escapeText(this.place)} cannot be used: ${REASONS[code] ?? escapeText(message)}. ${REMEDIES[code] ?? OTHERWISE}`,
      {},
      cause,
    )
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file is in its place',
  ENOENT: 'no folder can be made there',
}

const OTHERWISE = 'Choose another folder (--cache, LAYERDIFF_CACHE, or the option place), or use no cache (--no-cache).'

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC:
    'Make room (layerdiff cache prune --max SIZE), choose another folder (--cache), or use no cache (--no-cache).',
  EDQUOT:
    'Make room (layerdiff cache prune --max SIZE), choose another folder (--cache), or use no cache (--no-cache).',
}

function isRunning(pid: number): boolean {
  try {
    // No signal: only asks.
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function isGone(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT'
}

/** Where only reading is allowed, what is read cannot be marked, and is good all the same. */
async function markUsed(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
}

function publicEntry({ kind, digest, size, usedAt }: StoredEntry): CacheEntry {
  return { kind, digest, size, usedAt }
}
