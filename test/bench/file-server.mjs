// A server of the repository's own files, for Chromium: on this machine only, files as they are, no content encoding,
// so that a .gz reaches the page as the bytes that it has.

import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, resolve, sep } from 'node:path'
import { root } from '../../scripts/files.mjs'

/** What may be asked for, as prefixes of the path. */
const served = ['dist', 'build/bench', 'test/bench', 'node_modules/modern-tar/dist'].map(
  (name) => join(root, name) + sep,
)

/** @type {Record<string, string>} */
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' }

/**
 * @typedef {object} FileServer
 * @property {(path: string) => string} url of a file, by its absolute path or its path from the root
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<FileServer>} */
export async function serveFiles() {
  const server = createServer((request, response) => {
    const path = resolve(root, `.${decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)}`)
    const allowed = served.some((prefix) => path.startsWith(prefix))
    const stat = allowed ? statSync(path, { throwIfNoEntry: false }) : undefined
    if (!stat?.isFile()) {
      response.writeHead(404).end()
      return
    }
    const type = types[extname(path)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': stat.size, 'cache-control': 'no-store' })
    createReadStream(path).pipe(response)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url(path) {
      const below = resolve(root, path).slice(root.length).split(sep).map(encodeURIComponent).join('/')
      return `http://127.0.0.1:${address.port}/${below}`
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
