// Two layers end to end with web streams: DecompressionStream -> modern-tar -> SHA-256, then Maps. Runs in Node, where
// node:crypto hashes as chunks come, and in a page, where only crypto.subtle is there, which takes a file as a whole.

import { createTarDecoder } from 'modern-tar'
import { sayChanges } from './change-list.mjs'
import { diffTrees, mergeLayer } from './map-tree.mjs'

/** @import { Prepared } from '../benchmark.mjs' */
/** @import { MapChange, MapEntry } from './map-tree.mjs' */
/** @typedef {(body: ReadableStream<Uint8Array>) => Promise<string>} HashBody */

/**
 * @param {{ before: string, after: string }} options addresses of gzip layers
 * @returns {Promise<Prepared<MapChange[]>>}
 */
export async function prepare({ before, after }) {
  const sources = await Promise.all([before, after].map(openSource))
  const hashBody = before.startsWith('file:') ? await nodeHash() : subtleHash
  return {
    async run() {
      const layers = await Promise.all(sources.map((open) => readLayer(open(), hashBody)))
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

/**
 * @param {string} url
 * @returns {Promise<() => ReadableStream<Uint8Array<ArrayBuffer>>>}
 */
async function openSource(url) {
  if (!url.startsWith('file:')) {
    const blob = await (await fetch(url)).blob()
    return () => blob.stream()
  }
  const { createReadStream } = await import('node:fs')
  const { Readable } = await import('node:stream')
  return () => {
    const file = createReadStream(new URL(url), { highWaterMark: 256 * 1024 })
    return /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (Readable.toWeb(file))
  }
}

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} source
 * @param {HashBody} hashBody
 */
async function readLayer(source, hashBody) {
  /** @type {MapEntry[]} */
  const entries = []
  const reader = source.pipeThrough(new DecompressionStream('gzip')).pipeThrough(createTarDecoder()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return entries
    const { header, body } = value
    const { name, type = 'file', mode = 0, uid = 0, gid = 0, size, mtime, linkname } = header
    /** @type {string | null} */
    let hash = null
    if (type === 'file') hash = await hashBody(body)
    else await body.cancel()
    const path = name.endsWith('/') ? name.slice(0, -1) : name
    entries.push({ path, type, mode, uid, gid, size, mtime: mtime?.getTime() ?? 0, link: linkname || null, hash })
  }
}

/** @returns {Promise<HashBody>} */
async function nodeHash() {
  const { createHash } = await import('node:crypto')
  return async (body) => {
    const hash = createHash('sha256')
    const reader = body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return hash.digest('hex')
      hash.update(value)
    }
  }
}

/** @type {HashBody} */
async function subtleHash(body) {
  const bytes = await new Response(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (body)).arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  let hex = ''
  for (const byte of digest) hex += byte.toString(16).padStart(2, '0')
  return hex
}
