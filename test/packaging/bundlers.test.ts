// The package in the bundles of others: what they build finds the worker and all that is loaded late.

import { describe, expect } from 'vitest'
import { type Bundler, bundle, bundlers, vite, webpack } from './support/bundlers.js'
import { start } from './support/commands.js'
import { test, warningsOf } from './support/page-test.js'
import { expectTruth } from './support/stacks.js'
import { makeFixture, tool } from './support/workspace.js'

/** Not a name of a file, such as warnings.js. */
const A_WARNING = /\bwarn(ing)?\b|deprecat/i

const rows = bundlers.map((bundler): [string, Bundler] => [bundler.name, bundler])

describe('a page that a bundler built diffs layers in workers, and nobody has anything to say', () => {
  test.for(rows)('%s', async ([, bundler], { visit, served }) => {
    const { dist, said } = await bundle(bundler, 'page')
    expect(said).not.toMatch(A_WARNING)
    const page = await visit(await served(dist))
    expectTruth(page.result, 'worker')
    const moved = page.workers.filter(
      (url) => url.startsWith('http') && !page.failed.some((line) => line.includes(url)),
    )
    const blobs = page.workers.filter((url) => url.startsWith('blob:'))
    if (bundler.movesWorker) {
      expect(page.failed).toEqual([])
      expect(blobs).toEqual([])
      expect(moved).not.toEqual([])
    } else {
      // Its file was left behind: asked for in vain, and then made from what the bundle has.
      for (const line of page.failed) expect(line).toMatch(/^(404|net::ERR_(FAILED|ABORTED)) http:\S+\/worker\.js$/)
      expect(blobs).not.toEqual([])
    }
    expect(warningsOf(page)).toEqual([])
  })

  test.for([
    ['Vite', vite],
    ['webpack', webpack],
  ] as const)('%s, with <layer-diff>', async ([, bundler], { visit, served }) => {
    const { dist, said } = await bundle(bundler, 'page', 'element')
    expect(said).not.toMatch(A_WARNING)
    const page = await visit(await served(dist))
    expectTruth(page.result, 'worker')
    expect(page.workers).not.toEqual([])
    expect([page.failed, warningsOf(page)]).toEqual([[], []])
  })

  test("Vite's server for development", async ({ visit }) => {
    const folder = await makeFixture('page')
    const server = await start(folder, tool('vite'), ['--port', '0', '--host', '127.0.0.1'])
    try {
      const page = await visit(server.origin)
      expectTruth(page.result, 'worker')
      expect(page.workers).not.toEqual([])
      expect([page.failed, warningsOf(page)]).toEqual([[], []])
    } finally {
      await server.stop()
    }
  })
})
