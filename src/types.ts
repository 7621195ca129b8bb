// Every public type of layers and their diffs: shapes, units and where each value comes from; image-types.ts has those of
// images. Types only; nothing here runs.

/** Part of a file, in Node: the bytes from offset `start` up to `end`. */
export interface FileRange {
  readonly path: string
  readonly start: number
  readonly end: number
  /** Of layers of an archive: what the file was when the archive was opened. One that is another by then is refused. */
  readonly stamp?: string | undefined
}

/** What a layer's bytes can be read from inside {@link LayerSource.open}, or given as directly. */
export type LayerBytes =
  | Blob
  | ArrayBuffer
  | Uint8Array
  | ReadableStream<Uint8Array>
  | Response
  | URL
  | string
  | FileRange

/**
 * A layer that is opened when it is read, with what is known of it.
 *
 * @example { digest: 'sha256:9f…', open: () => fetch('/v2/app/blobs/sha256:9f…') }
 */
export interface LayerSource {
  /** `sha256:HEX` of the stored, mostly compressed, bytes. Verified while they are read. */
  readonly digest?: string | undefined
  /** `sha256:HEX` of the uncompressed tar, verified while it is read; or `compute`, for the index to tell it. */
  readonly diffId?: string | undefined
  /** What the manifest says it is. Not believed: compression is recognised by the bytes. */
  readonly mediaType?: string | undefined
  /** Stored bytes. Verified when given, and the total of the progress. */
  readonly size?: number | undefined
  /**
   * Whether digest and diffId must be verified even where that means to read more than the diff needs, which of a plain
   * tar in a file is its headers and some contents. Default true.
   */
  readonly verify?: boolean | undefined
  /** Gives the bytes; called once, when the layer's turn comes. */
  open(): LayerBytes | Promise<LayerBytes>
}

/**
 * A layer: a tar, plain or compressed with gzip or zstd. A string is a path, and works in Node only. A stream or a
 * `Response` is used up.
 */
export type LayerInput = LayerBytes | LayerSource | LayerIndex

/** A layer that has been read: everything a diff needs of it. Made by {@link Engine.index} and {@link Engine.loadIndex}. */
export interface LayerIndex {
  /** The index as one buffer, to be stored and loaded again. Its format carries its version; see docs/layer-index.md. */
  readonly bytes: Uint8Array
  /** Entries of the tar that say something about the tree, markers included. */
  readonly entries: number
  /** Stored bytes that were read. */
  readonly sourceBytes: number
  /** Bytes of the uncompressed tar. */
  readonly tarBytes: number
  /** `sha256:HEX` of the uncompressed tar, where a diffId was to be verified or computed; else null. */
  readonly diffId: string | null
}

/** What a path of a merged tree is. Hard links are shown as what they are bound to, whiteouts not at all. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo'

/** The fields in which two entries of one path can differ, in the order in which a change names them. */
export type ChangeField = 'content' | 'type' | 'mode' | 'owner' | 'link' | 'device' | 'xattrs' | 'mtime'

/** One path of a merged tree, as one side has it. A hard link shows what it is bound to. */
export interface Entry {
  readonly type: EntryType
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. Of symlinks always 0o777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes of the content, holes of sparse files included; 0 for all but regular files. */
  readonly size: number
  /** Whole seconds since 1970. */
  readonly mtime: number
  /** The rest of the mtime in nanoseconds, 0 to 999,999,999. */
  readonly mtimeNanos: number
  /** Target of a symlink, else null. Bytes that are not UTF-8 read as U+FFFD; see `linkBytes`. */
  readonly link: string | null
  /** The target's bytes, only where they are not valid UTF-8. */
  readonly linkBytes?: Uint8Array
  /** First path, in byte order, of the file's inode when it has several; else null. */
  readonly hardlink: string | null
  readonly device: { readonly major: number; readonly minor: number } | null
  /** Values by name. */
  readonly xattrs: Readonly<Record<string, Uint8Array>>
  /** `blake3:HEX` of the content, null where it is no regular file or was not read. */
  readonly hash: string | null
  /** Set on a directory that no entry describes, made for what lies below it. Its attributes are never a change. */
  readonly implicit?: true
  /** Index, in its side's stack, of the layer that put the path there. */
  readonly layer: number
}

/** What made a change: a layer of the `after` stack, and by which means. */
export interface Cause {
  /** Index in the `after` stack of the layer that made the change. */
  readonly layer: number
  /** How: an entry of its own, a whiteout, an opaque directory, or something that took the path's or a parent's place. */
  readonly marker: 'entry' | 'whiteout' | 'opaque' | 'replaced'
}

/** One path that differs between two merged trees. */
export interface Change {
  /** Without a leading slash. Bytes that are not UTF-8 read as U+FFFD; see `pathBytes`. */
  readonly path: string
  /** The path's bytes, only where they are not valid UTF-8. */
  readonly pathBytes?: Uint8Array
  readonly kind: 'added' | 'removed' | 'modified'
  /** What differs, for a modified path; `["type"]` alone when the types differ. */
  readonly fields: readonly ChangeField[]
  /** Null for an added path. */
  readonly before: Entry | null
  /** Null for a removed path. */
  readonly after: Entry | null
  /** Null for a removed path that the `after` stack never had. */
  readonly cause: Cause | null
  /** What the path counts in the totals: the bytes of an inode count at one of its paths. */
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/** Counts are of paths, the root not counted; bytes are of regular files, each inode once. */
export interface Totals {
  readonly added: number
  readonly removed: number
  readonly modified: number
  readonly unchanged: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  /** Growth of all paths that grew: `bytesAfter - bytesBefore = bytesAdded - bytesRemoved`. */
  readonly bytesAdded: number
  /** Shrinkage of all paths that shrank. */
  readonly bytesRemoved: number
}

/** All changes, in byte order of the path, decoded one by one as they are asked for. */
export interface Changes extends Iterable<Change> {
  readonly length: number
  /** The change at an index, counted from the end when negative; undefined outside. */
  at(index: number): Change | undefined
}

/** A directory with changes below it. */
export interface DirectoryNode {
  /** Empty for the root. */
  readonly path: string
  readonly name: string
  /** Of all paths below it, itself not counted. */
  readonly totals: Totals
  /** Directories in it that have changes below them, in byte order. */
  readonly directories: readonly DirectoryNode[]
  /** Changes of the paths right in it, in byte order, decoded as they are asked for. */
  readonly changes: Changes
}

/** Something odd that was got over; some codes say that the answer may be another. `strict` makes it an error of the same code. */
export interface Warning {
  readonly code: WarningCode
  readonly message: string
  readonly side: Side
  /** Index of the layer in its side's stack. */
  readonly layer: number
  readonly path: string | null
  /** Offset of the entry's header in the uncompressed tar, in bytes; null where none is meant. */
  readonly offset: number | null
}

/** Codes of warnings, which do not change between versions. Under `strict` they are codes of errors. */
export type WarningCode =
  /** The archive stops between two entries, without its end blocks: some writers leave them out, and a download may have been cut. */
  | 'TRAILING_BLOCKS_MISSING'
  /** The same path twice in a layer: the last one counts. */
  | 'DUPLICATE_PATH'
  /** An entry of a type that nobody knows: read as a regular file. */
  | 'UNKNOWN_TYPE'
  /** `..` led above the root, and was held there. */
  | 'PATH_ESCAPES_ROOT'
  /** A whiteout that is no regular file: still a whiteout. */
  | 'MARKER_NOT_A_FILE'
  /** A whiteout that names nothing: skipped. */
  | 'MARKER_NAMELESS'
  /** A file used as a directory: a directory replaces it. */
  | 'FILE_AS_PARENT'
  /** A hard link to what is not there: left out. */
  | 'HARDLINK_TARGET_MISSING'
  /** An entry for the root that is no directory: skipped. */
  | 'ROOT_NOT_DIRECTORY'
  /** A label of a tape: skipped. */
  | 'VOLUME_LABEL'
  /** The layer holds what a whole image holds: diff it as one. */
  | 'LOOKS_LIKE_IMAGE'
  /** An attribute by which overlayfs hides or moves files: shown as an attribute, and not acted on. */
  | 'OVERLAY_ATTRIBUTE'
  /** More zeros than any empty archive has, and nothing else: a download may have come to nothing. */
  | 'ONLY_ZEROS'
  /** A hard link that says another mode, owner or attributes than its file has: the file keeps its own, which most engines change. */
  | 'HARDLINK_ATTRIBUTES'
  /** A database of packages that cannot be read: they are not told. */
  | 'PACKAGES_UNREADABLE'
  /** More warnings than are kept. */
  | 'WARNINGS_DROPPED'

/** The two sides of a comparison. */
export type Side = 'before' | 'after'

/** What turns one merged tree into another. */
export interface LayerDiff {
  readonly changes: Changes
  readonly summary: Totals
  readonly warnings: readonly Warning[]
  /** Changes that deserve a second look, in byte order of the path; looked for at the first call. */
  notable(): readonly NotableChange[]
  /** Files that only changed their names, in byte order of the old one; null where the option `renames` did not ask for them. */
  readonly renames: readonly Rename[] | null
  /** What was installed, removed or came in another version, by manager and name; null where the option `packages` did not ask. */
  readonly packages: readonly PackageChange[] | null
  /** The changes by directory, from the root down; computed at the first call. */
  tree(): DirectoryNode
  /**
   * Reads what a file of one side holds, from its layer once more: what a layer was given as must still be there, so a stream
   * cannot be read again, and an image must be open. The content is verified against the hash of the diff, where it has one.
   *
   * @throws {LayerDiffError} INVALID_ARGUMENT where the side has no file there, INPUT_UNREADABLE where its layer cannot be read
   * again, or is not what it was, and what reading a layer throws; or the signal's reason
   * @example const { bytes } = await diff.content(change, 'after', { limit: 65_536 })
   */
  content(change: Change, side: Side, options?: ContentOptions): Promise<FileContent>
  /**
   * Reads what many files hold, each layer but once. Gives for each, in the order asked for, what it holds, or the LayerDiffError
   * that `content` would throw.
   *
   * @throws {LayerDiffError} INVALID_ARGUMENT; or the signal's reason
   */
  contents(files: readonly FileOfDiff[], options?: ContentOptions): Promise<readonly (FileContent | Error)[]>
  /** Plain data of schema `layerdiff/1`, bytes as base64. */
  toJSON(): LayerDiffJson
}

/**
 * Why a change is notable: a setuid or setgid bit that was not there, a capability that was not there, a file that everybody may
 * write, a device node, a name that keys and credentials have on a file that was added or written, a symlink that climbs above the root, an owner that became root,
 * a file that can be executed and could not or was not there.
 */
export type NotableReason =
  | 'setuid'
  | 'setgid'
  | 'capability'
  | 'world-writable'
  | 'device'
  | 'credential'
  | 'escaping-symlink'
  | 'root-owner'
  | 'executable'

/** A change that deserves a second look. Told from names and attributes: no file is opened for it. */
export interface NotableChange {
  readonly path: string
  /** The path's bytes, only where they are not valid UTF-8. */
  readonly pathBytes?: Uint8Array
  /** In the order in which {@link NotableReason} lists them. */
  readonly reasons: readonly NotableReason[]
}

/**
 * A file that was removed at one path and added at another with the same content: under the name that it had, or where no other file
 * that came or went has that content and it has 100 bytes at least. Both are among the changes too.
 */
export interface Rename {
  readonly from: string
  /** The path's bytes, only where they are not valid UTF-8. */
  readonly fromBytes?: Uint8Array
  readonly to: string
  readonly toBytes?: Uint8Array
  /** Bytes of the content; empty files are never paired. */
  readonly size: number
  /** `blake3:HEX` of the content. */
  readonly hash: string
}

/** Managers whose databases are read. */
export type PackageManager = 'dpkg' | 'apk' | 'rpm' | 'python' | 'node'

/** A package of which the two merged trees have different versions, or only one has any. */
export interface PackageChange {
  readonly manager: PackageManager
  /** As its manager calls it. */
  readonly name: string
  /** As its manager writes it, null where it says none: `amd64`, `x86_64`, … */
  readonly architecture: string | null
  readonly kind: 'added' | 'removed' | 'modified'
  /** The version, null where it is not there. */
  readonly before: string | null
  readonly after: string | null
  /** Installed bytes as the manager tells them, for node what its folder measures; null where nobody tells or it is not there. */
  readonly sizeBefore: number | null
  readonly sizeAfter: number | null
  /** The database or folder that tells of it. */
  readonly path: string
}

/** A file of one side of a diff. */
export interface FileOfDiff {
  readonly change: Change
  readonly side: Side
  /** Bytes of it that are kept, where that is not the limit of all. */
  readonly limit?: number | undefined
}

/** How much of a file is kept when it is read. */
export interface ContentOptions {
  /** Bytes that are kept of a file, from its beginning. Default 1 MiB. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a file holds. */
export interface FileContent {
  /** All of it, or its beginning. */
  readonly bytes: Uint8Array
  /** Bytes of the whole file. */
  readonly size: number
  /** `blake3:HEX` of the whole file. */
  readonly hash: string
}

/** An {@link Entry} as JSON has it: bytes as base64. */
export interface EntryJson extends Omit<Entry, 'linkBytes' | 'xattrs'> {
  /** Base64. */
  readonly linkBytes?: string
  /** Base64 by name. */
  readonly xattrs: Readonly<Record<string, string>>
}

/** A {@link Change} as JSON has it: bytes as base64, and what the totals count only where it cannot be told from the entries. */
export interface ChangeJson extends Omit<Change, 'pathBytes' | 'before' | 'after' | 'bytesBefore' | 'bytesAfter'> {
  /** Base64. */
  readonly pathBytes?: string
  readonly before: EntryJson | null
  readonly after: EntryJson | null
  /** What the path counts in the totals, where it is not the size of `before`, or 0 where that is no file: of hard links. */
  readonly bytesBefore?: number
  /** As `bytesBefore`, of `after`. */
  readonly bytesAfter?: number
}

/** A {@link NotableChange} as JSON has it. */
export interface NotableChangeJson extends Omit<NotableChange, 'pathBytes'> {
  /** Base64. */
  readonly pathBytes?: string
}

/** A {@link Rename} as JSON has it. */
export interface RenameJson extends Omit<Rename, 'fromBytes' | 'toBytes'> {
  /** Base64. */
  readonly fromBytes?: string
  readonly toBytes?: string
}

/** The JSON of a diff; its schema is exported as `layerdiff/schema.json`. */
export interface LayerDiffJson {
  readonly schema: 'layerdiff/1'
  readonly summary: Totals
  readonly notable: readonly NotableChangeJson[]
  readonly renames: readonly RenameJson[] | null
  readonly packages: readonly PackageChange[] | null
  /** What rules found; only in reports of the command, where there are rules. */
  readonly gates?: readonly GateResult[]
  /** Globs of paths that were left out; only in reports of the command, where there are any. */
  readonly ignored?: readonly string[]
  readonly changes: readonly ChangeJson[]
  readonly warnings: readonly Warning[]
}

/** What a diff must keep to. Sizes are of the files in the merged trees; what is not given is not checked. */
export interface GateRules {
  /** Bytes that the tree may grow by, or a share of what it was: 0.05 is 5 %. */
  readonly maxGrowth?: { readonly bytes: number } | { readonly share: number } | undefined
  /** Bytes that the after tree may have. */
  readonly maxSize?: number | undefined
  /** Paths that the after tree may have. */
  readonly maxFiles?: number | undefined
  /** Globs, as `ignore` takes them, of paths that may not be added or changed. */
  readonly deny?: readonly string[] | undefined
  /** Whether no file may gain a setuid or setgid bit. */
  readonly denySetuid?: boolean | undefined
  /** Globs of paths that may not be removed. */
  readonly denyRemoved?: readonly string[] | undefined
  /** The least efficiency, by dive's formula, of the after image: 0 to 1. */
  readonly minEfficiency?: number | undefined
  /** What the after image may waste, by dive's formula: bytes, or a share of all bytes above the first layer. */
  readonly maxWaste?: { readonly bytes: number } | { readonly share: number } | undefined
}

/** Names of rules. */
export type GateRule = keyof GateRules

/** What became of one rule. */
export interface GateResult {
  readonly rule: GateRule
  readonly passed: boolean
  /** Bytes, a share, a count, or globs, as the rule has it. */
  readonly limit: number | boolean | readonly string[]
  /** What `limit` and `figure` count. */
  readonly unit: 'bytes' | 'share' | 'paths' | 'score'
  /** What was found, of rules about paths how many; null where nothing can be told: a share of nothing. */
  readonly figure: number | null
  /** The paths at fault, or what weighs most: the largest growth, the most wasteful. At most 100; escaped is nothing in them. */
  readonly paths: readonly string[]
}

/** How far a layer is. Sent when its phase changes and a few times a second while it is read. */
export interface LayerProgress {
  readonly side: Side
  /** Index in the side's stack. A layer that stands in several places reports for the first. */
  readonly layer: number
  readonly phase: 'waiting' | 'reading' | 'done'
  /** Stored bytes read so far. */
  readonly bytesIn: number
  /** Stored bytes in all, null where nobody knows. */
  readonly bytesTotal: number | null
  /** Uncompressed bytes read so far. */
  readonly bytesOut: number
  /** Tar entries so far. */
  readonly entries: number
}
