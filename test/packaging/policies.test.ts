// The package on pages that their servers restrict: content security policies, isolation, sandboxes.

import { beforeAll, describe, expect } from 'vitest'
import { bundle, vite } from './support/bundlers.js'
import { test, warningsOf } from './support/page-test.js'
import { expectTruth } from './support/stacks.js'
import { FOR_ALL } from './support/static-server.js'

let dist: string
beforeAll(async () => {
  dist = (await bundle(vite, 'page')).dist
})

/** What extensions must have. */
const EXTENSION = "script-src 'self' 'wasm-unsafe-eval'"

describe('under a content security policy', () => {
  const rows = [
    [EXTENSION, 'http:'],
    [`${EXTENSION}; worker-src 'self'`, 'http:'],
    [`${EXTENSION}; worker-src 'self' blob:`, 'http:'],
    [`${EXTENSION}; worker-src blob:`, 'blob:'],
  ] as const
  test.for(rows)('%s: workers from %s', async ([policy, scheme], { visit, served }) => {
    const page = await visit(await served(dist, { headers: { 'content-security-policy': policy } }))
    expectTruth(page.result, 'worker')
    expect(page.workers.filter((url) => url.startsWith(scheme))).not.toEqual([])
    expect(warningsOf(page)).toEqual([])
  })

  test(`${EXTENSION}; worker-src 'none': the page's own thread, and one warning that names the cause`, async ({
    visit,
    served,
  }) => {
    const policy = `${EXTENSION}; worker-src 'none'`
    const page = await visit(await served(dist, { headers: { 'content-security-policy': policy } }))
    expectTruth(page.result, 'in-thread')
    expect(warningsOf(page)).toEqual([
      expect.stringMatching(/^warning: layerdiff could not start a worker.*Content Security Policy/),
    ])
  })
})

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

test('a page that is isolated from other origins has its workers', async ({ visit, served }) => {
  const page = await visit(await served(dist, { headers: ISOLATED }))
  expectTruth(page.result, 'worker')
  expect([page.failed, page.messages]).toEqual([[], []])
})

test('a frame that has no origin of its own has its workers, from blobs', async ({ visit, served }) => {
  const framed = await served(dist, { headers: FOR_ALL })
  const files = {
    '/index.html': `<!doctype html><link rel="icon" href="data:,"><body><script>
    document.body.innerHTML = '<iframe sandbox="allow-scripts" src="${framed}/' + location.search + '"></iframe>'
  </script>`,
  }
  const page = await visit(await served(dist, { files }), { frame: 'iframe' })
  expectTruth(page.result, 'worker')
  expect(page.workers).not.toEqual([])
  for (const worker of page.workers) expect(worker).toMatch(/^blob:null/)
  expect(warningsOf(page)).toEqual([])
})
