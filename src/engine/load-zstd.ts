// The zstd decoder on the caller's side, for archives that are compressed as a whole. Loaded when the first is met.

import { ZstdStream } from './zstd.js'

/** @param unpack how the platform unpacks what the build put into a module */
export async function openZstd(unpack: (text: string) => Promise<Uint8Array<ArrayBuffer>>): Promise<ZstdStream> {
  const { wasm } = await import('./zstd.generated.js')
  return ZstdStream.create(await WebAssembly.compile(await unpack(wasm)))
}
