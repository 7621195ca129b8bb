// The package in frameworks that run on a server and in pages: Next.js, SvelteKit.

import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { run, start } from './support/commands.js'
import { test, warningsOf } from './support/page-test.js'
import { expectTruth, type Result, stacks } from './support/stacks.js'
import { makeFixture, tool } from './support/workspace.js'

/** Not a name of a file, such as warnings.js. */
const A_WARNING = /\bwarn(ing)?\b|deprecat/i

/** What both sides found. */
interface Found {
  readonly name: string
  readonly server: Result[]
  readonly browser: Result[]
}

/** A project's build, and the server that it is put on the net with. */
const frameworks = [
  {
    name: 'Next.js, with server and client components',
    fixture: 'next',
    build: ['next', 'build'],
    serve: (_folder: string) => ['next', ['start', '--port', '0', '--hostname', '127.0.0.1']] as const,
  },
  {
    name: 'SvelteKit, with a load function on the server',
    fixture: 'sveltekit',
    build: ['vite', 'build'],
    serve: (folder: string) => [process.execPath, [join(folder, 'build/index.js')]] as const,
  },
] as const

describe('built for production, both the server and the page diff layers in workers', () => {
  for (const { name, fixture, build, serve } of frameworks) {
    test(name, async ({ visit }) => {
      const folder = await makeFixture('page', fixture)
      const [command, ...args] = build
      const said = await run(folder, command, ...args)
      expect(said).not.toMatch(A_WARNING)
      const [server, options] = serve(folder)
      const path = server === process.execPath ? server : tool(server)
      const serving = await start(folder, path, options, {
        STACKS: JSON.stringify(stacks()),
        PORT: '0',
        HOST: '127.0.0.1',
      })
      try {
        const page = await visit<Found>(serving.origin)
        expect(page.result.name).toBe('library/app')
        expectTruth(page.result.server, 'worker')
        expectTruth(page.result.browser, 'worker')
        expect(page.workers).not.toEqual([])
        expect([page.failed, warningsOf(page)]).toEqual([[], []])
      } finally {
        await serving.stop()
      }
    })
  }
})
