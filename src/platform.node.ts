// Node: paths, worker threads.

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { arch, availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { openZstd } from './engine/load-zstd.js'
import { spawnWorker } from './engine/spawn.node.js'
import { unreadable } from './input/file.node.js'
import { openFolder } from './input/folder.node.js'
import { gunzip } from './input/gunzip.node.js'
import { fileAccess } from './input/random-access.node.js'
import { keepInFile, temporaryFolder } from './input/temporary.node.js'
import { checkWritable, writeWhole } from './input/whole-file.node.js'
import type { Platform } from './platform.js'
import { credentialsFor } from './registry/credentials.node.js'

/** Why a path cannot be looked at though it may be there. */
const HIDDEN: readonly unknown[] = ['EACCES', 'EPERM', 'ELOOP']

/** Node's names of processors that images name otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }

/** Bytes of memory up to which a machine is served with a smaller pool. */
const SMALL_MACHINE = 4 * 2 ** 30

/** Without web streams, which tests that run in jsdom do not have as Node has them. */
async function unpack(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(gunzipSync(Buffer.from(text, 'base64')))
}

function memoryBytes(): number {
  try {
    // Of a container its own, where it is bounded; 0 or a huge number where it is not.
    return Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY)
  } catch {
    // Deno tells it only who may ask.
    return Number.POSITIVE_INFINITY
  }
}

export const platform: Platform = {
  // Node's Blobs that lie in files cannot be cloned.
  blobsCross: false,
  pathOf(input) {
    if (typeof input === 'string') return input
    return input.protocol === 'file:' ? fileURLToPath(input) : null
  },
  poolSize() {
    return Math.min(availableParallelism(), memoryBytes() <= SMALL_MACHINE ? 2 : 8)
  },
  spawn: spawnWorker,
  async spawnInThread() {
    // Loaded only now: it carries all that a worker does.
    const { spawnInThread } = await import('./engine/in-thread.js')
    const { surroundings } = await import('./engine/surroundings.node.js')
    return spawnInThread(surroundings)
  },
  logger: { warn: (message) => process.emitWarning(message, 'LayerDiffWarning') },
  architecture: ARCHITECTURES[arch()] ?? arch(),
  async kindOf(path) {
    const found = await stat(path).catch((cause) => {
      // There is something, and nobody can say what: it must not be taken for a name.
      if (HIDDEN.includes(cause.code)) throw unreadable(path, cause)
      return null
    })
    if (found === null) return null
    return found.isDirectory() ? 'folder' : 'file'
  },
  openFile: fileAccess,
  openFolder,
  gunzip,
  unpack,
  openZstd: () => openZstd(unpack),
  keep: keepInFile,
  credentialsFor,
  async openCache(options, indexVersion) {
    const { openFolderCache } = await import('./cache/cache.node.js')
    return openFolderCache(options, indexVersion)
  },
  temporaryFolder,
  async createSha256() {
    const hash = createHash('sha256')
    return { update: (bytes) => void hash.update(bytes), digest: () => `sha256:${hash.digest('hex')}` }
  },
  checkWritable,
  writeWhole,
  async requestImage(request) {
    const { requestImage } = await import('./daemon/connection.node.js')
    return requestImage(request)
  },
}
