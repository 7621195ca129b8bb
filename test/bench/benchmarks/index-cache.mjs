// What an engine with a cache spares: the first diff of two large gzip layers that have digests, and the next, which reads
// their indexes.

import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChromium } from '../chromium-page.mjs'
import { atMost } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'
import { inNode } from '../node-process.mjs'

/** @import { Benchmark, Contender, Measured, Options } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const indexCache = {
  name: 'index-cache',
  title: 'Layers whose indexes are kept, Node and Chromium',
  async run(settings) {
    const layers = await usrLayers(settings)
    const paths = { before: layers.path('before', 'gzip'), after: layers.path('after', 'gzip') }
    const digests = { beforeDigest: await digestOf(paths.before), afterDigest: await digestOf(paths.after) }
    const scratch = mkdtempSync(join(tmpdir(), 'layerdiff-bench-'))
    const chromium = await openChromium()
    try {
      /** @param {(path: string) => string} url */
      const urls = (url) => ({ before: url(paths.before), after: url(paths.after), ...digests })
      const node = await rowsOf('Node', settings.rounds, (name, more, round) =>
        inNode(name, 'cached-layerdiff', { ...urls(fileUrl), place: join(scratch, String(round)), ...more }),
      )
      // A page's cache goes with its context, so one run fills it off the clock.
      const pages = await rowsOf('Chromium', settings.rounds, (name, more) =>
        chromium.contender(name, 'cached-layerdiff', { ...urls(chromium.url), place: 'bench', ...more }),
      )
      const kept = `${(node[2].rounds[0].facts.indexBytes / 1e6).toFixed(1)} MB`
      const stored = `${((layers.size('before', 'gzip') + layers.size('after', 'gzip')) / 1e6).toFixed(0)} MB`
      return {
        about: [
          'The two gzip layers with their digests, until every change is in hand, by an engine that is new each time. Nothing',
          `kept: both are read, verified, and their indexes put into the cache. Both kept: ${kept} of indexes are read instead of`,
          `${stored} of layers, checked, and compared. All found: ${node[0].rounds[0].equal}.`,
        ],
        contenders: [...node, ...pages],
        targets: [
          ...[node, pages].flatMap(([none, empty, kept]) => [
            atMost(`wall, ${kept.name}, of ${empty.name}`, walls(kept), walls(empty), 0.25),
            atMost(`wall, ${empty.name}, of ${none.name}`, walls(empty), walls(none), 1.25),
          ]),
        ],
      }
    } finally {
      await chromium.close()
      rmSync(scratch, { recursive: true, force: true })
    }
  },
}

/**
 * In turn, as the second leaves behind what the third finds.
 * @param {string} where
 * @param {number} rounds
 * @param {(name: string, more: Options, round: number) => Contender} contender
 */
async function rowsOf(where, rounds, contender) {
  /** @type {[string, Options][]} */
  const rows = [
    [`${where}, without a cache`, { cache: false, again: false }],
    [`${where}, nothing kept`, { cache: true, again: false }],
    [`${where}, both kept`, { cache: true, again: true }],
  ]
  /** @type {Measured[]} */
  const measured = rows.map(([name]) => ({ name, rounds: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const [turn, [name, more]] of rows.entries()) {
      const measure = await contender(name, more, round).measure()
      if (measure.equal !== (measured[0].rounds[0] ?? measure).equal) throw new Error(`${name} found something else`)
      measured[turn].rounds.push(measure)
    }
  }
  return measured
}

/** @param {string} path */
async function digestOf(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return `sha256:${hash.digest('hex')}`
}

/** @param {Measured} measured */
function walls({ rounds }) {
  return rounds.map(({ wall }) => wall)
}
