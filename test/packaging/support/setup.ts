// What all packaging tests share: the tools that fixtures are built with, and the package as npm packs and installs it.
//
// Takes: the checkout, built, and tools/ with its lock file. Gives the tests, by `inject`: `tools`, the folder that has the tools'
// node_modules; `tarball`, what `npm pack` made in this run; `run`, a folder below `tools` that goes when the run ends, in which
// `installed` is a project that has installed the tarball.
//
// All of it lies outside the checkout, so that nothing is found in the checkout's own node_modules.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    tools: string
    tarball: string
    run: string
    installed: string
  }
}

const root = join(import.meta.dirname, '../../..')
const manifests = ['package.json', 'package-lock.json'].map((name) => join(import.meta.dirname, '../tools', name))
const quiet = ['--no-audit', '--no-fund', '--silent']

export default function setup({ provide }: TestProject): () => void {
  const tools = installTools()
  const run = mkdtempSync(join(tools, 'run-'))
  // What is there was built before the tests; building it again would only take time.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', run], { cwd: root })
  const tarball = join(run, readdirSync(run).find((name) => name.endsWith('.tgz')) ?? '')
  const installed = join(run, 'installed')
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{"private":true,"type":"module"}')
  execFileSync('npm', ['install', '--offline', ...quiet, tarball], { cwd: installed })
  for (const [key, value] of Object.entries({ tools, tarball, run, installed })) {
    provide(key as 'tools' | 'tarball' | 'run' | 'installed', value)
  }
  return () => rmSync(run, { recursive: true, force: true })
}

/** Installs the tools where no earlier run has; gives their folder. */
function installTools(): string {
  const hash = createHash('sha256')
  for (const file of manifests) hash.update(readFileSync(file))
  const folder = join(tmpdir(), `layerdiff-packaging-${hash.digest('hex').slice(0, 16)}`)
  if (!existsSync(folder)) {
    process.stderr.write(`installing the tools of the packaging tests into ${folder}\n`)
    const making = mkdtempSync(`${folder}-`) // with mode 0700
    for (const file of manifests)
      copyFileSync(file, join(making, file.endsWith('lock.json') ? 'package-lock.json' : 'package.json'))
    try {
      // None of them needs its scripts: what they would fetch or compile is in packages of its own.
      execFileSync('npm', ['ci', '--ignore-scripts', ...quiet], {
        cwd: making,
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      // Only a complete one gets the name, and the first of two that are made at a time.
      if (!existsSync(folder)) renameSync(making, folder)
    } finally {
      rmSync(making, { recursive: true, force: true })
    }
  }
  const { uid, mode } = lstatSync(folder)
  if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) {
    throw new Error(`${folder} can be written by others; remove it, and run the tests again`)
  }
  return folder
}
