// What runs the package without a page: the machine's Node, the versions of Node that npm has, Deno and Bun.
//
// Gives: each with its command, and whether it is to be had on this machine. With CI set one that is not fails its rows.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'

export interface Runtime {
  /** For a row's text: it says why the row is skipped, where it is. */
  readonly name: string
  /** The program. */
  readonly path: string
  /** What it is given before the script. */
  readonly flags: readonly string[]
  /** To be skipped: it is not here, and need not be. */
  readonly skipped: boolean
}

export interface Ran {
  readonly stdout: string
  readonly stderr: string
}

const modules = join(inject('tools'), 'node_modules')

function runtime(name: string, path: string, flags: readonly string[] = []): Runtime {
  const here = existsSync(path)
  const reason = here ? '' : ` (npm has no package of it for ${process.platform} on ${process.arch})`
  return { name: `${name}${reason}`, path, flags, skipped: !here && !process.env.CI }
}

export const nodes: readonly Runtime[] = [
  runtime(`Node ${process.versions.node}`, process.execPath),
  runtime('Node 22', join(modules, 'node-22/bin/node')),
  runtime('Node 24', join(modules, 'node-24/bin/node')),
]

export const deno = runtime('Deno', join(modules, `@deno/${process.platform}-${process.arch}-glibc/deno`), [
  'run',
  '--no-prompt',
  '--allow-read',
])

export const bun = runtime('Bun', join(modules, `@oven/bun-${process.platform}-${process.arch}/bin/bun`))

/** Runs a script to its end, in its own folder. A process that does not end by itself never settles this. */
export function run({ path, flags }: Runtime, script: string, ...args: readonly string[]): Promise<Ran> {
  return promisify(execFile)(path, [...flags, script, ...args], {
    cwd: dirname(script),
    maxBuffer: 2 ** 26,
    env: { ...process.env, NODE_OPTIONS: '', PATH: `${dirname(path)}:${process.env.PATH}` },
  })
}
