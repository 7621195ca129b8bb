// An archive's members, found by their headers without reading what lies between.
//
// Takes: a tar that can be read anywhere. Gives: its files by name, each as a place in it.

import type { Limits } from '../engine-types.js'
import type { FileSet, StoredFile } from '../input/file-set.js'
import type { RandomAccess } from '../input/random-access.js'
import { MemberNames } from './member-names.js'
import { type ArchiveBytes, tarMembers } from './tar-members.js'

const SHORTEST_READ = 4096
const LONGEST_READ = 1 << 20

/** A window over the archive. It grows while headers lie close together, as they do in a layer, and not otherwise. */
class Window implements ArchiveBytes {
  private bytes = new Uint8Array(0)
  private start = 0
  private length = SHORTEST_READ

  constructor(
    readonly label: string,
    private readonly access: RandomAccess,
  ) {}

  get size(): number {
    return this.access.size
  }

  async at(offset: number, length: number): Promise<Uint8Array> {
    const end = this.start + this.bytes.byteLength
    if (offset < this.start || offset + length > end) {
      const near = offset >= this.start && offset < end + this.length
      this.length = near ? Math.min(this.length * 2, LONGEST_READ) : SHORTEST_READ
      this.bytes = (await this.access.read(offset, Math.max(length, this.length))) as Uint8Array<ArrayBuffer>
      this.start = offset
    }
    return this.bytes.subarray(offset - this.start, offset - this.start + length)
  }
}

export class Archive implements FileSet {
  readonly kind = 'archive'

  private constructor(
    readonly label: string,
    private readonly access: RandomAccess,
    private readonly names: MemberNames,
  ) {}

  /**
   * Finds all members.
   *
   * @throws {LayerDiffError} IMAGE_UNKNOWN_FORMAT for what is no tar, and what a tar's damage is called
   */
  static async open(
    access: RandomAccess,
    label: string,
    limits: Limits,
    signal: AbortSignal | undefined,
  ): Promise<Archive> {
    const names = new MemberNames(label)
    for await (const member of tarMembers(new Window(label, access), limits)) {
      signal?.throwIfAborted()
      if (member.kind === 'file') names.addFile(member.name, storedFile(access, member.start, member.end))
      else names.addOther(member)
    }
    return new Archive(label, access, names)
  }

  async find(name: string): Promise<StoredFile | null> {
    const file = this.names.find(name)
    if (file === null) return null
    for (const before of this.names.before(name, file)) {
      if (!(await isSame(before, file))) throw this.names.ambiguous(name)
    }
    return file
  }

  close(): Promise<void> {
    return this.access.close()
  }
}

/** Larger ones are not read to find out: nobody stores them twice. */
const LARGEST_TWIN = 1 << 24

async function isSame(a: StoredFile, b: StoredFile): Promise<boolean> {
  if (a.size !== b.size || a.size > LARGEST_TWIN) return false
  const [x, y] = [await a.read(), await b.read()]
  return x.every((byte, at) => byte === y[at])
}

function storedFile(access: RandomAccess, start: number, end: number): StoredFile {
  return {
    size: end - start,
    read: () => access.read(start, end - start),
    open: () => access.slice(start, end),
  }
}
