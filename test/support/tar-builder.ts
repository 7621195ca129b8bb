// Builds tar archives byte by byte, right ones and broken ones, for tests in Node and in the browser.
// Takes a list of parts (entries, raw bytes, helpers), gives one Uint8Array. Nothing is hidden: a size, checksum or
// block may be overridden, and every dialect the reader knows can be written: v7, ustar, GNU, PAX and star.

export type Bytes = string | Uint8Array
export type Dialect = 'v7' | 'ustar' | 'gnu' | 'pax' | 'star'
export type PaxRecords = readonly (readonly [key: Bytes, value: Bytes])[]

export interface Sparse {
  format: 'gnu' | '0.0' | '0.1' | '1.0'
  /** size of the file with its holes */
  size: number
  /** [offset, length] of each piece of data; `content` holds these pieces one after another */
  map: readonly (readonly [offset: number, length: number])[]
}

export interface TarPart {
  path: Bytes
  /** a name of FLAGS, or any single character, taken as the type flag itself */
  type?: string
  content?: Bytes
  mode?: number
  uid?: number | bigint
  gid?: number | bigint
  /** whole seconds, rounded down */
  mtime?: number | bigint
  /** 0 to 999999999, added to mtime: only the pax dialect can write them */
  nanos?: number
  link?: Bytes
  device?: { major: number; minor: number }
  xattrs?: Record<string, Bytes>
  dialect?: Dialect
  /** records for the x header before this entry, after those the entry needs itself, in any dialect */
  pax?: PaxRecords
  sparse?: Sparse
  /** what the size field says, whatever the content is */
  size?: number | bigint
  /** `base256` writes all numbers so; default: octal wherever it fits */
  numbers?: 'octal' | 'base256'
  checksum?: 'unsigned' | 'signed' | 'bad'
  /** changes header bytes before the checksum is made */
  patch?: (header: Uint8Array) => void
  /** leaves out the padding after the content */
  unpadded?: boolean
}

export interface TarOptions {
  /** zero blocks at the end; default 2 */
  endBlocks?: number
  /** bytes after the end blocks */
  trailing?: Uint8Array
}

const BLOCK = 512
const FLAGS: Record<string, string> = {
  file: '0',
  'old-file': '\0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  contiguous: '7',
}
const encoder = new TextEncoder()

/** The archive of these parts; a Uint8Array among them goes in as it is. */
export function tar(parts: readonly (TarPart | Uint8Array)[], options: TarOptions = {}): Uint8Array {
  const blocks = parts.map((part) => (part instanceof Uint8Array ? part : entryBytes(part)))
  return concat([...blocks, new Uint8Array(BLOCK * (options.endBlocks ?? 2)), options.trailing ?? new Uint8Array(0)])
}

export function file(path: Bytes, content: Bytes = '', more: Partial<TarPart> = {}): TarPart {
  return { path, type: 'file', content, ...more }
}

export function directory(path: Bytes, more: Partial<TarPart> = {}): TarPart {
  return { path, type: 'directory', mode: 0o755, ...more }
}

export function symlink(path: Bytes, link: Bytes, more: Partial<TarPart> = {}): TarPart {
  return { path, type: 'symlink', link, mode: 0o777, ...more }
}

export function hardlink(path: Bytes, link: Bytes, more: Partial<TarPart> = {}): TarPart {
  return { path, type: 'hardlink', link, ...more }
}

export function device(
  path: Bytes,
  type: 'char' | 'block',
  major: number,
  minor: number,
  more: Partial<TarPart> = {},
): TarPart {
  return { path, type, device: { major, minor }, ...more }
}

export function fifo(path: Bytes, more: Partial<TarPart> = {}): TarPart {
  return { path, type: 'fifo', ...more }
}

/** The marker that deletes `path`. */
export function whiteout(path: Bytes, more: Partial<TarPart> = {}): TarPart {
  const all = bytes(path)
  const cut = all.lastIndexOf(0x2f) + 1
  return { path: concat([all.subarray(0, cut), bytes('.wh.'), all.subarray(cut)]), type: 'file', mode: 0, ...more }
}

/** The marker that hides what lower layers have in `directory` ('' is the root). */
export function opaque(directory: Bytes, more: Partial<TarPart> = {}): TarPart {
  const all = bytes(directory)
  return {
    path: concat([all, bytes(all.length > 0 ? '/' : ''), bytes('.wh..wh..opq')]),
    type: 'file',
    mode: 0,
    ...more,
  }
}

/** An x header alone: it belongs to the entry after it. */
export function paxHeader(records: PaxRecords | Uint8Array, more: Partial<TarPart> = {}): Uint8Array {
  const content = records instanceof Uint8Array ? records : paxRecords(records)
  return entryBytes({ path: 'PaxHeaders/x', type: 'x', content, dialect: 'ustar', ...more })
}

export function globalHeader(records: PaxRecords | Uint8Array, more: Partial<TarPart> = {}): Uint8Array {
  return paxHeader(records, { path: 'pax_global_header', type: 'g', ...more })
}

/** GNU's long name (`L`) or long link (`K`) alone; the value ends with the NUL that GNU tar writes. */
export function gnuLong(flag: 'L' | 'K', value: Bytes, more: Partial<TarPart> = {}): Uint8Array {
  const content = concat([bytes(value), new Uint8Array(1)])
  return entryBytes({ path: '././@LongLink', type: flag, content, dialect: 'gnu', ...more })
}

/** The records with their lengths, as an x header holds them. */
export function paxRecords(records: PaxRecords): Uint8Array {
  return concat(records.map(([key, value]) => paxRecord(bytes(key), bytes(value))))
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function bytes(value: Bytes): Uint8Array {
  return typeof value === 'string' ? encoder.encode(value) : value
}

function paxRecord(key: Uint8Array, value: Uint8Array): Uint8Array {
  // The length counts its own digits, so it is found by trying.
  const rest = key.length + value.length + 3
  let size = rest + 1
  while (String(size).length + rest !== size) size++
  return concat([bytes(`${size} `), key, bytes('='), value, bytes('\n')])
}

function entryBytes(part: TarPart): Uint8Array {
  const dialect = part.dialect ?? (part.sparse?.format === 'gnu' ? 'gnu' : 'pax')
  const flag = part.sparse?.format === 'gnu' ? 'S' : (FLAGS[part.type ?? 'file'] ?? part.type ?? '0')
  const path = bytes(part.path)
  const link = bytes(part.link ?? '')
  const out: Uint8Array[] = []
  const records: [Bytes, Bytes][] = []
  let content = bytes(part.content ?? '')
  let name = path
  let prefix = new Uint8Array(0)

  if (dialect === 'gnu') {
    if (path.length > 100) out.push(gnuLong('L', path))
    if (link.length > 100) out.push(gnuLong('K', link))
  } else if (dialect === 'pax') {
    if (path.length > 100 || path.some((byte) => byte > 0x7f)) records.push(['path', path])
    if (link.length > 100 || link.some((byte) => byte > 0x7f)) records.push(['linkpath', link])
    for (const key of ['uid', 'gid'] as const) {
      const value = part[key] ?? 0
      if (!octalFits(value, 8)) records.push([key, String(value)])
    }
    const mtime = part.mtime ?? 0
    if (part.nanos || !octalFits(mtime, 12)) records.push(['mtime', paxTime(BigInt(mtime), part.nanos ?? 0)])
    if (part.size !== undefined && !octalFits(part.size, 12)) records.push(['size', String(part.size)])
  } else if (path.length > 100) {
    ;[prefix, name] = splitPath(path, dialect)
  }
  for (const [key, value] of Object.entries(part.xattrs ?? {})) records.push([`SCHILY.xattr.${key}`, value])

  const extensions: Uint8Array[] = []
  if (part.sparse) {
    const { format, size, map } = part.sparse
    if (format === '0.0') {
      records.push(['GNU.sparse.size', String(size)], ['GNU.sparse.numblocks', String(map.length)])
      for (const [offset, length] of map) {
        records.push(['GNU.sparse.offset', String(offset)], ['GNU.sparse.numbytes', String(length)])
      }
    } else if (format === '0.1') {
      records.push(['GNU.sparse.size', String(size)], ['GNU.sparse.numblocks', String(map.length)])
      records.push(['GNU.sparse.name', path], ['GNU.sparse.map', map.flat().join(',')])
      name = bytes('GNUSparseFile.0/placeholder')
    } else if (format === '1.0') {
      records.push(['GNU.sparse.major', '1'], ['GNU.sparse.minor', '0'])
      records.push(['GNU.sparse.name', path], ['GNU.sparse.realsize', String(size)])
      name = bytes('GNUSparseFile.0/placeholder')
      content = concat([padded(bytes([map.length, ...map.flat()].map((n) => `${n}\n`).join(''))), content])
    } else {
      for (let at = 4; at < map.length; at += 21) extensions.push(sparseExtension(map, at))
    }
  }
  records.push(...((part.pax ?? []) as [Bytes, Bytes][]))
  if (records.length > 0) out.push(paxHeader(records))

  const header = new Uint8Array(BLOCK)
  const number = (offset: number, width: number, value: number | bigint) =>
    putNumber(header, offset, width, value, dialect, part.numbers ?? 'octal')
  header.set(name.subarray(0, 100), 0)
  number(100, 8, part.mode ?? 0o644)
  number(108, 8, part.uid ?? 0)
  number(116, 8, part.gid ?? 0)
  number(124, 12, part.size ?? content.length)
  number(136, 12, part.mtime ?? 0)
  header.set(bytes(flag), 156)
  header.set(link.subarray(0, 100), 157)
  if (dialect !== 'v7') {
    header.set(bytes(dialect === 'gnu' ? 'ustar  \0' : 'ustar\x0000'), 257)
    number(329, 8, part.device?.major ?? 0)
    number(337, 8, part.device?.minor ?? 0)
    header.set(prefix, 345)
    if (dialect === 'star') header.set(bytes('tar\0'), 508)
  }
  if (part.sparse?.format === 'gnu') {
    putSparse(header, 386, part.sparse.map, 0, 4)
    header[482] = extensions.length > 0 ? 1 : 0
    number(483, 12, part.sparse.size)
  }
  part.patch?.(header)
  putChecksum(header, part.checksum ?? 'unsigned')
  out.push(header, ...extensions, part.unpadded ? content : padded(content))
  return concat(out)
}

/** The prefix and name fields: split at the last slash that leaves both short enough. */
function splitPath(path: Uint8Array, dialect: Dialect): [Uint8Array<ArrayBuffer>, Uint8Array] {
  const room = dialect === 'ustar' ? 155 : dialect === 'star' ? 131 : 0
  for (let slash = Math.min(room, path.length - 2); slash > 0; slash--) {
    if (path[slash] === 0x2f && path.length - slash - 1 <= 100) return [path.slice(0, slash), path.slice(slash + 1)]
  }
  throw new Error(`a path of ${path.length} bytes does not fit into ${dialect}`)
}

function octalFits(value: number | bigint, width: number): boolean {
  return value >= 0 && BigInt(value) < 1n << BigInt(3 * (width - 1))
}

function putNumber(
  header: Uint8Array,
  offset: number,
  width: number,
  value: number | bigint,
  dialect: Dialect,
  numbers: 'octal' | 'base256',
): void {
  if (numbers === 'octal' && octalFits(value, width)) {
    header.set(bytes(value.toString(8).padStart(width - 1, '0')), offset)
    header[offset + width - 1] = 0
  } else if (numbers === 'octal' && dialect === 'pax') {
    putNumber(header, offset, width, 0, dialect, numbers)
  } else if (numbers === 'octal' && (dialect === 'ustar' || dialect === 'v7')) {
    throw new Error(`${value} does not fit into an octal field of ${width} bytes`)
  } else {
    let rest = BigInt(value)
    for (let at = width - 1; at >= 0; at--) {
      header[offset + at] = Number(rest & 0xffn)
      rest >>= 8n
    }
    header[offset] = (header[offset] ?? 0) | 0x80
  }
}

function putChecksum(header: Uint8Array, kind: 'unsigned' | 'signed' | 'bad'): void {
  header.fill(0x20, 148, 156)
  const summed = kind === 'signed' ? new Int8Array(header.buffer) : header
  let sum = kind === 'bad' ? 1 : 0
  for (const byte of summed) sum += byte
  // A signed sum below zero cannot be written; no test needs one.
  header.set(bytes(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
}

function putSparse(block: Uint8Array, offset: number, map: Sparse['map'], from: number, count: number): void {
  map.slice(from, from + count).forEach(([start, length], index) => {
    putNumber(block, offset + 24 * index, 12, start, 'gnu', 'octal')
    putNumber(block, offset + 24 * index + 12, 12, length, 'gnu', 'octal')
  })
}

function sparseExtension(map: Sparse['map'], from: number): Uint8Array {
  const block = new Uint8Array(BLOCK)
  putSparse(block, 0, map, from, 21)
  block[504] = from + 21 < map.length ? 1 : 0
  return block
}

function padded(content: Uint8Array): Uint8Array {
  return concat([content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK)])
}

/** Decimal seconds; what lies between two whole seconds below zero is written as -1.5, not as -2 and a half. */
function paxTime(seconds: bigint, nanos: number): string {
  const total = seconds * 1_000_000_000n + BigInt(nanos)
  const size = total < 0n ? -total : total
  const fraction = (size % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  return `${total < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction && `.${fraction}`}`
}
