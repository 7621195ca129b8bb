// The package inside workers that a page's author made.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect } from 'vitest'
import { bundle, vite } from './support/bundlers.js'
import { test, warningsOf } from './support/page-test.js'
import { expectTruth, type Result } from './support/stacks.js'
import { makeFixture } from './support/workspace.js'

/** Without a bundler: the fixture, and its import by address, for no import map reaches into workers. */
let plain: string
/** As Vite builds it. */
let built: string
beforeAll(async () => {
  plain = await makeFixture('page', 'own-workers')
  built = (await bundle(vite, 'page', 'own-workers')).dist
})

const importing = (file: string) => ({
  '/diff.js': readFileSync(join(plain, 'diff.js'), 'utf8').replace(
    "'layerdiff'",
    `'/node_modules/layerdiff/dist/${file}'`,
  ),
})

describe('a dedicated worker starts workers of its own', () => {
  test.for(['layerdiff, built by Vite', 'layerdiff/browser, by address'])('%s', async (name, { visit, served }) => {
    const origin = name.includes('Vite')
      ? await served(built)
      : await served(plain, { files: importing('layerdiff.js') })
    const page = await visit(origin, { hash: 'dedicated' })
    expectTruth(page.result, 'worker')
    expect(page.workers[0]).toMatch(/\/dedicated\b/)
    const own = page.workers.slice(1)
    expect(own).not.toEqual([])
    for (const worker of own) expect(worker).toMatch(/\/worker\b/)
    expect([page.failed, page.messages]).toEqual([[], []])
  })
})

describe('a shared worker, which in Chromium may start none, does the work itself, and says once why', () => {
  test.for(['layerdiff, built by Vite', 'layerdiff/browser, by address'])('%s', async (name, { visit, served }) => {
    const origin = name.includes('Vite')
      ? await served(built)
      : await served(plain, { files: importing('layerdiff.js') })
    const { result } = await visit<{ results: Result[]; warnings: string[] }>(origin, { hash: 'shared' })
    expectTruth(result.results, 'in-thread')
    expect(result.warnings).toEqual([
      expect.stringMatching(/^layerdiff could not start a worker.*Worker is not defined/),
    ])
  })
})

describe('layerdiff/inline works where nothing may be loaded late', () => {
  test('in a service worker', async ({ visit, served }) => {
    const page = await visit(await served(plain, { files: importing('inline.js') }), { hash: 'service' })
    expectTruth(page.result, 'in-thread')
    expect([page.failed, page.messages, page.workers]).toEqual([[], [], []])
  })

  test('on a page, in its own thread and without a warning', async ({ visit, served }) => {
    const folder = await makeFixture('page')
    const page = await visit(await served(folder, { files: importing('inline.js') }))
    expectTruth(page.result, 'in-thread')
    expect([page.failed, warningsOf(page), page.workers]).toEqual([[], [], []])
  })
})
