// Bundles the library for those who have no bundler, or whose threads cannot start workers.
//
// Takes: src/index.ts and what it imports. Gives, beside the modules that bundlers take:
//   dist/layerdiff.js       a module for pages; what is seldom needed it loads from dist/engine/
//   dist/layerdiff.iife.js  the same as a classic script, which is the global `layerdiff`
//   dist/inline.js          one module that loads nothing and starts no worker
// and declarations of the modules, which are those of dist/index.js.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Script } from 'node:vm'
import { rolldown } from 'rolldown'
import { root, writeWhole } from './files.mjs'

/** Where src/engine/ would lie, in place of its `import.meta.url`: the bundles are a folder above it, and scripts have none. */
const ENGINE_URL = '__engine'
const OWN_URL = { esm: 'import.meta.url', iife: 'document.currentScript?.src || location.href' }

/** What a bundle leaves in dist/engine/: as large as all else together, or needed where no worker can be had. */
const OUTSIDE = ['in-thread', ...[1, 2, 3].map((part) => `sqlite-${part}.generated`)]

/** @throws {Error} where a bundle is not what it should be */
export async function buildPages() {
  const outside = [...OUTSIDE, 'worker.inline.generated', 'zstd.generated']
  await bundle({ file: 'dist/layerdiff.js', platform: 'browser', format: 'esm', outside })
  // A script of another origin may find nothing beside itself: it takes along what every page may need.
  const script = await bundle({ file: 'dist/layerdiff.iife.js', platform: 'browser', format: 'iife', outside: OUTSIDE })
  new Script(script) // throws at `import`, `export` and `import.meta`
  const inline = await bundle({ file: 'dist/inline.js', platform: 'inline.browser', format: 'esm', outside: [] })
  if (/\bnew Worker\b|\bimport\(/.test(inline)) throw new Error('dist/inline.js must load nothing')
  for (const name of ['layerdiff', 'inline'])
    writeWhole(join(root, `dist/${name}.d.ts`), `export * from './index.js'\n`)
}

/**
 * Makes one file, writes it with its map and gives its code.
 * @param {{ file: string, platform: string, format: 'esm' | 'iife', outside: string[] }} options
 */
async function bundle({ file, platform, format, outside }) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const build = await rolldown({
    input: join(root, 'src/index.ts'),
    platform: 'browser',
    tsconfig: false,
    resolve: { alias: { '#platform': join(root, `src/platform.${platform}.ts`) } },
    transform: {
      target: 'es2022',
      define: { 'import.meta.url': ENGINE_URL },
    },
    plugins: [engineFiles(outside)],
    onLog(_level, log) {
      throw new Error(`bundling ${file}: ${log.message}`)
    },
  })
  const { output } = await build.generate({
    format,
    ...(format === 'iife' ? { name: 'layerdiff' } : {}),
    intro: platform === 'browser' ? `const ${ENGINE_URL} = new URL('./engine/', ${OWN_URL[format]}).href;` : '',
    codeSplitting: false,
    minify: true,
    sourcemap: true,
    dir: join(root, 'dist'),
    entryFileNames: basename(file),
    postBanner: `/*! layerdiff ${version}, MIT. Contains Zstandard and zstddec: see THIRD-PARTY-NOTICES.txt */`,
  })
  await build.close()
  const [chunk, ...more] = output.filter((one) => one.type === 'chunk')
  if (!chunk?.map || more.length > 0) throw new Error(`${file} must be one file with a map`)
  const { code, map } = chunk
  // The generated modules are left out of the map: base64 has no reader.
  map.sourcesContent = map.sourcesContent?.map((text, i) => (map.sources[i].endsWith('.generated.ts') ? '' : text))
  writeWhole(join(root, `${file}.map`), map.toString())
  const bare = code.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, '').trimEnd()
  writeWhole(join(root, file), `${bare}\n//# sourceMappingURL=${basename(file)}.map\n`)
  return bare
}

/**
 * Finds the modules that stay in dist/engine/ from dist/. A bundle that leaves nothing outside has no SQLite, and says so of each rpm
 * database.
 * @param {string[]} outside
 * @returns {import('rolldown').Plugin}
 */
function engineFiles(outside) {
  return {
    name: 'engine-files',
    resolveId(id) {
      const name = outside.find((name) => id.endsWith(`/${name}.js`))
      if (name !== undefined) return { id: `./engine/${name}.js`, external: true }
      return /\/sqlite-\d\.generated\.js$/.test(id) ? 'no-sqlite' : null
    },
    load(id) {
      if (id !== 'no-sqlite') return null
      return `export const part = ''; throw new Error('layerdiff/inline leaves it out')`
    },
  }
}
