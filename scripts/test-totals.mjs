// Adds up the test runs that build/test-results/ holds and prints one line: N passed, N failed[, N skipped].
// Fails where a test failed or none ran.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, root } from './files.mjs'

let passed = 0
let failed = 0
let skipped = 0
for (const file of listFiles('build/test-results')) {
  const run = JSON.parse(readFileSync(join(root, file), 'utf8'))
  passed += run.numPassedTests
  failed += run.numFailedTests
  skipped += run.numPendingTests + run.numTodoTests
  // A file that could not even be loaded failed, though vitest counts no test of it.
  for (const { status, assertionResults } of run.testResults) {
    if (status === 'failed' && assertionResults.length === 0) failed += 1
  }
}
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
if (failed > 0 || passed === 0) process.exitCode = 1
