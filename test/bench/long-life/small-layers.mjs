// Small layers in every form that an engine takes: made here, in Node and in pages alike.
//
// Takes: nothing. Gives: the bytes of tars with a few files, plain, as gzip, as zstd and broken.

const BLOCK = 512
const text = new TextEncoder()

/**
 * @param {Record<string, string>} files contents by path
 * @returns {Uint8Array<ArrayBuffer>} a tar
 */
function tarOf(files) {
  const blocks = Object.entries(files).map(([path, content]) => {
    const bytes = text.encode(content)
    const padded = new Uint8Array(BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK)
    padded.set(headerOf(path, bytes.length))
    padded.set(bytes, BLOCK)
    return padded
  })
  return joined([...blocks, new Uint8Array(2 * BLOCK)])
}

/**
 * A ustar header of a regular file.
 * @param {string} path
 * @param {number} size
 */
function headerOf(path, size) {
  const header = new Uint8Array(BLOCK)
  /**
   * @param {string} value
   * @param {number} at
   */
  const put = (value, at) => header.set(text.encode(value), at)
  put(path, 0)
  put('0000644\0', 100)
  put('0000000\0', 108)
  put('0000000\0', 116)
  put(`${size.toString(8).padStart(11, '0')}\0`, 124)
  put('14524770400\0', 136)
  put('        0', 148)
  put('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function gzip(bytes) {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

/**
 * A zstd frame of one raw block: no platform here can compress, and a decoder must take it all the same.
 * @param {Uint8Array} bytes from 256 bytes to 64 KiB
 */
function zstd(bytes) {
  const size = bytes.length - 256
  const block = 1 | (bytes.length << 3)
  // Magic number; one segment whose size takes two bytes; the last block, raw.
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x60, size & 255, size >> 8, block & 255, (block >> 8) & 255, block >> 16]
  return joined([Uint8Array.from(head), bytes])
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function digestOf(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Layers `a` and `b`, of which `b` has one file changed, one less and one more. */
export async function makeSmallLayers() {
  const plainA = tarOf({ 'etc/one': '1', 'etc/two': 'two'.repeat(300), 'srv/gone': 'x' })
  const plainB = tarOf({ 'etc/one': '1', 'etc/two': 'TWO'.repeat(300), 'srv/new': 'new'.repeat(100) })
  const gzipA = await gzip(plainA)
  return {
    plainA,
    plainB,
    gzipA,
    gzipB: await gzip(plainB),
    zstdB: zstd(plainB),
    whiteout: tarOf({ 'etc/.wh.one': '' }),
    broken: gzipA.slice(0, gzipA.length >> 1),
    digestA: await digestOf(gzipA),
  }
}
