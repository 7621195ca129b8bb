// Two realistic layers: a part of this machine's /usr, and the same with changes, each as a plain tar, with gzip -6 and
// with zstd.
//
// Takes: GNU tar, gzip and, where there is one, zstd. Gives: before.tar, after.tar, and both with .gz and .zst.

import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { cached } from './cache.mjs'
import { isIn, planChanges, selectFiles } from './usr-tree.mjs'

/** @import { Settings } from '../benchmark.mjs' */
/** @import { Plan } from './usr-tree.mjs' */

const recipeVersion = 1
const addedFiles = 200

/** @typedef {'plain' | 'gzip' | 'zstd'} Form */
/** @type {Record<Form, string>} */
const endings = { plain: '', gzip: '.gz', zstd: '.zst' }

/**
 * @typedef {object} Layers
 * @property {(side: 'before' | 'after', form: Form) => string} path absolute
 * @property {(side: 'before' | 'after', form: Form) => number} size bytes of the file
 * @property {Form[]} forms those that this machine can make
 */

/**
 * The two layers, made at the first call.
 * @param {Settings} settings
 * @returns {Promise<Layers>}
 * @throws {Error} where GNU tar or gzip is missing
 */
export async function usrLayers({ smoke }) {
  const bytes = smoke ? 4e6 : 500e6
  const largestFile = smoke ? 1e5 : 16e6
  /** @type {Form[]} */
  const forms = hasZstd() ? ['plain', 'gzip', 'zstd'] : ['plain', 'gzip']
  const recipe = { recipeVersion, bytes, largestFile, forms }
  const folder = await cached(smoke ? 'usr-smoke' : 'usr', recipe, async (folder) => {
    const found = selectFiles(bytes, largestFile)
    const plan = planChanges(found)
    const overlay = join(folder, 'overlay')
    const added = writeOverlay(overlay, plan)
    const gone = new Set([...changedPaths(plan), ...plan.removed])
    const kept = found.filter(({ path }) => !gone.has(path) && !isIn(path, plan.removedDirectory))
    const tar = gnuTar()
    packTar(tar, folder, 'before', [['/', found.map(({ path }) => path)]])
    packTar(tar, folder, 'after', [
      ['/', kept.map(({ path }) => path)],
      [overlay, [...changedPaths(plan), ...added]],
    ])
    rmSync(overlay, { recursive: true })
    for (const form of forms) {
      if (form !== 'plain') await Promise.all(['before.tar', 'after.tar'].map((name) => pack(form, join(folder, name))))
    }
  })
  /** @type {Layers['path']} */
  const path = (side, form) => join(folder, `${side}.tar${endings[form]}`)
  return { path, size: (side, form) => statSync(path(side, form)).size, forms }
}

/** @param {Plan} plan */
function changedPaths({ edited, patched, permitted, touched, retargeted }) {
  return [...edited, ...patched, ...permitted, ...touched, ...retargeted]
}

/**
 * Writes what the second layer has instead of the first one's, and what it has in addition.
 * @param {string} overlay
 * @param {Plan} plan
 * @returns {string[]} the additional paths
 */
function writeOverlay(overlay, plan) {
  /**
   * @param {string} path
   * @param {(target: string, mode: number) => void} write
   */
  const replace = (path, write) => {
    const target = join(overlay, path)
    mkdirSync(dirname(target), { recursive: true })
    const { mode, mtime } = lstatSync(`/${path}`)
    write(target, mode & 0o7777)
    return { target, mode: mode & 0o7777, mtime }
  }
  /**
   * @param {string[]} paths
   * @param {(contents: Buffer) => Buffer} change
   */
  const rewrite = (paths, change) => {
    for (const path of paths) {
      replace(path, (target, mode) => {
        writeFileSync(target, change(readFileSync(`/${path}`)))
        chmodSync(target, mode)
      })
    }
  }
  rewrite(plan.edited, (contents) => Buffer.concat([contents, Buffer.from('changed\n')]))
  rewrite(plan.patched, (contents) => {
    contents[contents.length >> 1] ^= 1
    return contents
  })
  for (const path of plan.permitted) {
    const { target, mode, mtime } = replace(path, (target) => copyFileSync(`/${path}`, target))
    chmodSync(target, mode ^ 0o020)
    utimesSync(target, mtime, mtime)
  }
  for (const path of plan.touched) {
    const { target, mode } = replace(path, (target) => copyFileSync(`/${path}`, target))
    chmodSync(target, mode)
    utimesSync(target, 1_700_000_000, 1_700_000_000)
  }
  for (const path of plan.retargeted) replace(path, (target) => symlinkSync(`${readlinkSync(`/${path}`)}.new`, target))

  const directory = 'usr/added'
  const added = [directory]
  mkdirSync(join(overlay, directory), { recursive: true })
  for (let i = 0; i < addedFiles; i++) {
    const path = `${directory}/file-${i}.txt`
    writeFileSync(join(overlay, path), `This is file ${i}.\n`.repeat(i))
    added.push(path)
  }
  writeFileSync(join(overlay, plan.whiteout), '')
  return [...added, plan.whiteout]
}

/**
 * @param {string} tar
 * @param {string} folder
 * @param {string} name
 * @param {[from: string, paths: string[]][]} parts
 */
function packTar(tar, folder, name, parts) {
  const lists = parts.flatMap(([from, paths], i) => {
    const list = join(folder, `${name}.${i}.list`)
    writeFileSync(list, paths.map((path) => `${path}\0`).join(''))
    return ['-C', from, '-T', list]
  })
  // The dialect of image builders: ustar, with pax records where a value does not fit. Owners are root, as in images,
  // and as a user who is not root cannot make them.
  const options = [
    ...['--format=posix', '--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f'],
    ...['--owner=root:0', '--group=root:0', '--no-recursion', '--null', '--verbatim-files-from'],
  ]
  const { status, error } = spawnSync(tar, ['-cf', join(folder, `${name}.tar`), ...options, ...lists], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) throw new Error(`${tar} could not make ${name}.tar`, { cause: error })
  parts.forEach((_, i) => {
    rmSync(join(folder, `${name}.${i}.list`))
  })
}

/**
 * Compresses a file beside itself.
 * @param {'gzip' | 'zstd'} form
 * @param {string} path
 */
async function pack(form, path) {
  const output = openSync(`${path}${endings[form]}`, 'w')
  const level = form === 'gzip' ? ['-6', '-n'] : ['-3', '-q']
  const child = spawn(form, [...level, '-c', path], { stdio: ['ignore', output, 'inherit'] })
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  closeSync(output)
  if (code !== 0) throw new Error(`${form} could not compress ${path}`)
}

/** @throws {Error} that says what to install */
function gnuTar() {
  for (const name of ['tar', 'gtar']) {
    const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' })
    if (stdout?.includes('GNU tar')) return name
  }
  throw new Error('the benchmark makes its layers with GNU tar: install it (macOS: brew install gnu-tar)')
}

/** Whether there is a zstd, after installing one where that is possible: Debian and Ubuntu, as root. */
function hasZstd() {
  const works = () => spawnSync('zstd', ['--version']).status === 0
  if (works()) return true
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['-q', 'install', '-y', '--no-install-recommends', 'zstd'], { stdio: ['ignore', 2, 2], env })
  return works()
}
