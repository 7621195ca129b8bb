// gzip: every member of a stream, inflated and checked.
//
// Takes: compressed bytes, which the host writes into the input window. Gives: the bytes of all members one after
// another, in the output window, about 128 KiB a run. Follows RFC 1952 (gzip) and RFC 1951 (DEFLATE), and zlib wherever
// they leave a choice. After the last member zeros may follow, as on tapes; anything else is a fault.
//
//   input window, 256 KiB                        output window
//   | read | unread | room | padding |           | history, 32 KiB | output of this run, 128 KiB | slack |
//          ^at      ^inputTop                                      ^outputStart       ^out
//
// The host calls `start`, and then until `run` says Done: `run`, takes the output, and on NeedInput writes to `inputAt`
// and says how much it was. The windows are static, so nothing is allocated for a stream, however large.
//
// A run stops between two symbols and keeps no bits in a buffer: `at` and `bitsUsed` say where the next bit is. Headers
// never stop half-way: while more input may come no step begins on less than RESERVE bytes, more than the longest
// header of a block has, and at the end zeros stand in for the bytes that a cut stream lacks. So there is one decoding
// loop, and no slow twin of it for the edges.

import { readCodes } from './codes'
import { crc32 } from './crc32'
import { useFixed } from './huffman'
import { Status, fail } from './status'
import { END_OF_BLOCK, MORE, decode, stopAt, stopBits, stopOut } from './symbols'

/** Why a run ended. Whatever it says, there may be output. */
export const enum Progress {
  /** Go on when more input is there, or `inputEnd` has been called. */
  NeedInput,
  /** Go on when the output has been taken. */
  Output,
  /** The stream ended well. */
  Done,
}

const enum Phase {
  Header,
  ExtraLength,
  Extra,
  Name,
  Comment,
  HeaderChecksum,
  Block,
  Stored,
  Codes,
  Trailer,
  NextMember,
  Zeros,
}

// Flags of a member (RFC 1952, section 2.3.1)
const HAS_CHECKSUM: u32 = 2
const HAS_EXTRA: u32 = 4
const HAS_NAME: u32 = 8
const HAS_COMMENT: u32 = 16
const RESERVED_FLAGS: u32 = 0xe0

const INPUT = 262144
/** The longest header of a block has 3 + 14 + 19 * 3 + 316 * (7 + 7) bits: 563 bytes. */
const RESERVE: usize = 800
/** Zeros after the last byte: twice as many as are read there. */
const PADDING = 32
const input = memory.data(INPUT + PADDING, 64)

/** How far back a match may reach. */
const HISTORY = 32768
/** 128 KiB: long enough to make the calls cheap, short enough for the engine to put in optimised code soon. */
const OUTPUT = 131072
/**
 * A turn of the loop begins before `outputLimit` and writes at most a literal, a match of 258 and 31 bytes too many.
 */
const SLACK = 320
const window = memory.data(HISTORY + OUTPUT + SLACK, 64)
const outputLimit: usize = window + HISTORY + OUTPUT

/** The next byte to read, of which the lowest `bitsUsed` bits, 0 to 7, have been read. */
let at: usize = input
let bitsUsed: u32 = 0
/** Past the last byte of input so far, and whether it is the last one of all. */
let inputTop: usize = input
let inputEnded = false
/** Bytes that left the input window. */
let inputGone: u64 = 0

/** Where the next byte goes, and where those of this run began. */
let out: usize = window + HISTORY
let outputStart: usize = out
/** The first byte of this member that is still in the window: no match may reach before it. */
let memberStart: usize = out
/** The first byte that is not in the checksum yet. */
let unchecked: usize = out
let outputTotal: u64 = 0

let phase: Phase = Phase.Header
let flags: u32 = 0
/** CRC-32 of the header so far; its low half is the checksum of a header. */
let headerChecksum: u32 = 0
/** Bytes left of the extra field or the stored block at hand. */
let left: u32 = 0
let lastBlock = false
let checksum: u32 = 0
/** Bytes of this member so far, modulo 2^32. */
let length: u32 = 0
let memberCount: u32 = 0

/** Forgets the stream at hand and expects the header of another. */
export function start(): void {
  at = inputTop = input
  bitsUsed = 0
  inputEnded = false
  inputGone = 0
  out = outputStart = memberStart = unchecked = window + HISTORY
  outputTotal = 0
  memberCount = 0
  phase = Phase.Header
}

/** Where the host writes input. Void after `inputRoom` and `fed`. */
export function inputAt(): usize {
  return inputTop
}

/** How many bytes may be written there; never 0 when `run` asked for input. */
export function inputRoom(): u32 {
  if (inputEnded) return 0
  const unread = inputTop - at
  // Only when less moves than is gained, so that asking often costs nothing.
  if (unread <= at - input) {
    memory.copy(input, at, unread)
    inputGone += at - input
    at = input
    inputTop = input + unread
  }
  return <u32>(input + INPUT - inputTop)
}

/** The host wrote `bytes` bytes. */
export function fed(bytes: u32): void {
  inputTop += bytes
}

/** No more input comes. */
export function inputEnd(): void {
  inputEnded = true
  memory.fill(inputTop, 0, PADDING)
}

/** The bytes that the last run made; to be taken before the next. */
export function outputAt(): usize {
  return outputStart
}

export function outputLength(): u32 {
  return <u32>(out - outputStart)
}

/** Compressed bytes read so far. After a fault: the place of it, give or take a symbol. */
export function bytesIn(): u64 {
  return inputGone + (at - input)
}

/** Bytes of output so far. */
export function bytesOut(): u64 {
  return outputTotal
}

/** Members that ended, with the right checksum and length. */
export function members(): u32 {
  return memberCount
}

/** Decodes until the output window is full, the input is used up or the stream ends. Returns a `Progress`. */
export function run(): i32 {
  if (out > window + (HISTORY + OUTPUT / 2)) slide()
  outputStart = unchecked = out
  const progress = advance()
  check()
  return progress
}

/** Moves the history to the front of the window. */
function slide(): void {
  const by = out - window - HISTORY
  memory.copy(window, window + by, HISTORY)
  out -= by
  memberStart = memberStart - window > by ? memberStart - by : window
}

function advance(): Progress {
  while (true) {
    if (!inputEnded && inputTop - at < RESERVE) return Progress.NeedInput
    switch (phase) {
      case Phase.Header:
        readHeader()
        break
      case Phase.ExtraLength:
        readExtraLength()
        break
      case Phase.Extra:
        skipExtra()
        break
      case Phase.Name:
        if (skipText()) phase = Phase.Comment
        break
      case Phase.Comment:
        if (skipText()) phase = Phase.HeaderChecksum
        break
      case Phase.HeaderChecksum:
        readHeaderChecksum()
        break
      case Phase.Block:
        readBlockHeader()
        break
      case Phase.Stored:
        copyStored()
        if (out >= outputLimit) return Progress.Output
        break
      case Phase.Codes:
        readSymbols()
        if (out >= outputLimit) return Progress.Output
        break
      case Phase.Trailer:
        readTrailer()
        break
      case Phase.NextMember:
        if (at == inputTop) return Progress.Done
        lookForMember()
        break
      case Phase.Zeros:
        skipZeros()
        if (inputEnded) return Progress.Done
        break
    }
  }
}

// Members.

/** The first ten bytes: magic (2), method, flags, time (4), extra flags, system. */
function readHeader(): void {
  const have = inputTop - at
  // A stream of another kind is told from a gzip stream that was cut short by what there is of it.
  if (have > 0 && load<u8>(at) != 0x1f) fail(Status.GzipHeader)
  if (have > 1 && load<u8>(at, 1) != 0x8b) fail(Status.GzipHeader)
  if (have > 2 && load<u8>(at, 2) != 8) fail(Status.GzipHeader)
  flags = load<u8>(at, 3)
  if (have > 3 && (flags & RESERVED_FLAGS) != 0) fail(Status.GzipHeader)
  headerChecksum = 0
  pass(10)
  memberStart = out
  checksum = 0
  length = 0
  phase = Phase.ExtraLength
}

function readExtraLength(): void {
  phase = Phase.Name
  if ((flags & HAS_EXTRA) == 0) return
  left = load<u16>(at)
  pass(2)
  phase = Phase.Extra
}

function skipExtra(): void {
  const bytes = min<u32>(left, <u32>(inputTop - at))
  if (bytes < left && inputEnded) fail(Status.GzipTruncated)
  pass(bytes)
  left -= bytes
  if (left == 0) phase = Phase.Name
}

/** Skips a name or a comment, which a zero ends, if there is one. Returns whether it is over. */
function skipText(): bool {
  if ((flags & (phase == Phase.Name ? HAS_NAME : HAS_COMMENT)) == 0) return true
  let end = at
  while (end < inputTop) {
    end++
    if (load<u8>(end - 1) == 0) {
      pass(end - at)
      return true
    }
  }
  if (inputEnded) fail(Status.GzipTruncated)
  pass(end - at)
  return false
}

function readHeaderChecksum(): void {
  phase = Phase.Block
  if ((flags & HAS_CHECKSUM) == 0) return
  const expected = headerChecksum & 0xffff
  const found: u32 = load<u16>(at)
  pass(2)
  if (found != expected) fail(Status.GzipHeader)
}

/** Goes on by some bytes of a header. */
function pass(bytes: usize): void {
  if (bytes > inputTop - at) fail(Status.GzipTruncated)
  if ((flags & HAS_CHECKSUM) != 0) headerChecksum = crc32(headerChecksum, at, bytes)
  at += bytes
}

/** Checksum (4) and length (4) of the member's bytes. */
function readTrailer(): void {
  if (bitsUsed != 0) {
    bitsUsed = 0
    at++
  }
  const have = inputTop - at
  if (have < 4) fail(Status.GzipTruncated)
  check()
  if (checksum != load<u32>(at)) fail(Status.GzipChecksum)
  if (have < 8) fail(Status.GzipTruncated)
  if (length != load<u32>(at, 4)) fail(Status.GzipLength)
  at += 8
  memberCount++
  phase = Phase.NextMember
}

function lookForMember(): void {
  const first = load<u8>(at)
  if (first == 0) {
    phase = Phase.Zeros
    return
  }
  if (first != 0x1f) fail(Status.GzipTrailing)
  if (inputTop - at < 2) fail(Status.GzipTruncated)
  if (load<u8>(at, 1) != 0x8b) fail(Status.GzipTrailing)
  phase = Phase.Header
}

function skipZeros(): void {
  while (at < inputTop) {
    if (load<u8>(at) != 0) fail(Status.GzipTrailing)
    at++
  }
}

/** Takes the output so far into the member's checksum and length. */
function check(): void {
  const bytes = out - unchecked
  checksum = crc32(checksum, unchecked, bytes)
  length += <u32>bytes
  outputTotal += bytes
  unchecked = out
}

// Blocks.

// @ts-ignore: decorator
@inline
function passBits(bits: u32): void {
  bitsUsed += bits
  at += bitsUsed >> 3
  bitsUsed &= 7
}

/** Fails if bits were read that the stream does not have. To be called before judging what the bits said. */
function refuseCut(): void {
  if (at + <usize>(bitsUsed != 0) > inputTop) fail(Status.GzipTruncated)
}

function readBlockHeader(): void {
  const bits = <u32>load<u16>(at) >> bitsUsed
  passBits(3)
  refuseCut()
  lastBlock = (bits & 1) != 0
  switch ((bits >> 1) & 3) {
    case 0:
      readStoredLength()
      phase = Phase.Stored
      break
    case 1:
      useFixed()
      phase = Phase.Codes
      break
    case 2:
      passBits(readCodes(at, bitsUsed, inputTop))
      phase = Phase.Codes
      break
    default:
      fail(Status.DeflateBlockType)
  }
}

function readStoredLength(): void {
  if (bitsUsed != 0) passBits(8 - bitsUsed)
  if (inputTop - at < 4) fail(Status.GzipTruncated)
  left = load<u16>(at)
  if ((left ^ load<u16>(at, 2)) != 0xffff) fail(Status.DeflateStoredLength)
  at += 4
}

function copyStored(): void {
  const have = inputTop - at
  if (have < left && inputEnded) fail(Status.GzipTruncated)
  const bytes = min<usize>(left, min<usize>(have, outputLimit - out))
  memory.copy(out, at, bytes)
  out += bytes
  at += bytes
  left -= <u32>bytes
  if (left == 0) phase = lastBlock ? Phase.Trailer : Phase.Block
}

/** Decodes symbols until the block ends, or room or input run low. */
function readSymbols(): void {
  // Eight bytes are read at a time. Near the end of all input the decoder may run into the padding, up to where every
  // bit of the stream has been used, and by two bytes more: a long code takes two turns, and one that found its link only
  // would give it back, to find it again for ever.
  const inputLimit = inputEnded ? inputTop + 10 : inputTop - 8
  const result = decode(at, bitsUsed, inputLimit, out, outputLimit, memberStart)
  at = stopAt
  bitsUsed = stopBits
  out = stopOut
  refuseCut()
  if (result == END_OF_BLOCK) phase = lastBlock ? Phase.Trailer : Phase.Block
  else if (result != MORE) fail(result)
}
