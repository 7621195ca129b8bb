// Tests of pages: a Chromium, and a registry's blobs on an origin of their own, each once a file.
//
// Gives: `test`, whose fixture `visit` opens a page, which finds in its query where the stacks are that it is to diff.

import { test as base } from 'vitest'
import { fixturePath } from '../../support/truth.js'
import { type Visit, type VisitOptions, Visitor } from './browser.js'
import { type Result, stacks } from './stacks.js'
import { FOR_ALL, type ServeOptions, type StaticServer, serve } from './static-server.js'

interface PageFixtures {
  /** Opens an address, with the stacks' address in its query, and waits for what the page finds. */
  visit: <Found = Result[]>(url: string, options?: VisitOptions) => Promise<Visit<Found>>
  /** Serves a folder until the test ends; gives the origin. */
  served: (folder: string, options?: ServeOptions) => Promise<string>
}

export const test = base.extend<PageFixtures>({
  visit: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it what the fixture needs
    async ({}, use) => {
      const images = fixturePath('images')
      // The addresses of layers are relative to that of the list.
      const list = JSON.stringify(stacks()).replaceAll(`${images}/`, '')
      const layers = await serve(images, { headers: FOR_ALL, files: { '/stacks.json': list } })
      const visitor = await Visitor.start()
      await use((url, options) => visitor.visit(`${url}?stacks=${layers.origin}/stacks.json`, options))
      await visitor.close()
      await layers.close()
    },
    { scope: 'file' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  served: async ({}, use) => {
    const servers: StaticServer[] = []
    await use(async (folder, options) => {
      const server = await serve(folder, options)
      servers.push(server)
      return server.origin
    })
    await Promise.all(servers.map((server) => server.close()))
  },
})

/** The warnings among what a page wrote on its console; Chromium itself writes errors only. */
export const warningsOf = ({ messages }: Visit<unknown>) => messages.filter((message) => message.startsWith('warning:'))
