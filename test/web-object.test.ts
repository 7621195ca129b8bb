// Objects of another realm, as frames, jsdom and Jest have them, are what they say they are.

import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createEngine, diffLayers } from '../src/index.js'
import { isA } from '../src/input/web-object.js'

const elsewhere = (code: string) => runInNewContext(code)

test.for([
  ['a Uint8Array', new Uint8Array(1), 'Uint8Array', true],
  ['a Uint8Array of another realm', elsewhere('new Uint8Array(1)'), 'Uint8Array', true],
  ['a Buffer', Buffer.alloc(1), 'Uint8Array', true],
  ['an array of wider numbers', new Uint16Array(1), 'Uint8Array', false],
  ['an ArrayBuffer of another realm', elsewhere('new ArrayBuffer(1)'), 'ArrayBuffer', true],
  ['a File', new File([], 'layer.tar'), 'Blob', true],
  ['a File', new File([], 'layer.tar'), 'File', true],
  ['a Blob', new Blob([]), 'File', false],
  ['a Response', new Response(''), 'Response', true],
  ["a Response's stream", new Response('').body, 'ReadableStream', true],
  ['a URL', new URL('https://example.com/layer.tar'), 'URL', true],
  ['a path', '/layer.tar', 'URL', false],
  ['nothing', null, 'Blob', false],
  ['an object with open()', { open: () => new Blob([]) }, 'Blob', false],
] as const)('%s (%#)', ([, value, name, expected]) => {
  expect(isA(value, name)).toBe(expected)
})

test('a layer in bytes of another realm is read', async () => {
  const engine = createEngine({ workers: 1 })
  const empty = elsewhere('new Uint8Array(1024)')
  const { changes } = await diffLayers(empty, elsewhere('new ArrayBuffer(1024)'), { engine })
  expect(changes).toHaveLength(0)
  await engine.dispose()
})
