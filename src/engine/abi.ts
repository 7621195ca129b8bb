// The ABI in TypeScript: layouts of assembly/records.ts, the container of assembly/stored.ts, and the exports.
// test/abi.test.ts holds the numbers to the AssemblyScript ones.

/** Exports of the WebAssembly module; assembly/index.ts tells what they do. Addresses and u32s arrive signed. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory
  alloc(size: number): number
  begin(key0: number, key1: number, key2: number, key3: number, pathBytes: number): void
  blake3Start(): void
  blake3Update(at: number, length: number): void
  blake3Finish(out: number): void
  sha256Start(context: number): void
  sha256Update(context: number, at: number, length: number): void
  sha256Finish(context: number, out: number): void
  gzipStart(): void
  gzipInputAt(): number
  gzipInputRoom(): number
  gzipFed(length: number): void
  gzipInputEnd(): void
  gzipRun(): number
  gzipOutputAt(): number
  gzipOutputLength(): number
  gzipBytesIn(): number
  beginLayer(entries: number, layerBytes: number, metaBytes: number, expansion: number): void
  scan(at: number, length: number, source: number): void
  passContents(): void
  skippable(): number
  pass(bytes: number): void
  endLayer(): void
  tarOffset(): number
  entryCount(): number
  layerSections(): number
  beginDiff(followSymlinks: boolean): void
  loadIndex(at: number, length: number): number
  ignore(at: number, length: number): void
  applyLayer(side: number, slot: number, index: number): void
  reportLayer(side: number, slot: number, index: number): void
  findWanted(mask: number): number
  wantedAt(): number
  nextStep(): void
  diff(mask: number): void
  diffSections(): number
  warningsDropped(merging: boolean): number
  faultPath(merging: boolean): number
  parentOf(merging: boolean, path: number): number
  nameOf(merging: boolean, path: number): number
  nameLength(merging: boolean, path: number): number
}

/** What `gzipRun` returns. */
export const GzipState = { NeedInput: 0, Output: 1, Done: 2 } as const

export const PATH = { PARENT: 0, NAME: 4, LENGTH: 8, WHOLE: 12, SIZE: 16 } as const

export const ENTRY = {
  PATH: 0,
  TYPE: 4,
  FLAGS: 5,
  MODE: 6,
  UID: 8,
  GID: 12,
  CONTENT_SIZE: 16,
  MTIME: 24,
  NANOS: 32,
  XATTRS: 36,
  OFFSET: 40,
  PAYLOAD: 48,
  SIZE: 80,
  /** In a diff the bits of OFFSET from here on are the slot of the layer. */
  SLOT_BIT: 47,
} as const

export const FLAG = { HASHED: 1, IMPLICIT: 2, PSEUDO_LINK: 4, WANTED: 8 } as const

export const XATTRS = { BYTES: 0, COUNT: 4, HEAD: 8 } as const

export const WARNING = { CODE: 0, PATH: 4, SIDE: 8, LAYER: 12, OFFSET: 16, SIZE: 24 } as const

export const CHANGE = {
  PATH: 0,
  KIND: 4,
  MARKER: 5,
  FIELDS: 6,
  BEFORE: 8,
  AFTER: 12,
  BEFORE_LAYER: 16,
  AFTER_LAYER: 20,
  CAUSE_LAYER: 24,
  BYTES_BEFORE: 32,
  BYTES_AFTER: 40,
  SIZE: 48,
} as const

export const DIRECTORY = {
  PATH: 0,
  PARENT: 4,
  ADDED: 8,
  REMOVED: 12,
  MODIFIED: 16,
  SAME: 20,
  BYTES_BEFORE: 24,
  BYTES_AFTER: 32,
  BYTES_ADDED: 40,
  BYTES_REMOVED: 48,
  SIZE: 56,
} as const

/** Index in this list is the number in an ENTRY; 0 is none. */
export const ENTRY_TYPES = [null, 'file', 'directory', 'symlink', 'char', 'block', 'fifo'] as const
export const KINDS = [null, 'added', 'removed', 'modified'] as const
export const MARKERS = [null, 'whiteout', 'opaque', 'replaced', 'entry'] as const
/** Index in this list is the bit in a field mask, and the order in which a change names its fields. */
export const FIELDS = ['content', 'type', 'mode', 'owner', 'link', 'device', 'xattrs', 'mtime'] as const

/** Container of a layer index and of a diff: a header, then sections, each padded to 8 bytes. */
export const CONTAINER = {
  MAGIC: 0,
  VERSION: 4,
  SECTIONS: 8,
  DROPPED: 40,
  FLAGS: 44,
  SOURCE_BYTES: 48,
  TAR_BYTES: 56,
  DIFF_ID: 64,
  CHECKSUM: 96,
  HEADER: 128,
} as const
export const MAGIC_INDEX = 0x5849444c // "LDIX"
export const MAGIC_DIFF = 0x4644444c // "LDDF"
export const VERSION = 1
export const SECTION_COUNT = 8
export const SECTION = { PATHS: 0, NAMES: 1, ENTRIES: 2, BLOBS: 3, WARNINGS: 4, CHANGES: 5, DIRECTORIES: 6 } as const
/** In FLAGS: the diffId was computed; some contents were not read, and their entries have no hash. */
export const CONTAINER_FLAG = { HAS_DIFF_ID: 1, PARTIAL: 2 } as const
