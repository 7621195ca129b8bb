// The documentation site, built as `npm run docs` builds it: every export has its page, no link is dead, no page asks another host for
// anything, and all of it works below a folder.

import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Browser, chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDocs } from '../../scripts/build-docs.mjs'
import { chromiumArgs, findChromium } from '../../scripts/chromium.mjs'
import { listFiles } from '../../scripts/files.mjs'
import { type StaticServer, serve } from './support/static-server.js'

const root = join(import.meta.dirname, '../..')
/** Where the pages of each kind of export lie. */
const FOLDERS = ['functions', 'classes', 'interfaces', 'types', 'variables']

/** All files of the site, by path. */
let files: Map<string, string>
let server: StaticServer
let browser: Browser

beforeAll(async () => {
  await buildDocs()
  files = new Map(
    listFiles('build/docs').map((path) => [path.slice('build/docs/'.length), readFileSync(join(root, path), 'utf8')]),
  )
  server = await serve(join(root, 'build'))
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs })
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const pages = () => [...files].filter(([path]) => path.endsWith('.html'))

/** Every name in the braces of an `export`. */
function exportsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\/.*$/gm, '')
  const listed = Array.from(text.matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, names = '']) => names.split(','))
  const own = Array.from(
    text.matchAll(/^export (?:async )?(?:function|class|interface|type|const) (\w+)/gm),
    ([, n]) => n,
  )
  return [...listed.flat(), ...own]
    .map((name = '') => name.replace(/^\s*type /, '').trim())
    .filter((name) => name !== '')
}

const MODULES = {
  'src/index.ts': 'layerdiff',
  'src/element/element.ts': 'layerdiff_element',
  'src/report/html.ts': 'layerdiff_report_html',
  'src/report/markdown.ts': 'layerdiff_report_markdown',
}

describe.each(Object.entries(MODULES))('%s', (file, module) => {
  test.for(exportsOf(file))('%s has its page', (name) => {
    const found = FOLDERS.filter((kind) => files.has(`${kind}/${module}.${name}.html`))
    expect(found).toHaveLength(1)
  })
})

test('the exports that are looked for are all there are', () => {
  expect(exportsOf('src/index.ts').length).toBeGreaterThan(70)
  expect(exportsOf('src/index.ts')).toEqual(expect.arrayContaining(['diffLayers', 'LayerDiffError', 'ErrorCode']))
})

test('every guide has its page', () => {
  const { projectDocuments } = JSON.parse(readFileSync(join(root, 'docs/typedoc.json'), 'utf8'))
  const guides = listFiles('docs').filter((path) => /^docs\/[\w-]+\.md$/.test(path) && path !== 'docs/start.md')
  expect(projectDocuments.toSorted()).toEqual(guides.map((path) => path.slice('docs/'.length)))
  expect(pages().filter(([path]) => path.startsWith('documents/'))).toHaveLength(guides.length)
})

test('no link is dead', () => {
  const dead: string[] = []
  for (const [path, html] of pages()) {
    for (const [, target = ''] of html.matchAll(/<[^>]+ (?:href|src)="([^"]*)"/g)) {
      if (/^(https?:|data:)/.test(target)) continue
      const [to = '', hash] = target.split('#')
      const file = to === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(to))
      const text = files.get(file)
      const anchor = decodeURIComponent(hash ?? '')
      if (text === undefined) dead.push(`${path}: ${target}`)
      else if (anchor !== '' && !text.includes(`id="${anchor}"`)) dead.push(`${path}: ${target}`)
    }
  }
  expect(dead).toEqual([])
  expect(pages().length).toBeGreaterThan(90)
})

test('nothing that a page loads lies elsewhere', () => {
  const loads =
    /<(?:script|img|link|iframe|source|video|audio|object)[^>]+(?:src|href|data)="(?:https?:)?\/\/|url\(["']?(?:https?:)?\/\/|@import/
  const faults = [...files].filter(([path, text]) => /\.(html|css)$/.test(path) && loads.test(text))
  expect(faults.map(([path]) => path)).toEqual([])
})

const shown: [string, number, 'light' | 'dark'][] = [
  ['index.html', 1280, 'light'],
  ['index.html', 340, 'dark'],
  ['documents/CSP_and_workers.html', 1280, 'dark'],
  ['documents/Stability.html', 340, 'light'],
  ['functions/layerdiff.diffImages.html', 340, 'light'],
]
test.for(shown)('%s in a browser %i pixels wide, %s', async ([path, width, colorScheme]) => {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(`${server.origin}/docs/`)) faults.push(request.url())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`)
  })
  await page.goto(`${server.origin}/docs/${path}`, { waitUntil: 'networkidle' })
  expect(await page.locator('h1').first().isVisible()).toBe(true)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  await page.locator('#tsd-search-trigger').click()
  await page.locator('#tsd-search-input').fill('diffLayers')
  await page.locator('#tsd-search-results li').first().waitFor()
  // What a browser asks for by itself.
  expect(faults.filter((fault) => !fault.includes('favicon.ico'))).toEqual([])
  await context.close()
})
