// What a layer may be given as, and what the options do: in Node and in browsers.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkerEngine } from '../../src/engine/engine.js'
import {
  createEngine,
  diffLayers,
  type Engine,
  LayerDiffError,
  type LayerInput,
  type LayerProgress,
} from '../../src/index.js'
import { gzip } from '../support/compress.js'
import { directory, file, symlink, tar, whiteout } from '../support/tar-builder.js'

const before = tar([directory('app'), file('app/a', '1'), file('app/b', '22')])
const after = tar([directory('app'), file('app/a', '1'), file('app/c', '333')])

let engine: Engine
beforeAll(() => {
  engine = createEngine({ workers: 2 })
})
afterAll(() => engine.dispose())

async function paths(a: LayerInput | LayerInput[], b: LayerInput | LayerInput[], options = {}): Promise<string[]> {
  const diff = await diffLayers(a, b, { engine, ...options })
  return Array.from(diff.changes, ({ kind, path }) => `${kind} ${path}`)
}

const expected = ['removed app/b', 'added app/c']

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

describe('kinds of input', () => {
  const kinds: Record<string, (bytes: Uint8Array) => LayerInput> = {
    Uint8Array: (bytes) => bytes,
    'a view into a larger buffer': (bytes) => {
      const larger = new Uint8Array(bytes.length + 20)
      larger.set(bytes, 7)
      return larger.subarray(7, 7 + bytes.length)
    },
    ArrayBuffer: (bytes) => bytes.slice().buffer as ArrayBuffer,
    Blob: (bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]),
    File: (bytes) => new File([bytes as Uint8Array<ArrayBuffer>], 'layer.tar'),
    ReadableStream: (bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
    'a stream of single bytes': (bytes) =>
      new ReadableStream({
        start(controller) {
          for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
          controller.close()
        },
      }),
    Response: (bytes) => new Response(bytes as Uint8Array<ArrayBuffer>),
    'a data URL': (bytes) => new URL(`data:application/octet-stream;base64,${btoa(String.fromCharCode(...bytes))}`),
    'a layer source': (bytes) => ({ open: () => bytes }),
    'a layer source that opens later': (bytes) => ({
      open: async () => new Blob([bytes as Uint8Array<ArrayBuffer>]),
    }),
  }
  for (const [name, make] of Object.entries(kinds)) {
    it(name, async () => {
      expect(await paths(make(before), make(after))).toEqual(expected)
      expect(await paths(make(await gzip(before)), make(await gzip(after)))).toEqual(expected)
    })
  }

  it('the caller’s bytes stay the caller’s', async () => {
    const bytes = before.slice()
    await paths(bytes, bytes.buffer)
    expect(bytes).toEqual(before)
  })

  it.each([
    ['a number', 5],
    ['null', null],
    ['an object', { a: 1 }],
  ])('%s is refused', async (_, input) => {
    await expect(paths(input as never, after)).rejects.toMatchObject({ code: 'INPUT_UNSUPPORTED', side: 'before' })
  })

  it('an open() that fails is told with its layer', async () => {
    const source = { open: () => Promise.reject(new TypeError('fetch failed')) }
    const error = await paths(before, source).catch((e) => e)
    expect(error).toMatchObject({ code: 'INPUT_UNREADABLE', side: 'after', layer: 0 })
    expect(error.message).toContain('fetch failed')
  })

  it('a failed response is refused with its status', async () => {
    const error = await paths(new Response('no', { status: 404, statusText: 'Not Found' }), after).catch((e) => e)
    expect(error).toMatchObject({ code: 'FETCH_FAILED', side: 'before', layer: 0 })
    expect(error.message).toContain('404 Not Found')
  })

  it('a stream that breaks off is an error, and not a short layer', async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.enqueue(before.slice(0, 600))
        controller.error(new Error('the network is gone'))
      },
    })
    await expect(paths(after, broken)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', side: 'after' })
  })
})

describe('stacks', () => {
  it('a layer on both sides, or twice, is read once', async () => {
    let opened = 0
    const source = {
      open() {
        opened++
        return before
      },
    }
    expect(await paths([source, source], [source, tar([whiteout('app')])])).toEqual([
      'removed app',
      'removed app/a',
      'removed app/b',
    ])
    expect(opened).toBe(1)
  })

  it('an empty stack is an empty tree', async () => {
    expect(await paths([], [])).toEqual([])
    expect(await paths(before, [])).toEqual(['removed app', 'removed app/a', 'removed app/b'])
  })

  it('more layers than workers', async () => {
    const stack = Array.from({ length: 40 }, (_, i) => tar([file(`f${i}`, 'x')]))
    expect(await paths([], stack)).toHaveLength(40)
  })
})

describe('verification', () => {
  it('digest, diffId and size that are right', async () => {
    const packed = await gzip(after)
    const source = {
      digest: await sha256(packed),
      diffId: await sha256(after),
      size: packed.length,
      open: () => packed,
    }
    expect(await paths(before, source)).toEqual(expected)
  })

  it.each([
    ['digest', 'DIGEST_MISMATCH', `sha256:${'0'.repeat(64)}`],
    ['diffId', 'DIFF_ID_MISMATCH', `sha256:${'0'.repeat(64)}`],
    ['size', 'SIZE_MISMATCH', 10],
    ['size', 'SIZE_MISMATCH', 100_000],
    ['digest', 'DIGEST_UNSUPPORTED', 'md5:abc'],
  ])('a wrong %s is %s', async (name, code, value) => {
    const source = { [name]: value, open: () => after } as LayerInput
    await expect(paths(before, source)).rejects.toMatchObject({ code, side: 'after', layer: 0 })
  })
})

describe('options', () => {
  it('an aborted signal ends the call with its reason, before and while it runs', async () => {
    await expect(paths(before, after, { signal: AbortSignal.abort('stop') })).rejects.toBe('stop')
    const controller = new AbortController()
    const endless = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(512)) })
    const running = paths(tar([], { endBlocks: 2 }), endless, { signal: controller.signal })
    setTimeout(() => controller.abort('later'), 50)
    await expect(running).rejects.toBe('later')
    expect(await paths(before, after)).toEqual(expected)
  })

  it('progress tells of every layer, from waiting to done', async () => {
    const seen: LayerProgress[] = []
    await paths([before, before], [before, after], { onProgress: (progress: LayerProgress) => seen.push(progress) })
    // The same bytes three times are one layer, told of where it stands first.
    expect(new Set(seen.map(({ side, layer }) => `${side} ${layer}`))).toEqual(new Set(['before 0', 'after 1']))
    for (const side of ['before', 'after']) {
      const phases = seen.filter((progress) => progress.side === side).map(({ phase }) => phase)
      expect([phases[0], phases.at(-1)]).toEqual(['waiting', 'done'])
    }
    expect(seen.at(-1)).toMatchObject({ bytesIn: 3072 + 512, bytesOut: 3072 + 512, bytesTotal: 3072 + 512, entries: 3 })
  })

  it.each([
    ['a name at any depth', ['c'], ['removed app/b']],
    ['a path from the root', ['/app/b'], ['added app/c']],
    ['a directory and all below it', ['app'], []],
    ['a directory only', ['app/'], []],
    ['no file where a directory is meant', ['c/'], expected],
    ['a star within a component', ['app/*'], []],
    ['no star across components', ['*/x'], expected],
    ['a double star', ['**/c'], ['removed app/b']],
    ['all below', ['app/**'], []],
    ['a class', ['app/[bx]'], ['added app/c']],
    ['an escaped star', ['app/\\*'], expected],
  ])('ignore takes %s', async (_, ignore, left) => {
    expect(await paths(before, after, { ignore })).toEqual(left)
  })

  it('ignored paths are in no count', async () => {
    const diff = await diffLayers(before, after, { engine, ignore: ['c'] })
    expect(diff.summary).toEqual({
      added: 0,
      removed: 1,
      modified: 0,
      unchanged: 2,
      bytesBefore: 3,
      bytesAfter: 1,
      bytesAdded: 0,
      bytesRemoved: 2,
    })
  })

  it('compare switches fields off and on', async () => {
    const a = tar([file('x', '1', { mode: 0o600, mtime: 1 })])
    const b = tar([file('x', '1', { mode: 0o644, mtime: 2 })])
    expect(await paths(a, b)).toEqual(['modified x'])
    expect(await paths(a, b, { compare: { mode: false } })).toEqual([])
    expect(await paths(a, b, { compare: { mode: false, mtime: true } })).toEqual(['modified x'])
  })

  it.each([
    ['an unknown limit', { limits: { files: 5 } }],
    ['a limit that is no number', { limits: { entries: Number.NaN } }],
    ['an unknown field', { compare: { colour: true } }],
    ['an unknown symlinkParents', { symlinkParents: 'replace' }],
    ['a negated glob', { ignore: ['!a'] }],
    ['a glob that no path can match', { ignore: ['./a'] }],
    ['a glob that is no list', { ignore: 'srv' }],
    ['a misspelt option', { ignored: ['a'] }],
    ['a foreign engine', { engine: {} }],
  ])('%s is refused', async (_, options) => {
    await expect(paths(before, after, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('the result', () => {
  it('gives changes by index, from either end, and by iteration', async () => {
    const { changes } = await diffLayers(before, after, { engine })
    expect(changes.length).toBe(2)
    expect(changes.at(0)?.path).toBe('app/b')
    expect(changes.at(-1)?.path).toBe('app/c')
    expect(changes.at(2)).toBeUndefined()
    expect(changes.at(-3)).toBeUndefined()
    expect([...changes]).toEqual([changes.at(0), changes.at(1)])
  })

  it('gives a tree with totals for each directory', async () => {
    const a = tar([file('a/b/c', '1'), file('a/d', '22'), file('e', '1')])
    const b = tar([file('a/b/c', '333'), file('a/f', '4444'), file('e', '1')])
    const diff = await diffLayers(a, b, { engine })
    const root = diff.tree()
    expect(root.totals).toEqual(diff.summary)
    expect(root.directories.map(({ path }) => path)).toEqual(['a'])
    const [directoryA] = root.directories
    expect(directoryA).toMatchObject({
      path: 'a',
      name: 'a',
      totals: { added: 1, removed: 1, modified: 1, unchanged: 1 },
    })
    expect(Array.from(directoryA?.changes ?? [], ({ path }) => path)).toEqual(['a/d', 'a/f'])
    expect(directoryA?.directories).toMatchObject([
      {
        path: 'a/b',
        name: 'b',
        totals: { modified: 1, bytesBefore: 1, bytesAfter: 3, bytesAdded: 2, bytesRemoved: 0 },
      },
    ])
    expect(diff.tree()).toBe(root)
  })

  it('counts an inode’s bytes once, and shows no growth where a file only loses a name', async () => {
    const { hardlink } = await import('../support/tar-builder.js')
    const a = tar([file('a', 'x'.repeat(100)), hardlink('b', 'a')])
    const diff = await diffLayers(a, [a, tar([whiteout('a')])], { engine })
    expect(diff.summary).toEqual({
      added: 0,
      removed: 1,
      modified: 0,
      unchanged: 1,
      bytesBefore: 100,
      bytesAfter: 100,
      bytesAdded: 0,
      bytesRemoved: 0,
    })
  })

  it('carries names and links that are not UTF-8 as bytes', async () => {
    const name = new Uint8Array([0x61, 0xff, 0x62])
    const diff = await diffLayers([], tar([file(name, '1'), symlink('l', name)]), { engine })
    const [odd, link] = diff.changes
    expect(odd).toMatchObject({ path: 'a\ufffdb', pathBytes: name })
    expect(link?.after).toMatchObject({ link: 'a\ufffdb', linkBytes: name })
    expect(diff.toJSON().changes[0]).toMatchObject({ path: 'a\ufffdb', pathBytes: 'Yf9i' })
  })

  it('keeps attributes whose names are hostile to objects', async () => {
    const diff = await diffLayers(
      [],
      tar([file('__proto__', '1', { xattrs: { 'user.__proto__': 'x', __proto__x: 'y' } })]),
      {
        engine,
      },
    )
    const [change] = diff.changes
    expect(change?.path).toBe('__proto__')
    expect(Object.keys(change?.after?.xattrs ?? {})).toEqual(['__proto__x', 'user.__proto__'])
  })
})

describe('stored layer indexes', () => {
  it('an index is stored, loaded and diffed without the layer', async () => {
    const index = await engine.index(await gzip(before))
    expect(index).toMatchObject({ entries: 3, tarBytes: before.length, diffId: null })
    const loaded = await engine.loadIndex(index.bytes.slice())
    expect(await paths(loaded, after)).toEqual(expected)
    expect(await paths(loaded, loaded)).toEqual([])
    // It can be used again: a diff takes nothing from it.
    expect(await paths(loaded, index)).toEqual([])
  })

  it('a damaged or foreign one is refused, whichever byte it is', async () => {
    const { bytes } = await engine.index(before)
    for (let at = 0; at < bytes.length; at += 13) {
      const broken = bytes.slice()
      broken[at] = (broken[at] ?? 0) ^ 0x20
      await expect(engine.loadIndex(broken), `byte ${at}`).rejects.toMatchObject({
        code: at >= 4 && at < 8 ? 'INDEX_VERSION' : 'INDEX_DAMAGED',
      })
    }
    await expect(engine.loadIndex(bytes.subarray(0, 100))).rejects.toMatchObject({ code: 'INDEX_DAMAGED' })
    await expect(engine.loadIndex(new Uint8Array(0))).rejects.toBeInstanceOf(LayerDiffError)
  })
})

describe('engines', () => {
  it('many calls at once are queued and all answered', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => paths(before, after)))
    for (const result of results) expect(result).toEqual(expected)
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0, mode: 'worker' })
    expect(engine.stats().workers).toBeLessThanOrEqual(2)
  })

  it('dispose rejects what is under way, and what comes after', async () => {
    const own = createEngine({ workers: 1 })
    const endless = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(512)) })
    const running = diffLayers([], endless, { engine: own })
    const queued = diffLayers([], before, { engine: own })
    setTimeout(() => own.dispose(), 50)
    await expect(running).rejects.toMatchObject({ code: 'ENGINE_DISPOSED' })
    await expect(queued).rejects.toMatchObject({ code: 'ENGINE_DISPOSED' })
    await expect(diffLayers([], before, { engine: own })).rejects.toMatchObject({ code: 'ENGINE_DISPOSED' })
    expect(own.stats()).toMatchObject({ workers: 0, running: 0, queued: 0 })
  })
})

it('a worker gives the SHA-256 of a Blob', async () => {
  const long = new Uint8Array(700_001).fill(7)
  const [hash] = await (engine as WorkerEngine).pool.call().do({
    type: 'digest',
    source: { kind: 'blob', blob: new Blob([long]) },
  })
  const hex = Array.from(hash as Uint8Array, (byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(`sha256:${hex}`).toBe(await sha256(long))
})
