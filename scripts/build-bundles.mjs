// Bundles what must be one file: the two workers, and the command.
//
// Takes: src/engine/worker.browser.ts, src/engine/worker.node.ts, src/cli/main.ts and what they import, the generated modules
// included. Gives: dist/engine/worker.js, a script that runs as a module and as a classic script; dist/engine/worker.node.js, a
// module that imports nothing but node:; src/engine/worker{,.node}.inline.generated.ts, the same two as text, for where no
// worker's file can be loaded; dist/cli/main.js, which starts in half the time that its hundred modules take.

import { chmodSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { Script } from 'node:vm'
import { rolldown } from 'rolldown'
import { constant, writeGenerated } from './build-modules.mjs'
import { root, writeWhole } from './files.mjs'

const workerNotice = 'Contains Zstandard and zstddec: see THIRD-PARTY-NOTICES.txt'

/** Both workers, and both once more as text. */
export async function buildWorkers() {
  const code = await bundle('src/engine/worker.browser.ts', 'browser', 'dist/engine/worker.js', workerNotice)
  new Script(code) // a classic script: throws at `import`, `export` and `import.meta`
  writeGenerated('worker.inline', [constant('source', 'dist/engine/worker.js.', code)])
  const threadCode = await bundle('src/engine/worker.node.ts', 'node', 'dist/engine/worker.node.js', workerNotice)
  writeGenerated('worker.node.inline', [constant('source', 'dist/engine/worker.node.js.', threadCode)])
}

/** The command. What finds a file beside itself, or is seldom needed and large, stays a module of the library. */
export async function buildCommand() {
  const shared = [
    ...['spawn.node', 'in-thread', 'zstd.generated'].map((name) => `engine/${name}`),
    ...[1, 2, 3].map((part) => `engine/sqlite-${part}.generated`),
    'report/element.generated',
  ]
  const file = join(root, 'dist/cli/main.js')
  await bundle('src/cli/main.ts', 'node', 'dist/cli/main.js', '', shared)
  chmodSync(file, 0o755)
}

/**
 * Bundles a module for one platform, writes it with its map and returns the code without the map's address.
 * @param {string} source
 * @param {'browser' | 'node'} platform for browsers it becomes a script, for Node a module
 * @param {string} outFile
 * @param {string} notice
 * @param {string[]} shared modules of dist/ that are not taken in, without their endings
 */
async function bundle(source, platform, outFile, notice, shared = []) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = dirname(outFile)
  const addressOf = (/** @type {string} */ name) => relative(folder, `dist/${name}.js`)
  const build = await rolldown({
    input: join(root, source),
    platform,
    tsconfig: false,
    plugins: [
      {
        name: 'shared',
        resolveId(id) {
          const name = shared.find((name) => id.endsWith(`${name.slice(name.lastIndexOf('/'))}.js`))
          return name === undefined ? null : { id: addressOf(name), external: true }
        },
      },
    ],
    resolve: { alias: { '#platform': join(root, `src/platform.${platform}.ts`) } },
    transform: { target: 'es2022' },
    onLog(_level, log) {
      throw new Error(`bundling ${source}: ${log.message}`)
    },
  })
  const { output } = await build.generate({
    format: platform === 'browser' ? 'iife' : 'esm',
    codeSplitting: false,
    minify: true,
    sourcemap: true,
    dir: join(root, folder),
    entryFileNames: basename(outFile),
    postBanner: `/*! layerdiff ${version}, MIT.${notice && ` ${notice}`} */`,
  })
  await build.close()

  const chunks = output.filter((file) => file.type === 'chunk')
  const outside = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
  // An `import()` of a module inside the bundle names the bundle itself.
  const own = basename(outFile)
  const known = [own, ...shared.map(addressOf)]
  const foreign = outside.filter(
    (name) => !known.includes(name) && (platform === 'browser' || !name.startsWith('node:')),
  )
  if (chunks.length !== 1 || foreign.length > 0) {
    throw new Error(`${outFile} must be one file and needs ${chunks.length} and ${foreign.join(', ') || 'no module'}`)
  }
  const [{ code, map }] = chunks
  if (map === null) throw new Error(`${outFile} has no source map`)
  const bare = `${code.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '').trimEnd()}\n`
  // The generated modules are left out of the map: base64 has no reader.
  map.sourcesContent = map.sourcesContent?.map((text, i) => (map.sources[i].endsWith('.generated.ts') ? '' : text))
  writeWhole(join(root, `${outFile}.map`), map.toString())
  writeWhole(join(root, outFile), `${bare}//# sourceMappingURL=${basename(outFile)}.map\n`)
  return bare
}
