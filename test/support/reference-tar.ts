// The obvious tar reader: the whole archive in memory, one entry after another. It tells the engine's tests what the
// right answer is, so it is slow, and shares no code with the engine.
// Takes an uncompressed archive; gives its entries, warnings, and the error that ended it, if one did.
// Follows POSIX pax, GNU tar's manual and, where they are silent, Go's archive/tar. Names are "binary strings": one
// UTF-16 unit a byte, so that they are compared and cut as bytes.

import {
  base64Decoded,
  decimal,
  paxTime,
  percentDecoded,
  readNumber,
  readOctal,
  untilNul,
} from './reference-numbers.js'

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo'

export interface TarEntry {
  /** as the archive has it, not cleaned */
  path: string
  type: TarType
  mode: number
  uid: number
  gid: number
  /** bytes of a regular file with its holes, 0 for all else */
  size: number
  mtime: number
  mtimeNanos: number
  link: string | null
  device: { major: number; minor: number } | null
  xattrs: Map<string, string>
  /** the stored bytes of a regular file */
  data: Uint8Array
  /** where `data` lies in a sparse file, null in a plain one */
  map: Piece[] | null
  /** of the entry's header in the archive */
  offset: number
}

export interface Piece {
  offset: number
  length: number
}

export interface TarWarning {
  code: 'ONLY_ZEROS' | 'TRAILING_BLOCKS_MISSING' | 'UNKNOWN_TYPE' | 'VOLUME_LABEL'
  path: string | null
  offset: number
}

export interface TarResult {
  entries: TarEntry[]
  warnings: TarWarning[]
  error: { code: string; offset: number } | null
}

/** What ends a layer's reading or a merge; `code` is the engine's code for it. */
export class RefusedError extends Error {
  readonly code: string
  readonly offset: number

  constructor(code: string, offset = 0) {
    super(`${code} at ${offset}`)
    this.code = code
    this.offset = offset
  }
}

const BLOCK = 512
const MAX_PATH = 4096
const MAX_META = 1 << 20
const LINK_TYPES: Record<string, TarType> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
}

export function binary(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

export function unbinary(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

export function readTar(archive: Uint8Array): TarResult {
  const result: TarResult = { entries: [], warnings: [], error: null }
  try {
    readEntries(archive, result)
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    result.error = { code: error.code, offset: error.offset }
  }
  return result
}

/** The content of a regular file piece by piece, holes as zeros. */
export function* contentOf(entry: TarEntry): Generator<Uint8Array> {
  if (entry.map === null) {
    yield entry.data
    return
  }
  let position = 0
  let used = 0
  for (const piece of entry.map) {
    yield* zeros(piece.offset - position)
    yield entry.data.subarray(used, used + piece.length)
    used += piece.length
    position = piece.offset + piece.length
  }
  yield* zeros(entry.size - position)
}

const ZEROS = new Uint8Array(1 << 16)

function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length))
}

function readEntries(archive: Uint8Array, { entries, warnings }: TarResult): void {
  if (archive.length === 0) throw new RefusedError('TAR_EMPTY')
  let at = 0
  let pax: Map<string, string> | null = null
  let longName = ''
  let longLink = ''
  let pending = false

  const take = (length: number): Uint8Array => {
    if (at + length > archive.length) throw new RefusedError('TAR_TRUNCATED', archive.length)
    at += length
    return archive.subarray(at - length, at)
  }
  const takePadded = (length: number): Uint8Array => {
    const data = take(length)
    // At the very end of an archive, Go misses no padding.
    at = Math.min(at + ((BLOCK - (length % BLOCK)) % BLOCK), archive.length)
    return data
  }

  for (;;) {
    const offset = at
    if (at === archive.length) {
      if (pending) throw new RefusedError('TAR_TRUNCATED', offset)
      warnings.push({ code: 'TRAILING_BLOCKS_MISSING', path: null, offset })
      return
    }
    const block = take(BLOCK)
    if (isZero(block)) {
      if (pending) throw new RefusedError('TAR_TRUNCATED', offset)
      if (at === archive.length) warnings.push({ code: 'TRAILING_BLOCKS_MISSING', path: null, offset })
      else if (!isZero(take(BLOCK))) throw new RefusedError('TAR_CHECKSUM', offset + BLOCK)
      // An archive of nothing is followed by nothing: a disk image may begin with zeros, too.
      const more = offset === 0 ? archive.findIndex((byte) => byte !== 0) : -1
      if (more >= 0) throw new RefusedError('TAR_CHECKSUM', more)
      if (offset === 0 && archive.length > 10_240) warnings.push({ code: 'ONLY_ZEROS', path: null, offset: 0 })
      return
    }
    checkSum(block, offset)

    const extension = String.fromCharCode(block[156] ?? 0)
    if ('xgLKV'.includes(extension)) {
      const size = Number(readNumber(binary(block.subarray(124, 136))) ?? -1)
      if (!Number.isSafeInteger(size) || size < 0) throw new RefusedError('TAR_NUMBER', offset)
      if ('xLK'.includes(extension) && size > MAX_META) throw new RefusedError('LIMIT_META_BYTES', offset)
      // A header of the whole archive says nothing of a layer, and is not even read. A label is no entry either.
      const text = 'gV'.includes(extension) ? void takePadded(size) : binary(takePadded(size))
      // An empty name says nothing, as Go has it.
      if (extension === 'L') longName = untilNul(text ?? '')
      else if (extension === 'K') longLink = untilNul(text ?? '')
      else if (extension === 'x') pax = readRecords(text ?? '', offset)
      if (extension === 'V') warnings.push({ code: 'VOLUME_LABEL', path: null, offset })
      pending = 'xLK'.includes(extension)
      // What was said for the next entry is forgotten, as Go has it.
      if (!pending) {
        pax = null
        longName = ''
        longLink = ''
      }
      continue
    }
    const header = readHeader(block, offset)
    if (header.size < 0) throw new RefusedError('TAR_NUMBER', offset)

    // The last x header alone counts; GNU's long names beat it, as Go has it.
    const records = pax ?? new Map<string, string>()
    const entry = applyRecords(header, records, offset)
    if (entry.size < 0) throw new RefusedError('TAR_NUMBER', offset)
    if (longName !== '') entry.path = longName
    if (longLink !== '') entry.link = longLink
    pax = null
    longName = ''
    longLink = ''
    pending = false

    // Only the NUL flag of old archives turns a trailing slash into a directory.
    const flag = header.flag === '\0' ? (entry.path.endsWith('/') ? '5' : '0') : header.flag
    if (flag === 'M') throw new RefusedError('TAR_VOLUME', offset)
    // The kernel's numbers have 32 bits, and some writers' a sign.
    const ids = flag === '3' || flag === '4' ? [entry.device?.major, entry.device?.minor] : []
    for (const id of [entry.uid, entry.gid, ...ids]) {
      if (id !== undefined && (id < -(2 ** 31) || id >= 2 ** 32)) throw new RefusedError('TAR_NUMBER', offset)
    }
    const linkType = LINK_TYPES[flag]
    // Types 1 to 6 carry no data, whatever their size says.
    const stored = linkType === undefined ? entry.size : 0
    if (stored < 0) throw new RefusedError(records.get('size') ? 'TAR_PAX_RECORD' : 'TAR_NUMBER', offset)

    const sparse =
      flag === 'S'
        ? readOldSparse(block, header.dialect, take, offset)
        : readPaxSparse(records, archive.subarray(at), stored, offset)
    if (sparse) {
      if (linkType !== undefined) throw new RefusedError('TAR_SPARSE', offset)
      if (sparse.name !== '') entry.path = sparse.name
      const size = sparse.size ?? entry.size
      checkPieces(sparse.pieces, size, stored - sparse.mapBytes, offset)
      entry.map = sparse.pieces
      entry.size = size
    }
    if (entry.path.includes('\0')) throw new RefusedError('TAR_PAX_RECORD', offset)
    if (entry.path.length > MAX_PATH) throw new RefusedError('LIMIT_PATH_BYTES', offset)
    const data = takePadded(stored).subarray(sparse?.mapBytes ?? 0)

    entry.type = linkType ?? (flag === 'D' ? 'directory' : 'file')
    if (!'01234567DS'.includes(flag)) warnings.push({ code: 'UNKNOWN_TYPE', path: entry.path, offset })
    if (entry.type === 'file') entry.data = data
    else entry.size = 0
    if (entry.type !== 'symlink' && entry.type !== 'hardlink') entry.link = null
    if (entry.type !== 'char' && entry.type !== 'block') entry.device = null
    entries.push(entry)
  }
}

// ---- one header

interface Header extends TarEntry {
  flag: string
  dialect: 'v7' | 'ustar' | 'gnu' | 'star'
}

/** The sum of all bytes, the checksum's own as spaces; some old tars took bytes as signed. */
function checkSum(block: Uint8Array, offset: number): void {
  let unsigned = 0
  let signed = 0
  for (let index = 0; index < BLOCK; index++) {
    const summed = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0)
    unsigned += summed
    signed += summed < 128 ? summed : summed - 256
  }
  const stated = readOctal(binary(block.subarray(148, 156)))
  if (stated === null || (stated !== BigInt(unsigned) && stated !== BigInt(signed))) {
    throw new RefusedError('TAR_CHECKSUM', offset)
  }
}

function readHeader(block: Uint8Array, offset: number): Header {
  const field = (from: number, length: number) => binary(block.subarray(from, from + length))
  const text = (from: number, length: number) => {
    const nul = block.indexOf(0, from)
    return field(from, nul < 0 ? length : Math.min(nul - from, length))
  }
  const number = (from: number, length: number) => {
    const value = readNumber(field(from, length))
    if (value === null) throw new RefusedError('TAR_NUMBER', offset)
    return value
  }

  const magic = field(257, 8)
  const dialect =
    magic === 'ustar  \0' ? 'gnu' : !magic.startsWith('ustar\0') ? 'v7' : field(508, 4) === 'tar\0' ? 'star' : 'ustar'
  // GNU keeps times where ustar has its prefix; star's prefix is shorter, its times follow. Go before 1.8 wrote a prefix
  // into GNU headers too: when the times are no numbers and the text is ASCII, it is one.
  const isTime = (at: number) => block[at] === 0 || readNumber(field(at, 12)) !== null
  const goPrefix = dialect === 'gnu' && !(isTime(345) && isTime(357)) ? text(345, 155) : ''
  const prefix =
    dialect === 'ustar'
      ? text(345, 155)
      : dialect === 'star'
        ? text(345, 131)
        : /^[\0-\x7f]*$/.test(goPrefix)
          ? goPrefix
          : ''
  const name = text(0, 100)
  const flag = field(156, 1)
  // Read for what they are in every header, and used in a device's.
  const device = dialect === 'v7' ? { major: 0n, minor: 0n } : { major: number(329, 8), minor: number(337, 8) }
  return {
    flag,
    dialect,
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: 'file',
    mode: Number(BigInt.asUintN(12, number(100, 8))),
    uid: Number(number(108, 8)),
    gid: Number(number(116, 8)),
    size: Number(number(124, 12)),
    mtime: Number(number(136, 12)),
    mtimeNanos: 0,
    link: text(157, 100),
    device: { major: Number(device.major), minor: Number(device.minor) },
    xattrs: new Map(),
    data: new Uint8Array(0),
    map: null,
    offset,
  }
}

function isZero(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false
  return true
}

// ---- pax records

const TEXTS = ['path', 'linkpath', 'uname', 'gname', 'GNU.sparse.name']
const NUMBERS = ['size', 'uid', 'gid', 'GNU.sparse.size', 'GNU.sparse.realsize', 'GNU.sparse.numblocks']

function readRecords(text: string, offset: number): Map<string, string> {
  const bad = () => new RefusedError('TAR_PAX_RECORD', offset)
  const records = new Map<string, string>()
  const sparse: string[] = []
  let rest = text
  while (rest !== '') {
    const space = rest.indexOf(' ')
    const length = decimal(rest.slice(0, Math.max(space, 0)))
    if (length === null || length < 5 || length > rest.length || length <= space + 1) throw bad()
    const record = rest.slice(space + 1, length)
    rest = rest.slice(length)
    const equals = record.indexOf('=')
    if (!record.endsWith('\n') || equals < 1) throw bad()
    const key = record.slice(0, equals)
    const value = record.slice(equals + 1, -1)
    if (key.includes('\0')) throw bad()
    if (TEXTS.includes(key) && value.includes('\0')) throw bad()
    // Whatever a later record says, and whether or not it is used.
    if (NUMBERS.includes(key) && value !== '' && decimal(value) === null) throw bad()
    if (key === 'mtime' && value !== '' && paxTime(value) === null) throw bad()
    if (key === 'GNU.sparse.map' && value !== '') {
      const numbers = value.split(',')
      if (numbers.length % 2 !== 0 || numbers.map(decimal).includes(null)) throw bad()
    }
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      // Sparse 0.0 repeats its keys, which come in turn: they become the map of 0.1.
      const expected = sparse.length % 2 === 0 ? 'GNU.sparse.offset' : 'GNU.sparse.numbytes'
      if (key !== expected || decimal(value) === null) throw bad()
      sparse.push(value)
    } else {
      // The last one counts, and where it stands.
      records.delete(key)
      records.set(key, value)
    }
  }
  if (sparse.length % 2 !== 0) throw bad()
  if (sparse.length > 0) records.set('GNU.sparse.map', sparse.join(','))
  return records
}

/** The header with what its records change; an empty value changes nothing. */
function applyRecords(header: Header, records: Map<string, string>, offset: number): TarEntry {
  const { flag: _, dialect: __, ...entry } = header
  const need = <T>(value: T | null): T => {
    if (value === null) throw new RefusedError('TAR_PAX_RECORD', offset)
    return value
  }
  for (const prefix of ['LIBARCHIVE.xattr.', 'SCHILY.xattr.']) {
    for (const [key, value] of records) {
      if (!key.startsWith(prefix)) continue
      const name = key.slice(prefix.length)
      if (name === '') continue
      if (prefix === 'SCHILY.xattr.') entry.xattrs.set(name, value)
      else entry.xattrs.set(percentDecoded(name), base64Decoded(value))
    }
  }
  for (const [key, value] of records) {
    if (value === '') continue
    if (key === 'path') entry.path = value
    else if (key === 'linkpath') entry.link = value
    else if (key === 'uid') entry.uid = need(decimal(value))
    else if (key === 'gid') entry.gid = need(decimal(value))
    else if (key === 'size') entry.size = need(decimal(value))
    else if (key === 'mtime') [entry.mtime, entry.mtimeNanos] = need(paxTime(value))
  }
  return entry
}

// ---- sparse files

interface SparseMap {
  name: string
  /** null where no record says it */
  size: number | null
  pieces: Piece[]
  /** bytes of the data that hold the map (sparse 1.0) */
  mapBytes: number
}

/** GNU's own: 4 pieces in the header, 21 in each block that follows it while the last one says so. */
function readOldSparse(
  header: Uint8Array,
  dialect: Header['dialect'],
  take: (length: number) => Uint8Array,
  offset: number,
): SparseMap {
  if (dialect !== 'gnu') throw new RefusedError('TAR_SPARSE', offset)
  const pieces: Piece[] = []
  const number = (field: string) => {
    const value = Number(readNumber(field) ?? Number.NaN)
    if (Number.isNaN(value)) throw new RefusedError('TAR_SPARSE', offset)
    return value
  }
  const readTable = (table: string, count: number) => {
    for (let index = 0; index < count; index++) {
      const from = 24 * index
      if (table[from] === '\0') return
      pieces.push({ offset: number(table.slice(from, from + 12)), length: number(table.slice(from + 12, from + 24)) })
    }
  }
  const text = binary(header)
  const size = number(text.slice(483, 495))
  readTable(text.slice(386), 4)
  let more = text[482] !== '\0'
  while (more) {
    const block = binary(take(BLOCK))
    readTable(block, 21)
    more = block[504] !== '\0'
  }
  return { name: '', size, pieces, mapBytes: 0 }
}

function readPaxSparse(
  records: Map<string, string>,
  rest: Uint8Array,
  stored: number,
  offset: number,
): SparseMap | null {
  const get = (key: string) => records.get(`GNU.sparse.${key}`) ?? ''
  const bad = () => new RefusedError('TAR_SPARSE', offset)
  const [major, minor] = [get('major'), get('minor')]
  const version = `${major}.${minor}`
  if (major !== '' || minor !== '') {
    if (!['0.0', '0.1', '1.0'].includes(version)) return null
  } else if (get('map') === '') {
    return null
  }
  const sizeText = get('size') || get('realsize')
  const size = sizeText === '' ? null : decimal(sizeText)
  if (size === null && sizeText !== '') throw bad()

  let numbers: (number | null)[]
  let mapBytes = 0
  if (version === '1.0') {
    // The map opens the data: a count, then offset and length of each piece, a line each, padded to a block.
    const text = binary(rest.subarray(0, Math.min(stored, rest.length)))
    let at = 0
    const line = () => {
      const end = text.indexOf('\n', at)
      if (end < 0) throw stored > rest.length ? new RefusedError('TAR_TRUNCATED', offset) : bad()
      const value = decimal(text.slice(at, end))
      if (value === null) throw bad()
      at = end + 1
      return value
    }
    const count = line()
    if (count < 0) throw bad()
    numbers = []
    for (let index = 0; index < 2 * count; index++) numbers.push(line())
    mapBytes = Math.ceil(at / BLOCK) * BLOCK
    if (mapBytes > stored) throw bad()
  } else {
    numbers = get('map') === '' ? [] : get('map').split(',').map(decimal)
    const count = decimal(get('numblocks'))
    if (count === null || numbers.length !== 2 * count) throw bad()
  }
  const pieces: Piece[] = []
  for (let index = 0; index < numbers.length; index += 2) {
    const [start, length] = [numbers[index] ?? null, numbers[index + 1] ?? null]
    if (start === null || length === null) throw bad()
    pieces.push({ offset: start, length })
  }
  return { name: get('name'), size, pieces, mapBytes }
}

function checkPieces(pieces: Piece[], size: number, stored: number, offset: number): void {
  let end = 0
  let sum = 0
  for (const piece of pieces) {
    const fits = piece.length >= 0 && piece.offset >= end && piece.offset + piece.length <= size
    if (!fits) throw new RefusedError('TAR_SPARSE', offset)
    end = piece.offset + piece.length
    sum += piece.length
  }
  // Data that the map leaves over, or that it lacks, is a lie about one of the two.
  if (size < 0 || sum !== stored) throw new RefusedError('TAR_SPARSE', offset)
}
