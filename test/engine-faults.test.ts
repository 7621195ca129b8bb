// What may go wrong around an engine at any moment: workers that die, memory and disks that are full, files that change. A call ends
// with an error that says so, and the next one works.

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spawnInThread } from '../src/engine/in-thread.js'
import type { PlainError } from '../src/engine/protocol.js'
import {
  createEngine,
  type DiffOptions,
  diffLayers,
  type Engine,
  type LayerInput,
  openCache,
  openImage,
} from '../src/index.js'
import { DEFAULT_LIMITS } from '../src/options.js'
import { dockerParts, layer } from './support/image-builder.js'
import { limited } from './support/limited-wasm.js'
import { refusal } from './support/refusal.js'
import { file, tar } from './support/tar-builder.js'

const root = join(import.meta.dirname, '..')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-faults-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function paths(
  before: LayerInput,
  after: LayerInput,
  engine: Engine,
  options: DiffOptions = {},
): Promise<string[]> {
  const diff = await diffLayers(before, after, { engine, ...options })
  return Array.from(diff.changes, ({ kind, path }) => `${kind} ${path}`)
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A worker that is the true one but for some lines that run before it. */
function workerWith(name: string, lines: string): URL {
  const real = pathToFileURL(join(root, 'dist/engine/worker.node.js')).href
  const script = join(folder, `${name}.mjs`)
  writeFileSync(script, `${lines}\nawait import(${JSON.stringify(real)})\n`)
  return pathToFileURL(script)
}

describe('a worker that dies', () => {
  const noise = new Uint8Array(3_000_000).map((_, i) => (i * 2_654_435_761) >>> 13)
  const layer = tar([file('big', noise), file('b', '2')])
  const source: LayerInput = { open: () => new Blob([layer as Uint8Array<ArrayBuffer>]) }

  const flagOf = (way: 'in' | 'out', number: number) => join(folder, `died-${way}-${number}`)
  /** Dies once, at the message of that number, in or out; after that it lives. */
  const dying = (way: 'in' | 'out', number: number) => {
    const flag = JSON.stringify(flagOf(way, number))
    const die = `{ writeFileSync(${flag}, ''); process.exit(9) }`
    return workerWith(
      `dying-${way}-${number}`,
      `import { existsSync, writeFileSync } from 'node:fs'
       import { parentPort } from 'node:worker_threads'
       let left = existsSync(${flag}) ? Infinity : ${number}
       ${
         way === 'in'
           ? `parentPort.on('message', () => { if (--left < 0) ${die} })`
           : `const { postMessage } = parentPort
              parentPort.postMessage = function (...args) { if (--left < 0) ${die}; return postMessage.apply(this, args) }`
       }`,
    )
  }

  it.each((['in', 'out'] as const).flatMap((way) => Array.from({ length: 10 }, (_, number) => [way, number] as const)))(
    'at a message %s, number %i: an error, or the right answer; and then the right one',
    async (way, number) => {
      const warnings: string[] = []
      const logger = { warn: (message: string) => void warnings.push(message) }
      const engine = createEngine({ workers: 1, worker: dying(way, number), logger })
      // A diff is some messages, so it may be the second one that dies. Before it says that it is ready, another one is taken.
      do {
        const outcome = await paths([] as never, source, engine).catch((error) => error.code)
        expect(['WORKER_FAILED', 'added b,added big']).toContain(String(outcome))
      } while (!existsSync(flagOf(way, number)))
      expect(await paths([] as never, source, engine)).toEqual(['added b', 'added big'])
      expect(engine.stats()).toMatchObject({ running: 0, queued: 0 })
      await engine.dispose()
    },
  )
})

describe('memory', () => {
  const wasm = limited(readFileSync(join(root, 'dist/core.wasm')), 40)
  const many = tar(Array.from({ length: 20_000 }, (_, i) => file(`folder/of/file-${i}`)))
  const [a, b] = [tar([file('a')]), tar([file('b')])]

  it.each<[string, (engine: Engine) => Promise<unknown>]>([
    ['while a layer is read', (engine) => paths(many, a, engine)],
    [
      'while layers are merged',
      async (engine) => {
        const wide = createEngine()
        const index = await wide.index(many)
        await wide.dispose()
        return paths(index, a, engine)
      },
    ],
  ])('that is used up %s is an error, and the next diff works', async (_, work) => {
    const engine = createEngine({ workers: 1, wasm })
    const error = await refusal(work(engine))
    expect(error.code).toBe('OUT_OF_MEMORY')
    expect(error.message).toContain('Diff fewer or smaller layers at once')
    expect(await paths(a, b, engine)).toEqual(['removed a', 'added b'])
    await engine.dispose()
  })
})

it('WebAssembly that cannot be compiled is told with what to allow', async () => {
  // What a policy does in a page, made here: nothing that is unpacked can be compiled.
  const handle = spawnInThread({ unpack: () => new Uint8Array([1, 2, 3, 4]) })
  const error = await new Promise<PlainError>((resolve) => {
    handle.onMessage = (message) => {
      if (message.type === 'failed') resolve(message.error)
    }
    handle.send({ type: 'start', id: 1, job: { type: 'check', bytes: new Uint8Array(8), limits: DEFAULT_LIMITS } })
  })
  expect(error).toMatchObject({ code: 'WORKER_FAILED', message: expect.stringContaining("'wasm-unsafe-eval'") })
  await handle.terminate()
})

/** A byte near the end of a large layer is overwritten by the worker itself, when it has read the beginning. */
const changing = (path: string) =>
  workerWith(
    'changing',
    `import fs from 'node:fs'
     import { syncBuiltinESMExports } from 'node:module'
     const { readSync } = fs
     let reads = 0
     fs.readSync = function (file, ...args) {
       if (++reads === 2) {
         const changed = fs.openSync(${JSON.stringify(path)}, 'r+')
         fs.writeSync(changed, Buffer.from('z'), 0, 1, fs.fstatSync(changed).size - 1600)
         fs.closeSync(changed)
       }
       return readSync.call(this, file, ...args)
     }
     syncBuiltinESMExports()`,
  )

describe('a file that is changed while it is read', () => {
  const layer = tar([file('big', 'x'.repeat(4_000_000)), file('last', 'y'.repeat(1000))])
  it.each<[string, (path: string, bytes: Uint8Array) => LayerInput, string]>([
    ['is found out by its digest', (path, bytes) => ({ digest: digestOf(bytes), open: () => path }), 'DIGEST_MISMATCH'],
    ['is found out by its diffId', (path) => ({ diffId: digestOf(layer), open: () => path }), 'DIFF_ID_MISMATCH'],
  ])('%s', async (name, input, code) => {
    const path = join(folder, `${name}.tar`)
    writeFileSync(path, layer)
    const engine = createEngine({ workers: 1, worker: changing(path) })
    expect((await refusal(paths([] as never, input(path, layer), engine))).code).toBe(code)
    await engine.dispose()
  })

  it('and is compressed is found out by its checksum', async () => {
    const path = join(folder, 'changed.tar.gz')
    const noise = new Uint8Array(4_000_000).map((_, i) => (i * 2_654_435_761) >>> 13)
    writeFileSync(path, gzipSync(tar([file('big', noise)]), { level: 0 }))
    const engine = createEngine({ workers: 1, worker: changing(path) })
    expect((await refusal(paths([] as never, path, engine))).code).toMatch(/^(GZIP|TAR)_/)
    await engine.dispose()
  })
})

describe('a file that is written to', () => {
  const before = tar([file('a', 'x'.repeat(100_000))])
  const after = tar([file('a', 'y'.repeat(100_000))])
  /** File systems may keep times by the hundredth of a second. */
  const writeOld = (path: string, bytes: Uint8Array) => {
    writeFileSync(path, bytes)
    utimesSync(path, 1, 1)
  }

  it('while its only reading goes on is refused, though all of it can be read', async () => {
    const path = join(folder, 'written.tar')
    writeOld(path, tar([file('big', 'x'.repeat(4_000_000)), file('last', 'y'.repeat(1000))]))
    const engine = createEngine({ workers: 1, worker: changing(path) })
    const error = await refusal(paths([] as never, path, engine))
    expect([error.code, error.message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('written to')])
    await engine.dispose()
  })

  it('between the reading of its headers and of its contents is refused', async () => {
    const [one, two] = [join(folder, 'one.tar'), join(folder, 'two.tar')]
    writeOld(one, before)
    writeOld(two, after)
    const engine = createEngine({ workers: 1 })
    expect(await paths(one, two, engine)).toEqual(['modified a'])
    const error = await refusal(
      paths(one, two, engine, {
        onProgress({ side, phase }) {
          if (side === 'after' && phase === 'done') writeFileSync(two, before)
        },
      }),
    )
    expect([error.code, error.message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('written to')])
    await engine.dispose()
  })

  it('between the opening of an archive and the reading of its layer is refused', async () => {
    const path = join(folder, 'image.tar')
    const archiveOf = async (bytes: Uint8Array) => tar(dockerParts([await layer(bytes)], ['app:1']))
    writeOld(path, await archiveOf(before))
    const image = await openImage(path)
    expect((await diffLayers([], image.layers)).changes.length).toBe(1)
    // As long as the first, so that its layer lies in the same place.
    writeFileSync(path, await archiveOf(after))
    const error = await refusal(diffLayers([], image.layers))
    expect([error.code, error.message]).toEqual(['INPUT_UNREADABLE', expect.stringContaining('written to')])
    await image.close()
  })
})

const mounts = spawnSync('sh', ['-c', 'unshare -m true']).status === 0 && process.getuid?.() === 0
describe.skipIf(!mounts && !process.env.CI)('a disk that is full', () => {
  let small: string
  beforeAll(() => {
    small = join(folder, 'small')
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small])
  })
  afterAll(() => {
    execFileSync('umount', [small])
  })

  it('ends a diff that keeps an index there, leaves no part of it, and takes what fits', async () => {
    const cache = await openCache({ place: join(small, 'cache') })
    const engine = createEngine({ workers: 1, cache })
    const large = tar(Array.from({ length: 4000 }, (_, i) => file(`file ${i}`)))
    const [source, little] = [large, tar([file('a')])].map((bytes) => ({ digest: digestOf(bytes), open: () => bytes }))
    const error = await refusal(paths([] as never, source as LayerInput, engine))
    expect([error.code, error.message]).toEqual(['CACHE_UNWRITABLE', expect.stringContaining(small)])
    expect(await cache.list()).toEqual([])
    expect(execFileSync('find', [small, '-name', '*.tmp'], { encoding: 'utf8' })).toBe('')
    expect(await paths([] as never, little as LayerInput, engine)).toEqual(['added a'])
    expect(await cache.list()).toHaveLength(1)
    await engine.dispose()
  })
})
