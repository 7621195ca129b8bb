// Public corpora of tar archives, some broken on purpose: each is read as its row says, and as the slow reference reads it.
// A file without a row fails.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EntryJson } from '../src/index.js'
import { engineOutcome, referenceOutcome } from './support/agreement.js'
import type { JsonChange } from './support/reference.js'
import { fixtures } from './support/truth.js'

/** Entries in the words of `entryText`, how many there are, or the code of the error; and warnings. */
type Row = readonly [file: string, expected: readonly string[] | number | string, warnings?: readonly string[]]

const ROWS: readonly Row[] = [
  // ---- Go's archive/tar
  // A directory and a file by ustar, all attributes zero.
  ['go/file-and-dir.tar', ['directory dir @0', 'file small.txt 5 @0']],
  // `tar --incremental`: a dumped directory (D) whose data is passed over, and an old GNU sparse file that is all hole. It stops after one zero block.
  [
    'go/gnu-incremental.tar',
    [
      'directory test2 1000/1000 @1441973427',
      'file test2/foo 64 1000/1000 @1441973363',
      'file test2/sparse 536870912 1000/1000 @1441973427',
    ],
    ['TRAILING_BLOCKS_MISSING'],
  ],
  // A long name ends at its first NUL.
  ['go/gnu-long-nul.tar', ['file 0123456789 0 1000/1000 @1486082191']],
  // Of several long names and links before one entry the last counts.
  [
    'go/gnu-multi-hdrs.tar',
    ['symlink GNU2/GNU2/long-path-name -> GNU4/GNU4/long-linkpath-name @0'],
    ['TRAILING_BLOCKS_MISSING'],
  ],
  // A sparse map with a single piece that is all data, and one with a single piece of no length at the end.
  ['go/gnu-nil-sparse-data.tar', ['file sparse.db 1000 @0']],
  ['go/gnu-nil-sparse-hole.tar', ['file sparse.db 1000 @0']],
  // Four bytes that are no UTF-8 in a GNU name: kept, and shown as four replacement characters.
  ['go/gnu-not-utf8.tar', ['file hi\ufffd\ufffd\ufffd\ufffdbye 0 1000/1000 @0']],
  // 60 GB of holes out of a few kilobytes.
  ['go/gnu-sparse-big.tar.base64', 'LIMIT_EXPANSION'],
  // No image is compressed with bzip2.
  ['go/gnu-sparse-many-zeros.tar.bz2', 'COMPRESSION_UNSUPPORTED'],
  // GNU names are bytes, and these are UTF-8.
  ['go/gnu-utf8.tar', ['file ☺☻☹☺☻☹☺☻☹☺☻☹…54 0 1000/1000 @0']],
  ['go/gnu.tar', ['file small.txt 5 73025/5000 @1244428340', 'file small2.txt 11 73025/5000 @1244436044']],
  // The link has the target's size and hash.
  ['go/hardlink.tar', ['file file.txt 15 1000/100 @1425484303', 'file hard.txt 15 = file.txt 1000/100 @1425484303']],
  // Headers alone, each twice: the second time types 1 to 6 have a size, and no data follows.
  [
    'go/hdr-only.tar',
    [
      'symlink badlink -> missing 319973/5000 @1442274044',
      'directory dir 319973/5000 @1442273732',
      'fifo fifo 319973/5000 @1442273806',
      'file file 46 319973/5000 @1442273747',
      'file hardlink 46 = file 319973/5000 @1442273747',
      'char null 1:3 319973/5000 @1442264573',
      'block sda 8:0 319973/5000 @1442264573',
      'symlink symlink -> file 319973/5000 @1442273756',
    ],
    ['DUPLICATE_PATH'],
  ],
  // Go 1.7 wrote a ustar prefix into a GNU header.
  ['go/invalid-go17.tar', ['file aaaaaaaaaaaa…101 0 2097152/0 @0']],
  // Noise of a fuzzer: no checksum, a record whose length lies (and whose padding is missing), a number that is none.
  ['go/issue10968.tar', 'TAR_CHECKSUM'],
  ['go/issue11169.tar', 'TAR_PAX_RECORD'],
  ['go/issue12435.tar', 'TAR_NUMBER'],
  // A size below zero, in base 256.
  ['go/neg-size.tar.base64', 'TAR_NUMBER'],
  // An owner's field of NULs is zero.
  ['go/nil-uid.tar', ['file P1050238.JPG.log 14 @1365454838'], ['TRAILING_BLOCKS_MISSING']],
  // A record without its newline; the same, compressed.
  ['go/pax-bad-hdr-file.tar', 'TAR_PAX_RECORD'],
  ['go/pax-bad-hdr-large.tar.bz2', 'COMPRESSION_UNSUPPORTED'],
  // A time that is no number.
  ['go/pax-bad-mtime-file.tar', 'TAR_PAX_RECORD'],
  // Global headers say nothing: the names and times are the entries' own.
  ['go/pax-global-records.tar', ['file file1 0 @0', 'file file2 0 @0', 'file file3 0 @0', 'file file4 0 @1400000000']],
  // Of several pax headers before one entry the last counts.
  ['go/pax-multi-hdrs.tar', ['symlink bar -> PAX4/PAX4/long-linkpath-name @0'], ['TRAILING_BLOCKS_MISSING']],
  ['go/pax-nil-sparse-data.tar', ['file sparse.db 1000 @0']],
  ['go/pax-nil-sparse-hole.tar', ['file sparse.db 1000 @0']],
  // A NUL in a path, and one in the name of an attribute.
  ['go/pax-nul-path.tar', 'TAR_PAX_RECORD'],
  ['go/pax-nul-xattrs.tar', 'TAR_PAX_RECORD'],
  // A pax header, and no entry after it.
  ['go/pax-path-hdr.tar', 'TAR_TRUNCATED'],
  // The record's size counts; the header's is wrong.
  ['go/pax-pos-size-file.tar', ['file foo 999 319973/5000 @1442282516'], ['TRAILING_BLOCKS_MISSING']],
  // Records of vendors that nobody knows.
  ['go/pax-records.tar', ['file file 0 @0']],
  ['go/pax-sparse-big.tar.base64', 'LIMIT_EXPANSION'],
  // Long names and links, and times to nanoseconds.
  [
    'go/pax.tar',
    [
      'file a/1234567891…194 7 1000/1000 @1350244992.23960108',
      'symlink a/b -> 123456789101…192 1000/1000 @1350266320.910238425',
    ],
  ],
  // The same file sparse in each of the four forms.
  [
    'go/sparse-formats.tar',
    [
      'file end 4 1000/1000 @1392398319',
      'file sparse-gnu 200 1000/1000 @1392395740',
      'file sparse-posix-0.0 200 1000/1000 @1392342187',
      'file sparse-posix-0.1 200 1000/1000 @1392340456',
      'file sparse-posix-1.0 200 1000/1000 @1392337404',
    ],
  ],
  ['go/star.tar', ['file small.txt 5 73025/5000 @1244592783', 'file small2.txt 11 73025/5000 @1244592783']],
  // A directory's long name, by pax.
  ['go/trailing-slash.tar', ['directory 123456789/12…299 @0']],
  // Device numbers of a regular file mean nothing.
  ['go/ustar-file-devs.tar', ['file file 0 @0']],
  ['go/ustar-file-reg.tar', ['file foo 684 319973/5000 @1442282516'], ['TRAILING_BLOCKS_MISSING']],
  // Name and prefix.
  ['go/ustar.tar', ['file longname/lon…143 6 501/20 @1360135598']],
  ['go/v7.tar', ['file small.txt 5 73025/5000 @1244593104', 'file small2.txt 11 73025/5000 @1244593104']],
  // Headers of 16 GB of data, which was left out of the corpus.
  ['go/writer-big-long.tar.base64', 'TAR_TRUNCATED'],
  ['go/writer-big.tar', 'TAR_TRUNCATED'],
  [
    'go/writer.tar',
    [
      'symlink link.txt -> small.txt 1000/1000 @1314603082',
      'file small.txt 5 73025/5000 @1246508266',
      'file small2.txt 11 73025/5000 @1245217492',
    ],
  ],
  // SCHILY's attributes.
  [
    'go/xattrs.tar',
    [
      'file small.txt 5 1000/10 @1386065770.448252320 security.selinux user.key user.key2',
      'file small2.txt 11 1000/10 @1386065770.449252304 security.selinux',
    ],
  ],
  // ---- tar-stream
  // Numbers in base 256: of sizes, and of owners that octal holds no more.
  ['tar-stream/base-256-size.tar', ['file test.txt 12 501/20 @1387580181']],
  ['tar-stream/base-256-uid-gid.tar', ['file package.json 1718 116435139/1876110778 @1450245435']],
  // GNU's times where ustar has its prefix.
  ['tar-stream/gnu-incremental.tar', ['file test.txt 14 12345/67890 @1559239869']],
  ['tar-stream/gnu-long-path.tar', ['file node-v0.11.1…106 6058 @1411595201'], ['TRAILING_BLOCKS_MISSING']],
  ['tar-stream/gnu.tar', ['file test.txt 14 12345/67890 @1559239869']],
  // Cut off within the padding of its content: tar-stream refuses it, Go, and so every tool that unpacks layers, reads it.
  ['tar-stream/incomplete.tar', ['file file-1.txt 12 501/20 @1387580181'], ['TRAILING_BLOCKS_MISSING']],
  // Invalid to a reader that did not know its attributes' records; a package as npm's macOS writers made it.
  ['tar-stream/invalid.tgz', 54],
  ['tar-stream/large-uid-gid.tar', ['file test.txt 12 262143/262143 @1387580181']],
  // Latin-1 names are bytes, and no UTF-8.
  ['tar-stream/latin1.tar', ["file En fran\ufffdais, s'il vous pla\ufffdt?.txt 14 @1495941034"]],
  ['tar-stream/long-name.tar', ['file my/file/is/l…143 16 501/20 @1387580181']],
  ['tar-stream/multi-file.tar', ['file file-1.txt 12 501/20 @1387580181', 'file file-2.txt 12 501/20 @1387580181']],
  // A name that fills its field has no NUL after it.
  ['tar-stream/name-is-100.tar', ['file node_modules…100 6 501/0 @1389643870']],
  ['tar-stream/one-file.tar', ['file test.txt 12 501/20 @1387580181']],
  ['tar-stream/pax.tar', ['file pax.txt 12 501/20 @1387580181']],
  // Numbers padded with spaces.
  [
    'tar-stream/space.tar',
    [
      'file test-0.0.0-SNAPSHOT/assembly.xml 851 @1411414225',
      'file test-0.0.0-SNAPSHOT/bower.json 232 @1411410496',
      'file test-0.0.0-SNAPSHOT/package.json 200 @1411410480',
      'file test-0.0.0-SNAPSHOT/pom.xml 881 @1411414289',
    ],
  ],
  [
    'tar-stream/types.tar',
    ['directory directory 501/20 @1387580181', 'symlink directory-link -> directory 501/20 @1387580181'],
  ],
  // UTF-8 by bsdtar, in pax records and in the headers' own fields.
  ['tar-stream/unicode-bsd.tar', ['file høllø.txt 4 501/20 @1387588646']],
  ['tar-stream/unicode.tar', ['file høstål.txt 8 501/20 @1387580181']],
  // A magic that nobody knows: read as v7.
  ['tar-stream/unknown-format.tar', ['file file-1.txt 12 501/20 @1387580181', 'file file-2.txt 12 501/20 @1387580181']],
  ['tar-stream/v7.tar', ['file test.txt 14 502/20 @1559246975']],
]

/** Where both refuse an archive that is broken in several ways, and each names another of them; or the reference would be at it for minutes. */
const REFERENCE_DIFFERS = ['go/gnu-sparse-big.tar.base64', 'go/pax-sparse-big.tar.base64', 'go/issue11169.tar']

/** Compressed archives, which the reference does not read. */
const COMPRESSED = /\.(bz2|tgz)$/

function readArchive(path: string): Uint8Array {
  const bytes = readFileSync(path)
  return path.endsWith('.base64') ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes
}

/** Long names by their beginnings and lengths. */
function short(name: string): string {
  return name.length > 40 ? `${name.slice(0, 12)}…${name.length}` : name
}

function entryText(path: string, entry: EntryJson): string {
  const { type, size, link, hardlink, device, uid, gid, mtime, mtimeNanos, xattrs } = entry
  const facts = [
    type,
    short(path),
    type === 'file' && size,
    link !== null && `-> ${short(link)}`,
    hardlink !== null && hardlink !== path && `= ${hardlink}`,
    device && `${device.major}:${device.minor}`,
    (uid > 0 || gid > 0) && `${uid}/${gid}`,
    `@${mtime}${mtimeNanos ? `.${mtimeNanos}` : ''}`,
    ...Object.keys(xattrs),
  ]
  return facts.filter((fact) => fact !== false && fact !== null).join(' ')
}

describe.skipIf(fixtures === null)('tar corpora', () => {
  const options = { compare: { mtime: true } }

  it('every file has its row', () => {
    const files = ['go', 'tar-stream'].flatMap((corpus) =>
      readdirSync(join(fixtures ?? '', 'tar', corpus)).map((name) => `${corpus}/${name}`),
    )
    expect(ROWS.map(([file]) => file).sort()).toEqual(files.sort())
  })

  it.for(ROWS)('%s', async ([file, expected, warnings = []]) => {
    const archive = readArchive(join(fixtures ?? '', 'tar', file))
    const outcome = await engineOutcome([], [archive], options)
    if ('error' in outcome) expect(outcome.error).toBe(expected)
    else {
      const made = (outcome.diff.changes as JsonChange[]).filter(({ after }) => !after?.implicit)
      const texts = made.map(({ path, after }) => entryText(path, after as EntryJson))
      expect(typeof expected === 'number' ? texts.length : texts).toEqual(expected)
      expect(outcome.warnings).toEqual(warnings)
    }
    if (COMPRESSED.test(file) || REFERENCE_DIFFERS.includes(file)) return
    expect(outcome).toEqual(await referenceOutcome([], [archive], options))
  })
})
