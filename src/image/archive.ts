// An archive's members, found by their headers without reading what lies between.
//
// Takes: a tar that can be read anywhere. Gives: its files by name, each as a place in it. Of a name that comes twice the
// last member counts, as every unpacker has it. Nothing is written anywhere, so that a member's name can do no harm: those
// that leave the archive are not to be found, and links that leave it are refused.

import { LayerDiffError } from '../errors.js'
import { cleanName, type FileSet, type StoredFile } from '../input/file-set.js'
import type { RandomAccess } from '../input/random-access.js'
import { decodeText, escapeText } from '../text.js'
import type { Limits } from '../types.js'
import { BLOCK, checksumFits, decodeHeader, paxRecords, type TarHeader } from './tar-header.js'

/** An image's archive has some members a layer; what has more is something else, most likely a layer. */
const MOST_MEMBERS = 250_000
const MOST_LINKS = 40

const SHORTEST_READ = 4096
const LONGEST_READ = 1 << 20

type Member =
  | { readonly kind: 'file'; readonly start: number; readonly end: number }
  | { readonly kind: 'symlink' | 'hardlink'; readonly target: string }
  | { readonly kind: 'other' }

/** What extended headers say of the member that follows them. */
interface Extension {
  name?: string | undefined
  link?: string | undefined
  size?: number
  sparse?: boolean
}

/** A window over the archive. It grows while headers lie close together, as they do in a layer, and not otherwise. */
class Window {
  private bytes = new Uint8Array(0)
  private start = 0
  private length = SHORTEST_READ

  constructor(private readonly access: RandomAccess) {}

  /** Bytes of the archive; fewer than asked for only at its end. */
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
    private readonly members: ReadonlyMap<string, Member>,
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
    const members = new Map<string, Member>()
    for await (const [name, member] of scan(access, label, limits)) {
      signal?.throwIfAborted()
      const clean = cleanName(name.replace(/^\/+/, ''))
      if (clean !== null) members.set(clean, member)
      if (members.size > MOST_MEMBERS) {
        throw new LayerDiffError(
          'LIMIT_ENTRIES',
          `${label} has over ${MOST_MEMBERS} members, and no image's archive has. If it is a layer, give it as one.`,
        )
      }
    }
    return new Archive(label, access, members)
  }

  async find(name: string): Promise<StoredFile | null> {
    let at = cleanName(name)
    for (let links = 0; links <= MOST_LINKS; links++) {
      if (at === null) throw this.escapes(name)
      const member = this.members.get(at)
      switch (member?.kind) {
        case undefined:
          return null
        case 'file':
          return this.storedFile(member.start, member.end)
        case 'symlink':
          at = cleanName(member.target, at.split('/').slice(0, -1).join('/'))
          break
        case 'hardlink':
          at = cleanName(member.target.replace(/^\/+/, ''))
          break
        default:
          throw new LayerDiffError(
            'ARCHIVE_MEMBER_UNSUPPORTED',
            `"${escapeText(name)}" in ${this.label} is a directory, a device or a sparse file, and must be a plain file. Export the archive again, with a tool that writes plain files.`,
            { path: name },
          )
      }
    }
    throw new LayerDiffError(
      'ARCHIVE_LINK_LOOP',
      `The links of "${escapeText(name)}" in ${this.label} go round in a circle. Export the archive again.`,
      { path: name },
    )
  }

  close(): Promise<void> {
    return this.access.close()
  }

  private storedFile(start: number, end: number): StoredFile {
    return {
      size: end - start,
      read: () => this.access.read(start, end - start),
      open: () => this.access.slice(start, end),
    }
  }

  private escapes(name: string): LayerDiffError {
    return new LayerDiffError(
      'ARCHIVE_PATH_ESCAPES',
      `"${escapeText(name)}" leads out of ${this.label}. No tool writes such an archive in earnest: do not trust it, and get it again from its source.`,
      { path: name },
    )
  }
}

async function* scan(
  access: RandomAccess,
  label: string,
  limits: Limits,
): AsyncGenerator<readonly [name: string, member: Member]> {
  const headers = new Window(access)
  const truncated = (offset: number, path?: string) =>
    new LayerDiffError(
      'TAR_TRUNCATED',
      `${label} ends too early (byte ${access.size}). It was cut off: export or download it again.`,
      { offset, path },
    )
  let extension: Extension = {}
  for (let offset = 0; offset < access.size; ) {
    const block = await headers.at(offset, BLOCK)
    if (block.byteLength < BLOCK) throw offset === 0 ? noTar(label) : truncated(offset)
    // One is enough: what follows it has no say in an archive.
    if (block.every((byte) => byte === 0)) return
    if (!checksumFits(block)) {
      if (offset === 0) throw noTar(label)
      throw new LayerDiffError(
        'TAR_CHECKSUM',
        `The header at byte ${offset} of ${label} is damaged. Export or download it again.`,
        { offset },
      )
    }
    const header = decodeHeader(block, offset)
    let start = offset + BLOCK
    for (let more = header.extended; more; start += BLOCK) {
      const map = await headers.at(start, BLOCK)
      if (map.byteLength < BLOCK) throw truncated(start, header.name)
      more = map[504] === 1
    }
    const meta = 'xgLK'.includes(header.flag)
    const size =
      (!meta && extension.size !== undefined && carriesData(header) ? extension.size : undefined) ?? header.size
    const end = start + size
    if (end > access.size) throw truncated(offset, extension.name ?? header.name)
    offset = start + Math.ceil(size / BLOCK) * BLOCK
    if (meta) {
      if (size > limits.metaBytes) {
        throw new LayerDiffError(
          'LIMIT_META_BYTES',
          `A header in ${label} has ${size} bytes, over the limit of ${limits.metaBytes} (limits.metaBytes). Do not trust it.`,
          { offset: start },
        )
      }
      // Global headers hold nothing that locates a member.
      if (header.flag !== 'g') extend(extension, header.flag, await headers.at(start, size), start)
      continue
    }
    const name = extension.name ?? header.name
    yield [name, memberOf(header, extension, name, start, end)]
    extension = {}
  }
}

function carriesData(header: TarHeader): boolean {
  return !'123456'.includes(header.flag)
}

function extend(extension: Extension, flag: string, bytes: Uint8Array, offset: number): void {
  if (flag !== 'x') {
    const end = bytes.indexOf(0)
    const { text } = decodeText(end < 0 ? bytes : bytes.subarray(0, end))
    if (flag === 'L') extension.name = text
    else extension.link = text
    return
  }
  const records = paxRecords(bytes, offset)
  // An empty value keeps what the header says.
  extension.name = records.get('path') || extension.name
  extension.link = records.get('linkpath') || extension.link
  const size = records.get('size')
  if (size) {
    if (!/^\d+$/.test(size) || !Number.isSafeInteger(Number(size))) {
      throw new LayerDiffError(
        'TAR_PAX_RECORD',
        `The archive's pax header at byte ${offset} has a size that is no number. Export the archive again.`,
        { offset },
      )
    }
    extension.size = Number(size)
  }
  for (const key of records.keys()) if (key.startsWith('GNU.sparse.')) extension.sparse = true
}

function memberOf(header: TarHeader, extension: Extension, name: string, start: number, end: number): Member {
  const target = extension.link ?? header.link
  if (header.flag === '2') return { kind: 'symlink', target }
  if (header.flag === '1') return { kind: 'hardlink', target }
  // Old writers mark a directory only by its slash.
  const plain = '0\x007'.includes(header.flag) && !extension.sparse && !name.endsWith('/')
  return plain ? { kind: 'file', start, end } : { kind: 'other' }
}

function noTar(label: string): LayerDiffError {
  return new LayerDiffError(
    'IMAGE_UNKNOWN_FORMAT',
    `${label} is no tar archive, so it holds no image. Give a file that \`docker save\` or \`skopeo copy\` wrote, or an OCI layout.`,
  )
}
