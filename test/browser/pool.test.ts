// How many workers a page has: fewer where memory is short, and while nobody looks. A driven browser shows all of its pages, so what it
// says of them is set here; the engine and its workers are real.

import { afterEach, expect, it } from 'vitest'
import { createEngine, diffLayers, type Engine } from '../../src/index.js'
import { file, tar } from '../support/tar-builder.js'

const layers = Array.from({ length: 12 }, (_, i) => tar([file(`file ${i}`, String(i))]))

const said: [object, string][] = []
function say(of: object, name: string, value: unknown): void {
  said.push([of, name])
  Object.defineProperty(of, name, { value, configurable: true })
}
afterEach(() => {
  for (const [of, name] of said.splice(0)) Reflect.deleteProperty(of, name)
})

/** Workers that are left when many diffs have been made at once. */
async function workersAfter(engine: Engine): Promise<number> {
  await Promise.all(layers.map((layer) => diffLayers([], layer, { engine })))
  return engine.stats().workers
}

it.each([
  ['as many as there are processors', 4, 8, 4],
  ['at most eight', 32, 8, 8],
  ['two on a device with 4 GiB', 8, 4, 2],
  ['one where there is but one processor', 1, 0.5, 1],
])('%s', async (_, processors, memory, expected) => {
  say(navigator, 'hardwareConcurrency', processors)
  say(navigator, 'deviceMemory', memory)
  const engine = createEngine()
  expect(await workersAfter(engine)).toBe(expected)
  await engine.dispose()
})

it('one while the page is hidden; the others end, and come again', async () => {
  say(navigator, 'hardwareConcurrency', 4)
  say(navigator, 'deviceMemory', 8)
  const engine = createEngine()
  expect(await workersAfter(engine)).toBe(4)
  say(document, 'hidden', true)
  expect(await workersAfter(engine)).toBe(1)
  say(document, 'hidden', false)
  expect(await workersAfter(engine)).toBe(4)
  await engine.dispose()
})

it('as many as the engine was given, whatever the page is', async () => {
  say(navigator, 'hardwareConcurrency', 2)
  say(document, 'hidden', true)
  const engine = createEngine({ workers: 3 })
  expect(await workersAfter(engine)).toBe(3)
  await engine.dispose()
})
