// The package in TypeScript programs: each compiler, each way of finding modules, with a page's types, a worker's or Node's.
// All are strict, and look at the package's own declarations too.

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { makeFixture } from './support/workspace.js'

const modules = join(inject('tools'), 'node_modules')
const compilers = ['typescript-5', 'typescript-6', 'typescript-7'] as const
const resolutions = { bundler: 'esnext', node16: 'node16', nodenext: 'nodenext' } as const
type Resolution = keyof typeof resolutions

/** What a program has besides the language. */
const surroundings = {
  'lib DOM': { lib: ['ES2022', 'DOM'], types: [] },
  'lib WebWorker': { lib: ['ES2022', 'WebWorker'], types: [] },
  'no DOM and the types of Node': { lib: ['ES2022'], types: ['node'] },
  'neither a page nor Node': { lib: ['ES2022'], types: [] },
} as const
type Surroundings = keyof typeof surroundings

/** What of the package needs a page's types: the class of an element extends theirs. */
const NEEDS_PAGE = ['./element']
/** What no program imports by itself: bundlers give it the type that their own settings say. */
const NO_MODULE = ['./core.wasm']

let folder: string
let entries: readonly string[]

beforeAll(async () => {
  folder = await makeFixture('types')
  writeFileSync(join(folder, 'platform.d.ts'), PLATFORM)
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules/layerdiff/package.json'), 'utf8'))
  entries = Object.keys(exports).filter((entry) => !NO_MODULE.includes(entry))
})

/** The least that a place without a page's types, nor Node's, must declare. */
const PLATFORM = `
interface AbortSignal { readonly aborted: boolean }
interface Blob { readonly size: number }
interface ReadableStream<R = unknown> { getReader(): { read(): Promise<R> } }
interface Response { readonly ok: boolean }
interface URL { readonly href: string }
declare function fetch(url: string | URL): Promise<Response>
`

/** A program that imports all there is to import, JSON as each way of finding modules wants it. */
function importsOf(resolution: Resolution, page: boolean): string {
  const wanted = entries.filter((entry) => page || !NEEDS_PAGE.includes(entry))
  const lines = wanted.map((entry, i) => {
    const name = entry.replace('.', 'layerdiff')
    if (!entry.endsWith('.json')) return `import * as m${i} from '${name}'`
    return `import m${i} from '${name}'${resolution === 'node16' ? '' : " with { type: 'json' }"}`
  })
  return `${lines.join('\n')}\nexport const all: object[] = [${wanted.map((_, i) => `m${i}`).join(', ')}]\n`
}

/** Compiles a program; gives what the compiler says, a line a message. */
function compile(
  name: string,
  {
    compiler,
    resolution,
    around,
    files,
  }: {
    compiler: (typeof compilers)[number]
    resolution: Resolution
    around: Surroundings
    files: readonly string[]
  },
): Promise<readonly string[]> {
  const config = join(folder, `${name}.json`.replaceAll(/[^\w.]/g, '-'))
  const compilerOptions = {
    ...surroundings[around],
    target: 'ES2022',
    module: resolutions[resolution],
    moduleResolution: resolution,
    resolveJsonModule: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files }))
  return new Promise((resolve) => {
    execFile(process.execPath, [join(modules, compiler, 'bin/tsc'), '-p', config, '--pretty', 'false'], (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => line !== ''))
    })
  })
}

const programs = compilers.flatMap((compiler) => [
  ...(['bundler', 'node16', 'nodenext'] as const).flatMap((resolution) =>
    (['lib DOM', 'no DOM and the types of Node'] as const).map((around) => [compiler, resolution, around] as const),
  ),
  [compiler, 'bundler', 'lib WebWorker'] as const,
])

test.concurrent.for(programs)('%s, moduleResolution %s, %s', async ([compiler, resolution, around]) => {
  const page = around === 'lib DOM'
  const name = `${compiler}-${resolution}-${around}`
  const imports = `${name}.mts`.replaceAll(/[^\w.]/g, '-')
  writeFileSync(join(folder, imports), importsOf(resolution, page))
  const files = [imports, 'api.mts', ...(page ? ['element.mts'] : [])]
  expect(await compile(name, { compiler, resolution, around, files })).toEqual([])
})

describe('without any types of the platform', () => {
  test.concurrent.for(compilers)('%s misses six names, and is content with any of these names', async (compiler) => {
    const program = { compiler, resolution: 'nodenext', around: 'neither a page nor Node' } as const
    const said = await compile(`${compiler}-bare`, { ...program, files: ['bare.mts'] })
    const missing = said.map((line) => /error TS2304: Cannot find name '(\w+)'/.exec(line)?.[1] ?? line)
    expect([...new Set(missing)].sort()).toEqual(['AbortSignal', 'Blob', 'ReadableStream', 'Response', 'URL', 'fetch'])
    const declared = await compile(`${compiler}-declared`, { ...program, files: ['bare.mts', 'platform.d.ts'] })
    expect(declared).toEqual([])
  })
})

test.concurrent.for(compilers)('a CommonJS program requires it, %s', async (compiler) => {
  writeFileSync(
    join(folder, `${compiler}.cts`),
    "import layerdiff = require('layerdiff')\nexport const diff = layerdiff.diffLayers('a.tar', 'b.tar')\n",
  )
  const program = { compiler, resolution: 'nodenext', around: 'no DOM and the types of Node' } as const
  expect(await compile(`${compiler}-require`, { ...program, files: [`${compiler}.cts`] })).toEqual([])
})
