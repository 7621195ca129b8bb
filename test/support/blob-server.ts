// A registry in some lines: a real HTTP server that gives the blobs of a built layout by the distribution API, with ranges,
// and lets a test answer in its place. Node only.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BuiltDescriptor, Layout } from './image-builder.js'

/** Answers a request, or gives false for the usual answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse, body: string) => boolean | undefined

export interface Seen {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly range: string | undefined
  readonly accept: string | undefined
  readonly body: string
}

export class BlobServer {
  /** Every request, in order. */
  readonly seen: Seen[] = []
  /** What tags stand for. */
  readonly tags = new Map<string, BuiltDescriptor>()
  fault: Fault = () => false
  readonly layout: Layout
  readonly port: number
  private readonly server: Server

  private constructor(layout: Layout, server: Server) {
    this.layout = layout
    this.server = server
    this.port = (server.address() as AddressInfo).port
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => this.answer(request, response, body))
    })
  }

  static async start(layout: Layout, host = '127.0.0.1'): Promise<BlobServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return new BlobServer(layout, server)
  }

  get host(): string {
    return `127.0.0.1:${this.port}`
  }

  /** Requests for what begins with a path. */
  asked(path: RegExp): Seen[] {
    return this.seen.filter((request) => path.test(request.path))
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { method = 'GET', url = '/', headers } = request
    const { authorization, range, accept } = headers
    this.seen.push({ method, path: url, authorization, range, accept, body })
    if (this.fault(request, response, body)) return
    const [, kind, name = ''] = /\/v2\/.+\/(manifests|blobs)\/([^/?]+)$/.exec(url) ?? []
    const tagged = kind === 'manifests' ? this.tags.get(name) : undefined
    const digest = tagged?.digest ?? name
    const content = this.layout.blobs.get(digest)
    if (kind === undefined || content === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest \u202eunknown' }] }))
      return
    }
    const type = kind === 'manifests' ? typeOf(content) : 'application/octet-stream'
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const part = content.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, {
      'content-type': type,
      'content-length': part.byteLength,
      'docker-content-digest': digest,
      ...(start > 0 && { 'content-range': `bytes ${start}-${content.byteLength - 1}/${content.byteLength}` }),
    })
    response.end(method === 'HEAD' ? undefined : part)
  }
}

function typeOf(content: Uint8Array): string {
  try {
    return JSON.parse(new TextDecoder().decode(content)).mediaType ?? 'application/octet-stream'
  } catch {
    return 'application/octet-stream'
  }
}
