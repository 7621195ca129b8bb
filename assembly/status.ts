// The ways in which a stage gives up, and the oddities it lets pass, as numbers.
// TypeScript turns both into words (src/engine/faults.ts, src/engine/warnings.ts).
//
// A stage that cannot go on calls `fail`. The host's import throws, the throw unwinds every WebAssembly frame, and the
// host reads the place of the fault from the exports. Whatever state is left behind is forgotten by the next `begin`:
// no stage needs an error path of its own, and no hot loop carries a status that it would have to test.

export const enum Status {
  // Memory
  OutOfMemory = 1,
  // gzip (RFC 1952) and DEFLATE (RFC 1951)
  GzipHeader = 10,
  GzipTruncated = 11,
  GzipChecksum = 12,
  GzipLength = 13,
  GzipTrailing = 14,
  DeflateBlockType = 15,
  DeflateStoredLength = 16,
  DeflateCodeLengths = 17,
  DeflateSymbol = 18,
  DeflateDistance = 19,
  // tar
  TarEmpty = 30,
  TarChecksum = 31,
  TarNumber = 32,
  TarTruncated = 33,
  TarPaxRecord = 34,
  TarSparse = 35,
  TarVolume = 36,
  TarShort = 37,
  // Limits
  LimitEntries = 50,
  LimitLayerBytes = 51,
  LimitExpansion = 52,
  LimitPathBytes = 53,
  LimitMetaBytes = 54,
  LimitResolution = 55,
  // Merge
  SymlinkLoop = 70,
  // Stored layer index
  IndexVersion = 90,
  IndexDamaged = 91,
}

/** Oddities that leave the answer clear; recorded in the WARNINGS section of a layer index or of a diff. */
export const enum Warning {
  TrailingBlocksMissing = 1,
  DuplicatePath = 2,
  UnknownType = 3,
  PathEscapesRoot = 4,
  MarkerNotAFile = 5,
  MarkerNameless = 6,
  FileAsParent = 7,
  HardlinkTargetMissing = 8,
  RootNotDirectory = 9,
  VolumeLabel = 10,
  LooksLikeImage = 11,
  OverlayAttribute = 12,
  OnlyZeros = 13,
  HardlinkAttributes = 14,
}

/** Throws in the host; never returns. */
@external("env", "fail")
declare function hostFail(status: i32): void

/** Ends the work at hand with a `Status`. */
// @ts-ignore: decorator
@inline
export function fail(status: i32): void {
  hostFail(status)
  unreachable()
}
