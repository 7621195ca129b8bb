// What is bundled comes with its licence, and once.
//
// Which packages those are is told by the source maps, and of binaries by the generated modules that hold them: a package that is
// bundled tomorrow fails here until its licence is shipped.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { type SourceMap, sourcesInUse } from './support/source-map.js'

const repository = join(import.meta.dirname, '../..')
const folder = join(inject('installed'), 'node_modules/layerdiff/dist')
const files = readdirSync(folder, { recursive: true }) as string[]
const notices = readFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8')

/** Folders of packages by the bundle that has sources of them. */
const bundled = files
  .filter((file) => file.endsWith('.js.map'))
  .map((file) => {
    const map: SourceMap = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const roots = sourcesInUse(map).flatMap(
      (source) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(map.sources[source] ?? '')?.[0] ?? [],
    )
    return { file, roots: [...new Set(roots)] }
  })

/** Packages whose binaries are in generated modules: `/** SQLite from NAME VERSION: … `. */
const binaries = files
  .filter((file) => file.endsWith('.generated.js'))
  .flatMap((file) => {
    const [, name] =
      / from ((?:@[\w.-]+\/)?[\w.-]+) \d[\w.-]*:/.exec(readFileSync(join(folder, file), 'utf8').slice(0, 500)) ?? []
    return name ?? []
  })

const nameOf = (root: string) => root.slice(root.lastIndexOf('node_modules/') + 'node_modules/'.length)
const names = [...new Set([...bundled.flatMap(({ roots }) => roots.map(nameOf)), ...binaries])].sort()

test('there are such packages', () => {
  expect(names).toEqual(expect.arrayContaining(['@sqlite.org/sqlite-wasm', 'lit-html', 'zstddec']))
})

describe('the licence of', () => {
  test.for(names)('%s', (name) => {
    const file = join(repository, 'node_modules', name, 'LICENSE')
    // SQLite's package has no file of it: its text says whose it is, and that it is in the public domain or under MIT.
    const licence = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'LICENSE for the sqlite3 WebAssembly'
    expect(notices).toContain(licence)
  })
})

test('no bundle has two copies of a package', () => {
  for (const { file, roots } of bundled) expect(new Set(roots.map(nameOf)).size, file).toBe(roots.length)
})
