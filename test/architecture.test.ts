// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are sources

// Holds src/ and assembly/ to the import rule and the house rules, and the checker to its own cases.

import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkSources } from './support/import-rules.js'
import { listImports, readSource } from './support/source-text.js'

const root = join(import.meta.dirname, '..')

function readFiles(folder: string): [string, string][] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.generated.ts'))
    .map((name) => [`${folder}/${name.split(sep).join('/')}`, readFileSync(join(root, folder, name), 'utf8')])
}

test('src/ and assembly/ keep the rules', () => {
  const files = new Map([...readFiles('src'), ...readFiles('assembly')])
  expect(files.size).toBeGreaterThan(10) // a test of nothing would pass
  expect(checkSources(files)).toEqual([])
})

describe('faults that the checker finds', () => {
  const cases: [string, Record<string, string>, string][] = [
    ['the engine in a report', { 'src/report/a.ts': "import { b } from '../engine/b.js'" }, 'report may not import'],
    ['the engine in an image', { 'src/image/a.ts': "import type { B } from '../engine/b.js'" }, 'image may not import'],
    ['the input below types', { 'src/types.ts': "export type { B } from './input/b.js'" }, 'types may not import'],
    ['errors that import types', { 'src/errors.ts': "import type { A } from './types.js'" }, 'types may not import'],
    ['registry before image', { 'src/image/a.ts': "import('../registry/b.js')" }, 'image may not import'],
    ['the entry inside', { 'src/engine/a.ts': "import { b } from '../index.js'" }, 'engine may not import index.ts'],
    ['an import type', { 'src/report/a.ts': "type A = import('../diff.js').A" }, 'report may not import diff.ts'],
    ['a package', { 'src/diff.ts': "import { b } from 'left-pad'" }, 'nothing outside src/'],
    [
      'the hot path as a module',
      { 'src/engine/a.ts': "import { b } from '../../assembly/b.js'" },
      'nothing outside src/',
    ],
    ['node: in common code', { 'src/input/a.ts': "import { b } from 'node:fs'" }, 'imports node:fs'],
    ['a Node file in common code', { 'src/input/a.ts': "import { b } from './b.node.js'" }, 'runs in Node only'],
    [
      'a browser file in a Node file',
      { 'src/input/a.node.ts': "import { b } from './b.browser.js'" },
      'in browsers only',
    ],
    ['a new folder', { 'src/tools/a.ts': '' }, 'belongs to no part'],
    ['a new file at the top', { 'src/tools.ts': '' }, 'belongs to no part'],
    ['process in common code', { 'src/diff.ts': 'const a = process.env.B' }, 'process exists in Node only'],
    ['Buffer in a browser file', { 'src/input/a.browser.ts': 'Buffer.from(b)' }, 'Buffer exists in Node only'],
    ['document in a Node file', { 'src/input/a.node.ts': 'document.title' }, 'document exists in browsers only'],
    ['navigator in common code', { 'src/engine/a.ts': 'const { c } = navigator' }, 'navigator exists in browsers only'],
    ['a worker in common code', { 'src/engine/a.ts': 'new Worker(url)' }, 'new Worker belongs in'],
    ['a global in a template', { 'src/diff.ts': 'const a = `b${`c${process.pid}`}d`' }, 'process exists in Node only'],
    ['console in the library', { 'src/engine/a.node.ts': "console.warn('b')" }, 'console belongs in cli/'],
    ['an exit in the library', { 'src/engine/a.node.ts': 'process.exit(1)' }, 'process.exit belongs in cli/'],
    ['a barrel', { 'src/index.ts': "export * from './diff.js'" }, 're-exports everything'],
    ['a drawer for anything', { 'src/input/utils.ts': '' }, 'named after nothing'],
    ['a long file', { 'src/diff.ts': '\n'.repeat(501) }, 'has 501 lines'],
    ['a wide line in assembly', { 'assembly/a.ts': `// ${'b'.repeat(128)}` }, 'is 131 columns wide'],
    ['a package in assembly', { 'assembly/a.ts': "import { b } from 'as-b'" }, 'assembly/ imports only its own'],
    [
      'a cycle in assembly',
      { 'assembly/a.ts': "import { b } from './b'", 'assembly/b.ts': "import { a } from './a'" },
      'assembly/a.ts -> assembly/b.ts -> assembly/a.ts is a cycle',
    ],
    [
      'a cycle through #platform',
      {
        'src/engine/a.ts': "import { b } from '#platform'",
        'src/platform.node.ts': "export { b } from './engine/b.node.js'",
        'src/engine/b.node.ts': "import { a } from './a.js'",
      },
      'is a cycle',
    ],
  ]
  test.for(cases)('%s', ([, files, fault]) => {
    expect(checkSources(new Map(Object.entries(files))).join('\n')).toContain(fault)
  })
})

describe('sources in which the checker finds nothing', () => {
  const cases: [string, Record<string, string>][] = [
    ['globals that every environment has', { 'src/input/a.ts': 'fetch(new URL(b)); new Blob([]); queueMicrotask(c)' }],
    ['a property called process', { 'src/diff.ts': 'a.process(b.window?.self)\nconst c = { document: 1 }' }],
    ['an optional member called self', { 'src/types.ts': 'interface A { self?: number; window: string }' }],
    [
      'words in comments and strings',
      { 'src/diff.ts': "// import 'node:fs'\n/* process */ const a = 'console window'" },
    ],
    ['words in a template and a pattern', { 'src/diff.ts': 'const a = `process ${b} window`\nconst c = /process`/g' }],
    ['a division', { 'src/diff.ts': "const a = b / c\nconst d = '/ process'" }],
    ['node: in a Node file', { 'src/engine/a.node.ts': "import { Worker } from 'node:worker_threads'\nnew Worker(b)" }],
    ['the doors', { 'src/engine/a.ts': "import { b } from '#platform'", 'src/platform.node.ts': '' }],
    ['a worker URL', { 'src/engine/a.browser.ts': "new Worker(new URL('./worker.js', import.meta.url))" }],
    ['a console on the command line', { 'src/cli/main.ts': '#!/usr/bin/env node\nconsole.log(process.argv)' }],
  ]
  test.for(cases)('%s', ([, files]) => {
    expect(checkSources(new Map(Object.entries(files)))).toEqual([])
  })
})

test('every form of import is seen, with its line', () => {
  const text = [
    "import a, { type B } from './b.js'",
    'import {',
    '  c,',
    '} from "./c.js"',
    "import './d.js'",
    "export { e as from } from './e.js'",
    "const f = await import('./f.js')",
    "// import './g.js'",
    'const h = \'import "./i.js"\'',
    "let j: import('./j.js').J",
  ].join('\n')
  const found = listImports(readSource(text)).map(({ specifier, line }) => `${line} ${specifier}`)
  expect(found).toEqual(['1 ./b.js', '4 ./c.js', '5 ./d.js', '6 ./e.js', '7 ./f.js', '10 ./j.js'])
})
