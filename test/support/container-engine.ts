// Real container engines for tests: Debian's dockerd, Podman and containerd, each with storage and a socket of its own.

import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { ensureTools, type Tool } from './debian.js'

export interface Kind {
  readonly name: string
  readonly tools: readonly Tool[]
  /** Program and arguments of its server. */
  serve(folder: string, address: string): [string, ...string[]]
  /** Program and first arguments of its command line. */
  client(folder: string, address: string): [string, ...string[]]
  /** Arguments of the command line that ask whether it answers; without them its server is pinged as Docker's is. */
  readonly ask?: readonly string[]
}

/** With a storage driver, which is what unpacks layers, or the one that it takes by itself. */
export function docker(driver?: 'overlay2' | 'vfs'): Kind {
  return {
    name: 'dockerd',
    tools: [
      { command: 'dockerd', package: 'docker.io' },
      { command: 'docker', package: 'docker.io' },
    ],
    serve: (folder, address) => [
      'dockerd',
      ...['--bridge', 'none', '--iptables=false', '--data-root', join(folder, 'data')],
      ...(driver ? ['--storage-driver', driver] : []),
      ...['--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid'), '-H', address],
    ],
    client: (_, address) => ['docker', '-H', address],
  }
}

export const DOCKER = docker()

export const CONTAINERD: Kind = {
  name: 'containerd',
  tools: [
    { command: 'containerd', package: 'containerd' },
    { command: 'ctr', package: 'containerd' },
  ],
  serve: (folder, address) => [
    ...(['containerd', '--config', '/dev/null', '--address', address.replace('unix://', '')] as const),
    ...['--root', join(folder, 'data'), '--state', join(folder, 'state')],
  ],
  client: (_, address) => ['ctr', '--address', address.replace('unix://', '')],
  ask: ['version'],
}

export const PODMAN: Kind = {
  name: 'podman',
  tools: [{ command: 'podman', package: 'podman' }],
  serve: (folder, address) => [...podman(folder), 'system', 'service', '--time', '0', address],
  client: (folder) => podman(folder),
}

function podman(folder: string): [string, ...string[]] {
  const places = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run')]
  return ['podman', ...places, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs']
}

const START_MILLISECONDS = 60_000
const STOP_MILLISECONDS = 20_000

export class ContainerEngine {
  private log = ''

  private constructor(
    private readonly kind: Kind,
    /** Holds all that it has, its storage in `data`. */
    readonly folder: string,
    /** As DOCKER_HOST has it. */
    readonly address: string,
    private readonly process: ChildProcess,
  ) {
    process.stderr?.on('data', (text) => {
      this.log = (this.log + text).slice(-4000)
    })
  }

  /**
   * Started when it answers; null, with the reason on standard error, where it cannot be had: its tests are to be skipped.
   *
   * @throws {Error} on CI, where those tests must run
   */
  static async start(kind: Kind): Promise<ContainerEngine | null> {
    if (process.getuid?.() !== 0 || !ensureTools(kind.tools)) {
      process.stderr.write(`${kind.name} needs root and its package: its tests are skipped\n`)
      return null
    }
    // Short: the path of a socket has about 100 bytes.
    const folder = mkdtempSync(join(tmpdir(), 'engine-'))
    const address = `unix://${join(folder, 'engine.sock')}`
    const [command, ...args] = kind.serve(folder, address)
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.on('error', () => {})
    const engine = new ContainerEngine(kind, folder, address, child)
    try {
      await engine.answers()
      return engine
    } catch (error) {
      await engine.stop()
      if (process.env.CI) throw error
      process.stderr.write(`${error instanceof Error ? error.message : error}: its tests are skipped\n`)
      return null
    }
  }

  /** Loads a file of `docker save`, plain or gzip. */
  load(path: string): void {
    const bytes = readFileSync(path)
    // Podman 4 takes no compressed ones from a path.
    const plain = join(this.folder, 'load.tar')
    writeFileSync(plain, bytes[0] === 0x1f ? gunzipSync(bytes) : bytes)
    this.run('load', '-i', plain)
    rmSync(plain)
  }

  save(name: string, path: string): void {
    this.run('save', '-o', path, name)
  }

  async stop(): Promise<void> {
    if (this.process.pid !== undefined && !this.ended) {
      const gone = once(this.process, 'exit')
      this.process.kill()
      // Dockerd waits for what it started, and must not be left behind where that hangs.
      const patience = setTimeout(() => this.process.kill('SIGKILL'), STOP_MILLISECONDS)
      await gone
      clearTimeout(patience)
    }
    rmSync(this.folder, { recursive: true, force: true })
  }

  private get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  /** Runs a command of its command line and gives what it prints. @throws {Error} what it says on standard error, where it fails */
  async command(...args: string[]): Promise<string> {
    const [command, ...first] = this.kind.client(this.folder, this.address)
    try {
      return (await promisify(execFile)(command, [...first, ...args])).stdout
    } catch (error) {
      throw new Error(String((error as { stderr: unknown }).stderr).trim())
    }
  }

  private run(...args: string[]): void {
    const [command, ...first] = this.kind.client(this.folder, this.address)
    execFileSync(command, [...first, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + START_MILLISECONDS
    const asks = (question: readonly string[]) =>
      this.command(...question).then(
        () => true,
        () => false,
      )
    while (!(await (this.kind.ask ? asks(this.kind.ask) : this.pings()))) {
      if (this.process.pid === undefined || this.ended || Date.now() > deadline) {
        throw new Error(`${this.kind.name} does not start here (${this.log.trim().split('\n').slice(-3).join(' | ')})`)
      }
      await pause(50)
    }
  }

  private pings(): Promise<boolean> {
    return new Promise((resolve) => {
      const asking = request({ socketPath: this.address.replace('unix://', ''), path: '/_ping' }, (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      })
      asking.on('error', () => resolve(false))
      asking.end()
    })
  }
}
