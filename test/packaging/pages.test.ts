// The package on pages without a bundler: its files as a server or a CDN gives them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from './support/page-test.js'
import { expectTruth } from './support/stacks.js'
import { FOR_ALL } from './support/static-server.js'
import { makeFixture } from './support/workspace.js'

/** Where the package lies in a fixture. */
const PACKAGE = '/node_modules/layerdiff'

/** The files that name the package, with its place filled in. */
function filled(folder: string, from: string): Record<string, string> {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { '/index.html': read('index.html').replaceAll('PACKAGE', from + PACKAGE) }
}

/** Those of a page that imports the bundle by its address. */
function byAddress(folder: string, from: string): Record<string, string> {
  const text = readFileSync(join(folder, 'diff.js'), 'utf8')
  return { '/diff.js': text.replace("'layerdiff'", `'${from}${PACKAGE}/dist/layerdiff.js'`) }
}

const forms = [
  ['modules, with an import map', ['page', 'import-map'], filled],
  ['the bundle layerdiff/browser, with nothing else', ['page'], byAddress],
  ['a classic script', ['classic'], filled],
  ['<layer-diff>, with an import map', ['element', 'import-map'], filled],
] as const

describe('a page that nothing was built for diffs layers in workers', () => {
  for (const [name, fixtures, fill] of forms) {
    test(name, async ({ visit, served }) => {
      const folder = await makeFixture(...fixtures)
      const page = await visit(await served(folder, { files: fill(folder, '') }))
      expectTruth(page.result, 'worker')
      expect(page.failed).toEqual([])
      expect(page.workers).not.toEqual([])
      for (const worker of page.workers) expect(worker).toMatch(/\/dist\/engine\/worker\.js$/)
      expect(page.messages).toEqual([])
    })

    test(`${name}, from another origin`, async ({ visit, served }) => {
      const folder = await makeFixture(...fixtures)
      const cdn = await served(folder, { headers: FOR_ALL })
      const page = await visit(await served(folder, { files: fill(folder, cdn) }))
      expectTruth(page.result, 'worker')
      expect(page.failed).toEqual([])
      // No page may start a worker from another origin's file: a blob of its own imports that.
      expect(page.workers).not.toEqual([])
      for (const worker of page.workers) expect(worker).toMatch(/^blob:/)
      expect(page.requests.filter((url) => url.startsWith(cdn))).not.toEqual([])
      expect(page.messages).toEqual([])
    })
  }
})
