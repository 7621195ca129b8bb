// What fuzz campaigns share: how long they are, and an instance that is driven without workers.

import { scalar, simd } from '../../src/engine/core.generated.js'
import { unpack } from '../../src/engine/embedded.js'
import type { IndexJob } from '../../src/engine/protocol.js'
import { Core, type JobTools } from '../../src/engine/wasm.js'
import type { LayerDiffError } from '../../src/errors.js'
import { DEFAULT_LIMITS } from '../../src/options.js'
import type { Limits } from '../../src/types.js'

/** How many times as long as in CI a campaign is to be: FUZZ_SCALE=100 for a night. */
export const SCALE = Number(process.env.FUZZ_SCALE ?? 1)

/** The first seed; another gives other cases. */
export const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 1)

export const LIMITS: Limits = { ...DEFAULT_LIMITS, layerBytes: 1 << 24, entries: 1 << 16 }

const tools: JobTools = {
  openZstd: () => Promise.reject(new Error('no zstd here')),
  onProgress() {},
  checkCancelled() {},
}
const job: IndexJob = {
  type: 'index',
  source: { kind: 'pump', size: null },
  limits: LIMITS,
  digest: null,
  diffId: null,
  size: null,
}

export async function loadCore(build: 'simd' | 'scalar'): Promise<Core> {
  return Core.create(await WebAssembly.compile(await unpack(build === 'simd' ? simd : scalar)))
}

/** Reads a layer from memory, `most` bytes at a time. */
export function indexBytes(core: Core, bytes: Uint8Array, most = Number.MAX_SAFE_INTEGER): Promise<Uint8Array> {
  let at = 0
  const reader = {
    size: bytes.byteLength,
    read(into: Uint8Array) {
      const length = Math.min(most, into.byteLength, bytes.byteLength - at)
      into.set(bytes.subarray(at, at + length))
      at += length
      return length
    },
    close() {},
  }
  return core.index(job, reader, tools)
}

/** The code of a refusal, null for none. A fault of ours is thrown on. */
export async function codeOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    const { code } = error as LayerDiffError
    if (code === undefined || code === 'INTERNAL') throw error
    return code
  }
}
