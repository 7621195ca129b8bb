// The package in other people's tests: Vitest and Jest, in Node's surroundings and in jsdom's.
//
// Vitest leaves packages to Node, whatever the surroundings are. Jest resolves them by its surroundings' conditions, which in
// jsdom are a browser's, without a browser's workers and streams: importing the package there does no harm, and diffing needs
// the two settings that stand below.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'
import { expectTruth, type Result, stacks } from './support/stacks.js'
import { makeFixture } from './support/workspace.js'

const modules = join(inject('tools'), 'node_modules')

/** Runs a fixture's tests to their end; gives what they say and the results they wrote. Fails where one of them does. */
async function runTests(folder: string, ...command: readonly string[]) {
  const results = join(folder, 'results.json')
  // What this test runner says of itself is not the other one's business.
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|JEST|NODE_OPTIONS$)/.test(name))
  const env = { ...Object.fromEntries(own), STACKS: JSON.stringify(stacks()), RESULTS: results, NO_COLOR: '1' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: folder, env })
  return { said: stdout + stderr, results: (): Result[] => JSON.parse(readFileSync(results, 'utf8')) }
}

describe('Vitest: paths, bytes and Files, in workers', () => {
  test.for(['node', 'jsdom'])('%s', async (environment) => {
    const folder = await makeFixture('vitest')
    const vitest = join(modules, 'vitest/vitest.mjs')
    const { results } = await runTests(folder, vitest, 'run', '--environment', environment)
    expectTruth(results(), 'worker', 3)
  })
})

describe('Jest, with ES modules', () => {
  const jest = (config: object, ...filters: string[]) => [
    '--experimental-vm-modules',
    join(modules, 'jest/bin/jest.js'),
    '--config',
    JSON.stringify({ transform: {}, ...config }),
    ...filters,
  ]

  test('node: paths and bytes, in workers', async () => {
    const folder = await makeFixture('jest')
    const { results } = await runTests(folder, ...jest({ testEnvironment: 'node' }))
    expectTruth(results(), 'worker', 2)
  })

  test('jsdom, told to take packages as Node does and given a TextDecoder: paths and bytes, in workers', async () => {
    const folder = await makeFixture('jest')
    const settings = {
      testEnvironment: 'jsdom',
      testEnvironmentOptions: { customExportConditions: ['node'] },
      setupFiles: ['./globals.js'],
    }
    const { results } = await runTests(folder, ...jest(settings))
    expectTruth(results(), 'worker', 2)
  })

  test('jsdom as it is: importing does no harm', async () => {
    const folder = await makeFixture('jest')
    const { said } = await runTests(folder, ...jest({ testEnvironment: 'jsdom' }, 'import.test.js'))
    expect(said).toContain('Tests:       1 passed, 1 total')
  })
})
