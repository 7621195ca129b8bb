// Everything about the code that can be said without running it: format and lint, types, import rules, sizes.
// All checks run, so that one call names every fault.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from './build.mjs'
import { root } from './files.mjs'

/** @type {[string, ...string[]][]} name, script below the root, arguments */
const checks = [
  ['format and lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ['types of the library', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmit'],
  ['types in browsers', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.browser.json'],
  ['types of tests, demo and scripts', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  ['architecture', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'node', 'test/architecture.test.ts'],
  ['sizes', 'scripts/sizes.mjs'],
]

/** @type {string[]} */
const faults = []
await build().catch((error) => {
  process.stderr.write(`${error.message}\n`)
  faults.push('build')
})
for (const [name, script, ...args] of checks) {
  process.stderr.write(`\n${name}\n`)
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) faults.push(name)
}
process.stderr.write(faults.length > 0 ? `\nNot in order: ${faults.join(', ')}\n` : '\nAll in order\n')
process.exitCode = faults.length > 0 ? 1 : 0
