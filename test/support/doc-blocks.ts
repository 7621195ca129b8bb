// The examples of the documentation: every fenced block of the guides and the README, commands that stand indented in them, and
// every @example of a public docstring. Node only.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Block {
  /** The file that it stands in, from the root, and its first line: `docs/ci.md:12`. */
  readonly place: string
  readonly file: string
  readonly language: string
  readonly text: string
}

/** Where the docstrings of public exports stand. */
const DOCSTRINGS = [
  'diff',
  'images',
  'errors',
  'types',
  'image-types',
  'engine-types',
  'text',
  'registry/reference',
  'element/element',
  'report/html',
  'report/markdown',
  'report/gates',
].map((name) => `src/${name}.ts`)

export function readBlocks(): Block[] {
  const guides = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  return [
    ...['README.md', ...guides].flatMap((file) => markdownBlocks(file, read(file))),
    ...DOCSTRINGS.flatMap((file) => docstringBlocks(file, read(file))),
  ]
}

export function markdownBlocks(file: string, text: string): Block[] {
  const blocks: Block[] = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const start = i
    const [, fence = '', language = ''] = /^(```+)(.*)$/.exec(lines[i] ?? '') ?? []
    if (fence !== '') {
      while (++i < lines.length && lines[i] !== fence) {}
      blocks.push(block(file, start + 1, language.trim(), lines.slice(start + 1, i)))
    } else if (/^ {4}(npx|npm|layerdiff) /.test(lines[i] ?? '') && lines[i - 1] === '') {
      while (/^ {4}/.test(lines[i + 1] ?? '')) i++
      const commands = lines.slice(start, i + 1).map((line) => line.slice(4))
      blocks.push(block(file, start, 'sh', commands))
    }
  }
  return blocks
}

export function docstringBlocks(file: string, text: string): Block[] {
  const blocks: Block[] = []
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const lines = comment[0].split('\n').map((line) => line.replace(/^\s*(\/\*\*|\*\/|\* ?)|\s*\*\/$/g, ''))
    const first = text.slice(0, comment.index).split('\n').length
    for (let i = 0; i < lines.length; i++) {
      if (!lines[i]?.trimStart().startsWith('@example')) continue
      const start = i
      while (i + 1 < lines.length && !/^\s*@/.test(lines[i + 1] ?? '')) i++
      const example = lines.slice(start, i + 1)
      example[0] = example[0]?.replace(/^\s*@example ?/, '') ?? ''
      const language = example.find((line) => line !== '')?.startsWith('<') ? 'html' : 'js'
      blocks.push(block(file, first + start - 1, language, example))
    }
  }
  return blocks
}

function block(file: string, before: number, language: string, lines: string[]): Block {
  return { place: `${file}:${before + 1}`, file, language, text: lines.join('\n').trim() }
}
