// The members of an archive, in order, told by their headers alone.
//
// Takes: bytes that are asked for by ascending offsets. Gives: each member's name and where its content lies, or where it
// leads. Whatever lies between headers is not asked for, so that one reader serves both archives that can be read anywhere
// and those that pass by once. Spec: POSIX pax, GNU tar; see tar-header.ts.

import type { Limits } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { decodeText } from '../text.js'
import { BLOCK, checksumFits, decodeHeader, paxRecords, type TarHeader } from './tar-header.js'

/** An image's archive has some members a layer; what has more is something else, most likely a layer. */
const MOST_MEMBERS = 250_000

export type TarMember =
  | { readonly name: string; readonly kind: 'file'; readonly start: number; readonly end: number }
  | { readonly name: string; readonly kind: 'symlink' | 'hardlink'; readonly target: string }
  | { readonly name: string; readonly kind: 'other' }

/** An archive's bytes. */
export interface ArchiveBytes {
  /** What messages call the archive. */
  readonly label: string
  /** Infinite where nobody knows. */
  readonly size: number
  /** Bytes from an offset on, which is never below the one before; fewer than asked for only at the end. */
  at(offset: number, length: number): Promise<Uint8Array>
}

/** What extended headers say of the member that follows them: the last pax header, and GNU's, which beat it. */
interface Extension {
  readonly pax: PaxHeader
  readonly name?: string | undefined
  readonly link?: string | undefined
}

/** An empty value keeps what the header says. */
interface PaxHeader {
  readonly name?: string | undefined
  readonly link?: string | undefined
  readonly size?: number | undefined
  readonly sparse?: boolean
  /** A sparse member's own, which beats every other. */
  readonly sparseName?: string | undefined
}

const NOTHING: Extension = { pax: {} }

/** @throws {LayerDiffError} IMAGE_UNKNOWN_FORMAT for what is no tar, and what a tar's damage is called */
export async function* tarMembers(bytes: ArchiveBytes, limits: Limits): AsyncGenerator<TarMember> {
  const { label } = bytes
  let extension = NOTHING
  let count = 0
  for (let offset = 0; ; ) {
    const block = await bytes.at(offset, BLOCK)
    if (block.byteLength === 0) return
    if (block.byteLength < BLOCK) throw offset === 0 ? noTar(label) : truncated(bytes, offset)
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
      const map = await bytes.at(start, BLOCK)
      if (map.byteLength < BLOCK) throw truncated(bytes, start, header.name)
      more = map[504] !== 0
    }
    const meta = 'xgLK'.includes(header.flag)
    const size = meta ? header.size : carriesData(header, extension) ? (extension.pax.size ?? header.size) : 0
    const end = start + size
    if (end > bytes.size) throw truncated(bytes, offset, nameOf(header, extension))
    offset = start + Math.ceil(size / BLOCK) * BLOCK
    if (meta) {
      if (size > limits.metaBytes) {
        throw new LayerDiffError(
          'LIMIT_META_BYTES',
          `A header in ${label} has ${size} bytes, over the limit of ${limits.metaBytes} (limits.metaBytes). Do not trust it.`,
          { offset: start },
        )
      }
      const content = await bytes.at(start, size)
      if (content.byteLength < size) throw truncated(bytes, start, header.name)
      // Global headers hold nothing that locates a member, and Go forgets what came before one.
      extension = header.flag === 'g' ? NOTHING : extended(extension, header.flag, content, start)
      continue
    }
    if (++count > MOST_MEMBERS) {
      throw new LayerDiffError(
        'LIMIT_ENTRIES',
        `${label} has over ${MOST_MEMBERS} members, and no image's archive has. If it is a layer, give it as one.`,
      )
    }
    yield memberOf(header, extension, start, end)
    extension = NOTHING
  }
}

export function truncated({ label, size }: ArchiveBytes, offset: number, path?: string): LayerDiffError {
  const where = Number.isFinite(size) ? ` (byte ${size})` : ''
  return new LayerDiffError(
    'TAR_TRUNCATED',
    `${label} ends too early${where}. It was cut off: export or download it again.`,
    { offset, path },
  )
}

/** Links, devices and directories do not, whatever their size says; old writers mark a directory only by its slash. */
function carriesData(header: TarHeader, extension: Extension): boolean {
  const { flag } = header
  return !'123456'.includes(flag) && !(flag === '\0' && nameOf(header, extension).endsWith('/'))
}

function nameOf(header: TarHeader, { name, pax }: Extension): string {
  return (header.flag === 'S' ? undefined : pax.sparseName) ?? name ?? pax.name ?? header.name
}

function extended(extension: Extension, flag: string, bytes: Uint8Array, offset: number): Extension {
  if (flag === 'x') return { ...extension, pax: paxHeader(bytes, offset) }
  const end = bytes.indexOf(0)
  // An empty one says nothing.
  const text = decodeText(end < 0 ? bytes : bytes.subarray(0, end)).text || undefined
  return flag === 'L' ? { ...extension, name: text } : { ...extension, link: text }
}

function paxHeader(bytes: Uint8Array, offset: number): PaxHeader {
  const records = paxRecords(bytes, offset)
  const size = records.get('size') || undefined
  if (size && (!/^\d+$/.test(size) || !Number.isSafeInteger(Number(size)))) {
    throw new LayerDiffError(
      'TAR_PAX_RECORD',
      `The archive's pax header at byte ${offset} has a size that is no number. Export the archive again.`,
      { offset },
    )
  }
  return {
    name: records.get('path') || undefined,
    link: records.get('linkpath') || undefined,
    size: size === undefined ? undefined : Number(size),
    sparse: [...records.keys()].some((key) => key.startsWith('GNU.sparse.')),
    sparseName: isSparse(records) ? records.get('GNU.sparse.name') || undefined : undefined,
  }
}

/** Whether Go takes the member for a sparse one: versions that it does not know say nothing. */
function isSparse(records: ReadonlyMap<string, string>): boolean {
  const said = (key: string) => records.get(`GNU.sparse.${key}`) ?? ''
  const version = `${said('major')}.${said('minor')}`
  return (
    ['0.0', '0.1', '1.0'].includes(version) ||
    (version === '.' && Boolean(records.get('GNU.sparse.offset') ?? said('map')))
  )
}

function memberOf(header: TarHeader, extension: Extension, start: number, end: number): TarMember {
  const name = nameOf(header, extension)
  const target = extension.link ?? extension.pax.link ?? header.link
  if (header.flag === '2') return { name, kind: 'symlink', target }
  if (header.flag === '1') return { name, kind: 'hardlink', target }
  // Old writers mark a directory only by its slash.
  const plain = '0\x007'.includes(header.flag) && !extension.pax.sparse && !name.endsWith('/')
  return plain ? { name, kind: 'file', start, end } : { name, kind: 'other' }
}

function noTar(label: string): LayerDiffError {
  return new LayerDiffError(
    'IMAGE_UNKNOWN_FORMAT',
    `${label} is no tar archive, so it holds no image. Give a file that \`docker save\` or \`skopeo copy\` wrote, or an OCI layout.`,
  )
}
