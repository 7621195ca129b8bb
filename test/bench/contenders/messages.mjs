// Messages to hash, all different, and how many: enough of each size that a run takes a good part of a second.

/** @typedef {{ bytes: number, count: number }} Messages */

/**
 * @param {Messages} messages
 * @returns {Uint8Array<ArrayBuffer>} bytes of which message i begins at `start(i)`
 */
export function messagePool({ bytes }) {
  const pool = new Uint8Array(bytes + strides)
  let state = 1
  for (let i = 0; i < pool.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    pool[i] = state >>> 24
  }
  return pool
}

const strides = 4096

/**
 * Where message i begins in the pool.
 * @param {number} i
 */
export function start(i) {
  return i % strides
}

/**
 * What all digests say together.
 * @param {Uint8Array<ArrayBuffer>} digests
 */
export async function sayDigests(digests) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', digests))
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${digests.length / 32} digests, sha256 of all ${hex}`
}
