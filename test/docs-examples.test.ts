// Runs every example of the documentation: each block of the guides and the README, and each @example of a docstring, against the
// package as it is built. A block in a language that nothing here runs is a fault; what cannot be run is `text`.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { findChromium } from '../scripts/chromium.mjs'
import { type Block, docstringBlocks, markdownBlocks, readBlocks } from './support/doc-blocks.js'
import { GIVEN, IMPORTED } from './support/doc-givens.js'
import { DocPages } from './support/doc-pages.js'
import { checkTypes, missingName } from './support/doc-types.js'
import { DocWorld } from './support/doc-world.js'

const root = join(import.meta.dirname, '..')
const hasPages = findChromium() !== undefined || Boolean(process.env.CI)
const blocks = readBlocks()
const nameOf = new Map(blocks.map((block, index) => [block, `example-${index}`]))
const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language))

const scripts = inLanguage('js').map((block) => ({ block, module: scriptOf(block) }))
/** Modules that pages have in themselves. */
const inlineScripts = inLanguage('html').flatMap((block) =>
  Array.from(block.text.matchAll(/<script type="module">\n([\s\S]*?)<\/script>/g), ([, text = '']) => ({
    block,
    module: { name: `${nameOf.get(block)}-inline`, text },
  })),
)
const needsPage = (text: string) => /\b(document|location|navigator|self)\b|\belement\./.test(text)

let world: DocWorld
let pages: DocPages | undefined
/** What is wrong with a block; all is found before the first test. */
const faults = new Map<Block, string[]>(blocks.map((block) => [block, []]))
const blame = (block: Block, ...found: string[]) => faults.get(block)?.push(...found)

describe('examples', () => {
  beforeAll(async () => {
    world = await DocWorld.make()
    if (hasPages) pages = await DocPages.open(world)
    await checkScripts()
    await runInNode()
    for (const block of inLanguage('sh')) blame(block, ...(await runCommands(block.text)))
    if (pages) await runInPages(pages)
  }, 300_000)
  afterAll(async () => {
    await pages?.close()
    await world?.close()
  })

  test('are many', () => {
    for (const language of ['js', 'html', 'sh', 'json', 'yaml']) {
      expect(inLanguage(language).length, language).toBeGreaterThan(1)
    }
    expect(blocks.filter(({ file }) => file.startsWith('src/')).length).toBeGreaterThan(10)
  })

  test.for(blocks.map((block) => [`${block.place} ${block.language}`, block] as const))('%s', async ([, block]) => {
    switch (block.language) {
      case 'js':
      case 'html':
      case 'sh':
        expect(faults.get(block)).toEqual([])
        return
      case 'json':
        expect(jsonFaults(JSON.parse(block.text))).toEqual([])
        return
      case 'yaml':
        expect(await yamlFaults(parse(block.text))).toEqual([])
        return
      case 'jsx':
      case 'vue':
        expect(await bundleFaults(block)).toEqual([])
        return
      case 'text':
        return
      default:
        expect.unreachable(`no runner knows the language "${block.language}"`)
    }
  })
})

/** What pages call a module, which is not run by itself: `// app.js`. */
function served(text: string): string | undefined {
  return /^\/\/ ([\w-]+)\.js\n/.exec(text)?.[1]
}

/** The module that an example is: a value alone is exported, and what a line says to come out of it is asserted. */
function scriptOf(block: Block): { name: string; text: string } {
  const name = served(block.text) ?? nameOf.get(block) ?? ''
  const [, call, value] = /^([^\n]+?) \/\/ (['\d].*)$/.exec(block.text) ?? []
  if (block.file.startsWith('src/') && call !== undefined && !call.startsWith('const')) {
    return { name, text: `import assert from 'node:assert/strict'\nassert.deepEqual(${call}, ${value})` }
  }
  return { name, text: /^\{[^\n]*\}$/.test(block.text) ? `export const example = ${block.text}` : block.text }
}

/** Writes all modules with what they take for granted, and checks their types. */
async function checkScripts(): Promise<void> {
  const all = [...scripts, ...inlineScripts]
  for (const { module } of all) await world.write(`${module.name}.js`, module.text)
  for (const [name, text] of Object.entries(GIVEN)) await world.write(`given-${name}.js`, text)
  const names = all.map(({ module }) => module.name)
  const missing = new Map<string, Set<string>>()
  for (const fault of await checkTypes(world.folder, names)) {
    const name = missingName(fault)
    if (name !== undefined) missing.set(fault.module, (missing.get(fault.module) ?? new Set()).add(name))
  }
  for (const { module } of all) {
    const given = Array.from(missing.get(module.name) ?? [], (name) => {
      if (name in GIVEN) return `import { ${name} } from './given-${name}.js';`
      return name in IMPORTED ? `import { ${name} } from '${IMPORTED[name]}';` : ''
    })
    await world.write(`${module.name}.js`, `${given.join(' ')}${module.text}`)
  }
  for (const fault of await checkTypes(world.folder, names)) {
    const owner = all.find(({ module }) => module.name === fault.module)
    if (owner === undefined) throw new Error(`${fault.module}: ${fault.text}`)
    blame(owner.block, fault.text)
  }
}

async function runInNode(): Promise<void> {
  const run = scripts.filter(({ module }) => !needsPage(module.text) && served(module.text) === undefined)
  const result = join(world.folder, 'thrown.json')
  const paths = run.map(({ module }) => join(world.folder, `${module.name}.js`))
  const { code, errors } = await execute(process.execPath, [join(root, 'test/support/doc-child.mjs'), result, ...paths])
  if (code !== 0) throw new Error(errors)
  const thrown: Record<string, string | null> = JSON.parse(readFileSync(result, 'utf8'))
  run.forEach(({ block }, index) => {
    const error = thrown[paths[index] ?? '']
    if (error !== null) blame(block, error ?? 'was not run')
  })
}

type Run = [block: Block, run: () => Promise<string[]>]

async function runInPages(pages: DocPages): Promise<void> {
  const inPage = scripts.filter(({ module }) => needsPage(module.text) && served(module.text) === undefined)
  const waiting: Run[] = [
    ...inPage.map(({ block, module }): Run => [block, () => pages.runModule(module.name, module.text)]),
    ...inLanguage('html').map((block): Run => [block, () => pages.runPage(nameOf.get(block) ?? '', block.text)]),
  ]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) blame(next[0], ...(await next[1]()))
  }
  await Promise.all([work(), work(), work()])
}

/** Runs commands, each as it stands; one that ends with another code than 0 says so: `# exit 4`. */
async function runCommands(text: string): Promise<string[]> {
  const found: string[] = []
  for (const line of text.replace(/\\\n\s*/g, ' ').split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue
    const fault = await runCommand(line)
    if (fault !== null) found.push(fault)
  }
  return found
}

const SCRIPTS: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts

/** What the command says of itself. */
let commands: string | undefined

async function runCommand(line: string): Promise<string | null> {
  // Of the repository's own commands only the names can be right or wrong here.
  if (line.startsWith('npm ')) {
    const named = Array.from(line.matchAll(/\bnpm (?:run )?([\w:]+)/g), ([, name = '']) => name)
    const unknown = named.filter((name) => name !== 'ci' && !(name in SCRIPTS))
    return unknown.length === 0 ? null : `package.json has no script ${unknown}`
  }
  // A synopsis: the command must be there.
  if (/\b[A-Z]{3,}\b| \| /.test(line.replace(/'[^']*'/g, ''))) {
    const [, command = ''] = /^layerdiff (\w+)/.exec(line) ?? []
    commands ??= (await execute('layerdiff', ['--help'])).output
    return new RegExp(`^ *(layerdiff )?${command}\\b`, 'm').test(commands) ? null : `there is no command ${command}`
  }
  const expected = Number(/# exit (\d+)$/.exec(line)?.[1] ?? 0)
  const { code, errors } = await execute('sh', ['-c', line])
  return code === expected ? null : `${line} ended with ${code}: ${errors}`
}

function execute(command: string, args: string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const options = { cwd: world.folder, env: world.env, timeout: 120_000, maxBuffer: 1 << 26 }
    execFile(command, args, options, (error, output, errors) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output, errors })
    })
  })
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false })
const schemaOf = (name: string) => {
  const file = `${name}.schema.json`
  return ajv.getSchema(file) ?? ajv.addSchema(readSchema(file), file).getSchema(file)
}
const readSchema = (file: string) => JSON.parse(readFileSync(join(root, 'schema', file), 'utf8'))

/** A file of a schema that it names, a report, or one result of a gate. */
function jsonFaults(value: Record<string, unknown>): unknown[] {
  const { $schema, schema, rule } = value
  const name =
    typeof $schema === 'string'
      ? /([^/]+)\.schema\.json$/.exec($schema)?.[1]
      : typeof schema === 'string'
        ? schema.replace('/', '-')
        : 'layerdiff-1'
  const whole = rule === undefined ? value : { ...EMPTY_REPORT, gates: [value] }
  const validate = schemaOf(name ?? '')
  return validate?.(whole) ? [] : (validate?.errors ?? [`no schema ${name}`])
}

const EMPTY_REPORT = {
  schema: 'layerdiff/1',
  summary: {
    added: 0,
    removed: 0,
    modified: 0,
    unchanged: 0,
    bytesBefore: 0,
    bytesAfter: 0,
    bytesAdded: 0,
    bytesRemoved: 0,
  },
  notable: [],
  renames: null,
  packages: null,
  changes: [],
  warnings: [],
}

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

/** A workflow or some of its steps, jobs with scripts, inputs of the action, or the config of a registry. */
async function yamlFaults(value: unknown): Promise<string[]> {
  const { inputs } = parse(readFileSync(join(root, 'action.yml'), 'utf8'))
  if (typeof value !== 'object' || value === null) return ['is no mapping']
  if (Array.isArray(value)) return value.flatMap((step: Step) => stepFaults(step, inputs))
  const map = value as Record<string, { steps?: Step[]; script?: string[]; headers?: object }>
  if (map.jobs !== undefined) {
    const jobs = Object.values(map.jobs as Record<string, { steps: Step[] }>)
    return jobs.flatMap(({ steps }) => steps.flatMap((step) => stepFaults(step, inputs)))
  }
  const jobs = Object.values(map).filter((job) => job.script !== undefined)
  if (jobs.length > 0) {
    await world.write('layerdiff.config.json', '{ "gates": { "maxFiles": 1000 } }')
    const found = await Promise.all(jobs.map(({ script = [] }) => runCommands(script.join('\n'))))
    return found.flat()
  }
  if (map.http?.headers !== undefined) {
    const odd = Object.entries(map.http.headers).filter(
      ([name, values]) => !/^Access-Control-(Allow|Expose)-\w+$/.test(name) || !Array.isArray(values),
    )
    return odd.map(([name]) => `${name} is no header of CORS`)
  }
  const odd = Object.keys(map).filter((name) => !(name in inputs))
  return odd.map((name) => `the action has no input ${name}`)
}

function stepFaults(step: Step, inputs: Readonly<Record<string, { required?: boolean }>>): string[] {
  if (!step.uses?.includes('/layerdiff@')) return []
  const given = step.with ?? {}
  const unknown = Object.keys(given).filter((name) => !(name in inputs))
  const missing = Object.keys(inputs).filter((name) => inputs[name]?.required && !(name in given))
  return [...unknown, ...missing].map((name) => `the action wants or has no input ${name}`)
}

/** Components of a framework: they are compiled and bundled as their users' are. */
async function bundleFaults(block: Block): Promise<string[]> {
  const { build } = await import('vite')
  const { default: vue } = await import('@vitejs/plugin-vue')
  const name = `${nameOf.get(block)}.${block.language}`
  await world.write(name, block.text)
  const isCustomElement = (tag: string) => tag === 'layer-diff'
  const output = await build({
    configFile: false,
    root: world.folder,
    logLevel: 'error',
    plugins: [vue({ template: { compilerOptions: { isCustomElement } } })],
    build: {
      write: false,
      lib: { entry: join(world.folder, name), formats: ['es'] },
      rolldownOptions: { external: [/^layerdiff/, /^react/, 'vue'] },
    },
  })
  const [bundle] = Array.isArray(output) ? output : [output]
  const code = bundle !== undefined && 'output' in bundle ? bundle.output[0].code : ''
  return code.includes('layer-diff') ? [] : ['the element is not in the bundle']
}

describe('how examples are found', () => {
  const cases: [string, Block[], [place: string, language: string, text: string][]][] = [
    ['a fence', markdownBlocks('a.md', 'x\n```js\na\n\nb\n```\ny'), [['a.md:3', 'js', 'a\n\nb']]],
    ['a fence without a language', markdownBlocks('a.md', '```\na\n```'), [['a.md:2', '', 'a']]],
    [
      'indented commands',
      markdownBlocks('a.md', 'x\n\n    npm ci\n    layerdiff name a\n'),
      [['a.md:3', 'sh', 'npm ci\nlayerdiff name a']],
    ],
    [
      'a line of a docstring',
      docstringBlocks('a.ts', '/**\n * b\n *\n * @example c()\n */'),
      [['a.ts:4', 'js', 'c()']],
    ],
    [
      'lines, up to the next tag',
      docstringBlocks('a.ts', '/**\n * @example\n * c()\n * @throws d\n */'),
      [['a.ts:2', 'js', 'c()']],
    ],
    ['markup in a docstring', docstringBlocks('a.ts', '/** @example <a></a> */'), [['a.ts:1', 'html', '<a></a>']]],
  ]
  test.for(cases)('%s', ([, found, expected]) => {
    expect(found.map(({ place, language, text }) => [place, language, text.trimEnd()])).toEqual(expected)
  })
})
