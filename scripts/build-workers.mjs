// Bundles the two workers, each into one file that needs no other.
//
// Takes: src/engine/worker.browser.ts, src/engine/worker.node.ts and what they import, the generated modules included.
// Gives: dist/engine/worker.js, a script that runs as a module and as a classic script; dist/engine/worker.node.js, a
// module that imports nothing but node:; src/engine/worker.inline.generated.ts, the browser's worker as text, for pages
// on which no worker URL can be loaded.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Script } from 'node:vm'
import { rolldown } from 'rolldown'
import { constant, writeGenerated } from './build-modules.mjs'
import { root, writeWhole } from './files.mjs'

/** Both workers, and the browser's once more as text. */
export async function buildWorkers() {
  const code = await bundle('browser', 'iife', 'dist/engine/worker.js')
  new Script(code) // a classic script: throws at `import`, `export` and `import.meta`
  writeGenerated('worker.inline', [constant('source', 'dist/engine/worker.js.', code)])
  await bundle('node', 'esm', 'dist/engine/worker.node.js')
}

/**
 * Bundles src/engine/worker.PLATFORM.ts, writes it with its map and returns the code without the map's address.
 * @param {'browser' | 'node'} platform
 * @param {'iife' | 'esm'} format
 * @param {string} outFile
 */
async function bundle(platform, format, outFile) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const build = await rolldown({
    input: join(root, `src/engine/worker.${platform}.ts`),
    platform,
    tsconfig: false,
    resolve: { alias: { '#platform': join(root, `src/platform.${platform}.ts`) } },
    transform: { target: 'es2022' },
    onLog(_level, log) {
      throw new Error(`bundling worker.${platform}.ts: ${log.message}`)
    },
  })
  const { output } = await build.generate({
    format,
    codeSplitting: false,
    minify: true,
    sourcemap: true,
    dir: join(root, 'dist/engine'),
    entryFileNames: basename(outFile),
    banner: `/*! layerdiff ${version}, MIT. Contains Zstandard and zstddec: see THIRD-PARTY-NOTICES.txt */`,
  })
  await build.close()

  const chunks = output.filter((file) => file.type === 'chunk')
  const outside = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
  // An `import()` of a module inside the bundle names the bundle itself.
  const own = basename(outFile)
  const foreign = outside.filter((name) => name !== own && (platform === 'browser' || !name.startsWith('node:')))
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
