// Both builds of the hot path load in a real browser: the one with SIMD and the one for engines without.

import { expect, test } from 'vitest'

test.for(['simd', 'scalar'])('the %s build instantiates and exports its memory', async (target) => {
  const response = await fetch(`/build/core.${target}.wasm`)
  const imports = { env: { fail: (status: number) => expect.unreachable(`fail(${status})`) } }
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports)
  expect(instance.exports.memory).toBeInstanceOf(WebAssembly.Memory)
})
