// Four projects: `node` and `browser` make up `npm test` and share test/conformance; `fuzz` runs apart, and so does `packaging`,
// whose tests use the package as npm packs it and nothing of this checkout's build.
// Tests import from src/, while the workers and the WebAssembly come from the build.

import { createReadStream, existsSync, rmSync, statSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { chromiumArgs, findChromium } from './scripts/chromium.mjs'

const root = fileURLToPath(new URL('.', import.meta.url))
const dist = join(root, 'dist')

/** Real images. Tests read the path from `process.env` (Node) and fetch `/fixtures/...` (browser). */
const fixtures = resolve(root, process.env.LAYERDIFF_FIXTURES ?? '../shared/fixtures')
if (process.env.CI && !existsSync(fixtures)) {
  throw new Error(`${fixtures} does not exist: on CI the tests of real images must run. Set LAYERDIFF_FIXTURES`)
}

/** The literal by which src/ names its workers: `new URL('./worker.js', import.meta.url)`. */
const workerUrl = /new URL\(\s*'\.{1,2}\/(?:[\w-]+\/)*(worker(?:\.\w+)?\.js)',\s*import\.meta\.url\s*\)/g

/** Sends those literals from src/, where no worker is, to the bundled ones: `base` is the expression of dist's URL. */
function builtWorkers(base: string): Plugin {
  return {
    name: 'layerdiff:built-workers',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(join(root, 'src') + sep)) return null
      return code.replace(workerUrl, (_, file) => `new URL('engine/${file}', ${base})`)
    },
  }
}

/** Files as they are: Vite's own server would send a .tar.gz with `Content-Encoding: gzip`, and rewrite scripts. */
function rawFiles(mounts: Record<string, string>): Plugin {
  return {
    name: 'layerdiff:raw-files',
    configureServer(server) {
      for (const [prefix, directory] of Object.entries(mounts)) {
        server.middlewares.use(prefix, (request, response) => {
          const path = resolve(directory, `.${decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)}`)
          const stat = path.startsWith(directory + sep) ? statSync(path, { throwIfNoEntry: false }) : undefined
          if (!stat?.isFile()) {
            response.writeHead(404).end()
            return
          }
          const type = path.endsWith('.js') ? 'text/javascript' : 'application/octet-stream'
          response.writeHead(200, { 'content-type': type, 'content-length': stat.size })
          createReadStream(path).pipe(response)
        })
      }
    },
  }
}

const node = {
  resolve: { alias: { '#platform': join(root, 'src/platform.node.ts') } },
  plugins: [builtWorkers(JSON.stringify(pathToFileURL(dist + sep).href))],
}
/** A cache of this run: what an earlier one kept would not be fetched, and nobody's own is touched. */
const testCache = join(root, 'build/test-cache')
rmSync(testCache, { recursive: true, force: true })
const env = { LAYERDIFF_FIXTURES: fixtures, LAYERDIFF_CACHE: testCache }
/** The text of a row is the test's name, and is shown whole. */
const chaiConfig = { truncateThreshold: 0 }

export default defineConfig({
  test: {
    coverage: { include: ['src/**'], exclude: ['src/**/*.generated.ts'] },
    projects: [
      {
        ...node,
        test: {
          name: 'node',
          chaiConfig,
          testTimeout: 60_000,
          // What is polled for comes, and how soon is not the test's business.
          expect: { poll: { timeout: 20_000 } },
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/packaging/**'],
          env,
        },
      },
      {
        ...node,
        test: { name: 'fuzz', chaiConfig, include: ['test/fuzz/**/*.fuzz.ts'], env, testTimeout: 300_000 },
      },
      {
        test: {
          name: 'packaging',
          chaiConfig,
          globalSetup: ['test/packaging/support/setup.ts'],
          include: ['test/packaging/**/*.test.ts'],
          env,
          // Frameworks take a minute to build on a machine that has other things to do.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        resolve: { alias: { '#platform': join(root, 'src/platform.browser.ts') } },
        plugins: [
          builtWorkers("new URL('/dist/', location.origin)"),
          rawFiles({ '/fixtures': fixtures, '/dist': dist, '/build': join(root, 'build') }),
        ],
        test: {
          name: 'browser',
          chaiConfig,
          globalSetup: ['test/support/registry-setup.ts'],
          testTimeout: 60_000,
          include: ['test/browser/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          env,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: findChromium(), args: chromiumArgs } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
