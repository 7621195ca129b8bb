// The WebAssembly builds with and without SIMD give the same bytes, however the input is cut, and wherever they run.

import { describe, expect, it } from 'vitest'
import { spawnInThread } from '../../src/engine/in-thread.js'
import { gzip } from '../support/compress.js'
import { indexBytes, loadCore, plainJob } from '../support/core.js'
import { Random, randomPair } from '../support/stacks.js'

describe('builds', () => {
  it('SIMD and scalar index every layer to the same bytes, plain and gzip', async () => {
    const [fast, slow] = [await loadCore('simd'), await loadCore('scalar')]
    for (let seed = 0; seed < 30; seed++) {
      for (const layer of randomPair(seed).before) {
        for (const bytes of [layer, await gzip(layer)]) {
          const index = await indexBytes(fast, bytes)
          expect(await indexBytes(slow, bytes)).toEqual(index)
        }
      }
    }
  })

  it('the bytes do not depend on how the input is cut', async () => {
    const core = await loadCore('simd')
    const random = new Random(7)
    for (let seed = 0; seed < 20; seed++) {
      const [layer] = randomPair(seed).before
      if (!layer) continue
      for (const bytes of [layer, await gzip(layer)]) {
        const index = await indexBytes(core, bytes)
        for (const most of [1, 7, 600, 5000]) {
          const next = () => 1 + random.int(most)
          expect(await indexBytes(core, bytes, next), `seed ${seed}, up to ${most}`).toEqual(index)
        }
      }
    }
  })

  it('an engine in this thread gives the same bytes', async () => {
    const [layer] = randomPair(1).before as [Uint8Array]
    const expected = await indexBytes(await loadCore('simd'), layer)
    const handle = spawnInThread({})
    const chunks: (Uint8Array | null)[] = [layer.slice(), null]
    const bytes = await new Promise((resolve, reject) => {
      handle.onMessage = (message) => {
        if (message.type === 'pull') handle.send({ type: 'chunk', id: 1, bytes: chunks.shift() ?? null })
        if (message.type === 'done') resolve(message.parts[0])
        if (message.type === 'failed') reject(new Error(message.error.message))
      }
      handle.send({ type: 'start', id: 1, job: plainJob })
    })
    await handle.terminate()
    expect(bytes).toEqual(expected)
  })
})
