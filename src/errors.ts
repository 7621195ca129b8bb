// The one error class, and its stable codes. Messages may change between versions; codes do not.

/** What is wrong, as programs ask for it. Codes do not change between versions, messages may. */
export type ErrorCode =
  // The caller's arguments
  | 'INVALID_ARGUMENT'
  | 'INVALID_REFERENCE'
  | 'INPUT_UNSUPPORTED'
  | 'INPUT_NOT_FOUND'
  | 'INPUT_UNREADABLE'
  | 'FETCH_FAILED'
  | 'TEMPORARY_UNWRITABLE'
  // Images
  | 'IMAGE_UNKNOWN_FORMAT'
  | 'IMAGE_AMBIGUOUS'
  | 'IMAGE_TAG_MISSING'
  | 'IMAGE_PLATFORM_MISSING'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_TOO_LARGE'
  | 'MANIFEST_SCHEMA1'
  | 'MANIFEST_ARTIFACT'
  | 'INDEX_TOO_DEEP'
  | 'CONFIG_INVALID'
  | 'BLOB_MISSING'
  | 'LAYER_ABSENT'
  | 'LAYER_ENCRYPTED'
  | 'LAYER_UNSUPPORTED'
  // Registries
  | 'IMAGE_NOT_FOUND'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_FAILED'
  | 'REGISTRY_ANSWER'
  | 'REGISTRY_INSECURE'
  | 'CREDENTIALS_UNREADABLE'
  // Container engines
  | 'DAEMON_UNREACHABLE'
  | 'DAEMON_FAILED'
  // The cache
  | 'CACHE_UNWRITABLE'
  | 'CACHE_NOT_FOUND'
  // A file that is to be written
  | 'OUTPUT_UNWRITABLE'
  // Archives and folders that hold images
  | 'ARCHIVE_PATH_ESCAPES'
  | 'ARCHIVE_LINK_LOOP'
  | 'ARCHIVE_MEMBER_UNSUPPORTED'
  // Compression
  | 'COMPRESSION_UNSUPPORTED'
  | 'GZIP_CORRUPT'
  | 'GZIP_TRUNCATED'
  | 'GZIP_CHECKSUM'
  | 'GZIP_TRAILING_BYTES'
  | 'ZSTD_CORRUPT'
  | 'ZSTD_TRUNCATED'
  // tar
  | 'TAR_EMPTY'
  | 'TAR_CHECKSUM'
  | 'TAR_NUMBER'
  | 'TAR_TRUNCATED'
  | 'TAR_PAX_RECORD'
  | 'TAR_SPARSE'
  | 'TAR_VOLUME'
  // Verification
  | 'DIGEST_MISMATCH'
  | 'DIGEST_UNSUPPORTED'
  | 'DIFF_ID_MISMATCH'
  | 'SIZE_MISMATCH'
  // Merge
  | 'SYMLINK_LOOP'
  // Paths of a merged tree that are asked for
  | 'PATH_NOT_FOUND'
  | 'PATH_NOT_A_FILE'
  // Limits
  | 'LIMIT_ENTRIES'
  | 'LIMIT_LAYER_BYTES'
  | 'LIMIT_EXPANSION'
  | 'LIMIT_PATH_BYTES'
  | 'LIMIT_META_BYTES'
  | 'LIMIT_RESOLUTION'
  // A stored layer index
  | 'INDEX_VERSION'
  | 'INDEX_DAMAGED'
  // The engine
  | 'OUT_OF_MEMORY'
  | 'WORKER_FAILED'
  | 'ENGINE_DISPOSED'
  | 'INTERNAL'
  // Warnings, refused under `strict`
  | 'TRAILING_BLOCKS_MISSING'
  | 'DUPLICATE_PATH'
  | 'UNKNOWN_TYPE'
  | 'PATH_ESCAPES_ROOT'
  | 'MARKER_NOT_A_FILE'
  | 'MARKER_NAMELESS'
  | 'FILE_AS_PARENT'
  | 'HARDLINK_TARGET_MISSING'
  | 'ROOT_NOT_DIRECTORY'
  | 'VOLUME_LABEL'
  | 'LOOKS_LIKE_IMAGE'
  | 'PACKAGES_UNREADABLE'
  | 'WARNINGS_DROPPED'

/** Where in the input a fault lies; what is not known is absent. */
export interface ErrorPlace {
  readonly side?: 'before' | 'after' | undefined
  /** Index of the layer in its side's stack. */
  readonly layer?: number | undefined
  /** Path of the entry at hand. Not escaped: a layer chose it. */
  readonly path?: string | undefined
  /** Byte offset: in the uncompressed tar, or in the stored bytes for a fault of the compression. */
  readonly offset?: number | undefined
}

/** What this package throws for faults of its input, its arguments and its workers; an aborted call gives its signal's reason. */
export class LayerDiffError extends Error implements ErrorPlace {
  override readonly name = 'LayerDiffError'
  /** What is wrong; `message` says it in words, with what to do. */
  readonly code: ErrorCode
  readonly side?: 'before' | 'after' | undefined
  readonly layer?: number | undefined
  readonly path?: string | undefined
  readonly offset?: number | undefined

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.side = place.side
    this.layer = place.layer
    this.path = place.path
    this.offset = place.offset
  }
}
