// Where a layer's bytes come from, seen from the worker: something that fills a buffer.

/** Gives bytes in order. One read at a time. */
export interface ByteReader {
  /** Bytes in all, null where nobody knows. */
  readonly size: number | null
  /** Fills the start of a buffer and tells how many bytes it wrote; 0 means that there are no more. */
  read(into: Uint8Array): number | Promise<number>
  /** Leaves bytes out, and tells how many, which is fewer only at the end. Absent where bytes come as they come. */
  skip?(bytes: number): number
  /** Of a file: what another write to it changes. */
  readonly stamp?: string
  /** Throws where the file has been written to since it was opened. */
  check?(): void
  /** Lets go of what lies beneath. May be called at any time, also twice. */
  close(): void
}

/** Reads what arrives in chunks of any size. While one chunk is used the next is on its way. */
export class ChunkReader implements ByteReader {
  private chunk: Uint8Array = new Uint8Array(0)
  private coming: Promise<Uint8Array | null>
  private ended = false

  constructor(
    readonly size: number | null,
    private readonly next: () => Promise<Uint8Array | null>,
    private readonly stop: () => void = () => {},
  ) {
    this.coming = this.fetch()
  }

  private fetch(): Promise<Uint8Array | null> {
    const coming = this.next()
    // It may fail while the chunk before it is still in use: `read` rethrows when its turn comes.
    coming.catch(() => {})
    return coming
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.chunk.byteLength === 0) {
      if (this.ended) return 0
      const chunk = await this.coming
      if (chunk === null) {
        this.ended = true
        return 0
      }
      this.chunk = chunk
      this.coming = this.fetch()
    }
    const taken = Math.min(into.byteLength, this.chunk.byteLength)
    into.set(this.chunk.subarray(0, taken))
    this.chunk = this.chunk.subarray(taken)
    return taken
  }

  close(): void {
    this.ended = true
    this.stop()
  }
}
