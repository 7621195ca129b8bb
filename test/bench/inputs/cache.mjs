// Where inputs are kept: build/bench/, which git ignores. Made once, and again when the recipe has changed.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, writeWhole } from '../../../scripts/files.mjs'

const directory = 'build/bench'

/**
 * A folder of inputs, made by `make` where it is missing or of another recipe.
 * @param {string} name
 * @param {unknown} recipe plain data: whatever the contents depend on
 * @param {(folder: string) => Promise<void>} make fills an empty folder
 * @returns {Promise<string>} its absolute path
 */
export async function cached(name, recipe, make) {
  const folder = join(root, directory, name)
  const label = join(folder, 'recipe.json')
  const text = `${JSON.stringify(recipe)}\n`
  if (existsSync(label) && readFileSync(label, 'utf8') === text) return folder
  const start = performance.now()
  process.stderr.write(`  making ${directory}/${name}\n`)
  // Under another name until it is whole: a run that was stopped leaves nothing that looks finished.
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  await make(unfinished)
  writeWhole(join(unfinished, 'recipe.json'), text)
  rmSync(folder, { recursive: true, force: true })
  renameSync(unfinished, folder)
  process.stderr.write(`  made ${directory}/${name} in ${((performance.now() - start) / 1000).toFixed(0)} s\n`)
  return folder
}

/**
 * The address of an input for a contender in Node.
 * @param {string} path
 */
export function fileUrl(path) {
  return pathToFileURL(path).href
}
