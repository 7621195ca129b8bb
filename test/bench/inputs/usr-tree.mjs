// What goes into the two layers: a part of the machine's own /usr, and what becomes of it in the changed copy.
//
// Takes: how many bytes. Gives: the list of paths of the first layer, and the plan of the second. Every choice is made
// by a path's place in the list, so that the same machine gives the same layers.

import { accessSync, constants, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folders of /usr in turn, with the part of all bytes at which the next one begins: about what an image has. */
const parts = Object.entries({ bin: 0.2, include: 0.3, share: 0.6, lib: 1 })

/** @typedef {{ path: string, kind: 'file' | 'directory' | 'symlink', size: number, alone: boolean }} Found */

/**
 * A walk over parts of /usr in order of names, parents first, until the files hold so many bytes.
 * @param {number} bytes
 * @param {number} largestFile no larger file is taken: one browser or compiler would be half a layer
 * @returns {Found[]} paths without a leading slash
 */
export function selectFiles(bytes, largestFile) {
  /** @type {Found[]} */
  const found = [{ path: 'usr', kind: 'directory', size: 0, alone: true }]
  let total = 0
  /**
   * @param {string} directory
   * @param {number} until
   */
  const walk = (directory, until) => {
    found.push({ path: directory, kind: 'directory', size: 0, alone: true })
    for (const name of readdirSync(`/${directory}`).sort()) {
      if (total >= until) return
      const path = `${directory}/${name}`
      const stat = lstatSync(`/${path}`)
      // A file with several links shares its changes with them, wherever they are: it stays as it is.
      const entry = { path, size: stat.size, alone: stat.nlink === 1 }
      if (stat.isDirectory()) {
        if (isReadable(path)) walk(path, until)
      } else if (stat.isSymbolicLink()) {
        found.push({ ...entry, kind: 'symlink' })
      } else if (stat.isFile() && stat.size <= largestFile && isReadable(path)) {
        found.push({ ...entry, kind: 'file' })
        total += stat.size
      }
    }
  }
  for (const [name, until] of parts) {
    if (lstatSync(`/usr/${name}`, { throwIfNoEntry: false })?.isDirectory()) walk(`usr/${name}`, bytes * until)
  }
  return found
}

/** @param {string} path */
function isReadable(path) {
  try {
    accessSync(join('/', path), constants.R_OK)
    return true
  } catch {
    return false
  }
}

/**
 * What the changed copy does with the paths. Those that are in no list stay as they are.
 * @typedef {object} Plan
 * @property {string[]} edited content of another size
 * @property {string[]} patched one byte differs
 * @property {string[]} permitted another mode
 * @property {string[]} touched another mtime and nothing else, which is no change
 * @property {string[]} retargeted symlinks
 * @property {string[]} removed files
 * @property {string} removedDirectory with all below it
 * @property {string} whiteout a marker that has nothing to delete
 */

/**
 * @param {readonly Found[]} found
 * @returns {Plan}
 * @throws {Error} where /usr is too small to change anything in it
 */
export function planChanges(found) {
  const removedDirectory = smallDirectory(found)
  const rest = found.filter(({ path, alone }) => alone && !isIn(path, removedDirectory))
  const files = rest.filter(({ kind, size }) => kind === 'file' && size > 0)
  const symlinks = rest.filter(({ kind }) => kind === 'symlink')
  /**
   * @param {Found[]} from
   * @param {number} step
   * @param {number} first
   */
  const every = (from, step, first) => from.filter((_, i) => i % step === first).map(({ path }) => path)
  return {
    edited: every(files, 50, 0),
    patched: every(files, 50, 10),
    permitted: every(files, 50, 20),
    touched: every(files, 50, 30),
    removed: every(files, 50, 40),
    retargeted: every(symlinks, 20, 0),
    removedDirectory,
    whiteout: `${found[0].path}/.wh.gone`,
  }
}

/** @param {readonly Found[]} found */
function smallDirectory(found) {
  for (const { path, kind } of found) {
    if (kind !== 'directory' || path.split('/').length < 3) continue
    const inside = found.filter((entry) => entry.path !== path && isIn(entry.path, path))
    if (inside.length >= 3 && inside.length <= 50 && inside.every(({ alone, kind }) => alone || kind === 'directory')) {
      return path
    }
  }
  throw new Error('no folder of /usr has 3 to 50 files: the benchmark cannot make its layers of it')
}

/**
 * Whether a path is a directory or below it.
 * @param {string} path
 * @param {string} directory
 */
export function isIn(path, directory) {
  return path === directory || path.startsWith(`${directory}/`)
}
