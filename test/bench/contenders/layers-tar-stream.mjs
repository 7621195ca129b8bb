// Two layers end to end as a careful author would write it for Node: file stream -> node:zlib -> tar-stream ->
// node:crypto, with chunks of 256 KB, then Maps.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { sayChanges } from './change-list.mjs'
import { diffTrees, mergeLayer } from './map-tree.mjs'

/** @import { Prepared } from '../benchmark.mjs' */
/** @import { MapChange, MapEntry } from './map-tree.mjs' */

const chunkSize = 256 * 1024

/**
 * @param {{ before: string, after: string }} options addresses of gzip layers
 * @returns {Promise<Prepared<MapChange[]>>}
 */
export async function prepare({ before, after }) {
  return {
    async run() {
      const layers = await Promise.all([before, after].map(readLayer))
      const trees = layers.map((entries) => {
        const tree = new Map()
        mergeLayer(tree, entries)
        return tree
      })
      return diffTrees(trees[0], trees[1])
    },
    outcome: async (changes) => ({ equal: await sayChanges(changes) }),
  }
}

/** @param {string} url */
async function readLayer(url) {
  /** @type {MapEntry[]} */
  const entries = []
  const tar = extract()
  tar.on('entry', (header, body, next) => {
    const { name, type, mode, uid, gid, size, mtime, linkname } = header
    /** @param {string | null} hash */
    const add = (hash) => {
      const path = name.endsWith('/') ? name.slice(0, -1) : name
      entries.push({ path, type, mode, uid, gid, size, mtime: mtime.getTime(), link: linkname || null, hash })
      next()
    }
    if (type !== 'file') {
      body.on('end', () => add(null))
      body.resume()
      return
    }
    const hash = createHash('sha256')
    body.on('data', (chunk) => hash.update(/** @type {Uint8Array} */ (chunk)))
    body.on('end', () => add(hash.digest('hex')))
  })
  const file = createReadStream(new URL(url), { highWaterMark: chunkSize })
  // tar-stream's streams are streamx's, which pipeline takes and whose types do not say so.
  const sink = /** @type {import('node:stream').Writable} */ (/** @type {unknown} */ (tar))
  await pipeline(file, createGunzip({ chunkSize }), sink)
  return entries
}
