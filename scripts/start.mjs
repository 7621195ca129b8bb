// Builds what is missing and serves the demo page, at the URL that it prints.

import { join } from 'node:path'
import { createServer } from 'vite'
import { build } from './build.mjs'
import { root } from './files.mjs'

try {
  await build()
  const server = await createServer({ configFile: join(root, 'vite.config.ts') })
  await server.listen()
  server.printUrls()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
