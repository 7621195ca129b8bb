// What of the package bundlers put into an app: no more than it uses, and nothing twice.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { type Bundler, bundle, esbuild, esbuildWhole, rollup, vite, webpack } from './support/bundlers.js'

/** The scripts below a folder, by name. */
function scriptsIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** A script and all that it imports at once. */
function loadedWith(name: string, scripts: Map<string, string>, found = new Set<string>()): string[] {
  found.add(name)
  for (const [, next = ''] of (scripts.get(name) ?? '').matchAll(/\b(?:from|import)\s*"\.\/([^"]+)"/g)) {
    if (!found.has(next)) loadedWith(next, scripts, found)
  }
  return [...found].map((file) => scripts.get(file) ?? '')
}

/** A stretch that is found in a binary of the package alone, as it stands in its module. */
function stretchOf(module: string): string {
  const text = readFileSync(join(inject('installed'), 'node_modules/layerdiff/dist/engine', module), 'utf8')
  const [, base64 = ''] = /"([\w+/=]{1000,})"/.exec(text) ?? []
  return base64.slice(500, 600)
}

function countOf(stretch: string, scripts: Map<string, string>): number {
  return [...scripts.values()].reduce((count, text) => count + text.split(stretch).length - 1, 0)
}

describe('an app that imports parseReference alone carries no engine', () => {
  /**
   * Bytes. The reader of names, the error class and the names' rules are 10 KB as they are published, where Rollup leaves them, and a
   * third of that when they are minified. The smallest piece of an engine would be 70 KB.
   */
  const LIMIT = 14_000

  test.for([
    ['Vite', vite],
    ['webpack', webpack],
    ['Rollup', rollup],
    ['esbuild', esbuild],
    ['esbuild, as one file', esbuildWhole],
  ] as const)('%s', async ([, bundler]) => {
    const scripts = scriptsIn((await bundle(bundler, 'reference')).dist)
    // esbuild, when it splits, emits a chunk for each import() that it meets, also in what is left out: no page asks for those.
    const loaded = bundler === esbuild ? loadedWith('main.js', scripts) : [...scripts.values()]
    const text = loaded.join('\n')
    expect(text).not.toMatch(/WebAssembly|\bWorker\b|H4sI/)
    expect(text.length).toBeGreaterThan(1000)
    expect(text.length).toBeLessThan(LIMIT)
  })
})

describe('an app with layerdiff and layerdiff/element has what is bundled no more often than it must', () => {
  /**
   * The core stands in the whole worker, for a page that cannot load the worker's file, and in the engine for a thread that may start no
   * worker; and once more in the worker's file, where the bundler moves that. Only one of the three is ever loaded.
   */
  const rows: [string, Bundler, number][] = [
    ['Vite', vite, 3],
    ['webpack', webpack, 3],
    ['Rollup', rollup, 2],
    ['esbuild', esbuild, 2],
    ['esbuild, as one file', esbuildWhole, 2],
  ]
  test.for(rows)('%s', async ([, bundler, cores]) => {
    const scripts = scriptsIn((await bundle(bundler, 'page', 'element')).dist)
    expect({
      core: countOf(stretchOf('core.generated.js'), scripts),
      zstd: countOf(stretchOf('zstd.generated.js'), scripts),
      sqlite: countOf(stretchOf('sqlite-1.generated.js'), scripts),
      'lit-html': countOf('litHtmlVersions', scripts),
    }).toEqual({ core: cores, zstd: 1, sqlite: 1, 'lit-html': 1 })
  })
})
