// Compiles src/ to dist/ with plain tsc, which leaves `new Worker(new URL('./worker.js', import.meta.url), ...)` as it
// stands: the literal is what other people's bundlers look for, and bundling the library would lose it.
//
// Takes: src/ without the workers' entries, the command and the element, tsconfig.build.json, build/core.simd.wasm.
// Gives: dist/ with declarations and source maps beside each module, and dist/core.wasm.

import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, root, writeWhole } from './files.mjs'

/** Written to dist/ by the other steps. */
const others = [
  'dist/THIRD-PARTY-NOTICES.txt',
  'dist/core.wasm',
  ...['engine/worker.js', 'engine/worker.node.js', 'cli/main.js'].flatMap((name) => [
    `dist/${name}`,
    `dist/${name}.map`,
  ]),
]

/** Where other steps write what they like. */
const ownFolders = /^dist\/(element\/|(inline|layerdiff)\.)/

/** @throws {Error} where a type is wrong; the messages have gone to standard error */
export function buildLibrary() {
  const emitted = emittedFiles()
  const clash = emitted.find((file) => others.includes(file))
  if (clash !== undefined) throw new Error(`${clash} is a bundle: no module of src/ may compile to that name`)

  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  // Standard output is for what a script prints itself, so the compiler's messages go to standard error.
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('src/ does not compile')

  for (const file of emitted.filter((name) => name.endsWith('.generated.js'))) dropMap(file)
  for (const file of listFiles('dist')) {
    if (!emitted.includes(file) && !others.includes(file) && !ownFolders.test(file)) rmSync(join(root, file))
  }
  writeWhole(join(root, 'dist/core.wasm'), readFileSync(join(root, 'build/core.simd.wasm')))
}

/** What tsc makes of src/ as it is now. Anything else in dist/ is left over from a module that is gone. */
export function emittedFiles() {
  return listFiles('src')
    .filter((file) => file.endsWith('.ts') && !/^src\/(engine\/worker\.(browser|node)\.ts$|cli\/|element\/)/.test(file))
    .map((file) => file.replace(/^src/, 'dist').replace(/\.ts$/, ''))
    .flatMap((stem) => [`${stem}.js`, `${stem}.js.map`, `${stem}.d.ts`])
}

/**
 * Takes away the map of a generated module, which would only repeat its base64.
 * @param {string} file
 */
function dropMap(file) {
  const path = join(root, file)
  writeWhole(path, readFileSync(path, 'utf8').replace(/\/\/# sourceMappingURL=.*\n?$/, ''))
  rmSync(`${path}.map`, { force: true })
}
