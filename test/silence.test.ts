// Time-outs by a clock that the test moves: slow is not silent, and nobody's pause is the server's.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { blobStream } from '../src/registry/blob-stream.js'
import { resolveTimeout, Silence, within } from '../src/registry/silence.js'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** Lets promises that are settled be heard of. */
const turns = () => new Promise((resolve) => setImmediate(resolve))

it('what comes in time comes, and leaves no timer', async () => {
  expect(await within(Promise.resolve(1), 1000)).toBe(1)
  await expect(within(Promise.reject(new Error('other')), 1000)).rejects.toThrow('other')
  expect(vi.getTimerCount()).toBe(0)
})

it('what does not come in time is a Silence, and leaves no timer', async () => {
  const late = within(new Promise(() => {}), 1000)
  const settled = expect(late).rejects.toThrow(Silence)
  vi.advanceTimersByTime(1000)
  await settled
  expect(vi.getTimerCount()).toBe(0)
})

it('a wait too long for timers is the longest one', () => {
  expect(resolveTimeout(Number.POSITIVE_INFINITY)).toBe(2 ** 31 - 1)
})

it('a body that comes bit by bit is not cut, however long it takes, nor is a slow reader', async () => {
  const timeout = 1000
  let server: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      server = controller
    },
  })
  const opened: number[] = []
  const reader = blobStream({
    size: 5,
    what: 'a layer',
    host: 'registry',
    retries: 0,
    timeout,
    signal: undefined,
    async open(offset) {
      opened.push(offset)
      return new Response(body)
    },
    async pause() {},
  }).getReader()
  for (let at = 0; at < 5; at++) {
    const chunk = reader.read()
    await turns()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(timeout - 1)
    server?.enqueue(new Uint8Array([at]))
    expect(await chunk).toEqual({ done: false, value: new Uint8Array([at]) })
    // Nobody waits now.
    await turns()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(100 * timeout)
  }
  server?.close()
  expect((await reader.read()).done).toBe(true)
  expect([opened, vi.getTimerCount()]).toEqual([[0], 0])
})
