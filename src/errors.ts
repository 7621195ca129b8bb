// The one error class, and its stable codes. Messages may change between versions; codes do not.

/** What is wrong, as programs ask for it. Codes do not change between versions, messages may. */
export type ErrorCode =
  // The caller's arguments
  /** An option or argument is not what it can be: mend the call. */
  | 'INVALID_ARGUMENT'
  /** No name of an image, by the rules of Docker. */
  | 'INVALID_REFERENCE'
  /** What was given cannot be read here, such as a path in a browser. */
  | 'INPUT_UNSUPPORTED'
  /** No file at that path. */
  | 'INPUT_NOT_FOUND'
  /** A file, stream or `open()` failed, was used up, or was written to while it was read: give what can be opened anew. */
  | 'INPUT_UNREADABLE'
  /** An address gave no bytes: not reached, not allowed by CORS, or a bad status. */
  | 'FETCH_FAILED'
  /** No room for what must be kept meanwhile: set TMPDIR. */
  | 'TEMPORARY_UNWRITABLE'
  // Images
  /** A file or folder that is no image of a known kind. */
  | 'IMAGE_UNKNOWN_FORMAT'
  /** Several images: choose with `tag`. */
  | 'IMAGE_AMBIGUOUS'
  /** No image of that `tag` is in the file. */
  | 'IMAGE_TAG_MISSING'
  /** No image for that `platform`. */
  | 'IMAGE_PLATFORM_MISSING'
  /** A manifest or index that is no JSON of its kind. */
  | 'MANIFEST_INVALID'
  /** A manifest, index or config beyond what any real one has. */
  | 'MANIFEST_TOO_LARGE'
  /** Docker's oldest format, which is not read: push the image again. */
  | 'MANIFEST_SCHEMA1'
  /** A manifest of something that is no image. */
  | 'MANIFEST_ARTIFACT'
  /** Indexes in indexes, deeper or more than any real image has. */
  | 'INDEX_TOO_DEEP'
  /** A config that is no JSON of its kind, or does not fit the layers. */
  | 'CONFIG_INVALID'
  /** The archive, layout or registry lacks a blob that the manifest names. */
  | 'BLOB_MISSING'
  /** A layer that may not be distributed is not with the image. */
  | 'LAYER_ABSENT'
  /** A layer is encrypted: decrypt the image first. */
  | 'LAYER_ENCRYPTED'
  /** A layer that is no tar. */
  | 'LAYER_UNSUPPORTED'
  // Registries
  /** The registry has no such repository, tag or digest. */
  | 'IMAGE_NOT_FOUND'
  /** No connection, no certificate, or no CORS headers for a page. */
  | 'REGISTRY_UNREACHABLE'
  /** It wants other credentials, or any. */
  | 'REGISTRY_DENIED'
  /** It answers with an error, or too many requests, after all attempts. */
  | 'REGISTRY_FAILED'
  /** It answers what no registry would: look for a proxy. */
  | 'REGISTRY_ANSWER'
  /** Plain HTTP where `insecure` does not allow it. */
  | 'REGISTRY_INSECURE'
  /** Docker's credentials, or a program that gives them, failed. */
  | 'CREDENTIALS_UNREADABLE'
  // Container engines
  /** No container engine answers. */
  | 'DAEMON_UNREACHABLE'
  /** The engine answers with an error. */
  | 'DAEMON_FAILED'
  // The cache
  /** The cache cannot be written: no room, or no permission. */
  | 'CACHE_UNWRITABLE'
  /** No cache there, and `create` was false. */
  | 'CACHE_NOT_FOUND'
  // A file that is to be written
  /** The file that is to be written cannot be. */
  | 'OUTPUT_UNWRITABLE'
  // Archives and folders that hold images
  /** A member of an image archive, or a link in it, leads outside of it. */
  | 'ARCHIVE_PATH_ESCAPES'
  /** Links in an image archive lead in a circle. */
  | 'ARCHIVE_LINK_LOOP'
  /** A member of an image archive is of a kind that none has. */
  | 'ARCHIVE_MEMBER_UNSUPPORTED'
  // Compression
  /** Bzip2, xz, lz4 and others: compress with gzip or zstd. */
  | 'COMPRESSION_UNSUPPORTED'
  /** Damaged gzip: fetch it again. */
  | 'GZIP_CORRUPT'
  /** Gzip that ends too early. */
  | 'GZIP_TRUNCATED'
  /** Gzip whose bytes are not those that were compressed. */
  | 'GZIP_CHECKSUM'
  /** Something other than gzip after gzip. */
  | 'GZIP_TRAILING_BYTES'
  /** Damaged zstd, or a window above 128 MiB. */
  | 'ZSTD_CORRUPT'
  /** Zstd that ends too early. */
  | 'ZSTD_TRUNCATED'
  // tar
  /** No bytes at all. */
  | 'TAR_EMPTY'
  /** No tar, or a damaged header; also a disk image, which may begin with zeros. */
  | 'TAR_CHECKSUM'
  /** A number in a header that is none. */
  | 'TAR_NUMBER'
  /** A tar that ends within an entry. */
  | 'TAR_TRUNCATED'
  /** A malformed pax header. */
  | 'TAR_PAX_RECORD'
  /** A malformed map of a sparse file. */
  | 'TAR_SPARSE'
  /** One volume of several. */
  | 'TAR_VOLUME'
  // Verification
  /** Other bytes than the digest says: never use them. */
  | 'DIGEST_MISMATCH'
  /** A digest that is not sha256 with 64 lower-case hex digits. */
  | 'DIGEST_UNSUPPORTED'
  /** Another tar than the diffId says. */
  | 'DIFF_ID_MISMATCH'
  /** More or fewer bytes than the size says. */
  | 'SIZE_MISMATCH'
  // Merge
  /** Parents of a path lead through a loop of symlinks, or more than 255. */
  | 'SYMLINK_LOOP'
  // Paths of a merged tree that are asked for
  /** The image has no such path. */
  | 'PATH_NOT_FOUND'
  /** The path is no regular file. */
  | 'PATH_NOT_A_FILE'
  // Limits
  /** More than `limits.entries`. */
  | 'LIMIT_ENTRIES'
  /** More than `limits.layerBytes`. */
  | 'LIMIT_LAYER_BYTES'
  /** Unpacks to more than `limits.expansion` times its stored bytes. */
  | 'LIMIT_EXPANSION'
  /** Longer than `limits.pathBytes`. */
  | 'LIMIT_PATH_BYTES'
  /** More than `limits.metaBytes`. */
  | 'LIMIT_META_BYTES'
  /** So many symlinks that following them was given up. */
  | 'LIMIT_RESOLUTION'
  // A stored layer index
  /** Another version wrote the index: index the layer again. */
  | 'INDEX_VERSION'
  /** The index is not what was stored: index the layer again. */
  | 'INDEX_DAMAGED'
  // The engine
  /** No memory for this many entries: give fewer workers, or compare elsewhere. */
  | 'OUT_OF_MEMORY'
  /** A worker died, none could be started, or a policy forbids to compile WebAssembly; the next call tries anew. */
  | 'WORKER_FAILED'
  /** The engine was disposed of before or meanwhile. */
  | 'ENGINE_DISPOSED'
  /** A fault of this package: please report it. */
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
  | 'OVERLAY_ATTRIBUTE'
  | 'ONLY_ZEROS'
  | 'HARDLINK_ATTRIBUTES'
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
