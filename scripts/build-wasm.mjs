// Compiles assembly/ to WebAssembly.
//
// Takes: assembly/*.ts and asconfig.json, which holds every compiler flag.
// Gives: build/core.TARGET.wasm. `node scripts/build-wasm.mjs [simd|scalar|debug|checked]...`; simd and scalar by default.
// `checked` is for tests (scripts/checked-wasm.mjs), and has its branches beside it: build/core.checked.json.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { isMain, root, writeWhole } from './files.mjs'

/** As src/engine/serve.ts has it. */
const ID_SECTION = 'layerdiff'

export const releaseTargets = ['simd', 'scalar']

/**
 * Compiles one target.
 * @param {string} target a name under `targets` in asconfig.json
 * @throws {Error} with the compiler's messages
 */
export async function buildWasm(target) {
  if (target === 'checked') return buildChecked()
  // Whole files only: tests that run meanwhile must never read half a module.
  await compile(target, [], {
    writeFile: (name, contents) => writeWhole(name, typeof contents === 'string' ? contents : identified(contents)),
  })
}

/** Compiles the sources with their static memory guarded, and puts checks and counters into the module. */
async function buildChecked() {
  const { checkModule, checkedFlags, guardStatics } = await import('./checked-wasm.mjs')
  /** @type {Uint8Array | undefined} */
  let compiled
  await compile('checked', ['assembly/guard.ts', ...checkedFlags], {
    readFile(name) {
      const path = join(root, name)
      if (!existsSync(path)) return null
      const source = readFileSync(path, 'utf8')
      return /^assembly\/\w/.test(name) && name !== 'assembly/guard.ts' ? guardStatics(source) : source
    },
    writeFile(name, contents) {
      if (typeof contents !== 'string' && name.endsWith('.wasm')) compiled = contents
    },
  })
  if (compiled === undefined) throw new Error('the compiler wrote no module')
  const { wasm, branches } = checkModule(compiled)
  writeWhole(join(root, 'build/core.checked.wasm'), wasm)
  writeWhole(join(root, 'build/core.checked.json'), JSON.stringify(branches))
}

/**
 * @param {string} target
 * @param {string[]} more arguments
 * @param {import('assemblyscript/asc').APIOptions} files
 */
async function compile(target, more, files) {
  const messages = asc.createMemoryStream()
  const { error } = await asc.main(['--config', 'asconfig.json', '--target', target, '--baseDir', root, ...more], {
    stdout: messages,
    stderr: messages,
    ...files,
  })
  if (error) throw new Error(`assembly/ does not compile (target ${target}):\n${messages.toString()}`)
  // What asc says of its own optimiser is nothing that anybody could act on.
  process.stderr.write(messages.toString().replace('Last converge was suboptimal.\n', ''))
}

/**
 * A module that says which build it is, in a section that nothing runs: one that is shipped apart from its worker can be told
 * from another version's.
 * @param {Uint8Array} wasm
 */
function identified(wasm) {
  const name = Buffer.from(ID_SECTION)
  const content = Buffer.concat([Buffer.of(name.length), name, Buffer.from(idOf(wasm))])
  return Buffer.concat([wasm, Buffer.of(0, content.length), content])
}

/** @param {Uint8Array} wasm as it was compiled */
function idOf(wasm) {
  return createHash('sha256').update(wasm).digest('hex').slice(0, 32)
}

/**
 * What a module says of itself.
 * @param {BufferSource} wasm
 */
export function readId(wasm) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(wasm), ID_SECTION)
  if (section === undefined) throw new Error('the module has no section that tells its build')
  return Buffer.from(section).toString()
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
