// Builds the documentation site: `npm run docs`.
//
// Takes: docs/*.md and the docstrings of src/. Gives: build/docs, static files that can be served from any folder.
// typedoc and the TypeScript that it needs are docs/'s own packages, installed where they are missing.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { isMain, root } from './files.mjs'

const docs = join(root, 'docs')
const typedoc = join(docs, 'node_modules/typedoc/bin/typedoc')

/**
 * @param {string[]} args of typedoc
 * @throws {Error} where packages cannot be installed, or typedoc warns of anything
 */
export async function buildDocs(args = []) {
  if (!existsSync(typedoc)) {
    run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'])
  }
  // The sources import modules that are generated.
  await build()
  run(process.execPath, [typedoc, ...args])
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: docs, stdio: ['ignore', 2, 2], shell: command.endsWith('.cmd') })
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed`)
}

if (isMain(import.meta.url)) await buildDocs(process.argv.slice(2))
