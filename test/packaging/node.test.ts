// The package in programs: each Node that is supported, Deno and Bun.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixturePath } from '../support/truth.js'
import { run as command } from './support/commands.js'
import { bun, deno, nodes, type Runtime, run } from './support/runtimes.js'
import { expectTrueChanges, expectTruth, stacks } from './support/stacks.js'
import { makeFixture } from './support/workspace.js'

let fixture: string
/** A folder from which no package can be found. */
const alone = mkdtempSync(join(tmpdir(), 'layerdiff-alone-'))

beforeAll(async () => {
  fixture = await makeFixture('node')
})
afterAll(() => rmSync(alone, { recursive: true, force: true }))

async function diffWith(runtime: Runtime, script: string) {
  const { stdout, stderr } = await run(runtime, script, JSON.stringify(stacks()))
  return { results: JSON.parse(stdout), stderr }
}

describe('a program ends by itself, after right results from workers, and says nothing else', () => {
  const programs = [
    ['imports', 'diff.mjs'],
    ['requires', 'require.cjs'],
    ['imports in a worker of its own', 'worker.mjs'],
  ] as const
  for (const runtime of [...nodes, deno, bun]) {
    describe(runtime.name, () => {
      test.skipIf(runtime.skipped).for(programs)('%s', async ([, script]) => {
        const { results, stderr } = await diffWith(runtime, join(fixture, script))
        expectTruth(results, 'worker')
        expect(stderr).toBe('')
      })
    })
  }
})

describe('one file that esbuild made, in a folder from which no package is found, has its workers in it', () => {
  for (const format of ['esm', 'cjs'] as const) {
    const file = join(alone, format === 'esm' ? 'program.mjs' : 'program.cjs')

    test(`esbuild makes it (${format}), and has nothing to say`, async () => {
      const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`]
      expect(await command(fixture, 'esbuild', 'diff.mjs', ...options, '--log-level=warning')).toBe('')
    })
    for (const runtime of nodes) {
      test.skipIf(runtime.skipped)(`${format}, ${runtime.name}`, async () => {
        const { results, stderr } = await diffWith(runtime, file)
        expectTruth(results, 'worker')
        expect(stderr).toBe('')
      })
    }
  }
})

describe('where no worker is allowed this thread does the work, and one warning says why', () => {
  for (const runtime of nodes) {
    test.skipIf(runtime.skipped)(`${runtime.name} with permissions to read alone`, async () => {
      const { stdout } = await run(runtime, '-p', "process.allowedNodeEnvironmentFlags.has('--permission')")
      const flag = stdout.trim() === 'true' ? '--permission' : '--experimental-permission'
      const guarded = { ...runtime, flags: [flag, '--allow-fs-read=*'] }
      const { results, stderr } = await diffWith(guarded, join(fixture, 'diff.mjs'))
      expectTruth(results, 'in-thread')
      const warnings = stderr.split('\n').filter((line) => /Warning: .*layerdiff/.test(line))
      expect(warnings).toEqual([
        expect.stringMatching(/Warning: layerdiff could not start a worker.*Access to this API has been restricted/),
      ])
    })
  }
})

describe('the command', () => {
  for (const runtime of nodes) {
    test.skipIf(runtime.skipped)(`${runtime.name} runs it`, async () => {
      const [before, after] = (['small-1', 'small-2'] as const).map(
        (image) => `oci:${fixturePath('images', image, 'oci-gzip')}`,
      )
      const command = join(fixture, 'node_modules/layerdiff/dist/cli/main.js')
      const { stdout, stderr } = await run(runtime, command, 'diff', before, after, '--mtime', '--format', 'json')
      expectTrueChanges(JSON.parse(stdout).changes)
      expect(stderr).toBe('')
    })
  }
})
