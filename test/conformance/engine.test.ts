// What an engine can be given, and many calls at once: in Node and in browsers.

import { afterEach, describe, expect, it } from 'vitest'
import { scalar, simd } from '../../src/engine/core.generated.js'
import { unpack } from '../../src/engine/embedded.js'
import { sha256 } from '../../src/image/digest.js'
import {
  type Cache,
  createEngine,
  diffLayers,
  type Engine,
  type EngineOptions,
  type LayerInput,
  openCache,
  openImage,
} from '../../src/index.js'
import { gzip } from '../support/compress.js'
import { refusal } from '../support/refusal.js'
import { file, tar } from '../support/tar-builder.js'

const before = tar([file('a', '1'), file('b', '22')])
const after = tar([file('a', '1'), file('c', '333')])
const expected = ['removed b', 'added c']

const engines: Engine[] = []
function engineWith(options: EngineOptions): Engine {
  const engine = createEngine({ workers: 1, ...options })
  engines.push(engine)
  return engine
}
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.dispose())))

async function paths(a: LayerInput, b: LayerInput, engine: Engine, options = {}): Promise<string[]> {
  const diff = await diffLayers(a, b, { engine, ...options })
  return Array.from(diff.changes, ({ kind, path }) => `${kind} ${path}`)
}

describe('the option wasm', () => {
  it.each([
    ['the bytes of the build with SIMD', async () => unpack(simd)],
    ['the bytes of the build without', async () => unpack(scalar)],
    ['an ArrayBuffer', async () => (await unpack(simd)).buffer],
    ['a compiled module', async () => WebAssembly.compile(await unpack(simd))],
  ])('takes %s', async (_, wasm) => {
    expect(await paths(before, after, engineWith({ wasm: await wasm() }))).toEqual(expected)
  })

  it.each([
    ['another module', async () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])), 'this version'],
    [
      'a module that says it is another build',
      async () => {
        const wasm = await unpack(simd)
        // The last byte of the section that tells the build.
        wasm[wasm.length - 1] = (wasm[wasm.length - 1] ?? 0) ^ 1
        return wasm
      },
      'this version',
    ],
    ['bytes that are no wasm', async () => new Uint8Array([1, 2, 3]), 'no WebAssembly'],
    ['an object of another kind', async () => ({ wasm: true }), 'neither a WebAssembly.Module'],
  ])('refuses %s', async (_, wasm, text) => {
    const error = await refusal(paths(before, after, engineWith({ wasm: await wasm() })))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(error.message).toContain(text)
  })
})

describe('the option cache', () => {
  /** Digests of their own for each test, so that none finds what another one left. */
  async function layersOf(name: string) {
    const [a, b] = [await gzip(tar([file(name, 'before')])), await gzip(tar([file(name, 'after')]))]
    const digests = [sha256(a), sha256(b)]
    const cache = await openCache()
    await cache.remove(digests)
    let opened = 0
    const layers = [a, b].map((bytes, index) => ({
      digest: digests[index] as string,
      open() {
        opened++
        return bytes
      },
    }))
    const [old, now] = layers as [(typeof layers)[0], (typeof layers)[0]]
    return { cache, old, now, opened: () => opened, remove: () => cache.remove(digests) }
  }

  it('spares the reading of a layer that was verified before', async () => {
    const { cache, old, now, opened, remove } = await layersOf('spared')
    const first = engineWith({ cache })
    expect(await paths(old, now, first)).toEqual(['modified spared'])
    expect([opened(), first.stats().layers, first.stats().cached]).toEqual([2, 2, 0])
    const second = engineWith({ cache })
    expect(await paths(old, now, second)).toEqual(['modified spared'])
    expect(await second.index(now)).toMatchObject({ entries: 1 })
    expect([opened(), second.stats().layers, second.stats().cached]).toEqual([2, 0, 3])
    await remove()
  })

  it.each<[string, (bytes: Uint8Array) => void]>([
    ['damaged', (bytes) => bytes.set([1], bytes.length - 1)],
    ['of an older version', (bytes) => bytes.set([0, 0, 0, 0], 4)],
    ['emptied', (bytes) => bytes.fill(0)],
  ])('an index that is %s is made anew', async (how, spoil) => {
    const { cache, old, now, opened, remove } = await layersOf(`spoilt ${how}`)
    const engine = engineWith({ cache })
    await paths(old, now, engine)
    const stored = (await cache.index(old.digest)) as Uint8Array
    const spoilt = new Uint8Array(stored)
    spoil(spoilt)
    expect(spoilt).not.toEqual(stored)
    await cache.putIndex(old.digest, spoilt)
    expect(await paths(old, now, engine)).toEqual([`modified spoilt ${how}`])
    expect(opened()).toBe(3)
    expect(await cache.index(old.digest)).toEqual(stored)
    await remove()
  })

  it('keeps nothing of a layer whose digest is wrong', async () => {
    const { cache, old, now, remove } = await layersOf('wrong')
    const lying = { digest: now.digest, open: old.open }
    const error = await refusal(paths(lying, [] as never, engineWith({ cache })))
    expect(error.code).toBe('DIGEST_MISMATCH')
    expect(await cache.index(now.digest)).toBeNull()
    await remove()
  })

  it.each<[string, (layer: { digest: string; open(): Uint8Array }) => LayerInput, number]>([
    ['a layer that need not be verified', (layer) => ({ ...layer, verify: false }), 4],
    ['a layer without a digest', ({ open }) => ({ open }), 4],
    ['a layer whose diffId is asked for as well, until it is known', (layer) => ({ ...layer, diffId: 'compute' }), 2],
  ])('of %s', async (name, change, times) => {
    const { cache, old, now, opened, remove } = await layersOf(name)
    const engine = engineWith({ cache })
    for (let i = 0; i < 2; i++) expect(await paths(change(old), change(now), engine)).toEqual([`modified ${name}`])
    expect(opened()).toBe(times)
    await remove()
  })

  it('a cache that cannot be written is an error, not a diff without it', async () => {
    const { cache, old, now } = await layersOf('unwritable')
    const full: Cache = Object.create(cache, { putIndex: { value: () => Promise.reject(new Error('disk full')) } })
    await expect(paths(old, now, engineWith({ cache: full }))).rejects.toThrow('disk full')
  })
})

describe('the option limits', () => {
  it('holds for calls that say nothing else', async () => {
    const engine = engineWith({ limits: { entries: 1 } })
    expect(engine.limits).toMatchObject({ entries: 1, pathBytes: 4096 })
    expect((await refusal(paths(before, after, engine))).code).toBe('LIMIT_ENTRIES')
    expect((await refusal(engine.index(before))).code).toBe('LIMIT_ENTRIES')
    expect(await paths(before, after, engine, { limits: { entries: 2 } })).toEqual(expected)
  })
})

describe('options that are refused', () => {
  it.each<[string, object, string]>([
    ['a misspelt name', { worker_count: 2 }, 'options has no "worker_count"'],
    ['no worker', { workers: 0 }, 'positive whole number'],
    ['a limit that is none', { limits: { entries: -1 } }, 'limits.entries'],
    ['a limit in words', { limits: { entries: '5' } }, 'limits.entries must be a positive whole number, not "5"'],
    ['a logger that cannot warn', { logger: {} }, 'warn(message, cause)'],
    ['a cache that is a path', { cache: 'folder' }, 'cache must be what openCache() gives, not "folder"'],
    ['a cache that nobody waited for', { cache: Promise.resolve({}) }, 'a promise: await it'],
  ])('%s', (_, options, text) => {
    expect(() => createEngine(options as EngineOptions)).toThrow(text)
  })

  it.each<[string, object, string]>([
    ['a signal that is none', { signal: 1 }, 'signal must be an AbortSignal'],
    ['progress that cannot be told', { onProgress: 1 }, 'onProgress must be a function'],
    ['a word for a switch', { strict: 'no' }, 'strict must be true or false, not "no"'],
    ['another one', { renames: 'yes' }, 'renames must be true or false'],
    ['a word for a field', { compare: { content: 'no' } }, 'compare.content must be true or false'],
  ])('of a diff: %s', async (_, options, text) => {
    const error = await refusal(diffLayers(before, after, options))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining(text)])
  })

  it.each([
    ['a text', '512', '"512"'],
    ['a BigInt', 512n, '"512"'],
    ['no number', Number.NaN, '"NaN"'],
    ['negative', -1, '"-1"'],
  ])('a size that is %s', async (_, size, text) => {
    const error = await refusal(diffLayers(before, { size, open: () => after } as never))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining(`bytes, not ${text}`)])
  })

  it.each<[string, object, string]>([
    ['a misspelt name', { credential: null }, 'registry has no "credential"'],
    ['a wait that is no number', { timeout: '1s' }, 'registry.timeout must be a number of milliseconds'],
    ['fewer attempts than one', { retries: -1 }, 'registry.retries must be a whole number'],
    ['a mirror that is no address', { mirror: {} }, 'registry.mirror must be an address'],
    ['a word for registries', { insecure: 'example.com' }, 'registry.insecure must be true, false or a list'],
  ])('of a registry: %s', async (_, registry, text) => {
    const error = await refusal(openImage('registry.example/app', { registry }))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining(text)])
  })

  it('what is no index', async () => {
    const error = await refusal(engineWith({}).loadIndex('an.index' as never))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining('read its file first')])
  })

  it.each<[string, unknown[]]>([
    ['a content of no side', [{ path: 'c' }, 'both']],
    ['a content of nothing', []],
    ['a path in place of a change', ['c', 'after']],
  ])('%s', async (_, args) => {
    const diff = await diffLayers(before, after, { engine: engineWith({}) })
    const error = await refusal(diff.content(...(args as Parameters<typeof diff.content>)))
    expect([error.code, error.message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining('a change of the diff')])
  })
})

describe('200 diffs at once', () => {
  const layers = Array.from({ length: 200 }, (_, i) => tar([file(`file ${i}`, String(i))]))

  it('are all right, and end one after the other, before the layers of all have been read', async () => {
    const engine = engineWith({ workers: 2 })
    const readAtEnd: number[] = []
    const diffs = layers.map(async (layer) => {
      const found = await paths(before, layer, engine)
      readAtEnd.push(engine.stats().layers)
      return found
    })
    expect(await Promise.all(diffs)).toEqual(layers.map((_, i) => ['removed a', 'removed b', `added file ${i}`]))
    // Were jobs done in the order in which they came, all layers would be read, and kept, before the first diff ended.
    expect(readAtEnd[layers.length / 2]).toBeLessThan(300)
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0, layers: 400 })
  })

  it('can each be aborted, and the others go on', async () => {
    const engine = engineWith({ workers: 2 })
    const controllers = layers.map(() => new AbortController())
    const diffs = layers.map((layer, i) => paths(before, layer, engine, { signal: controllers[i]?.signal }))
    const outcomes = Promise.allSettled(diffs)
    const unwanted = (i: number) => i % 3 === 0
    for (const [i, controller] of controllers.entries()) if (unwanted(i)) controller.abort(`not ${i}`)
    for (const [i, outcome] of (await outcomes).entries()) {
      if (unwanted(i)) expect(outcome).toEqual({ status: 'rejected', reason: `not ${i}` })
      else expect(outcome).toMatchObject({ status: 'fulfilled', value: expect.arrayContaining([`added file ${i}`]) })
    }
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 })
    expect(await paths(before, after, engine)).toEqual(expected)
  })
})
