// The tar reader: a state machine that is pushed bytes, cut wherever they happen to be cut.
//
// Takes: uncompressed tar bytes. Gives: entries to layer.ts, the content of files to blake3.ts, in place, without a copy.
// Dialects: v7, ustar, GNU, pax and star, as header.ts, pax.ts and sparse.ts read them; where writers and standards part,
// Go's archive/tar decides, since the tools that unpack layers are built on it.
//
//            +-> Meta -> (skip padding) -+
//   Header --+-> GnuMap -----------------+-> Header          End: both zero blocks seen; the rest is for digests only
//     ^      +-> TextMap -> Content -> (skip padding) -> Header
//     |      +-> Content ---------------------^
//     +------+ (skip)

import * as blake3 from './blake3'
import * as h from './header'
import * as layer from './layer'
import * as pax from './pax'
import * as sparse from './sparse'
import { ENTRY_FLAGS, ENTRY_PAYLOAD, EntryType, FLAG_HASHED } from './records'
import { Dialect } from './header'
import { Vec } from './memory'
import { Status, Warning, fail } from './status'

const enum State {
  /** Between entries: wants a block of 512 bytes. */
  Header,
  /** In the body of a pax header or a GNU long name. */
  Meta,
  /** Wants a block of old GNU sparse entries. */
  GnuMap,
  /** In the text map of a sparse file of version 1.0. */
  TextMap,
  /** In the content of a file that is hashed. */
  Content,
  End,
}

let state: State = State.Header
/** Tar bytes consumed so far: the offset of the next byte. */
let position: u64 = 0
/** Bytes of the current body or content still to come. */
let left: u64 = 0
/** Bytes to pass over before the state goes on: data that nobody wants, and padding. */
let skip: u64 = 0
/** Bytes that fill the last block of the body or content at hand: 0 to 511. */
let padding: u64 = 0

/** A block that arrived in pieces, and how much of it is there. */
const block = memory.data(512, 16)
let held: usize = 0
/** Zero blocks seen in a row: the second ends the archive. */
let zeroBlocks: u32 = 0
/** Whether there was any header. */
let begun = false

/** Bodies: the one that is being read, and those that wait for their entry. */
const body = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const longName = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const longLink = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
const paxBody = changetype<Vec>(memory.data(offsetof<Vec>(), 16))
/** Typeflag of the body that is being read. */
let bodyType: u8 = 0
let hasLongName = false
let hasLongLink = false
/** Whether a pax header, long name or long link waits for its entry. */
let pending = false

/** A ustar prefix, a slash and a name. */
const joined = memory.data(256, 16)

// The file whose content is being hashed: its offset in ENTRIES, whole size, and whether it has holes.
let file: i32 = -1
let fileSize: u64 = 0
let isSparse = false

// Limits. Work is what the layer costs to read: tar bytes, and the zeros that fill the holes of sparse files.
let layerLimit: u64 = 0
let metaLimit: u64 = 0
let expansionLimit: u64 = 0
let holes: u64 = 0
let sourceBytes: u64 = 0
/** Whether contents are passed over, to be read later if at all. */
let passesContents = false
/** The whole of an archive without entries, as tar writes one: a record of 20 blocks. */
const LONGEST_EMPTY: u64 = 20 * 512
/** Below this much work no expansion is suspicious. */
const EXPANSION_FLOOR: u64 = 1 << 30

export function begin(layerBytes: u64, metaBytes: u64, expansion: u64): void {
  passesContents = false
  layerLimit = layerBytes
  metaLimit = metaBytes
  expansionLimit = expansion
  state = State.Header
  position = 0
  left = 0
  skip = 0
  padding = 0
  held = 0
  zeroBlocks = 0
  begun = false
  holes = 0
  sourceBytes = 0
  file = -1
  body.clear()
  longName.clear()
  longLink.clear()
  paxBody.clear()
  hasLongName = false
  hasLongLink = false
  pending = false
  pax.begin()
  sparse.begin()
}

/** Offset of the next byte of the tar. */
export function offset(): u64 { return position }

/** From here on, headers are read and contents are passed over; entries of such files have no hash. */
export function passContents(): void {
  passesContents = true
}

/** Bytes that nobody wants, from the next one on: the host may leave them out, and say so with `pass`. */
export function skippable(): u64 {
  // After the end blocks nothing counts any more, but that there is nothing where nothing came before them.
  if (state == State.End) return begun ? (1 << 53) - 1 : 0
  return skip
}

/** The host has left out bytes that are skippable. */
export function pass(bytes: u64): void {
  if (state != State.End) skip -= bytes
  position += bytes
}

/** Fails when the layer costs more to read than its limits allow. */
function checkWork(): void {
  const work = position + holes
  if (work > layerLimit || work < holes) fail(Status.LimitLayerBytes)
  if (work > EXPANSION_FLOOR && work / expansionLimit > sourceBytes) fail(Status.LimitExpansion)
}

/** Reads `length` bytes of tar. `source` is how many bytes of the layer as stored have given all tar bytes so far. */
export function scan(at: usize, length: usize, source: u64): void {
  const end = at + length
  sourceBytes = source
  while (at < end) {
    const room = end - at
    if (skip > 0) {
      const taken = <usize>min(skip, <u64>room)
      skip -= taken
      position += taken
      at += taken
      continue
    }
    let taken: usize
    switch (state) {
      case State.Header:
      case State.GnuMap: {
        taken = takeBlock(at, room)
        break
      }
      case State.Meta: {
        taken = <usize>min(left, <u64>room)
        memory.copy(body.push(taken), at, taken)
        left -= taken
        position += taken
        if (left == 0) endMeta()
        break
      }
      case State.TextMap: {
        taken = sparse.readText(at, <usize>min(left, <u64>room))
        left -= taken
        position += taken
        if (sparse.mapCost() > metaLimit) fail(Status.LimitMetaBytes)
        if (sparse.textComplete()) startSparse()
        else if (left == 0) fail(Status.TarSparse)
        break
      }
      case State.Content: {
        taken = <usize>min(left, <u64>room)
        if (isSparse) sparse.content(at, taken)
        else blake3.update(at, taken)
        left -= taken
        position += taken
        if (left == 0) endContent()
        break
      }
      default: {
        taken = room
        if (!begun) expectZeros(at, taken)
        position += taken
      }
    }
    at += taken
  }
  checkWork()
}

/** No more bytes come: what stopped where? */
export function finish(): void {
  if (position == 0) fail(Status.TarEmpty)
  if (position < h.BLOCK) fail(Status.TarShort)
  if (state == State.End) {
    if (begun || position <= LONGEST_EMPTY) return
    layer.enter(0)
    layer.warn(Warning.OnlyZeros)
    return
  }
  // `umoci insert` writes no padding behind the last content, and Go, which unpacks it, misses none.
  if (state != State.Header || held != 0 || skip > padding || pending) fail(Status.TarTruncated)
  layer.enter(position)
  layer.warn(Warning.TrailingBlocksMissing)
}

/** What begins with zeros may be a disk image, and no empty archive: then bytes follow that are none. */
function expectZeros(at: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) {
    if (load<u8>(at + i) == 0) continue
    position += i
    fail(Status.TarChecksum)
  }
}

/** Takes what there is of a block, and hands it on when it is whole. */
function takeBlock(at: usize, room: usize): usize {
  let from = at
  let taken: usize = h.BLOCK
  if (held != 0 || room < h.BLOCK) {
    taken = min(h.BLOCK - held, room)
    memory.copy(block + held, at, taken)
    held += taken
    if (held < h.BLOCK) {
      position += taken
      return taken
    }
    held = 0
    from = block
  }
  // `position` stays at the block's start while it is read: the place of a fault.
  position -= h.BLOCK - taken
  if (state == State.Header) readHeader(from)
  else readGnuMap(from)
  position += h.BLOCK
  return taken
}

function readHeader(header: usize): void {
  layer.enter(position)
  if (h.isZeroBlock(header)) {
    // Headers that announce an entry which never comes.
    if (pending) fail(Status.TarTruncated)
    if (++zeroBlocks == 2) state = State.End
    return
  }
  if (zeroBlocks != 0 || !h.checksumMatches(header)) fail(Status.TarChecksum)
  begun = true
  const type = load<u8>(header + h.TYPEFLAG)
  const size = h.number(header + h.SIZE, 12)
  if (size < 0) fail(Status.TarNumber)
  switch (type) {
    case 0x78: // x: pax header of the next entry
    case 0x4c: // L: GNU long name
    case 0x4b: { // K: GNU long link
      if (<u64>size > metaLimit) fail(Status.LimitMetaBytes)
      pending = true
      bodyType = type
      body.length = 0
      left = <u64>size
      state = State.Meta
      if (size == 0) endMeta()
      return
    }
    case 0x67: // g: pax header of the whole archive. Nothing that unpacks layers heeds it; Go forgets what came before it
      skipAll(<u64>size)
      forget()
      return
    default:
      readEntry(header, type, size)
  }
}

/** What a body or content of `size` bytes lacks to whole blocks. */
function paddingOf(size: u64): u64 {
  return -size & 511
}

/** Passes over a body or content of `size` bytes. */
function skipAll(size: u64): void {
  padding = paddingOf(size)
  skip = size + padding
}

function endMeta(): void {
  padding = paddingOf(body.length)
  skip = padding
  state = State.Header
  if (bodyType == 0x78) {
    // A second pax header replaces the first.
    paxBody.length = 0
    memory.copy(paxBody.push(body.length), body.base, body.length)
    pax.clear()
    pax.parse(paxBody.base, paxBody.length)
    return
  }
  const target = bodyType == 0x4c ? longName : longLink
  const length = h.textLength(body.base, body.length)
  target.length = 0
  memory.copy(target.push(length), body.base, length)
  if (bodyType == 0x4c) hasLongName = length > 0 // an empty one says nothing
  else hasLongLink = length > 0
}

/** The header of an entry proper. */
function readEntry(header: usize, typeflag: u8, headerSize: i64): void {
  layer.countEntry()
  if (typeflag == 0x4d) fail(Status.TarVolume) // M: the rest of a file that another volume begins
  if (typeflag == 0x56) { // V: the archive's own label
    layer.warn(Warning.VolumeLabel)
    skipAll(<u64>headerSize)
    forget()
    return
  }

  const dialect = h.dialect(header)
  const mode = <u32>h.number(header + h.MODE, 8) & 0xfff
  let uid = h.number(header + h.UID, 8)
  let gid = h.number(header + h.GID, 8)
  let mtime = h.number(header + h.MTIME, 12)
  let nanos: u32 = 0
  let major: i64 = 0
  let minor: i64 = 0
  if (dialect != Dialect.V7) {
    major = h.number(header + h.DEVMAJOR, 8)
    minor = h.number(header + h.DEVMINOR, 8)
  }
  let size = headerSize
  if (pax.set & pax.PAX_SIZE) size = pax.size
  if (pax.set & pax.PAX_UID) uid = pax.uid
  if (pax.set & pax.PAX_GID) gid = pax.gid
  if (pax.set & pax.PAX_MTIME) {
    mtime = pax.mtime
    nanos = pax.nanos
  }
  if (size < 0) fail(Status.TarNumber)

  // Names: a GNU long name beats a pax path, which beats the header's own; a sparse file's true name beats all.
  let name = header + h.NAME
  let nameLength = h.textLength(name, h.NAME_LENGTH)
  const prefixLength = h.prefixLength(header, dialect)
  if (prefixLength > 0) {
    memory.copy(joined, header + h.PREFIX, prefixLength)
    store<u8>(joined + prefixLength, 0x2f)
    memory.copy(joined + prefixLength + 1, name, nameLength)
    name = joined
    nameLength += prefixLength + 1
  }
  if (pax.set & pax.PAX_PATH) {
    name = pax.path
    nameLength = pax.pathLength
  }
  if (hasLongName) {
    name = longName.base
    nameLength = longName.length
  }
  let link = header + h.LINKNAME
  let linkLength = h.textLength(link, h.LINKNAME_LENGTH)
  if (pax.set & pax.PAX_LINKPATH) {
    link = pax.linkpath
    linkLength = pax.linkpathLength
  }
  if (hasLongLink) {
    link = longLink.base
    linkLength = longLink.length
  }

  // Version 0 of GNU.sparse also comes without saying so; versions that nobody knows are plain files.
  const sparseNew = pax.sparseMajor == 0x31 && pax.sparseMinor == 0x30
  const sparseOld =
    (pax.sparseMajor == 0x30 && (pax.sparseMinor == 0x30 || pax.sparseMinor == 0x31)) ||
    (pax.sparseMajor == 0 && pax.sparseMinor == 0 && (pax.set & pax.PAX_SPARSE_MAP) != 0)
  const gnuSparse = typeflag == 0x53 // S
  let whole = <u64>size
  if (gnuSparse) {
    if (dialect != Dialect.Gnu) fail(Status.TarSparse)
    const realsize = h.number(header + h.GNU_REALSIZE, 12)
    if (realsize < 0) fail(Status.TarNumber)
    whole = <u64>realsize
  } else if (sparseNew || sparseOld) {
    if (pax.set & pax.PAX_SPARSE_NAME) {
      name = pax.sparseName
      nameLength = pax.sparseNameLength
    }
    const realsize =
      pax.set & pax.PAX_SPARSE_SIZE ? pax.sparseSize : pax.set & pax.PAX_SPARSE_REALSIZE ? pax.sparseRealsize : size
    if (realsize < 0) fail(Status.TarSparse)
    whole = <u64>realsize
  }

  const type = h.entryType(typeflag, name, nameLength)
  // Of an old directory too, whatever its size says: what follows is the next header, as Go has it.
  const dataless = (typeflag >= 0x31 && typeflag <= 0x36) || (typeflag == 0 && type == EntryType.Directory)
  if ((sparseNew || sparseOld) && !gnuSparse && dataless) fail(Status.TarSparse)

  const isDevice = type == EntryType.Char || type == EntryType.Block
  const at = layer.addEntry(
    name, nameLength, type, mode, id(uid), id(gid), whole, mtime, nanos,
    link, linkLength, isDevice ? <u32>id(major) : 0, isDevice ? <u32>id(minor) : 0,
  )
  if (!h.isKnown(typeflag)) layer.warn(Warning.UnknownType)

  isSparse = gnuSparse || sparseNew || sparseOld
  file = at
  fileSize = whole
  if (dataless) {
    forget()
    return
  }
  left = <u64>size
  padding = paddingOf(left)
  if (isSparse) {
    sparse.startMap()
    if (gnuSparse) {
      sparse.readGnuEntries(header + h.GNU_SPARSE, h.GNU_SPARSE_ENTRIES)
      state = State.GnuMap
      if (load<u8>(header + h.GNU_ISEXTENDED) == 0) startSparse()
    } else if (sparseNew) {
      sparse.startText()
      state = State.TextMap
      if (left == 0) fail(Status.TarSparse)
    } else {
      sparse.readPaxMap()
      startSparse()
    }
  } else if (at < 0 || (passesContents && left > 0)) {
    // What is sparse lies in pieces that only its map knows, and is never passed over.
    skip = left + padding
  } else {
    startContent()
  }
  forget()
}

/** What the header before it said holds for one entry only. */
function forget(): void {
  pax.clear()
  hasLongName = false
  hasLongLink = false
  pending = false
}

/** An owner's or device's number. Some writers store -2 for nobody, which the kernel's 32 bits read as 4294967294. */
function id(value: i64): u32 {
  if (value < -0x8000_0000 || value > 0xffff_ffff) fail(Status.TarNumber)
  return <u32>value
}

function readGnuMap(from: usize): void {
  sparse.readGnuEntries(from, 21)
  if (sparse.mapCost() > metaLimit) fail(Status.LimitMetaBytes)
  if (load<u8>(from, 504) == 0) startSparse()
}

/** The map is complete: checks it, and goes on to the content. */
function startSparse(): void {
  sparse.finishMap(fileSize)
  if (sparse.dataBytes != left) fail(Status.TarSparse)
  if (file < 0) {
    // A marker, or a file in metadata: nobody wants its content.
    skip = left + padding
    state = State.Header
    return
  }
  holes += fileSize - left
  checkWork()
  startContent()
}

function startContent(): void {
  blake3.start()
  state = State.Content
  if (left == 0) endContent()
}

function endContent(): void {
  if (isSparse) sparse.finishContent(fileSize)
  const entry = layer.entries.base + file
  blake3.finish(entry + ENTRY_PAYLOAD)
  store<u8>(entry, load<u8>(entry, ENTRY_FLAGS) | FLAG_HASHED, ENTRY_FLAGS)
  file = -1
  skip = padding
  state = State.Header
}
