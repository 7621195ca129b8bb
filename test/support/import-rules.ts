// The import rule of ARCHITECTURE.md as a table, and the checker that holds sources to it.
//
//   6 shells    cli | element
//   5 report    types only, no I/O
//   4 diff      the only composer
//   3 registry, daemon -> image -> input    |    engine
//   1 reference, digest, media-types
//   0 types, errors

import { posix } from 'node:path'
import { lineAt, listImports, readSource } from './source-text.js'

/** Files of src/ by part: the first row whose pattern fits. `may` names the parts that a part imports beside itself. */
const parts: { name: string; files: RegExp; may: string[]; alone?: boolean }[] = [
  { name: 'types', files: /^(types|errors)\.ts$/, may: [], alone: true },
  { name: 'image types', files: /^image-types\.ts$/, may: ['types'], alone: true },
  { name: 'engine types', files: /^engine-types\.ts$/, may: ['types'], alone: true },
  {
    name: 'pure',
    files: /^(options|text|json|notable|glob|registry\/reference|image\/(digest|media-types))\.ts$/,
    may: ['types'],
    alone: true,
  },
  {
    name: 'platform',
    files: /^platform(\.node|(\.web|\.inline)?\.browser)?\.ts$/,
    may: ['types', 'input', 'engine', 'cache', 'registry', 'image', 'daemon'],
  },
  { name: 'packages', files: /^packages\//, may: ['types', 'pure'] },
  { name: 'cache', files: /^cache\//, may: ['types', 'pure', 'platform', 'input'] },
  { name: 'input', files: /^input\//, may: ['types', 'pure', 'platform'] },
  { name: 'engine', files: /^engine\//, may: ['types', 'pure', 'platform', 'input'] },
  { name: 'image', files: /^image\//, may: ['types', 'pure', 'platform', 'input'] },
  { name: 'registry', files: /^registry\//, may: ['types', 'pure', 'platform', 'input', 'image'] },
  { name: 'daemon', files: /^daemon\//, may: ['types', 'pure', 'platform', 'input', 'image'] },
  {
    name: 'diff',
    files: /^(diff|images|compose\/.*)\.ts$/,
    may: ['types', 'pure', 'packages', 'platform', 'input', 'engine', 'image', 'registry', 'cache', 'daemon'],
  },
  { name: 'report', files: /^report\//, may: ['types', 'pure'] },
  { name: 'element', files: /^element\//, may: ['types', 'pure', 'report', 'image', 'index'] },
  {
    name: 'index',
    files: /^index\.ts$/,
    may: ['types', 'pure', 'input', 'engine', 'image', 'registry', 'diff', 'report'],
  },
  {
    name: 'cli',
    files: /^cli\//,
    may: ['types', 'pure', 'platform', 'input', 'engine', 'image', 'registry', 'diff', 'report', 'index'],
  },
]

/** What exists in one environment only. Everything else may use what browsers, workers and Node share. */
const globals = {
  node: ['process', 'Buffer', '__dirname', '__filename', 'require', 'global', 'setImmediate', 'clearImmediate'],
  browser: [
    ...['window', 'document', 'self', 'navigator', 'localStorage', 'sessionStorage', 'indexedDB', 'caches', 'alert'],
    ...['customElements', 'HTMLElement', 'XMLHttpRequest', 'importScripts', 'requestAnimationFrame'],
  ],
}

const isNode = (file: string) => /\.node\.ts$|^cli\//.test(file)
const isBrowser = (file: string) => /\.browser\.ts$|^element\//.test(file)

const maxLines = 500
/** Of assembly/, which no formatter knows. House width is 120; what stands a little over it is left to the eye. */
const maxWidth = 130

/** What is wrong, one line a fault; paths are relative to the root of the repository. */
export function checkSources(files: ReadonlyMap<string, string>): string[] {
  const faults: string[] = []
  const edges = new Map<string, string[]>()
  for (const [path, text] of files) {
    const { code, bare } = readSource(text)
    const at = (index: number) => `${path}:${lineAt(text, index)}`
    const find = (pattern: RegExp, fault: string) => {
      for (const match of bare.matchAll(pattern))
        faults.push(`${at(match.index)} ${fault.replace('$', match[0].trim())}`)
    }
    const lines = text.replace(/\n$/, '').split('\n')
    if (lines.length > maxLines) faults.push(`${path} has ${lines.length} lines; past ${maxLines}, split`)
    if (/\/(utils?|helpers?|common|misc)\.ts$/.test(path))
      faults.push(`${path} is named after nothing: one file, one noun`)
    find(/^export\s*\*/gm, 're-exports everything: name the exports')

    const targets: string[] = []
    for (const { specifier, line } of listImports({ code, bare })) {
      for (const target of resolveImport(path, specifier)) {
        if (files.has(target)) targets.push(target)
        const fault = path.startsWith('src/') ? importFault(path.slice(4), target) : assemblyFault(path, target)
        if (fault) faults.push(`${path}:${line} ${fault}`)
      }
    }
    edges.set(path, targets)

    if (path.startsWith('src/')) {
      const file = path.slice(4)
      if (partOf(file) === undefined)
        faults.push(`${path} belongs to no part: see parts in test/support/import-rules.ts`)
      if (!isNode(file)) find(useOf(globals.node), '$ exists in Node only: *.node.ts or cli/')
      if (!isBrowser(file)) find(useOf(globals.browser), '$ exists in browsers only: *.browser.ts or element/')
      if (!isNode(file) && !isBrowser(file))
        find(/\bnew\s+(?:Shared)?Worker\b/g, '$ belongs in *.node.ts or *.browser.ts')
      // A page's author is told in one place that no worker could be had.
      if (!/^cli\/|^platform\.web\.browser\.ts$/.test(file)) find(useOf(['console']), '$ belongs in cli/')
      if (!/^cli\//.test(file)) find(/\bprocess\s*\.\s*exit(?:Code)?\b/g, '$ belongs in cli/')
    } else {
      lines.forEach((line, i) => {
        if (line.length > maxWidth)
          faults.push(`${path}:${i + 1} is ${line.length} columns wide; the limit is ${maxWidth}`)
      })
    }
  }
  return [...faults, ...findCycles(edges)]
}

function partOf(file: string) {
  return parts.find(({ files }) => files.test(file))
}

/** The files that a specifier stands for, or the specifier itself where it names a package. */
function resolveImport(from: string, specifier: string): string[] {
  if (specifier === '#platform') return ['src/platform.node.ts', 'src/platform.browser.ts']
  if (!specifier.startsWith('.')) return [specifier]
  const path = posix.join(posix.dirname(from), specifier)
  return [path.endsWith('.ts') ? path : `${path.replace(/\.js$/, '')}.ts`]
}

function importFault(file: string, target: string): string | undefined {
  if (target.startsWith('node:')) return isNode(file) ? undefined : `imports ${target}: *.node.ts or cli/ only`
  // What the element is made with is bundled into it.
  if (/^element\//.test(file) && /^diff$|^lit-html(\/|$)|\.css\?inline\.ts$/.test(target)) return undefined
  // The command too is bundled.
  if (file === 'cli/patches.ts' && target === 'diff') return undefined
  if (!target.startsWith('src/')) return `imports ${target}: nothing outside src/ may be imported`
  const other = target.slice(4)
  const [mine, theirs] = [partOf(file), partOf(other)]
  if (mine === undefined || theirs === undefined) return undefined
  const allowed = / types$/.test(theirs.name) ? 'types' : theirs.name
  if (mine === theirs ? mine.alone : !mine.may.includes(allowed)) return `${mine.name} may not import ${other}`
  if (theirs.name === 'platform') return undefined // the door between the two worlds
  if (isNode(other) && !isNode(file)) return `imports ${other}, which runs in Node only: go through #platform`
  if (isBrowser(other) && !isBrowser(file)) return `imports ${other}, which runs in browsers only: go through #platform`
  return undefined
}

function assemblyFault(path: string, target: string): string | undefined {
  if (!target.startsWith('assembly/')) return `imports ${target}: assembly/ imports only its own`
  if (target === 'assembly/index.ts') return `imports the exports: ${path} is below them`
  return undefined
}

/** A use of one of `names` as a variable: no property, no key, no type member. */
function useOf(names: string[]): RegExp {
  return new RegExp(`(?<![.\\w$#]|\\?\\.|declare )(?:${names.join('|')})(?![\\w$]|\\??\\s*:)`, 'g')
}

/** Each cycle once, as the chain of its files. */
function findCycles(edges: ReadonlyMap<string, string[]>): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, chain: string[]) => {
    const start = chain.indexOf(path)
    if (start >= 0) found.push(`${[...chain.slice(start), path].join(' -> ')} is a cycle`)
    if (start >= 0 || done.has(path)) return
    for (const target of edges.get(path) ?? []) visit(target, [...chain, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return found
}
