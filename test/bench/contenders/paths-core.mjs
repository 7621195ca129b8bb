// Merge and diff by layerdiff's WebAssembly alone: the indexes lie in its memory before the run, and the rows are in it
// after. `again` has it do the same once before, so that its memory is no longer fresh: on many machines the first
// touch of a page costs more than all that is done with it.

import { createEngine } from 'layerdiff'
import { MAGIC_DIFF } from '../../../dist/engine/abi.js'
import { writeContainer } from '../../../dist/engine/container.js'
import { decodeDiff } from '../../../dist/engine/result.js'
import { sayChanges } from './change-list.mjs'
import { createCore, viewOf } from './core.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/** All fields but mtime, as diffLayers compares by default. */
const fields = 0b111_1111

const noLayers = () => Promise.reject(new Error('there are no layers'))

/**
 * @param {{ before: string, after: string, again: boolean }} options addresses
 * @returns {Promise<Prepared<void>>}
 */
export async function prepare({ before, after, again }) {
  const engine = createEngine({ workers: 1 })
  const indexes = [await engine.index(new URL(before)), await engine.index(new URL(after))]
  await engine.dispose()
  const core = await createCore()
  const load = () => {
    core.begin(1, 2, 3, 4, 4096)
    core.beginDiff(false)
    return indexes.map(({ bytes }) => {
      const at = core.alloc(bytes.length)
      viewOf(core, at, bytes.length).set(bytes)
      return { at, length: bytes.length }
    })
  }
  /** @param {{ at: number, length: number }[]} places */
  const diff = (places) => {
    places
      .map(({ at, length }) => core.loadIndex(at, length))
      .forEach((slot, side) => {
        core.applyLayer(side, slot, 0)
      })
    core.diff(fields)
  }
  if (again) diff(load())
  const places = load()
  return {
    run: () => diff(places),
    async outcome() {
      const bytes = writeContainer(core.memory.buffer, core.diffSections(), {
        magic: MAGIC_DIFF,
        warningsDropped: 0,
        sourceBytes: 0,
        tarBytes: 0,
        diffId: null,
        partial: false,
      })
      const { changes } = await decodeDiff(bytes, [undefined], { content: noLayers, contents: noLayers })
      return { equal: await sayChanges(changes), facts: { memory: core.memory.buffer.byteLength } }
    },
  }
}
