// What WebAssembly gives up with, in words: the statuses of assembly/status.ts.
//
// A message says what is wrong, where, and what to do about it. Paths in it are escaped: a layer chose them.

import type { Limits } from '../engine-types.js'
import { type ErrorCode, type ErrorPlace, LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'

/** Where an offset counts: in the bytes as stored, or in the tar that they unpack to. */
type Space = 'source' | 'tar' | 'none'

interface Fault {
  readonly code: ErrorCode
  readonly space: Space
  readonly text: string
}

const TRUNCATED = 'It was cut off: fetch or export the layer again.'
const CORRUPT = 'The file is damaged: fetch or export the layer again.'

const GIVE = 'Give a tar, plain or compressed with gzip or zstd, as docker save or skopeo write.'

const FAULTS: Readonly<Record<number, Fault>> = {
  1: {
    code: 'OUT_OF_MEMORY',
    space: 'none',
    text: 'WebAssembly memory is exhausted. Diff fewer or smaller layers at once, or lower the limit on entries.',
  },
  10: { code: 'GZIP_CORRUPT', space: 'source', text: `A gzip header is malformed. ${CORRUPT}` },
  11: { code: 'GZIP_TRUNCATED', space: 'source', text: `The gzip stream ends too early. ${TRUNCATED}` },
  12: { code: 'GZIP_CHECKSUM', space: 'source', text: `A gzip member's CRC-32 does not match its content. ${CORRUPT}` },
  13: { code: 'GZIP_CHECKSUM', space: 'source', text: `A gzip member's length does not match its content. ${CORRUPT}` },
  14: {
    code: 'GZIP_TRAILING_BYTES',
    space: 'source',
    text: 'Bytes that are not gzip follow the last gzip member. Cut them off, or fetch the layer again.',
  },
  15: { code: 'GZIP_CORRUPT', space: 'source', text: `A DEFLATE block has the reserved type 3. ${CORRUPT}` },
  16: { code: 'GZIP_CORRUPT', space: 'source', text: `A stored DEFLATE block's two lengths disagree. ${CORRUPT}` },
  17: { code: 'GZIP_CORRUPT', space: 'source', text: `A DEFLATE block's code lengths make no code. ${CORRUPT}` },
  18: { code: 'GZIP_CORRUPT', space: 'source', text: `A DEFLATE block holds a symbol that means nothing. ${CORRUPT}` },
  19: { code: 'GZIP_CORRUPT', space: 'source', text: `A DEFLATE distance reaches before the beginning. ${CORRUPT}` },
  30: {
    code: 'TAR_EMPTY',
    space: 'none',
    text: 'There is nothing in it: not even the two zero blocks of an empty tar. Was the download cut off?',
  },
  31: {
    code: 'TAR_CHECKSUM',
    space: 'tar',
    text: `A tar header was expected, but its checksum does not match. Either this is no tar archive, or it is damaged. ${GIVE}`,
  },
  32: {
    code: 'TAR_NUMBER',
    space: 'tar',
    text: `A number in a tar header cannot be read or is out of range. ${CORRUPT}`,
  },
  33: { code: 'TAR_TRUNCATED', space: 'tar', text: `The tar ends in the middle of an entry. ${TRUNCATED}` },
  34: { code: 'TAR_PAX_RECORD', space: 'tar', text: `A pax header holds a malformed record. ${CORRUPT}` },
  35: {
    code: 'TAR_SPARSE',
    space: 'tar',
    text: `The map of a sparse file is malformed or does not fit its data. ${CORRUPT}`,
  },
  36: {
    code: 'TAR_VOLUME',
    space: 'tar',
    text: 'This is one volume of a multi-volume archive, which no container image uses. Join the volumes first.',
  },
  37: {
    code: 'TAR_TRUNCATED',
    space: 'none',
    text: 'It has fewer bytes than one tar header: this is no tar archive, or it was cut off.',
  },
  50: {
    code: 'LIMIT_ENTRIES',
    space: 'tar',
    text: 'The layer has more entries than limits.entries (@entries) allows. If you trust the layer, raise it: on the command line with --limit entries=N.',
  },
  51: {
    code: 'LIMIT_LAYER_BYTES',
    space: 'tar',
    text: 'The layer unpacks to more bytes than limits.layerBytes (@layerBytes) allows. If you trust the layer, raise it: on the command line with --limit layerBytes=SIZE.',
  },
  52: {
    code: 'LIMIT_EXPANSION',
    space: 'tar',
    text: 'The layer unpacks to over 1 GiB and over @expansion times its stored bytes (limits.expansion): it may be a bomb. If you trust the layer, raise it: on the command line with --limit expansion=N.',
  },
  53: {
    code: 'LIMIT_PATH_BYTES',
    space: 'tar',
    text: 'A path or link target is longer than limits.pathBytes (@pathBytes) allows. If you trust the layer, raise it: on the command line with --limit pathBytes=SIZE.',
  },
  54: {
    code: 'LIMIT_META_BYTES',
    space: 'tar',
    text: 'A pax header, long name or sparse map is larger than limits.metaBytes (@metaBytes) allows. If you trust the layer, raise it: on the command line with --limit metaBytes=SIZE.',
  },
  55: {
    code: 'LIMIT_RESOLUTION',
    space: 'tar',
    text: 'The layers lead their paths through so many symlinks that following them was given up: this is no honest image.',
  },
  70: {
    code: 'SYMLINK_LOOP',
    space: 'tar',
    text: 'The parents of a path lead through a loop of symlinks, or through more than 255: no unpacker can place it. Build the layer again.',
  },
  90: {
    code: 'INDEX_VERSION',
    space: 'none',
    text: 'The stored layer index is of another format. Index the layer again.',
  },
  91: { code: 'INDEX_DAMAGED', space: 'none', text: 'The stored layer index is damaged. Index the layer again.' },
}

/** Which offset a fault's place is counted in. */
export function spaceOf(status: number): Space {
  return FAULTS[status]?.space ?? 'none'
}

/** The error that a status stands for; `instead` says what the layer is, where it is another kind of archive. */
export function faultError(
  status: number,
  place: ErrorPlace,
  limits: Limits,
  instead: string | null = null,
): LayerDiffError {
  const fault = FAULTS[status]
  if (!fault)
    return new LayerDiffError('INTERNAL', `WebAssembly gave up with status ${status}. Please report this.`, place)
  const noTar = instead !== null && fault.code.startsWith('TAR_')
  const words = noTar ? `This is ${instead}, and layers are tar archives. ${GIVE}` : fault.text
  const text = words.replace(/@(\w+)/g, (_, name: keyof Limits) => String(limits[name]))
  return new LayerDiffError(fault.code, text + placeText(place, fault.space), place)
}

function placeText(place: ErrorPlace, space: Space): string {
  const parts: string[] = []
  if (place.path !== undefined) parts.push(`entry "${escapeText(place.path)}"`)
  if (place.offset !== undefined) parts.push(`byte ${place.offset} of the ${space === 'tar' ? 'tar' : 'stored layer'}`)
  return parts.length ? ` (${parts.join(', ')})` : ''
}
