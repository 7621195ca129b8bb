// The byte layouts that stages hand to each other and to TypeScript, which mirrors them in src/engine/abi.ts.
// All numbers are little-endian; every record's size is a multiple of 8, so that records stay aligned in a section.
// Ids are indices into the table named; offsets count bytes from the start of the section named.

// PATH: one component of a path. Id 0 is the root, its own parent, with an empty name. Parents precede children.
//
//   0        4        8        12       16
//   +--------+--------+--------+--------+
//   | parent |  name  | length | whole  |
//   +--------+--------+--------+--------+
//     PATH id  NAMES    bytes    bytes of the whole path, slashes included
export const PATH_PARENT: usize = 0
export const PATH_NAME: usize = 4
export const PATH_LENGTH: usize = 8
export const PATH_WHOLE: usize = 12
export const PATH_SIZE: usize = 16

// ENTRY: one tar entry that says something about the tree, in the archive's order.
//
//   0        4   5   6      8        12       16               24               32
//   +--------+---+---+------+--------+--------+----------------+----------------+
//   |  path  |typ|flg| mode |  uid   |  gid   |      size      | mtime, seconds |
//   +--------+---+---+------+--------+--------+----------------+----------------+
//   | nanos  | xattrs | header offset  |              payload, 32 bytes          |
//   +--------+--------+----------------+-----------------------------------------+
//   32       36       40               48                                        80
//
//   path     PATH id; a whiteout's is the path it deletes, an opaque marker's the directory it clears.
//            In a diff, where a change knows its path: 1 + PATH id of the first path of the inode, 0 with one path only.
//   mode     the 12 bits of permissions, setuid, setgid and sticky
//   nanos    of mtime, 0 to 999,999,999, counted upwards from the second
//   xattrs   BLOBS offset of an XATTRS block, 0 for none
//   offset   of the entry's own header in the uncompressed tar. In a diff, from ENTRY_SLOT_BIT on, the slot of the loaded
//            layer whose tar it is: of a hard link it may be below the layer that has the link
//   payload  file: BLAKE3-256 of the content; symlink: BLOBS offset and length of the target;
//            hard link: PATH id of the target; device: major and minor
export const ENTRY_PATH: usize = 0
export const ENTRY_TYPE: usize = 4
export const ENTRY_FLAGS: usize = 5
export const ENTRY_MODE: usize = 6
export const ENTRY_UID: usize = 8
export const ENTRY_GID: usize = 12
export const ENTRY_CONTENT_SIZE: usize = 16
export const ENTRY_MTIME: usize = 24
export const ENTRY_NANOS: usize = 32
export const ENTRY_XATTRS: usize = 36
export const ENTRY_OFFSET: usize = 40
export const ENTRY_PAYLOAD: usize = 48
export const ENTRY_SIZE: usize = 80
/** Offsets are far below 2^47, 128 TiB, and slots below 2^17: two stacks of 2^16 layers. */
export const ENTRY_SLOT_BIT: u64 = 47

export const enum EntryType {
  File = 1,
  Directory = 2,
  Symlink = 3,
  Char = 4,
  Block = 5,
  Fifo = 6,
  // Only in a layer index; a merged tree has resolved them.
  Hardlink = 7,
  Whiteout = 8,
  Opaque = 9,
}

/** The content was read and its hash stands in the payload. */
export const FLAG_HASHED: u8 = 1
/** A directory that no entry describes: made because something below it needs it. */
export const FLAG_IMPLICIT: u8 = 2
/** A file in AUFS's pseudo-link directory, never shown, or a hard link of the same layer that leads to one. */
export const FLAG_PSEUDO_LINK: u8 = 4
/** Only while wanted.ts looks for contents to read: this one has been noted. */
export const FLAG_WANTED: u8 = 8

// XATTRS: a block in BLOBS, sorted by key, so that equal sets are equal bytes.
//
//   +--------+--------+   +------------+--------------+-----+-------+
//   |  bytes | count  | + | key length | value length | key | value |  * count, unpadded
//   +--------+--------+   +------------+--------------+-----+-------+
//     bytes of the whole block, these 8 included
export const XATTRS_BYTES: usize = 0
export const XATTRS_COUNT: usize = 4
export const XATTRS_HEAD: usize = 8

// WARNING: a `Warning` and its place.
//
//   0        4        8        12       16               24
//   +--------+--------+--------+--------+----------------+
//   |  code  |  path  |  side  | layer  | header offset  |
//   +--------+--------+--------+--------+----------------+
//              1 + PATH id, 0 for none; side (0 before, 1 after) and layer are set in a diff only
export const WARNING_CODE: usize = 0
export const WARNING_PATH: usize = 4
export const WARNING_SIDE: usize = 8
export const WARNING_LAYER: usize = 12
export const WARNING_OFFSET: usize = 16
export const WARNING_SIZE: usize = 24

// CHANGE: one path that differs, in byte order of the whole path.
//
//   0        4   5   6      8        12       16       20       24       28       32               40               48
//   +--------+---+---+------+--------+--------+--------+--------+--------+--------+----------------+----------------+
//   |  path  |knd|mrk|fields| before | after  |b.layer |a.layer |c.layer |   0    |  bytes before  |  bytes after   |
//   +--------+---+---+------+--------+--------+--------+--------+--------+--------+----------------+----------------+
//
//   before, after    1 + index in ENTRIES, 0 where the side has no such path
//   mrk, c.layer     the cause: `Marker` and layer of the after side; marker 0 for none
//   bytes            what this path counts in the totals: an inode's bytes count at one of its paths
export const CHANGE_PATH: usize = 0
export const CHANGE_KIND: usize = 4
export const CHANGE_MARKER: usize = 5
export const CHANGE_FIELDS: usize = 6
export const CHANGE_BEFORE: usize = 8
export const CHANGE_AFTER: usize = 12
export const CHANGE_BEFORE_LAYER: usize = 16
export const CHANGE_AFTER_LAYER: usize = 20
export const CHANGE_CAUSE_LAYER: usize = 24
export const CHANGE_BYTES_BEFORE: usize = 32
export const CHANGE_BYTES_AFTER: usize = 40
export const CHANGE_SIZE: usize = 48

export const enum Kind {
  Added = 1,
  Removed = 2,
  Modified = 3,
}

export const enum Marker {
  None = 0,
  Whiteout = 1,
  Opaque = 2,
  Replaced = 3,
  Entry = 4,
}

// Fields that differ, as bits; also the mask of what is compared.
export const FIELD_CONTENT: u16 = 1
export const FIELD_TYPE: u16 = 2
export const FIELD_MODE: u16 = 4
export const FIELD_OWNER: u16 = 8
export const FIELD_LINK: u16 = 16
export const FIELD_DEVICE: u16 = 32
export const FIELD_XATTRS: u16 = 64
export const FIELD_MTIME: u16 = 128

// DIRECTORY: the totals of all paths below one directory (itself not counted). Parents precede children.
//
//   0        4        8        12       16       20       24      32      40      48      56
//   +--------+--------+--------+--------+--------+--------+-------+-------+-------+-------+
//   |  path  | parent | added  |removed |modified| same   |     bytes before, after,      |
//   |        |        |        |        |        |        |     added, removed: u64       |
//   +--------+--------+--------+--------+--------+--------+-------------------------------+
//     PATH id  index in DIRECTORIES; the root is 0 and its own parent
export const DIRECTORY_PATH: usize = 0
export const DIRECTORY_PARENT: usize = 4
export const DIRECTORY_ADDED: usize = 8
export const DIRECTORY_REMOVED: usize = 12
export const DIRECTORY_MODIFIED: usize = 16
export const DIRECTORY_SAME: usize = 20
export const DIRECTORY_BYTES_BEFORE: usize = 24
export const DIRECTORY_BYTES_AFTER: usize = 32
export const DIRECTORY_BYTES_ADDED: usize = 40
export const DIRECTORY_BYTES_REMOVED: usize = 48
export const DIRECTORY_SIZE: usize = 56
