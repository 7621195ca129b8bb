// Every export of the package, imported; what bundlers keep of each; and what publint and attw have to say.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { run as command } from './support/commands.js'
import { bun, deno, nodes, type Runtime, run } from './support/runtimes.js'
import { expectTrueChanges, expectTruth, stacks } from './support/stacks.js'
import { makeFixture } from './support/workspace.js'

const { exports } = JSON.parse(readFileSync(join(inject('installed'), 'node_modules/layerdiff/package.json'), 'utf8'))
const [node] = nodes as [Runtime]
const MAIN = [
  ...['LayerDiffError', 'compareLayers', 'createEngine', 'diffImages', 'diffLayers', 'escapeText', 'inspectImage'],
  ...['openCache', 'openImage', 'parseReference', 'pullImage'],
]
const schema = (id: string) => expect.objectContaining({ $id: `urn:layerdiff:schema:${id}` })

/** What Node gets of each export that is for it to import. */
const IMPORTED: Readonly<Record<string, unknown>> = {
  '.': MAIN,
  './inline': MAIN,
  './browser': MAIN,
  // And what its parts that are loaded later share with it, under names of one letter.
  './element': expect.arrayContaining(['LayerDiffElement']),
  './report/html': ['htmlReport'],
  './report/markdown': ['COMMENT_LIMIT', 'markdownReport'],
  './report/gates': ['checkGates'],
  './core.wasm': expect.arrayContaining(['memory', 'begin', 'scan', 'diff']),
  './schema.json': schema('1'),
  './schema-history.json': schema('history:1'),
  './schema-config.json': schema('config:1'),
  './schema-layers.json': schema('layers:1'),
  './schema-tree.json': schema('tree:1'),
  './package.json': expect.objectContaining({ name: 'layerdiff' }),
}
/** What needs a web worker's surroundings. */
const STARTED = ['./worker']
/** What does something when it is imported: defines the element, serves the thread that started it. */
const EFFECTS: readonly string[] = ['./element', './worker']

const nameOf = (entry: string) => entry.replace('.', 'layerdiff')
let fixture: string

beforeAll(async () => {
  fixture = await makeFixture('exports')
})

test('each export is imported below', () => {
  expect(Object.keys(exports).sort()).toEqual([...Object.keys(IMPORTED), ...STARTED].sort())
})

test('Node imports each, and nothing is said', async () => {
  const names = Object.keys(IMPORTED).map(nameOf)
  const { stdout, stderr } = await run(node, join(fixture, 'imports.mjs'), ...names)
  const expected = Object.entries(IMPORTED).map(([entry, has]) => [nameOf(entry), has])
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(expected))
  // Node 20 says so of every JSON.
  expect(stderr.replace(/^.*(Importing JSON modules is an experimental|node --trace-warnings).*\n/gm, '')).toBe('')
})

test('layerdiff/inline diffs in the thread that calls, and does not complain of it', async () => {
  const { stdout, stderr } = await run(node, join(fixture, 'inline.mjs'), JSON.stringify(stacks()))
  expectTruth(JSON.parse(stdout), 'in-thread')
  expect(stderr).toBe('')
})

test('layerdiff/core.wasm is what an engine may be given', async () => {
  const { stdout } = await run(node, join(fixture, 'wasm.mjs'), JSON.stringify(stacks().slice(0, 1)))
  const [compiled, addressed] = JSON.parse(stdout)
  expectTrueChanges(compiled)
  expectTrueChanges(addressed)
})

describe('layerdiff/worker serves as a web worker', () => {
  for (const runtime of [deno, bun]) {
    test.skipIf(runtime.skipped)(runtime.name, async () => {
      const { stdout } = await run(runtime, join(fixture, 'worker.mjs'))
      expect(JSON.parse(stdout)).toEqual({ type: 'ready' })
    })
  }
})

describe('of an export that is imported for nothing a bundle keeps', () => {
  const entries = Object.keys(exports).filter((entry) => entry !== './core.wasm')
  const fileOf = (entry: string) => `${nameOf(entry).replaceAll('/', '-')}.js`

  beforeAll(async () => {
    for (const entry of entries) writeFileSync(join(fixture, fileOf(entry)), `import '${nameOf(entry)}'\n`)
    const options = ['--bundle', '--format=esm', '--minify', '--legal-comments=none', '--outdir=kept']
    await command(fixture, 'esbuild', ...entries.map(fileOf), ...options)
  })

  test.for(entries.map((entry) => [entry, EFFECTS.includes(entry) ? 'what it does' : 'nothing'] as const))(
    '%s: %s',
    ([entry, kept]) => {
      const code = readFileSync(join(fixture, 'kept', fileOf(entry)), 'utf8')
      if (kept === 'nothing') expect(code).toBe('')
      else expect(code).toContain(entry === './element' ? '.define(' : 'postMessage(')
    },
  )
})

describe('nothing is to be found by', () => {
  test('publint, strict', async () => {
    expect(await command(fixture, 'publint', 'run', inject('tarball'), '--strict')).toContain('All good!')
  })

  // esm-only: what resolves as Node 10 did knows no exports, and CommonJS gets an ES module, which Node requires since 20.19.
  // What bundlers make of the .wasm, their own settings say: there is no type for it.
  test('attw, as a package of ES modules', async () => {
    const options = ['--profile', 'esm-only', '--no-definitely-typed', '--exclude-entrypoints', 'core.wasm']
    const said = await command(fixture, 'attw', inject('tarball'), ...options)
    expect(said).toContain('layerdiff/worker')
    expect(said).not.toContain('core.wasm')
  })
})
