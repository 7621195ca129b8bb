// Bundlers, as their users call them, for a project that has main.js and index.html.
//
// Gives: each with its command and what else it needs. What they make lies in dist/.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './commands.js'
import { makeFixture } from './workspace.js'

export interface Bundler {
  readonly name: string
  readonly command: readonly [tool: string, ...args: string[]]
  /** A folder of fixtures/ that it needs besides. */
  readonly fixture?: string
  /** Whether it knows `new URL('./worker.js', import.meta.url)`, and moves that file along. Where not, blobs serve. */
  readonly movesWorker: boolean
}

const ROLLUP = ['rollup', 'main.js', '--format=es', '--dir=dist', '--plugin=node-resolve={browser:true}'] as const
const ESBUILD = ['esbuild', 'main.js', '--bundle', '--format=esm', '--minify', '--outdir=dist'] as const

export const vite: Bundler = { name: 'Vite', command: ['vite', 'build'], movesWorker: true }
export const webpack: Bundler = {
  name: 'webpack',
  command: ['webpack', '--mode=production', '--entry=./main.js'],
  movesWorker: true,
}
export const rspack: Bundler = {
  name: 'Rspack',
  command: ['rspack', 'build', '--mode=production', '--entry=./main.js'],
  movesWorker: true,
}
export const rollup: Bundler = { name: 'Rollup', command: ROLLUP, movesWorker: false }
export const esbuild: Bundler = { name: 'esbuild', command: [...ESBUILD, '--splitting'], movesWorker: false }
export const esbuildWhole: Bundler = { name: 'esbuild, as one file', command: ESBUILD, movesWorker: false }
/** It looks at `exports` only where the project says so. */
export const parcel: Bundler = {
  name: 'Parcel',
  command: ['parcel', 'build', 'index.html', '--no-cache'],
  fixture: 'parcel',
  movesWorker: true,
}

export const bundlers = [vite, webpack, rspack, rollup, esbuild, esbuildWhole, parcel]

/** Builds fixtures with a bundler; gives the folder of what came of it, which has a page, and what the bundler said. */
export async function bundle(
  bundler: Bundler,
  ...fixtures: readonly string[]
): Promise<{ dist: string; said: string }> {
  const folder = await makeFixture(...fixtures, ...(bundler.fixture ? [bundler.fixture] : []))
  const [name, ...args] = bundler.command
  const said = await run(folder, name, ...args)
  const dist = join(folder, 'dist')
  const page = join(dist, 'index.html')
  // Those that bundle scripts leave the page to their users.
  if (!existsSync(page)) {
    const icon = '<link rel="icon" href="data:,">'
    writeFileSync(page, `<!doctype html>${icon}<body><script type="module" src="./main.js"></script>`)
  }
  return { dist, said }
}
