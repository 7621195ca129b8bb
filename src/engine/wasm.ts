// One WebAssembly instance: reads a layer, or diffs layer indexes, one job at a time.
//
// Takes: a ByteReader, or containers of layer indexes. Gives: a container. It runs wherever it is put, in a worker or in
// the page's own thread; the surroundings give it their SHA-256 when they have a native one.

import { type ErrorPlace, LayerDiffError } from '../errors.js'
import { SNIFF_BYTES, sniff } from '../input/compression.js'
import type { ByteReader } from '../input/reader.js'
import { DEFAULT_LIMITS } from '../options.js'
import { decodeText } from '../text.js'
import type { Limits } from '../types.js'
import { CONTAINER, type CoreExports, GzipState, MAGIC_DIFF, MAGIC_INDEX } from './abi.js'
import { writeContainer } from './container.js'
import { faultError, spaceOf } from './faults.js'
import type { DiffJob, IndexJob, JobProgress } from './protocol.js'
import type { ZstdStream } from './zstd.js'

/** A running SHA-256. */
export interface Sha256 {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** What a job needs of its surroundings. */
export interface JobTools {
  /** Native SHA-256; without it WebAssembly computes it. */
  readonly createSha256?: (() => Sha256) | undefined
  openZstd(): Promise<ZstdStream>
  onProgress(progress: JobProgress): void
  /** Throws when the job is to end. */
  checkCancelled(): void
}

/** Thrown by the module's import; becomes a LayerDiffError where limits and place are known. */
class WasmFault extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`)
  }
}

const PROGRESS_MILLISECONDS = 100

export class Core {
  private limits: Limits = DEFAULT_LIMITS
  private merging = false
  private broken = false
  /** Stored bytes of the layer that is being read, so far. */
  private bytesIn = 0
  /** Of the layer that is being merged. */
  private place: ErrorPlace = {}

  private constructor(private readonly wasm: CoreExports) {}

  static async create(module: WebAssembly.Module): Promise<Core> {
    const instance = await WebAssembly.instantiate(module, {
      env: {
        fail(status: number) {
          throw new WasmFault(status)
        },
      },
    })
    return new Core(instance.exports as unknown as CoreExports)
  }

  /** Whether the instance should be replaced: it trapped, or holds much memory, which never shrinks. */
  get worn(): boolean {
    return this.broken || this.wasm.memory.buffer.byteLength > 256 * 2 ** 20
  }

  /** A view of memory; void as soon as memory grows, which any export may make it do. */
  private view(at: number, length: number): Uint8Array {
    return new Uint8Array(this.wasm.memory.buffer, at >>> 0, length >>> 0)
  }

  private begin(limits: Limits, merging: boolean): void {
    this.limits = limits
    this.merging = merging
    const key = crypto.getRandomValues(new Uint32Array(4)) as unknown as [number, number, number, number]
    this.wasm.begin(...key, limits.pathBytes)
  }

  /** Puts what the module says into words. */
  private guard(error: unknown): unknown {
    if (error instanceof WasmFault) {
      const space = spaceOf(error.status)
      const offset =
        this.merging || space === 'none'
          ? undefined
          : space === 'tar'
            ? this.wasm.tarOffset()
            : Math.min(this.wasm.gzipBytesIn(), this.bytesIn)
      return faultError(error.status, { ...this.place, path: this.faultPath(), offset }, this.limits)
    }
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      this.broken = true
      return new LayerDiffError('INTERNAL', `WebAssembly trapped: ${error.message}. Please report this.`, {}, error)
    }
    return error
  }

  /** The path of the entry at hand when a fault came. */
  private faultPath(): string | undefined {
    const parts: string[] = []
    for (let path = this.wasm.faultPath(this.merging); path !== 0; path = this.wasm.parentOf(this.merging, path)) {
      const name = this.view(this.wasm.nameOf(this.merging, path), this.wasm.nameLength(this.merging, path))
      parts.push(decodeText(name).text)
    }
    return parts.length ? parts.reverse().join('/') : undefined
  }

  /** Reads a layer and returns its index. */
  async index(job: IndexJob, reader: ByteReader, tools: JobTools): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.readLayer(job, reader, tools)
    } catch (error) {
      throw this.guard(error)
    }
  }

  private async readLayer(job: IndexJob, reader: ByteReader, tools: JobTools): Promise<Uint8Array<ArrayBuffer>> {
    const { wasm } = this
    const { limits } = job
    this.begin(limits, false)
    wasm.beginLayer(limits.entries, limits.layerBytes, limits.metaBytes, limits.expansion)
    wasm.gzipStart()
    const stored = job.digest === null ? null : this.hasher(0, tools)
    const tar = job.diffId === null ? null : this.hasher(1, tools)
    this.bytesIn = 0
    let bytesOut = 0
    let reported = Number.NEGATIVE_INFINITY
    const report = () => {
      reported = performance.now()
      tools.onProgress({
        bytesIn: this.bytesIn,
        bytesTotal: reader.size ?? job.size,
        bytesOut,
        entries: wasm.entryCount() >>> 0,
      })
    }
    /** Reads once into the free part of the input window, past its first `held` bytes; 0 at the end. */
    const fill = async (held: number): Promise<number> => {
      // The room first: asking for it moves what is unread to the window's start.
      const room = wasm.gzipInputRoom() - held
      const at = wasm.gzipInputAt() + held
      const reading = reader.read(this.view(at, room))
      const length = typeof reading === 'number' ? reading : await reading
      tools.checkCancelled()
      this.bytesIn += length
      if (job.size !== null && this.bytesIn > job.size) throw sizeMismatch(job.size, 'more')
      stored?.update(at, length)
      if (performance.now() - reported > PROGRESS_MILLISECONDS) report()
      return length
    }
    const scan = (at: number, length: number, source: number) => {
      tar?.update(at, length)
      bytesOut += length
      wasm.scan(at, length, source)
    }

    let held = 0
    for (let length = -1; held < SNIFF_BYTES && length !== 0; held += length) length = await fill(held)
    const compression = sniff(this.view(wasm.gzipInputAt(), held))
    if (compression === 'gzip') {
      let length = held
      for (;;) {
        if (length > 0) wasm.gzipFed(length)
        else wasm.gzipInputEnd()
        let state: number
        do {
          state = wasm.gzipRun()
          const output = wasm.gzipOutputLength()
          if (output > 0) scan(wasm.gzipOutputAt(), output, wasm.gzipBytesIn())
        } while (state === GzipState.Output)
        if (state === GzipState.Done) break
        length = await fill(0)
      }
    } else if (compression === 'zstd') {
      const zstd = await tools.openZstd()
      // Its output lies in a memory of its own, and passes through this one's window.
      const take = (output: Uint8Array) => {
        const at = wasm.gzipInputAt()
        this.view(at, output.byteLength).set(output)
        scan(at, output.byteLength, zstd.bytesIn)
      }
      for (let length = held; length > 0; length = await fill(0)) {
        zstd.write(this.view(wasm.gzipInputAt(), length).slice(), take)
      }
      zstd.end()
    } else {
      for (let length = held; length > 0; length = await fill(0)) scan(wasm.gzipInputAt(), length, this.bytesIn)
    }
    wasm.endLayer()

    if (job.size !== null && this.bytesIn !== job.size) throw sizeMismatch(job.size, String(this.bytesIn))
    if (stored) verify('DIGEST_MISMATCH', 'stored bytes', job.digest, hex(stored.digest()))
    const diffId = tar ? tar.digest() : null
    if (diffId) verify('DIFF_ID_MISMATCH', 'uncompressed tar', job.diffId, hex(diffId))
    report()
    const bytes = writeContainer(wasm.memory.buffer, wasm.layerSections(), {
      magic: MAGIC_INDEX,
      warningsDropped: wasm.warningsDropped(false) >>> 0,
      sourceBytes: this.bytesIn,
      tarBytes: bytesOut,
      diffId,
    })
    bytes.set(this.checksum(bytes), CONTAINER.CHECKSUM)
    return bytes
  }

  /** A SHA-256 over memory: the surroundings' own, or the module's, of which there are two. */
  private hasher(context: number, tools: JobTools): { update(at: number, length: number): void; digest(): Uint8Array } {
    const native = tools.createSha256?.()
    if (native) {
      return {
        update: (at, length) => native.update(this.view(at, length)),
        digest: () => native.digest(),
      }
    }
    this.wasm.sha256Start(context)
    return {
      update: (at, length) => this.wasm.sha256Update(context, at, length),
      digest: () => {
        const out = this.wasm.alloc(32)
        this.wasm.sha256Finish(context, out)
        return this.view(out, 32).slice()
      },
    }
  }

  /** BLAKE3 of a container, its own checksum left out. */
  private checksum(bytes: Uint8Array): Uint8Array {
    const { wasm } = this
    // The bytes pass through the input window, which a new stream leaves empty.
    wasm.gzipStart()
    const room = wasm.gzipInputRoom()
    const input = wasm.gzipInputAt()
    wasm.blake3Start()
    const update = (part: Uint8Array) => {
      for (let at = 0; at < part.byteLength; at += room) {
        const piece = part.subarray(at, at + room)
        this.view(input, piece.byteLength).set(piece)
        wasm.blake3Update(input, piece.byteLength)
      }
    }
    update(bytes.subarray(0, CONTAINER.CHECKSUM))
    update(bytes.subarray(CONTAINER.HEADER))
    wasm.blake3Finish(input)
    return this.view(input, 32).slice()
  }

  /** Copies bytes into the arena. */
  private put(bytes: Uint8Array): number {
    const at = this.wasm.alloc(Math.max(bytes.byteLength, 1)) >>> 0
    this.view(at, bytes.byteLength).set(bytes)
    return at
  }

  /** Checks a layer index that was stored somewhere. @throws {LayerDiffError} INDEX_DAMAGED */
  check(bytes: Uint8Array, limits: Limits): void {
    try {
      this.begin(limits, true)
      const sum = this.checksum(bytes)
      if (sum.some((byte, i) => byte !== bytes[CONTAINER.CHECKSUM + i])) {
        throw new LayerDiffError(
          'INDEX_DAMAGED',
          'The stored layer index is damaged: its checksum does not match. Index the layer again.',
        )
      }
      this.wasm.beginDiff(false)
      this.wasm.loadIndex(this.put(bytes), bytes.byteLength)
    } catch (error) {
      throw this.guard(error)
    }
  }

  /** Merges both stacks and returns what differs. */
  diff(job: DiffJob): Uint8Array<ArrayBuffer> {
    try {
      const { wasm } = this
      this.begin(job.limits, true)
      wasm.beginDiff(job.followSymlinks)
      for (const glob of job.ignore) {
        const bytes = new TextEncoder().encode(glob)
        wasm.ignore(this.put(bytes), bytes.byteLength)
      }
      const slots = job.indexes.map((bytes) => wasm.loadIndex(this.put(bytes), bytes.byteLength))
      const reported = new Set<number>()
      const sides = [job.before, job.after]
      sides.forEach((stack, side) => {
        stack.forEach((place, layer) => {
          const slot = slots[place] ?? 0
          // What was odd about a layer is told once, wherever it stands.
          if (!reported.has(slot)) wasm.reportLayer(side, slot, layer)
          reported.add(slot)
          this.place = { side: side === 0 ? 'before' : 'after', layer }
          wasm.applyLayer(side, slot, layer)
        })
      })
      this.place = {}
      wasm.diff(job.compare)
      return writeContainer(wasm.memory.buffer, wasm.diffSections(), {
        magic: MAGIC_DIFF,
        warningsDropped: wasm.warningsDropped(true) >>> 0,
        sourceBytes: 0,
        tarBytes: 0,
        diffId: null,
      })
    } catch (error) {
      throw this.guard(error)
    } finally {
      this.place = {}
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function verify(
  code: 'DIGEST_MISMATCH' | 'DIFF_ID_MISMATCH',
  what: string,
  expected: string | null,
  found: string,
): void {
  if (expected === `sha256:${found}` || expected === 'compute') return
  throw new LayerDiffError(
    code,
    `The layer is not what it claims to be: its ${what} should have digest ${expected}, and has sha256:${found}. Fetch it again, or correct the digest.`,
  )
}

function sizeMismatch(expected: number, found: string): LayerDiffError {
  return new LayerDiffError(
    'SIZE_MISMATCH',
    `The layer should have ${expected} bytes, and has ${found}. Fetch it again, or correct the size.`,
  )
}
