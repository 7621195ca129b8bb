// The zstd decoder on the caller's side, for archives that are compressed as a whole. Loaded when the first is met.

import { unpack } from './embedded.js'
import { ZstdStream } from './zstd.js'

export async function openZstd(): Promise<ZstdStream> {
  const { wasm } = await import('./zstd.generated.js')
  return ZstdStream.create(await WebAssembly.compile(await unpack(wasm)))
}
