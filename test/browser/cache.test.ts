// The cache of browsers on a real Cache Storage.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { sha256 } from '../../src/image/digest.js'
import { diffLayers, LayerDiffError, openCache } from '../../src/index.js'
import { bytes, file, tar } from '../support/tar-builder.js'

const PLACE = 'layerdiff-test'
const clear = () => caches.delete(PLACE)
beforeEach(clear)
afterEach(clear)

async function* inChunks(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** Sets when something was last used, as the cache itself keeps it: what a test must not leave to the clock. */
async function usedAt(digest: string, time: number): Promise<void> {
  const store = await caches.open(PLACE)
  const headers = { 'x-layerdiff-used': String(time) }
  await store.put(`https://layerdiff.invalid/blob/${digest}?used`, new Response(null, { headers }))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.catch((error: unknown) => error)
  return outcome instanceof LayerDiffError ? outcome.code : `no error of ours: ${outcome}`
}

it('keeps a layer that is read from it again', async () => {
  const layer = tar([file('a', 'content')])
  const digest = sha256(layer)
  await (await openCache({ place: PLACE })).putBlob(
    digest,
    layer.byteLength,
    inChunks(layer.slice(0, 700), layer.slice(700)),
  )
  const cache = await openCache({ place: PLACE })
  const blob = await cache.blob(digest)
  if (blob === null) throw new Error('not held')
  expect(blob.size).toBe(layer.byteLength)
  const diff = await diffLayers([], { digest, size: blob.size, open: () => blob.bytes })
  expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['a'])
})

it('keeps indexes, lists by use, removes', async () => {
  const cache = await openCache({ place: PLACE })
  const [one, two] = [bytes('one'), bytes('second')] as const
  for (const blob of [one, two]) await cache.putBlob(sha256(blob), blob.byteLength, inChunks(blob))
  await cache.putIndex(sha256(one), bytes('an index'))
  expect(await cache.index(sha256(one))).toEqual(bytes('an index'))
  expect(await cache.index(sha256(two))).toBeNull()
  await usedAt(sha256(one), 1000)
  await usedAt(sha256(two), 2000)
  const held = (await cache.list()).map(({ kind, digest, size }) => [kind, digest, size])
  expect(held).toEqual([
    ['index', sha256(one), 8],
    ['blob', sha256(two), 6],
    ['blob', sha256(one), 3],
  ])
  expect((await cache.prune(14)).map(({ digest }) => digest)).toEqual([sha256(one)])
  expect(await cache.remove([sha256(two)])).toMatchObject([{ kind: 'blob', size: 6 }])
  expect(await cache.remove()).toMatchObject([{ kind: 'index' }])
  expect(await (await caches.open(PLACE)).keys()).toEqual([])
})

it('what was not used for longest goes first, and never what was just put in', async () => {
  const cache = await openCache({ place: PLACE, maxBytes: 8 })
  const texts = ['aaaa', 'bbbb', 'cccccccccccc'].map((text) => bytes(text))
  const [a, b, large] = texts as [Uint8Array, Uint8Array, Uint8Array]
  for (const blob of [a, b]) await cache.putBlob(sha256(blob), 4, inChunks(blob))
  await usedAt(sha256(a), 2000)
  await usedAt(sha256(b), 1000)
  await cache.putBlob(sha256(bytes('c')), 1, inChunks(bytes('c')))
  expect((await cache.list()).map(({ digest }) => digest)).toEqual([sha256(bytes('c')), sha256(a)])
  await cache.putBlob(sha256(large), 12, inChunks(large))
  expect((await cache.list()).map(({ digest }) => digest)).toEqual([sha256(large)])
})

it.each([
  ['other bytes', sha256(bytes('abc')), 3, 'abd', 'DIGEST_MISMATCH'],
  ['too few', sha256(bytes('abc')), 3, 'ab', 'SIZE_MISMATCH'],
  ['too many', sha256(bytes('abc')), 3, 'abcd', 'SIZE_MISMATCH'],
  ['what is no digest', 'sha256:../x', 3, 'abc', 'DIGEST_UNSUPPORTED'],
])('%s: refused, and not held', async (_, digest, size, text, code) => {
  const cache = await openCache({ place: PLACE })
  expect(await codeOf(cache.putBlob(digest, size, inChunks(bytes(text))))).toBe(code)
  expect(await cache.list()).toEqual([])
})

it('a page without Cache Storage is told so', async () => {
  const found = Object.getOwnPropertyDescriptor(globalThis, 'caches')
  Object.defineProperty(globalThis, 'caches', { value: undefined, configurable: true })
  try {
    expect(await codeOf(openCache({ place: PLACE }))).toBe('CACHE_UNWRITABLE')
  } finally {
    if (found) Object.defineProperty(globalThis, 'caches', found)
    else Reflect.deleteProperty(globalThis, 'caches')
  }
})
