// Layers of very many small entries, or of few large ones: made up, as no machine has a million files at hand.
//
// Takes: a shape. Gives: a tar with gzip, and the same entries as plain objects, from one description.

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { cached } from './cache.mjs'

const recipeVersion = 1
const filesPerDirectory = 32
const mtime = 1_700_000_000

/**
 * @typedef {object} Shape
 * @property {number} entries files and directories
 * @property {'before' | 'after'} side in `after` one file of a hundred is gone, one is new and one has another mode
 * @property {number} [fileBytes] content of every file; without it one file of ten has one byte
 * @property {number} [perDirectory] files in each directory; 32 without it
 *
 * @typedef {object} SyntheticEntry
 * @property {string} path
 * @property {'file' | 'directory'} type
 * @property {number} mode
 * @property {number} size
 */

/**
 * @param {Shape} shape
 * @returns {Generator<SyntheticEntry>}
 */
export function* syntheticEntries({ entries, side, fileBytes, perDirectory = filesPerDirectory }) {
  const directories = Math.ceil(entries / (perDirectory + 1))
  let left = entries
  for (let d = 0; d < directories; d++) {
    const directory = `usr/lib/package-${d >> 8}/part-${d & 255}`
    yield { path: directory, type: 'directory', mode: 0o755, size: 0 }
    left--
    for (let f = 0; f < perDirectory && left > 0; f++, left--) {
      const file = d * perDirectory + f
      const turn = side === 'before' ? -1 : file % 100
      const path = turn === 0 ? `${directory}/new-${file}.h` : `${directory}/header-${file}.h`
      const size = fileBytes ?? (file % 10 === 0 ? 1 : 0)
      yield { path, type: 'file', mode: turn === 50 ? 0o600 : 0o644, size }
    }
  }
}

/**
 * The tar of a shape, with gzip -1.
 * @param {Shape} shape
 * @returns {Promise<string>} its path
 */
export async function syntheticLayer(shape) {
  const { entries, side, fileBytes, perDirectory } = shape
  const special = `${fileBytes === undefined ? '' : `-of-${fileBytes}`}${perDirectory === undefined ? '' : `-by-${perDirectory}`}`
  const name = `synthetic-${entries}${special}-${side}`
  const folder = await cached(name, { recipeVersion, ...shape }, async (folder) => {
    const gzip = createGzip({ level: 1, chunkSize: 256 * 1024 })
    await pipeline(Readable.from(tarBlocks(shape)), gzip, createWriteStream(join(folder, 'layer.tar.gz')))
  })
  return join(folder, 'layer.tar.gz')
}

/**
 * The tar in pieces of about a quarter of a megabyte.
 * @param {Shape} shape
 */
function* tarBlocks(shape) {
  const most = 256 * 1024
  let piece = Buffer.alloc(most)
  let length = 0
  const body = Buffer.from('0123456789abcde\n'.repeat(32))
  for (const entry of syntheticEntries(shape)) {
    for (let block = -1; block * 512 < entry.size; block++) {
      if (block < 0) writeHeader(piece.subarray(length, length + 512), entry)
      else body.copy(piece, length, 0, Math.min(entry.size - block * 512, 512))
      length += 512
      if (length < most) continue
      yield piece
      piece = Buffer.alloc(most)
      length = 0
    }
  }
  yield Buffer.concat([piece.subarray(0, length), Buffer.alloc(1024)])
}

/**
 * A ustar header; every path here fits in its hundred bytes.
 * @param {Buffer} block 512 zeros
 * @param {SyntheticEntry} entry
 */
function writeHeader(block, { path, type, mode, size }) {
  /**
   * @param {number} value
   * @param {number} at
   * @param {number} width with the NUL that ends it
   */
  const octal = (value, at, width) => block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1')
  block.write(type === 'directory' ? `${path}/` : path, 0, 'latin1')
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(mtime, 136, 12)
  block.write(type === 'directory' ? '5' : '0', 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  let sum = 8 * 32 // the checksum's own field counts as spaces
  for (let i = 0; i < 512; i++) sum += block[i]
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}
