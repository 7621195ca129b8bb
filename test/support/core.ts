// One WebAssembly instance, driven without a worker. Runs in Node and in browsers.

import { scalar, simd } from '../../src/engine/core.generated.js'
import { unpack } from '../../src/engine/embedded.js'
import type { IndexJob } from '../../src/engine/protocol.js'
import { Core, type JobTools } from '../../src/engine/wasm.js'
import { DEFAULT_LIMITS } from '../../src/options.js'

const tools: JobTools = {
  openZstd: () => Promise.reject(new Error('no zstd here')),
  onProgress() {},
  checkCancelled() {},
}

export async function loadCore(build: 'simd' | 'scalar'): Promise<Core> {
  return Core.create(await WebAssembly.compile(await unpack(build === 'simd' ? simd : scalar)))
}

/** What reading a layer takes when nothing is to be verified. */
export const plainJob: IndexJob = {
  type: 'index',
  source: { kind: 'pump', size: null },
  limits: DEFAULT_LIMITS,
  digest: null,
  diffId: null,
  size: null,
  headersOnly: false,
}

/** Reads a layer from memory, in pieces of the sizes that `next` says. */
export function indexBytes(
  core: Core,
  bytes: Uint8Array,
  next = () => Number.MAX_SAFE_INTEGER,
  limits = DEFAULT_LIMITS,
): Promise<Uint8Array> {
  let at = 0
  const reader = {
    size: bytes.byteLength,
    read(into: Uint8Array) {
      const length = Math.min(next(), into.byteLength, bytes.byteLength - at)
      into.set(bytes.subarray(at, at + length))
      at += length
      return length
    },
    close() {},
  }
  return core.index({ ...plainJob, limits }, reader, tools)
}
