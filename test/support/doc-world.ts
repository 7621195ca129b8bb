// The world that the examples of the documentation live in: a folder with the files that they name, the package as it is installed,
// and a server that stands in for every host: registries, an API that gives layers, and pages. Node only.

import { readFileSync, statSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { unpackTar } from 'modern-tar'
import { BlobServer } from './blob-server.js'
import { type BuiltDescriptor, json, Layout, TYPES } from './image-builder.js'

const root = join(import.meta.dirname, '../..')
const samples = join(root, 'build/sample')

/** What the examples call the samples. */
const FILES = {
  'app-1.0.tar': 'greeter-1.0.tar',
  'app-1.1.tar': 'greeter-1.1.tar',
  'build/sample/greeter-1.0.tar': 'greeter-1.0.tar',
  'build/sample/greeter-1.1.tar': 'greeter-1.1.tar',
}
/** Images of two platforms. */
const MANY_PLATFORMS = ['app.tar', 'worker.tar']
/** What tags stand for, in every repository. */
const TAGS = { '1.0': '1.0', '1.25': '1.0', main: '1.0', '1.1': '1.1', '1.27': '1.1', latest: '1.1' }

const MIME: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

export class DocWorld {
  private constructor(
    readonly folder: string,
    readonly server: BlobServer,
  ) {}

  static async make(): Promise<DocWorld> {
    await mkdir(join(root, 'build'), { recursive: true })
    const folder = await mkdtemp(join(root, 'build/docs-examples-'))
    await mkdir(join(folder, 'node_modules'))
    await symlink(root, join(folder, 'node_modules/layerdiff'), 'dir')
    await mkdir(join(folder, 'build/sample'), { recursive: true })
    for (const [name, sample] of Object.entries(FILES)) await copyFile(join(samples, sample), join(folder, name))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const { layout, images, layers } = await readImages()
    const layerFiles = {
      'old.tar.gz': layers['1.0'].at(-1),
      'new.tar.gz': layers['1.1'].at(-1),
      'base.tar.gz': layers['1.0'][0],
    }
    for (const [name, layer] of Object.entries(layerFiles)) await writeFile(join(folder, name), layer as Uint8Array)
    for (const name of MANY_PLATFORMS) await writeFile(join(folder, name), layout.tar([images['1.1']]))
    const server = await BlobServer.start(layout)
    for (const [tag, version] of Object.entries(TAGS)) server.tags.set(tag, images[version as keyof typeof images])
    const world = new DocWorld(folder, server)
    server.fault = (request, response) => world.answer(request, response)
    await world.addCommands()
    return world
  }

  get origin(): string {
    return `http://${this.server.host}`
  }

  /** The environment that examples run in: nothing of the machine's own is read or written. */
  get env(): NodeJS.ProcessEnv {
    return {
      PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`,
      HOME: this.folder,
      DOCKER_CONFIG: this.folder,
      LAYERDIFF_CACHE: join(this.folder, 'cache'),
      DOC_SERVER: this.origin,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'doc-hosts.mjs')}`,
    }
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.folder, name), text)
  }

  async close(): Promise<void> {
    await this.server.stop()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** `layerdiff` as npm would have put it there, and an `npx` that has nothing else. */
  private async addCommands(): Promise<void> {
    await mkdir(join(this.folder, 'bin'))
    const main = join(root, 'dist/cli/main.js')
    const commands = {
      layerdiff: `exec '${process.execPath}' '${main}' "$@"`,
      npx: '[ "$1" = layerdiff ] || exit 127\nshift\nexec layerdiff "$@"',
    }
    for (const [name, body] of Object.entries(commands)) {
      const path = join(this.folder, 'bin', name)
      await writeFile(path, `#!/bin/sh\n${body}\n`)
      await chmod(path, 0o755)
    }
  }

  /** What is no registry: files, an API, and a proxy to the registry. */
  private answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    const [, proxied] = /^\/registry\/[^/]+(\/v2\/.*)$/.exec(pathname) ?? []
    if (proxied !== undefined) request.url = proxied
    if (request.url?.startsWith('/v2/')) return false
    const [, version] = /^\/builds\/([\d.]+)$/.exec(pathname) ?? []
    const [, digest] = /^\/layers\/(.+)$/.exec(pathname) ?? []
    const found =
      version !== undefined
        ? { type: 'application/json', body: this.buildOf(version) }
        : digest !== undefined
          ? { type: 'application/octet-stream', body: this.server.layout.blobs.get(digest) }
          : this.fileAt(pathname)
    if (found?.body === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': found.type }).end(found.body)
    return true
  }

  private buildOf(version: string): Uint8Array | undefined {
    const index = this.manifest(this.server.tags.get(version)?.digest)
    const { layers } = this.manifest(index.manifests[0].digest)
    return json({ layers })
  }

  private manifest(digest = '') {
    return JSON.parse(new TextDecoder().decode(this.server.layout.blobs.get(digest)))
  }

  private fileAt(pathname: string) {
    const path = join(this.folder, decodeURIComponent(pathname))
    if (!path.startsWith(this.folder) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
    return { type: MIME[extname(path)] ?? 'application/octet-stream', body: readFileSync(path) }
  }
}

/** The samples for two platforms, in one layout; and their layers, bottom first. */
async function readImages() {
  const layout = new Layout()
  const layers: Record<'1.0' | '1.1', Uint8Array[]> = { '1.0': [], '1.1': [] }
  const read = async (version: '1.0' | '1.1'): Promise<BuiltDescriptor> => {
    const members = await unpackTar(readFileSync(join(samples, `greeter-${version}.tar`)))
    const blobs = new Map(members.map(({ header, data }) => [header.name, data]))
    const parse = (name: string) => JSON.parse(new TextDecoder().decode(blobs.get(name)))
    const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`
    const [descriptor] = parse('index.json').manifests
    const manifest = parse(blob(descriptor.digest))
    for (const { digest, mediaType } of manifest.layers) {
      const bytes = blobs.get(blob(digest)) ?? json('')
      layers[version].push(bytes)
      await layout.add(bytes, mediaType)
    }
    const manifests: BuiltDescriptor[] = []
    for (const architecture of ['amd64', 'arm64']) {
      const config = await layout.add(json({ ...parse(blob(manifest.config.digest)), architecture }), TYPES.config)
      const platform = { os: 'linux', architecture }
      manifests.push(await layout.add(json({ ...manifest, config }), TYPES.manifest, { platform }))
    }
    return layout.index(manifests)
  }
  return { layout, layers, images: { '1.0': await read('1.0'), '1.1': await read('1.1') } }
}
