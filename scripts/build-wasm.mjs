// Compiles assembly/ to WebAssembly.
//
// Takes: assembly/*.ts and asconfig.json, which holds every compiler flag.
// Gives: build/core.TARGET.wasm. `node scripts/build-wasm.mjs [simd|scalar|debug]...`; simd and scalar by default.

import asc from 'assemblyscript/asc'
import { isMain, root, writeWhole } from './files.mjs'

export const releaseTargets = ['simd', 'scalar']

/**
 * Compiles one target.
 * @param {string} target a name under `targets` in asconfig.json
 * @throws {Error} with the compiler's messages
 */
export async function buildWasm(target) {
  const messages = asc.createMemoryStream()
  const { error } = await asc.main(['--config', 'asconfig.json', '--target', target, '--baseDir', root], {
    stdout: messages,
    stderr: messages,
    // Whole files only: tests that run meanwhile must never read half a module.
    writeFile: (name, contents) => writeWhole(name, contents),
  })
  if (error) throw new Error(`assembly/ does not compile (target ${target}):\n${messages.toString()}`)
  // What asc says of its own optimiser is nothing that anybody could act on.
  process.stderr.write(messages.toString().replace('Last converge was suboptimal.\n', ''))
}

if (isMain(import.meta.url)) {
  const named = process.argv.slice(2)
  try {
    for (const target of named.length > 0 ? named : releaseTargets) await buildWasm(target)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
