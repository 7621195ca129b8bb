// A server of one folder's files, as they are, on an origin of its own.
//
// Takes: a folder, headers that every answer has, and files that are in no folder. Gives: its origin.

import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, resolve, sep } from 'node:path'

export interface StaticServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  close(): Promise<void>
}

export interface ServeOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Contents by path, such as `/index.html`; they go before the folder's. */
  readonly files?: Readonly<Record<string, string>>
}

/** Headers of a server that all pages may read from, as a CDN's. */
export const FOR_ALL = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

export async function serve(folder: string, { headers = {}, files = {} }: ServeOptions = {}): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    const asked = decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname)
    const type = { 'content-type': TYPES[extname(asked)] ?? 'application/octet-stream' }
    const text = files[asked]
    const path = resolve(join(folder, asked))
    const stat = path.startsWith(folder + sep) ? statSync(path, { throwIfNoEntry: false }) : undefined
    if (text !== undefined) response.writeHead(200, { ...type, ...headers }).end(text)
    else if (stat?.isFile()) createReadStream(path).pipe(response.writeHead(200, { ...type, ...headers }))
    else response.writeHead(404, headers).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
