// Runs the tests: builds what is missing, finds or installs Chromium, then starts vitest.
// `node scripts/test.mjs [--project node|browser|fuzz|packaging]... [vitest's own arguments and file filters]`; node and browser
// by default. What passed is kept in build/test-results/ for scripts/test-totals.mjs.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, buildChecked } from './build.mjs'
import { ensureChromium } from './chromium.mjs'
import { root } from './files.mjs'

const args = process.argv.slice(2)
const { values } = parseArgs({ args, options: { project: { type: 'string', multiple: true } }, strict: false })
const projects = values.project ?? ['node', 'browser']
const defaults = values.project ? [] : projects.flatMap((name) => ['--project', String(name)])

try {
  await build()
  await buildChecked()
  const browser = projects.every((name) => name === 'node') ? {} : { CHROMIUM_PATH: ensureChromium() }
  const results = `build/test-results/${projects.join('-')}.json`
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...defaults, ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...browser },
  })
  process.exitCode = status ?? 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
