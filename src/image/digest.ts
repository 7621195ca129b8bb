// SHA-256 of what is small: manifests and configs.
//
// Spec: FIPS 180-4. Written out here, since `crypto.subtle` is missing from pages that came over plain HTTP, as those of
// intranet dashboards do. It makes some 100 MB/s; nothing over 4 MiB is given to it. Layers are hashed by the engine.

const DIGEST = /^sha256:[0-9a-f]{64}$/

/** Whether a digest is one that can be verified: `sha256:` and 64 lower-case hex digits. */
export function isSha256(digest: string): boolean {
  return DIGEST.test(digest)
}

/** The fractional parts of the cube roots (and square roots, for the state) of the first primes, 32 bits of each. */
function fractions(count: number, root: number): Uint32Array {
  const out = new Uint32Array(count)
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) prime &&= candidate % divisor !== 0
    if (prime) out[found++] = (candidate ** (1 / root) % 1) * 2 ** 32
  }
  return out
}

const ROUND = fractions(64, 3)
const START = fractions(8, 2)

/** `sha256:HEX` of bytes. */
export function sha256(bytes: Uint8Array): string {
  const state = START.slice()
  const whole = bytes.byteLength - (bytes.byteLength % 64)
  compress(state, bytes.subarray(0, whole))
  // A one bit, zeros, and the length in bits as the last 8 bytes of a block.
  const rest = bytes.byteLength - whole
  const tail = new Uint8Array(rest < 56 ? 64 : 128)
  tail.set(bytes.subarray(whole))
  tail[rest] = 0x80
  const view = new DataView(tail.buffer)
  view.setUint32(tail.byteLength - 8, Math.floor(bytes.byteLength / 2 ** 29))
  view.setUint32(tail.byteLength - 4, bytes.byteLength * 8)
  compress(state, tail)
  return `sha256:${Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')}`
}

/** Takes whole blocks of 64 bytes into the state. Names are the standard's. */
function compress(state: Uint32Array, blocks: Uint8Array): void {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength)
  const schedule = new Uint32Array(64)
  const w = (index: number) => schedule[index] as number
  for (let at = 0; at < blocks.byteLength; at += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = view.getUint32(at + 4 * t)
    for (let t = 16; t < 64; t++) {
      const low = w(t - 15)
      const high = w(t - 2)
      const sigma0 = rotate(low, 7) ^ rotate(low, 18) ^ (low >>> 3)
      const sigma1 = rotate(high, 17) ^ rotate(high, 19) ^ (high >>> 10)
      schedule[t] = w(t - 16) + sigma0 + w(t - 7) + sigma1
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
    for (let t = 0; t < 64; t++) {
      const choice = (e & f) ^ (~e & g)
      const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + (ROUND[t] as number) + w(t)) | 0
      const majority = (a & b) ^ (a & c) ^ (b & c)
      const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0
      h = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] as number) + word
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
