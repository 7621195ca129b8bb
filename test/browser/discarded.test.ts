// A page that goes away at any moment of its work, as a tab does that the browser discards: what it kept is whole or not there,
// and the next page works.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { sha256 } from '../../src/image/digest.js'
import { createEngine, diffLayers, openCache } from '../../src/index.js'
import { file, tar } from '../support/tar-builder.js'

const PLACE = 'layerdiff-discarded'
const clear = () => caches.delete(PLACE)
beforeEach(clear)
afterEach(clear)

const layer = tar(Array.from({ length: 2000 }, (_, i) => file(`file ${i}`, 'x'.repeat(i))))
const digest = sha256(layer)

/** A page in a frame reads the layer with a cache, and is gone at that call of a method of the kind. */
async function discardedAt(kind: 'pull' | 'put', call: number): Promise<void> {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const page = frame.contentWindow as Window & typeof globalThis
  let fail: (error: unknown) => void = () => {}
  const gone = new Promise<void>((resolve, reject) => {
    fail = reject
    let calls = 0
    const count = (what: string) => {
      if (what !== kind || ++calls !== call) return
      frame.remove()
      resolve()
    }
    Object.assign(page, { count, layer, digest, place: PLACE, fail: reject })
  })
  const script = page.document.createElement('script')
  script.type = 'module'
  script.textContent = `
    import { createEngine, diffLayers, openCache } from '/dist/layerdiff.js'
    const { put } = Cache.prototype
    Cache.prototype.put = function (...given) {
      const putting = put.apply(this, given)
      count('put')
      return putting
    }
    let at = 0
    const stream = () => new ReadableStream({
      pull(controller) {
        count('pull')
        if (at === layer.byteLength) return controller.close()
        controller.enqueue(new Uint8Array(layer.slice(at, (at = Math.min(at + 50_000, layer.byteLength)))))
      },
    })
    try {
      const engine = createEngine({ workers: 1, cache: await openCache({ place }) })
      await diffLayers([], { digest, open: stream }, { engine })
      fail(new Error('it came to its end'))
    } catch (error) {
      fail(error)
    }`
  script.onerror = () => fail(new Error('the page could not be loaded'))
  page.document.body.append(script)
  await gone
}

it.for([
  ['when it begins to read', 'pull', 1],
  ['while it reads', 'pull', 20],
  ['while it keeps the index', 'put', 1],
  ['while it notes that it was used', 'put', 2],
] as const)('%s', async ([, kind, call]) => {
  await discardedAt(kind, call)
  const cache = await openCache({ place: PLACE })
  const engine = createEngine({ workers: 1, cache })
  const held = await cache.index(digest)
  if (held) expect((await engine.loadIndex(held)).entries).toBe(2000)
  const { changes } = await diffLayers([], { digest, open: () => layer }, { engine })
  expect(changes.length).toBe(2000)
  expect((await cache.list()).map((entry) => [entry.kind, entry.digest])).toEqual([['index', digest]])
  await engine.dispose()
})
