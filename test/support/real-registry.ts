// Debian's docker-registry, with a folder and a port of its own; filled by skopeo.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ensureTools } from './debian.js'

export const hasRegistry = ensureTools([
  { command: 'docker-registry', package: 'docker-registry' },
  { command: 'skopeo', package: 'skopeo' },
  { command: 'htpasswd', package: 'apache2-utils' },
])

export interface RegistryLogin {
  readonly username: string
  readonly password: string
}

export interface RealRegistryOptions {
  /** Who may use it; anybody by default. */
  readonly login?: RegistryLogin | undefined
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, readonly string[]>> | undefined
}

export class RealRegistry {
  private constructor(
    readonly host: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly login: RegistryLogin | undefined,
  ) {}

  /** Started when it answers. */
  static async start({ login, headers = {} }: RealRegistryOptions = {}): Promise<RealRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'layerdiff-registry-'))
    const host = `127.0.0.1:${await freePort()}`
    if (login !== undefined) {
      const { stdout } = spawnSync('htpasswd', ['-Bbn', login.username, login.password], { encoding: 'utf8' })
      writeFileSync(join(folder, 'htpasswd'), stdout)
    }
    const config = join(folder, 'config.yml')
    // JSON is YAML too.
    const auth = login && { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }
    const storage = { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } }
    writeFileSync(
      config,
      JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: host, headers }, ...auth }),
    )
    const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
    const registry = new RealRegistry(host, folder, child, login)
    try {
      await registry.answers()
    } catch (error) {
      await registry.stop()
      throw error
    }
    return registry
  }

  /** Copies an image to it, from a place as skopeo writes it. */
  fill(from: string, name: string, ...options: string[]): void {
    const login = this.login ? ['--dest-creds', `${this.login.username}:${this.login.password}`] : []
    const args = ['copy', '-q', '--insecure-policy', '--dest-tls-verify=false', ...login, ...options]
    const { status, stderr } = spawnSync('skopeo', [...args, from, `docker://${this.host}/${name}`], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`skopeo could not copy ${from}: ${stderr}`)
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = once(this.process, 'exit')
      this.process.kill()
      await gone
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + 30_000
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`docker-registry ended with ${this.process.exitCode}`)
      const status = await fetch(`http://${this.host}/v2/`).then(
        (response) => response.status,
        () => 0,
      )
      if (status === 200 || status === 401) return
      if (Date.now() > deadline) throw new Error('docker-registry does not answer')
      await pause(20)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
