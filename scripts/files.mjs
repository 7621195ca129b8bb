// What the scripts need of the file system: the root of the repository, whole-file writes, listings, and whether a
// module was started or imported.

import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Writes a file that readers see whole or not at all; one that already says the same is left alone.
 * @param {string} path
 * @param {string | Uint8Array} contents
 */
export function writeWhole(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(contents))) return
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, contents)
  renameSync(temporary, path)
}

/**
 * The files at or below `path`, from the root with forward slashes, sorted; none where it does not exist.
 * @param {string} path relative to the root
 * @returns {string[]}
 */
export function listFiles(path) {
  const absolute = join(root, path)
  if (!existsSync(absolute)) return []
  /** @type {string[]} */
  const found = []
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const child = `${path}/${entry.name}`
    if (entry.isDirectory()) found.push(...listFiles(child))
    else if (!entry.name.endsWith('.tmp')) found.push(child)
  }
  return found.sort()
}

/**
 * Whether the module at `url` is the one that Node was started with.
 * @param {string} url
 */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url)
}
