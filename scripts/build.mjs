// Builds what is missing or out of date. `node scripts/build.mjs [STEP]` stops after STEP.
//
//   assembly/ --wasm--> build/*.wasm --modules--> src/engine/{core,zstd,sqlite-1,sqlite-2,sqlite-3}.generated.ts
//     --workers--> dist/engine/worker*.js, src/engine/worker{,.node}.inline.generated.ts
//     --embedded element--> src/report/element.generated.ts --library--> dist/
//     --command--> dist/cli/main.js
//     --element--> dist/element/
//     --pages--> dist/layerdiff.js, dist/layerdiff.iife.js, dist/inline.js
//   --samples--> build/sample/*.tar, which the demo page shows
//
// A step is up to date when its outputs are there and the bytes of its inputs are those of the last time it ran. Bytes,
// not times: a checkout, a copy or a clock gives files new times, and a deleted input has none.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildLibrary, emittedFiles } from './build-library.mjs'
import { isMain, listFiles, root, writeWhole } from './files.mjs'

const generated = [
  ...['core', 'zstd', 'sqlite-1', 'sqlite-2', 'sqlite-3', 'worker.inline', 'worker.node.inline'].map(
    (name) => `src/engine/${name}.generated.ts`,
  ),
  'src/report/element.generated.ts',
]
const [core, zstd, sqlite1, sqlite2, sqlite3, inlineWorker, inlineThread, inlineElement] = generated
const wasm = ['build/core.simd.wasm', 'build/core.scalar.wasm']

/** Inputs of every step: the scripts themselves, and the lock file for the versions of the compilers. */
const common = () => [
  'package.json',
  'package-lock.json',
  ...listFiles('scripts').filter((file) => /\/(build|files)[^/]*\.mjs$/.test(file)),
]
const sources = () => listFiles('src').filter((file) => file.endsWith('.ts'))

/**
 * In the order in which they run. Modules are imported by the step that needs them: where everything is up to date, the
 * compilers need not even be installed.
 * @type {{ name: string, inputs: () => string[], outputs: () => string[], run: () => Promise<void> }[]}
 */
const steps = [
  {
    name: 'wasm',
    inputs: () => [...listFiles('assembly'), 'asconfig.json'],
    outputs: () => wasm,
    async run() {
      const { buildWasm, releaseTargets } = await import('./build-wasm.mjs')
      for (const target of releaseTargets) await buildWasm(target)
    },
  },
  {
    name: 'modules',
    inputs: () => wasm,
    outputs: () => [core, zstd, sqlite1, sqlite2, sqlite3, 'dist/THIRD-PARTY-NOTICES.txt'],
    async run() {
      const { writeCore, writeNotices, writeSqlite, writeZstd } = await import('./build-modules.mjs')
      writeCore()
      writeZstd()
      writeSqlite()
      writeNotices()
    },
  },
  {
    name: 'workers',
    inputs: () => sources().filter((file) => ![inlineWorker, inlineThread, inlineElement].includes(file)),
    outputs: () => ['dist/engine/worker.js', 'dist/engine/worker.node.js', inlineWorker, inlineThread],
    async run() {
      const { buildWorkers } = await import('./build-bundles.mjs')
      await buildWorkers()
    },
  },
  {
    name: 'embedded element',
    inputs: () => [...sources().filter((file) => !generated.includes(file)), ...listFiles('src/element/styles')],
    outputs: () => [inlineElement],
    async run() {
      const { embedElement } = await import('./build-element.mjs')
      await embedElement()
    },
  },
  {
    name: 'library',
    inputs: () => [...sources(), 'tsconfig.base.json', 'tsconfig.build.json', ...wasm],
    outputs: () => ['dist/core.wasm', ...emittedFiles().filter((file) => !file.endsWith('.map'))],
    async run() {
      buildLibrary()
    },
  },
  {
    name: 'command',
    inputs: () => sources(),
    outputs: () => ['dist/cli/main.js'],
    async run() {
      const { buildCommand } = await import('./build-bundles.mjs')
      await buildCommand()
    },
  },
  {
    name: 'element',
    inputs: () => [...sources(), ...listFiles('src/element/styles'), 'tsconfig.element.json'],
    outputs: () => ['dist/element/element.js', 'dist/element/work.js', 'dist/element/element.d.ts'],
    async run() {
      const { buildElement } = await import('./build-element.mjs')
      await buildElement()
    },
  },
  {
    name: 'pages',
    inputs: () => sources(),
    outputs: () => ['dist/inline.js', 'dist/layerdiff.js', 'dist/layerdiff.iife.js'],
    async run() {
      const { buildPages } = await import('./build-pages.mjs')
      await buildPages()
    },
  },
  {
    name: 'samples',
    inputs: () => ['scripts/make-samples.mjs'],
    outputs: () => ['1.0', '1.1'].map((tag) => `build/sample/greeter-${tag}.tar`),
    async run() {
      const { makeSamples } = await import('./make-samples.mjs')
      await makeSamples()
    },
  },
]

/**
 * Runs the steps that are out of date, up to and including `last`.
 * @param {string} [last] the name of a step; by default the last one
 * @throws {Error} where a step fails or does not exist
 */
export async function build(last = steps.at(-1)?.name) {
  if (!existsSync(join(root, 'src'))) return // an unpacked package: dist/ is all there is
  const end = steps.findIndex(({ name }) => name === last)
  if (end < 0) throw new Error(`no step is named ${last}; the steps are ${steps.map(({ name }) => name).join(', ')}`)
  for (const step of steps.slice(0, end + 1)) await bring(step)
}

/** The wasm that tests look into; no package has it. @throws {Error} where it does not compile */
export async function buildChecked() {
  await bring({
    name: 'checked wasm',
    inputs: () => [...listFiles('assembly'), 'asconfig.json', 'scripts/checked-wasm.mjs'],
    outputs: () => ['build/core.checked.wasm', 'build/core.checked.json'],
    async run() {
      const { buildWasm } = await import('./build-wasm.mjs')
      await buildWasm('checked')
    },
  })
}

/**
 * Runs a step if it is out of date.
 * @param {(typeof steps)[number]} step
 */
async function bring(step) {
  const stamp = join(root, `build/stamps/${step.name}`)
  const hash = hashFiles([...common(), ...step.inputs()])
  const present = step.outputs().every((file) => existsSync(join(root, file)))
  if (present && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  const start = performance.now()
  await step.run().catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error(`the build needs the development dependencies; run npm ci (${error.message})`)
  })
  writeWhole(stamp, hash)
  process.stderr.write(`built ${step.name} in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

/** @param {string[]} files */
function hashFiles(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    const path = join(root, file)
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

if (isMain(import.meta.url)) {
  await build(process.argv[2]).catch((error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
}
