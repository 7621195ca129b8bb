// zstd layers: zstddec's WebAssembly build of the reference decoder, driven here.
//
// Takes: its wasm, loaded only when a zstd layer is met, and stored bytes. Gives: decompressed bytes, valid until the
// next call. All frames of the stream are decoded, skippable ones passed over, content checksums checked (the decoder's
// own doing). zstddec's JavaScript is not used: it reads no error codes, and spins for ever on corrupt input.

import { LayerDiffError } from '../errors.js'

interface ZstdExports {
  readonly memory: WebAssembly.Memory
  malloc(size: number): number
  ZSTD_createDCtx(): number
  ZSTD_decompressStream(context: number, output: number, input: number): number
}

const INPUT_BYTES = 1 << 17
const OUTPUT_BYTES = 1 << 17
/** Results from here on are error codes, negated; the largest code is below 120. */
const FIRST_ERROR = 2 ** 32 - 120
const WINDOW_TOO_LARGE = 16

export class ZstdStream {
  private readonly buffers: {
    source: number
    output: number
    inputRecord: number
    outputRecord: number
    context: number
  }
  /** What the decoder said last: 0 at the end of a frame, else how much it would like to read. */
  private last = 0
  /** Stored bytes consumed. */
  bytesIn = 0

  private constructor(private readonly wasm: ZstdExports) {
    this.buffers = {
      source: wasm.malloc(INPUT_BYTES),
      output: wasm.malloc(OUTPUT_BYTES),
      // ZSTD_inBuffer and ZSTD_outBuffer: address, size, position.
      inputRecord: wasm.malloc(12),
      outputRecord: wasm.malloc(12),
      context: wasm.ZSTD_createDCtx(),
    }
    if (Object.values(this.buffers).includes(0)) throw outOfMemory()
  }

  static async create(module: WebAssembly.Module): Promise<ZstdStream> {
    const instance = await WebAssembly.instantiate(module, { env: { emscripten_notify_memory_growth() {} } })
    return new ZstdStream(instance.exports as unknown as ZstdExports)
  }

  /** Decompresses `bytes` and hands every piece of output to `take`. @throws {LayerDiffError} ZSTD_CORRUPT */
  write(bytes: Uint8Array, take: (output: Uint8Array) => void): void {
    for (let at = 0; at < bytes.byteLength; at += INPUT_BYTES) this.decode(bytes.subarray(at, at + INPUT_BYTES), take)
  }

  private decode(bytes: Uint8Array, take: (output: Uint8Array) => void): void {
    const { source, output, inputRecord, outputRecord, context } = this.buffers
    new Uint8Array(this.wasm.memory.buffer, source, bytes.byteLength).set(bytes)
    this.record(inputRecord, source, bytes.byteLength)
    const start = this.bytesIn
    let consumed = 0
    for (;;) {
      this.record(outputRecord, output, OUTPUT_BYTES)
      const result = this.wasm.ZSTD_decompressStream(context, outputRecord, inputRecord) >>> 0
      if (result >= FIRST_ERROR) throw this.corrupt(2 ** 32 - result)
      const position = this.position(inputRecord)
      const produced = this.position(outputRecord)
      // With input left and room for output, a decoder that does neither will never do anything.
      if (position === consumed && produced === 0 && position < bytes.byteLength) throw this.corrupt(0)
      consumed = position
      this.bytesIn = start + consumed
      this.last = result
      if (produced > 0) take(new Uint8Array(this.wasm.memory.buffer, output, produced))
      // Within a frame a full buffer may hide more output that needs no more input. After one, asking again would begin
      // the next.
      if (consumed === bytes.byteLength && (result === 0 || produced < OUTPUT_BYTES)) return
    }
  }

  /** No more bytes come. @throws {LayerDiffError} ZSTD_TRUNCATED */
  end(): void {
    if (this.last === 0) return
    throw new LayerDiffError(
      'ZSTD_TRUNCATED',
      `The zstd stream ends too early. It was cut off: fetch or export the layer again. (byte ${this.bytesIn} of the stored layer)`,
      { offset: this.bytesIn },
    )
  }

  private record(at: number, address: number, size: number): void {
    const view = new DataView(this.wasm.memory.buffer, at, 12)
    view.setUint32(0, address, true)
    view.setUint32(4, size, true)
    view.setUint32(8, 0, true)
  }

  private position(at: number): number {
    return new DataView(this.wasm.memory.buffer, at, 12).getUint32(8, true)
  }

  private corrupt(code: number): LayerDiffError {
    const text =
      code === WINDOW_TOO_LARGE
        ? 'The zstd stream needs a window of over 128 MiB, more than decoders must have. Compress the layer without --ultra or --long.'
        : 'The zstd stream is corrupt, or bytes that are not zstd follow it. Fetch or export the layer again.'
    return new LayerDiffError('ZSTD_CORRUPT', `${text} (byte ${this.bytesIn} of the stored layer)`, {
      offset: this.bytesIn,
    })
  }
}

function outOfMemory(): LayerDiffError {
  return new LayerDiffError('OUT_OF_MEMORY', 'WebAssembly memory for zstd is exhausted. Diff fewer layers at once.')
}
