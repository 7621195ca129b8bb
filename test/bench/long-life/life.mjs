// The life of one engine: thousands of diffs of small layers, one after the other, of every kind that callers make.
//
// Takes: the package, since it has two builds. Gives: a life that can be gone on with. Every diff is held against what it must say;
// runs in Node and in a page.

import { makeSmallLayers } from './small-layers.mjs'

/** @import { DiffOptions, Engine, LayerInput } from 'layerdiff' */

/** What every pair of a and b differs in. */
const CHANGED = 'modified etc/two, removed srv/gone, added srv/new'

/**
 * @typedef {object} Life
 * @property {Engine} engine
 * @property {(until: number) => Promise<void>} go diffs until so many have been made
 */

/**
 * @param {Pick<typeof import('layerdiff'), 'createEngine' | 'diffLayers'>} layerdiff
 * @param {import('layerdiff').EngineOptions} options
 * @returns {Promise<Life>}
 */
export async function beginLife({ createEngine, diffLayers }, options) {
  const layers = await makeSmallLayers()
  const { plainA, plainB, gzipA, gzipB, zstdB, whiteout, broken, digestA } = layers
  const engine = createEngine(options)
  // One for all diffs, as an application has one for the page or the process: what listens to it must not pile up.
  const { signal } = new AbortController()

  /**
   * @param {LayerInput | LayerInput[]} a
   * @param {LayerInput | LayerInput[]} b
   * @param {DiffOptions} [more]
   */
  const diff = (a, b, more) => diffLayers(a, b, { engine, signal, ...more })
  /** @param {import('layerdiff').LayerDiff} found */
  const say = ({ changes }) => Array.from(changes, ({ kind, path }) => `${kind} ${path}`).join(', ')
  /**
   * @param {Promise<import('layerdiff').LayerDiff>} work
   * @param {string} [expected]
   */
  const changes = async (work, expected = CHANGED) => same(say(await work), expected)
  const stream = () => new Blob([plainA]).stream()

  /** @type {(() => Promise<void>)[]} */
  const kinds = [
    () => changes(diff(plainA, plainB)),
    () => changes(diff(new Blob([gzipA]), gzipB)),
    () => changes(diff(stream(), plainB)),
    () => changes(diff(gzipA, zstdB)),
    () => changes(diff([plainA, plainB], [plainA, plainB, whiteout]), 'removed etc/one'),
    () => changes(diff(new Response(gzipA), { open: () => plainB, size: plainB.length })),
    () => changes(diff({ digest: digestA, diffId: 'compute', open: () => gzipA }, gzipB)),
    () => changes(diff(plainA, plainB, { renames: true, packages: true, semantic: true, onProgress() {} })),
    async () => {
      const index = await engine.index(gzipA, { signal })
      await changes(diff(await engine.loadIndex(index.bytes), plainB))
    },
    async () => {
      const found = await diff(plainA, plainB)
      const change = [...found.changes].find(({ path }) => path === 'srv/new')
      const content = change && (await found.content(change, 'after', { signal }))
      same(`${content?.bytes.length} bytes`, '300 bytes')
    },
    async () => same(await refusal(diff(plainA, broken)), 'GZIP_TRUNCATED'),
    async () => {
      const unreadable = { open: () => Promise.reject(new Error('gone')) }
      same(await refusal(diff(stream(), unreadable)), 'INPUT_UNREADABLE')
    },
    async () => {
      const controller = new AbortController()
      const aborted = refusal(diff(stream(), gzipB, { signal: controller.signal }))
      // Sometimes before anything was read, sometimes while it is.
      if (made % 2) await new Promise((resolve) => setTimeout(resolve))
      controller.abort({ code: 'unwanted' })
      const outcome = await aborted
      if (outcome !== null) same(outcome, 'unwanted')
    },
  ]

  let made = 0
  return {
    engine,
    async go(until) {
      for (; made < until; made++) await kinds[made % kinds.length]?.()
    },
  }
}

/**
 * The code of what a diff is refused with; null where it is not.
 * @param {Promise<unknown>} work
 * @returns {Promise<string | null>}
 */
function refusal(work) {
  return work.then(
    () => null,
    (error) => error.code,
  )
}

/**
 * @param {string | null} found
 * @param {string} expected
 */
function same(found, expected) {
  if (found !== expected) throw new Error(`a diff of a long life says "${found}", and should say "${expected}"`)
}
