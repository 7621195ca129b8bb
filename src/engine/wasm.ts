// One WebAssembly instance: reads a layer, or diffs layer indexes, one job at a time.
//
// Takes: a ByteReader, or containers of layer indexes. Gives: a container. It runs wherever it is put, in a worker or in
// the page's own thread; the surroundings give it their SHA-256 when they have a native one.

import type { Limits } from '../engine-types.js'
import { type ErrorPlace, LayerDiffError } from '../errors.js'
import { SNIFF_BYTES, sniff } from '../input/compression.js'
import { OTHER_ARCHIVE_BYTES, otherArchive } from '../input/other-archives.js'
import type { ByteReader } from '../input/reader.js'
import { DEFAULT_LIMITS } from '../options.js'
import { decodeText, hexText } from '../text.js'
import { CONTAINER, type CoreExports, FIELDS, MAGIC_DIFF, MAGIC_INDEX } from './abi.js'
import { writeContainer } from './container.js'
import { decompress } from './decompress.js'
import { faultError, spaceOf } from './faults.js'
import { readFiles } from './file-contents.js'
import type { DiffJob, FilesJob, IndexJob, JobProgress, StepsJob } from './protocol.js'
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

/** All fields but mtime, the last. */
const STEP_FIELDS = (1 << (FIELDS.length - 1)) - 1

/** The first read after bytes were left out: a header, and the content of most files with the next header. */
const SHORTEST_READ = 1 << 13
/** Fewer bytes than this are read rather than left out: a read costs as much as copying so many. */
const SHORTEST_SKIP = 1 << 14

export class Core {
  private limits: Limits = DEFAULT_LIMITS
  private merging = false
  private broken = false
  /** Stored bytes of the layer that is being read, so far. */
  private bytesIn = 0
  /** The first bytes of its tar. */
  private head = new Uint8Array(0)
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
      // What can be no tar from its first header on may be known by its first bytes.
      const instead = !this.merging && this.wasm.entryCount() === 0 ? otherArchive(this.head) : null
      return faultError(error.status, { ...this.place, path: this.faultPath(), offset }, this.limits, instead)
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
    this.bytesIn = 0
    this.head = new Uint8Array(0)
    let bytesOut = 0
    let bytesPassed = 0
    let longestRead = job.headersOnly && reader.skip ? SHORTEST_READ : Number.POSITIVE_INFINITY
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
      const room = Math.min(wasm.gzipInputRoom() - held, longestRead)
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
    let tar: ReturnType<typeof this.hasher> | null = null
    const scan = (at: number, length: number, source: number) => {
      tar?.update(at, length)
      if (bytesOut === 0) this.head = this.view(at, Math.min(length, OTHER_ARCHIVE_BYTES)).slice()
      bytesOut += length
      wasm.scan(at, length, source)
      return true
    }

    let held = 0
    for (let length = -1; held < SNIFF_BYTES && length !== 0; held += length) length = await fill(held)
    const compression = sniff(this.view(wasm.gzipInputAt(), held))
    const plain = compression === 'none'
    // One file may be a tar to who believes a media type, or knows of no skippable frames, and compressed to us: the name of a file
    // is a field as free as what gzip and zstd pass over. The claim tells what it is to them, unless a digest is another thing.
    const isTar = job.claim !== undefined && job.claim === job.digest
    const wanted = job.diffId ?? (!plain && (isTar || job.digest === null) ? (job.claim ?? null) : null)
    tar = wanted === null ? null : this.hasher(1, tools)
    const partial = plain && job.headersOnly && reader.skip !== undefined
    if (!partial) longestRead = Number.POSITIVE_INFINITY
    if (partial) {
      wasm.passContents()
      for (let length = held; length > 0; length = await fill(0)) {
        scan(wasm.gzipInputAt(), length, this.bytesIn + bytesPassed)
        const skippable = wasm.skippable()
        if (skippable < SHORTEST_SKIP) {
          longestRead *= 2
          continue
        }
        const passed = reader.skip?.(skippable) ?? 0
        wasm.pass(passed)
        bytesPassed += passed
        bytesOut += passed
        longestRead = SHORTEST_READ
      }
    } else {
      await decompress(wasm, { compression, held, fill, bytesIn: () => this.bytesIn, openZstd: tools.openZstd }, scan)
    }
    wasm.endLayer()

    const size = this.bytesIn + bytesPassed
    if (job.size !== null && size !== job.size) throw sizeMismatch(job.size, String(size))
    const digestOf = (hasher: typeof stored) => (partial || hasher === null ? null : hasher.digest())
    const digest = digestOf(stored)
    if (digest) verify('DIGEST_MISMATCH', 'stored bytes', job.digest, hexText(digest))
    const unpacked = digestOf(tar)
    if (unpacked) verify('DIFF_ID_MISMATCH', 'uncompressed tar', wanted, hexText(unpacked))
    const diffId = unpacked ?? (isTar ? digest : null)
    report()
    const bytes = writeContainer(wasm.memory.buffer, wasm.layerSections(), {
      magic: MAGIC_INDEX,
      warningsDropped: wasm.warningsDropped(false) >>> 0,
      sourceBytes: this.bytesIn,
      tarBytes: bytesOut,
      diffId,
      partial,
    })
    bytes.set(this.checksum(bytes), CONTAINER.CHECKSUM)
    return bytes
  }

  /** Hashes contents of a plain tar. Gives the hashes in a row, and how many bytes were read. */
  async contents(
    extents: Float64Array,
    reader: ByteReader,
    tools: JobTools,
  ): Promise<{ hashes: Uint8Array; bytesRead: number }> {
    try {
      return await this.hashContents(extents, reader, tools)
    } catch (error) {
      throw this.guard(error)
    }
  }

  private async hashContents(extents: Float64Array, reader: ByteReader, tools: JobTools) {
    const { wasm } = this
    this.begin(DEFAULT_LIMITS, false)
    wasm.gzipStart()
    const room = wasm.gzipInputRoom()
    const input = wasm.gzipInputAt()
    const digest = wasm.alloc(32)
    const hashes = new Uint8Array((extents.length / 2) * 32)
    const [offsetOf, sizeOf] = [(i: number) => extents[i] ?? 0, (i: number) => extents[i + 1] ?? 0]
    /** Bytes worth reading at `at`, in content `i`: as far as contents lie close together. */
    const worth = (i: number, at: number) => {
      let end = offsetOf(i) + sizeOf(i)
      for (let next = i + 2; next < extents.length && end - at < room; next += 2) {
        if (offsetOf(next) - end > SHORTEST_SKIP) break
        end = offsetOf(next) + sizeOf(next)
      }
      return Math.min(end - at, room)
    }
    let position = 0
    let held = 0
    let bytesRead = 0
    for (let i = 0; i < extents.length; i += 2) {
      wasm.blake3Start()
      const end = offsetOf(i) + sizeOf(i)
      for (let at = offsetOf(i); at < end; ) {
        if (at >= position) {
          position += at > position ? (reader.skip?.(at - position) ?? 0) : 0
          const length = position === at ? await reader.read(this.view(input, worth(i, at))) : 0
          tools.checkCancelled()
          if (length === 0) {
            throw new LayerDiffError('INPUT_UNREADABLE', 'The layer became shorter while it was read. Try again.')
          }
          held = length
          position += length
          bytesRead += length
        }
        const taken = Math.min(position, end) - at
        wasm.blake3Update(input + at - (position - held), taken)
        at += taken
      }
      wasm.blake3Finish(digest)
      hashes.set(this.view(digest, 32), i * 16)
    }
    return { hashes, bytesRead }
  }

  /** The first bytes of files' contents, and the hashes of all of them. */
  async files(job: FilesJob, reader: ByteReader, tools: JobTools): Promise<Uint8Array[]> {
    try {
      this.begin(DEFAULT_LIMITS, false)
      return await readFiles(this.wasm, job, reader, tools)
    } catch (error) {
      throw this.guard(error)
    }
  }

  /** SHA-256 of all that a reader gives. */
  async digest(reader: ByteReader, tools: JobTools): Promise<Uint8Array> {
    const { wasm } = this
    this.begin(DEFAULT_LIMITS, false)
    wasm.gzipStart()
    const room = wasm.gzipInputRoom()
    const input = wasm.gzipInputAt()
    const hasher = this.hasher(0, tools)
    for (;;) {
      const length = await reader.read(this.view(input, room))
      tools.checkCancelled()
      if (length === 0) return hasher.digest()
      hasher.update(input, length)
    }
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
    this.guarded(() => {
      this.begin(limits, true)
      const sum = this.checksum(bytes)
      if (sum.some((byte, i) => byte !== bytes[CONTAINER.CHECKSUM + i])) {
        throw new LayerDiffError(
          'INDEX_DAMAGED',
          'The stored layer index is damaged: its checksum does not match. Index the layer again.',
        )
      }
      this.load([bytes], false, limits)
    })
  }

  /** Loads the indexes of a merge; returns their slots. */
  private load(indexes: readonly Uint8Array[], followSymlinks: boolean, limits: Limits): number[] {
    this.begin(limits, true)
    this.wasm.beginDiff(followSymlinks)
    return indexes.map((bytes) => this.wasm.loadIndex(this.put(bytes), bytes.byteLength))
  }

  /** Puts a layer on top of a side. */
  private apply(side: 0 | 1, slot: number, layer: number): void {
    this.place = { side: side === 0 ? 'before' : 'after', layer }
    this.wasm.applyLayer(side, slot, layer)
    this.place = {}
  }

  private diffContainer(): Uint8Array<ArrayBuffer> {
    return writeContainer(this.wasm.memory.buffer, this.wasm.diffSections(), {
      magic: MAGIC_DIFF,
      warningsDropped: this.wasm.warningsDropped(true) >>> 0,
      sourceBytes: 0,
      tarBytes: 0,
      diffId: null,
      partial: false,
    })
  }

  private merge(job: DiffJob): void {
    const { wasm } = this
    const slots = this.load(job.indexes, job.followSymlinks, job.limits)
    for (const glob of job.ignore) {
      const bytes = new TextEncoder().encode(glob)
      wasm.ignore(this.put(bytes), bytes.byteLength)
    }
    const reported = new Set<number>()
    for (const side of [0, 1] as const) {
      for (const [layer, place] of (side === 0 ? job.before : job.after).entries()) {
        const slot = slots[place] ?? 0
        // What was odd about a layer is told once, wherever it stands.
        if (!reported.has(slot)) wasm.reportLayer(side, slot, layer)
        reported.add(slot)
        this.apply(side, slot, layer)
      }
    }
  }

  /** Merges both stacks and returns what differs. */
  diff(job: DiffJob): Uint8Array<ArrayBuffer> {
    return this.guarded(() => {
      this.merge(job)
      this.wasm.diff(job.compare)
      return this.diffContainer()
    })
  }

  /** Merges both stacks and returns which contents decide what differs. */
  wanted(job: DiffJob): Uint8Array<ArrayBuffer> {
    return this.guarded(() => {
      this.merge(job)
      const count = this.wasm.findWanted(job.compare) >>> 0
      return this.view(this.wasm.wantedAt(), count * 8).slice()
    })
  }

  /** Merges a stack layer by layer and returns what each does to those below it. */
  steps({ indexes, stack, followSymlinks, limits }: StepsJob): Uint8Array<ArrayBuffer>[] {
    return this.guarded(() => {
      const { wasm } = this
      const slots = this.load(indexes, followSymlinks, limits)
      return stack.map((place, layer) => {
        const slot = slots[place] ?? 0
        if (layer > 0) {
          // The before side follows one layer behind; what it warns of was told when that layer was the topmost.
          this.apply(0, slots[stack[layer - 1] ?? 0] ?? 0, layer - 1)
          wasm.nextStep()
        }
        wasm.reportLayer(1, slot, layer)
        this.apply(1, slot, layer)
        wasm.diff(STEP_FIELDS)
        return this.diffContainer()
      })
    })
  }

  private guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.guard(error)
    } finally {
      this.place = {}
    }
  }
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
