// What becomes of an engine's calls, workers and inputs when a call is given up, or the engine is: in Node and in browsers.

import { afterEach, expect, it } from 'vitest'
import { createEngine, diffLayers, type Engine, type LayerProgress } from '../../src/index.js'
import { refusal } from '../support/refusal.js'
import { file, tar } from '../support/tar-builder.js'

const before = tar([file('a', '1')])
const after = tar([file('b', '2')])

let engine: Engine
afterEach(() => engine.dispose())

/** A layer that tells how often it was opened. */
function watched(bytes = after) {
  const layer = {
    opened: 0,
    open() {
      layer.opened++
      return bytes
    },
  }
  return layer
}

/** Runs what is given when the first layer of a diff gets its worker, which has not started then. */
function whenHired(what: () => void) {
  let told = false
  return ({ phase }: LayerProgress) => {
    if (told || phase !== 'reading') return
    told = true
    what()
  }
}

const goesOn = async () => expect((await diffLayers(before, after, { engine })).changes.length).toBe(2)

it('a call that is aborted while its worker starts opens nothing, and the worker serves the next', async () => {
  engine = createEngine({ workers: 1 })
  const layer = watched()
  const controller = new AbortController()
  const onProgress = whenHired(() => controller.abort('not now'))
  const diff = diffLayers([], layer, { engine, signal: controller.signal, onProgress })
  await expect(diff).rejects.toBe('not now')
  await goesOn()
  expect(layer.opened).toBe(0)
  expect(engine.stats()).toMatchObject({ workers: 1, running: 0, queued: 0 })
})

it('an engine that is disposed of while its workers start opens nothing and has none', async () => {
  engine = createEngine({ workers: 2 })
  const layers = [watched(), watched()]
  let disposed: Promise<void> | undefined
  const onProgress = whenHired(() => {
    disposed = engine.dispose()
  })
  const error = await refusal(diffLayers([], layers, { engine, onProgress }))
  expect(error.code).toBe('ENGINE_DISPOSED')
  await disposed
  expect(engine.stats()).toMatchObject({ workers: 0, running: 0, queued: 0 })
  expect(layers.map(({ opened }) => opened)).toEqual([0, 0])
})

it.each<[string, (progress: LayerProgress) => boolean]>([
  ['when a layer gets its worker', ({ phase, bytesIn }) => phase === 'reading' && bytesIn === 0],
  ['while a layer is read', ({ phase, bytesIn }) => phase === 'reading' && bytesIn > 0],
  ['when a layer has been read', ({ phase }) => phase === 'done'],
])('onProgress that throws %s ends its call with that error, and no other', async (_, when) => {
  engine = createEngine({ workers: 1 })
  const fault = new Error('not drawn')
  const onProgress = (progress: LayerProgress) => {
    if (when(progress)) throw fault
  }
  await expect(diffLayers(before, after, { engine, onProgress })).rejects.toBe(fault)
  await goesOn()
  expect(engine.stats()).toMatchObject({ running: 0, queued: 0 })
})

it('a stream whose rest is not needed is cancelled', async () => {
  engine = createEngine({ workers: 1 })
  const layer = tar([file('a', 'wanted'), file('rest', 'x'.repeat(4_000_000))])
  let cancelled = 0
  const open = () => {
    let offset = 0
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (offset >= layer.length) controller.close()
        else controller.enqueue(layer.slice(offset, offset + 100_000))
        offset += 100_000
      },
      cancel() {
        cancelled++
      },
    })
  }
  const diff = await diffLayers([], { open }, { engine })
  expect(cancelled).toBe(0)
  const change = [...diff.changes].find(({ path }) => path === 'a')
  const { bytes } = await diff.content(change as never, 'after')
  expect(new TextDecoder().decode(bytes)).toBe('wanted')
  expect(cancelled).toBe(1)
})
