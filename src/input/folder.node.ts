// A folder in Node as a set of files, confined to itself.

import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'
import { unreadable } from './file.node.js'
import { cleanName, type FileSet, type StoredFile } from './file-set.js'
import { fileAccess } from './random-access.node.js'

const ABSENT: readonly unknown[] = ['ENOENT', 'ENOTDIR']

export async function openFolder(path: string): Promise<FileSet> {
  const root = await realpath(path).catch((cause) => {
    throw unreadable(path, cause)
  })
  return {
    label: path,
    kind: 'folder',
    async find(name) {
      const clean = cleanName(name)
      if (clean === null || (sep === '\\' && clean.includes(sep))) throw escapes(path, name)
      let real: string
      try {
        real = await realpath(join(root, clean))
      } catch (cause) {
        if (ABSENT.includes((cause as NodeJS.ErrnoException).code)) return null
        throw unreadable(join(path, clean), cause)
      }
      if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) throw escapes(path, name)
      return storedFile(real)
    },
    async close() {},
  }
}

async function storedFile(path: string): Promise<StoredFile> {
  const access = await fileAccess(path)
  const { size } = access
  await access.close()
  return {
    size,
    async read() {
      const again = await fileAccess(path)
      try {
        return await again.read(0, size)
      } finally {
        await again.close()
      }
    },
    open: () => path,
  }
}

function escapes(path: string, name: string): LayerDiffError {
  return new LayerDiffError(
    'ARCHIVE_PATH_ESCAPES',
    `"${escapeText(name)}" leads out of ${path}, and an image is read from its own folder only. If you trust its links, copy it with \`cp -rL\` and open the copy.`,
    { path: name },
  )
}
