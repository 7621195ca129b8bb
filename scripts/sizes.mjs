// What a user downloads, gzipped, against the limits that the project keeps. `node scripts/sizes.mjs` fails when one is
// exceeded.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { isMain, root } from './files.mjs'

/** @type {{ name: string, limit: number, read: () => Promise<string | Uint8Array> }[]} */
const rows = [
  { name: 'dist/core.wasm', limit: 40_000, read: async () => readFileSync(join(root, 'dist/core.wasm')) },
  { name: 'diffLayers, minified', limit: 14_000, read: () => mainEntry(['diffLayers', 'LayerDiffError']) },
  { name: 'parseReference, minified', limit: 3_000, read: () => mainEntry(['parseReference']) },
  { name: 'all exports, minified', limit: 16_000, read: () => mainEntry(null) },
  { name: 'the element, minified', limit: 32_500, read: () => loadedWith(join(root, 'dist/element/element.js')) },
  { name: 'dist/engine/worker.js', limit: 60_000, read: async () => readFileSync(join(root, 'dist/engine/worker.js')) },
  { name: 'dist/layerdiff.js', limit: 64_000, read: async () => readFileSync(join(root, 'dist/layerdiff.js')) },
  { name: 'dist/inline.js', limit: 142_000, read: async () => readFileSync(join(root, 'dist/inline.js')) },
]

/**
 * Prints one line a file.
 * @returns {Promise<boolean>} whether every file keeps its limit
 */
export async function reportSizes() {
  let within = true
  for (const { name, limit, read } of rows) {
    const size = gzipSync(await read(), { level: 9 }).length
    if (size > limit) within = false
    const kilobytes = (size / 1000).toFixed(1).padStart(6)
    process.stderr.write(
      `${name.padEnd(24)}${kilobytes} KB gzip, limit ${limit / 1000} KB${size > limit ? ': OVER' : ''}\n`,
    )
  }
  return within
}

/**
 * All that a page loads with `import { … } from 'layerdiff'` before it asks for anything.
 * @param {string[] | null} names null for every export
 */
function mainEntry(names) {
  return loadedWith(join(root, 'dist/index.js'), names)
}

/**
 * A module, and what it imports statically.
 * @param {string} index
 * @param {string[] | null} [names] what a page names of it; null for every export
 */
async function loadedWith(index, names = null) {
  const build = await rolldown({
    input: names ? 'app' : index,
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === 'app' ? id : null),
        load: (id) => (id === 'app' ? `export { ${names?.join(', ')} } from ${JSON.stringify(index)}` : null),
      },
    ],
    treeshake: { moduleSideEffects: false },
    platform: 'browser',
    tsconfig: false,
    resolve: { alias: { '#platform': join(root, 'dist/platform.browser.js') } },
    preserveEntrySignatures: 'strict',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const chunks = new Map(output.filter((file) => file.type === 'chunk').map((chunk) => [chunk.fileName, chunk]))
  const wanted = new Set([...chunks.values()].filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName))
  for (const name of wanted) for (const imported of chunks.get(name)?.imports ?? []) wanted.add(imported)
  return [...wanted].map((name) => chunks.get(name)?.code ?? '').join('')
}

if (isMain(import.meta.url) && !(await reportSizes())) {
  process.stderr.write('A limit is exceeded: find out what grew before raising one\n')
  process.exitCode = 1
}
