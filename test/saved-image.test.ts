// An image's archive that passes by once: what is read of it when, and by whom.

import { describe, expect, it } from 'vitest'
import { readSavedImage } from '../src/daemon/saved-image.js'
import { DEFAULT_LIMITS } from '../src/options.js'
import { dockerParts, layer } from './support/image-builder.js'
import { file, tar } from './support/tar-builder.js'

describe('an archive that passes by', () => {
  it('is read no further than what has been used of it', async () => {
    const one = await layer(tar([file('big', new Uint8Array(2 << 20))]))
    const archive = tar(dockerParts([one, one, one], ['app:1']))
    const step = 4096
    let given = 0
    async function* chunks() {
      for (let at = 0; at < archive.length; at += step) {
        given = at + step
        yield archive.subarray(at, at + step)
      }
    }
    const ends: number[] = []
    await readSavedImage(
      chunks(),
      'It',
      async ({ stream, size }) => {
        const started = given
        let got = 0
        for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
          got += chunk.length
          expect(given - started - got).toBeLessThanOrEqual(2 * step)
        }
        expect(got).toBe(size)
        ends.push(given)
        return { bytes: new Uint8Array(0), entries: 0, sourceBytes: 0, tarBytes: 0, diffId: null }
      },
      { limits: DEFAULT_LIMITS, signal: undefined },
    )
    expect(ends.length).toBe(3)
    expect(ends[0]).toBeLessThan(archive.length / 2)
  })

  it('is passed over where a reader gives up, wherever it was', async () => {
    const one = await layer(tar([file('etc/os-release', 'x'.repeat(100_000))]))
    const archive = tar(dockerParts([one, one], ['app:1']))
    for (const reads of [0, 1, 2]) {
      async function* chunks() {
        for (let at = 0; at < archive.length; at += 1000) yield archive.subarray(at, at + 1000)
      }
      const files = await readSavedImage(
        chunks(),
        'It',
        async ({ stream }) => {
          const reader = stream.getReader()
          for (let i = 0; i < reads; i++) await reader.read()
          // Asked for and not waited for, as a pump does that reads ahead.
          if (reads === 2) void reader.read().catch(() => {})
          throw new Error('enough')
        },
        { limits: DEFAULT_LIMITS, signal: undefined },
      )
      expect(await files.find('manifest.json')).not.toBeNull()
      const found = await files.find('version-1/layer.tar')
      expect(() => found?.open()).toThrow('enough')
    }
  })
})
