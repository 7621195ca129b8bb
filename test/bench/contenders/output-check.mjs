// What becomes of decompressed bytes: in a timed run they are counted, in the run before they are hashed, so that the
// hashing is nobody's cost.

const blockBytes = 2 ** 24

/**
 * @typedef {object} OutputCheck
 * @property {(bytes: Uint8Array) => void} take
 * @property {() => Promise<string>} say what all bytes were
 */

/**
 * @param {boolean} whole whether to look at the bytes or only at how many there are
 * @returns {OutputCheck}
 */
export function outputCheck(whole) {
  let length = 0
  if (!whole) {
    return {
      take(bytes) {
        length += bytes.length
      },
      say: async () => `${length} bytes`,
    }
  }
  // crypto.subtle takes nothing bit by bit, so the digest is one of the digests of blocks, however the bytes came.
  const block = new Uint8Array(blockBytes)
  let held = 0
  /** @type {Promise<ArrayBuffer>[]} */
  const digests = []
  const flush = () => {
    digests.push(crypto.subtle.digest('SHA-256', block.subarray(0, held)))
    held = 0
  }
  return {
    take(bytes) {
      length += bytes.length
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + blockBytes - held)
        block.set(piece, held)
        held += piece.length
        at += piece.length
        if (held === blockBytes) flush()
      }
    },
    async say() {
      flush()
      const all = await new Blob(await Promise.all(digests)).arrayBuffer()
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
      const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
      return `${length} bytes, sha256 of blocks ${hex}`
    },
  }
}
