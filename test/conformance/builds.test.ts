// The WebAssembly builds with and without SIMD give the same bytes, however the input is cut, and wherever they run.

import { describe, expect, it } from 'vitest'
import { scalar, simd } from '../../src/engine/core.generated.js'
import { unpack } from '../../src/engine/embedded.js'
import { spawnInThread } from '../../src/engine/in-thread.js'
import type { IndexJob } from '../../src/engine/protocol.js'
import { Core, type JobTools } from '../../src/engine/wasm.js'
import { DEFAULT_LIMITS } from '../../src/options.js'
import { gzip } from '../support/compress.js'
import { Random, randomPair } from '../support/stacks.js'

const tools: JobTools = {
  openZstd: () => Promise.reject(new Error('no zstd here')),
  onProgress() {},
  checkCancelled() {},
}
const job: IndexJob = {
  type: 'index',
  source: { kind: 'pump', size: null },
  limits: DEFAULT_LIMITS,
  digest: null,
  diffId: null,
  size: null,
}

/** Gives bytes in pieces of the sizes that `next` says. */
function pieces(bytes: Uint8Array, next: () => number) {
  let at = 0
  return {
    size: null,
    read(into: Uint8Array) {
      const length = Math.min(next(), into.byteLength, bytes.byteLength - at)
      into.set(bytes.subarray(at, at + length))
      at += length
      return length
    },
    close() {},
  }
}

async function load(build: string): Promise<Core> {
  return Core.create(await WebAssembly.compile(await unpack(build)))
}

const whole = () => Number.MAX_SAFE_INTEGER

describe('builds', () => {
  it('SIMD and scalar index every layer to the same bytes, plain and gzip', async () => {
    const [fast, slow] = [await load(simd), await load(scalar)]
    for (let seed = 0; seed < 30; seed++) {
      for (const layer of randomPair(seed).before) {
        for (const bytes of [layer, await gzip(layer)]) {
          const index = await fast.index(job, pieces(bytes, whole), tools)
          expect(await slow.index(job, pieces(bytes, whole), tools)).toEqual(index)
        }
      }
    }
  })

  it('the bytes do not depend on how the input is cut', async () => {
    const core = await load(simd)
    const random = new Random(7)
    for (let seed = 0; seed < 20; seed++) {
      const [layer] = randomPair(seed).before
      if (!layer) continue
      for (const bytes of [layer, await gzip(layer)]) {
        const index = await core.index(job, pieces(bytes, whole), tools)
        for (const most of [1, 7, 600, 5000]) {
          const next = () => 1 + random.int(most)
          expect(await core.index(job, pieces(bytes, next), tools), `seed ${seed}, up to ${most}`).toEqual(index)
        }
      }
    }
  })

  it('an engine in this thread gives the same bytes', async () => {
    const [layer] = randomPair(1).before as [Uint8Array]
    const expected = await (await load(simd)).index(job, pieces(layer, whole), tools)
    const handle = spawnInThread({})
    const chunks: (Uint8Array | null)[] = [layer.slice(), null]
    const bytes = await new Promise((resolve, reject) => {
      handle.onMessage = (message) => {
        if (message.type === 'pull') handle.send({ type: 'chunk', id: 1, bytes: chunks.shift() ?? null })
        if (message.type === 'done') resolve(message.bytes)
        if (message.type === 'failed') reject(new Error(message.error.message))
      }
      handle.send({ type: 'start', id: 1, job })
    })
    await handle.terminate()
    expect(bytes).toEqual(expected)
  })
})
