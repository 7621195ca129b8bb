// A container engine that answers as a test wants it to: a real HTTP server on a socket, named by DOCKER_HOST.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Image, type OpenImageOptions, openImage } from '../../src/index.js'

export class EngineServer {
  /** The paths that were asked for, the latest last. */
  readonly asked: string[] = []
  /** Answers everything but pings. */
  listener: RequestListener = (_, response) => response.writeHead(404).end()
  private readonly hostBefore = process.env.DOCKER_HOST

  private constructor(
    readonly folder: string,
    readonly socket: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<EngineServer> {
    const folder = mkdtempSync(join(tmpdir(), 'daemon-'))
    const socket = join(folder, 'engine.sock')
    const server = createServer((request, response) => {
      engine.asked.push(request.url ?? '')
      if (request.url === '/_ping') response.end('OK')
      else engine.listener(request, response)
    })
    const engine = new EngineServer(folder, socket, server)
    server.listen(socket)
    await once(server, 'listening')
    engine.reset()
    return engine
  }

  /** For the next test. */
  reset(): void {
    this.asked.length = 0
    process.env.DOCKER_HOST = `unix://${this.socket}`
  }

  /** Opens an image that it sends so. */
  open(answer: RequestListener | Uint8Array, name = 'app:1', options?: OpenImageOptions): Promise<Image> {
    this.listener = typeof answer === 'function' ? answer : (_, response) => response.end(answer)
    return openImage(`docker-daemon:${name}`, options)
  }

  async stop(): Promise<void> {
    if (this.hostBefore === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = this.hostBefore
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
