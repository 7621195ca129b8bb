// The parsers of package databases: what each reads, what it refuses, and that hostile bytes end in an error and never in a hang.

import { describe, expect, test } from 'vitest'
import { loadSqlite } from '../src/engine/load-sqlite.js'
import { readColumn, SqliteError } from '../src/engine/sqlite.js'
import { readApk } from '../src/packages/apk.js'
import { comparePackages, type FoundPackage } from '../src/packages/compare.js'
import { databaseOf } from '../src/packages/databases.js'
import { readDpkg } from '../src/packages/dpkg.js'
import { readNodePackage } from '../src/packages/node.js'
import { PackageError } from '../src/packages/package.js'
import { METADATA_BYTES, readPythonMetadata, readPythonRecord } from '../src/packages/python.js'
import { readRpmHeader } from '../src/packages/rpm.js'
import {
  apkParagraph,
  dpkgParagraph,
  number,
  PACKAGES_TABLE,
  rpmDatabase,
  rpmFields,
  rpmHeader,
  text,
} from './support/package-builder.js'
import {
  farRows,
  indexLeaf,
  inner,
  leaf,
  longRow,
  overflowPage,
  PAGE_SIZE,
  type SqliteOptions,
  schemaRow,
  sqlite,
} from './support/sqlite-builder.js'
import { bytes } from './support/tar-builder.js'

/** `name:architecture version size` */
const show = ({ name, architecture, version, size }: ReturnType<typeof readPythonMetadata>) =>
  `${name}:${architecture} ${version} ${size}`

describe('dpkg', () => {
  test.for<[string, string, string[]]>([
    ['a paragraph', dpkgParagraph('a', '1:2.0-3'), ['a:amd64 1:2.0-3 null']],
    ['sizes in KiB', dpkgParagraph('a', '1', { 'Installed-Size': '12' }), ['a:amd64 1 12288']],
    ['a size that is no number', dpkgParagraph('a', '1', { 'Installed-Size': 'many' }), ['a:amd64 1 null']],
    [
      'two, and what follows a blank line',
      `\n\n${dpkgParagraph('a', '1')}\n${dpkgParagraph('b', '2')}`,
      ['a:amd64 1 null', 'b:amd64 2 null'],
    ],
    ['without an end of the last line', 'Package: a\nVersion: 1', ['a:null 1 null']],
    [
      'a removed package that left its configuration',
      dpkgParagraph('a', '1', { Status: 'deinstall ok config-files' }),
      [],
    ],
    ['a package that is not installed', 'Package: a\nStatus: unknown ok not-installed\n', []],
    ['a package that is half installed', dpkgParagraph('a', '1', { Status: 'install reinstreq half-installed' }), []],
    ['a package that is on hold', dpkgParagraph('a', '1', { Status: 'hold ok installed' }), ['a:amd64 1 null']],
    [
      'a package that waits for a trigger',
      dpkgParagraph('a', '1', { Status: 'install ok triggers-pending' }),
      ['a:amd64 1 null'],
    ],
    ['nothing', '', []],
  ])('%s', ([, given, expected]) => {
    expect(readDpkg(bytes(given)).map(show)).toEqual(expected)
  })

  test.for<[string, string]>([
    ['a paragraph without a package', 'Version: 1\n'],
    ['an installed package without a version', 'Package: a\nStatus: install ok installed\n'],
    ['a line that is no field', 'Package: a\nVersion 1\n'],
    ['a picture', '\x89PNG\r\n\x1a\n\0\0'],
    ['a line without a name', 'Package: a\nVersion: 1\n:b: c\n'],
    ['a version that comes twice', 'Package: a\nVersion: 1\nVersion: 2\n'],
  ])('%s is refused', ([, given]) => {
    expect(() => readDpkg(bytes(given))).toThrow(PackageError)
  })
})

describe('apk', () => {
  test('paragraphs, with the files of each passed over', () => {
    const given = apkParagraph('musl', '1.2.5-r0', 640) + apkParagraph('z', '2')
    expect(readApk(bytes(given)).map(show)).toEqual(['musl:x86_64 1.2.5-r0 640', 'z:x86_64 2 100'])
  })
  test.for<[string, string]>([
    ['no name', 'V:1\n'],
    ['no version', 'P:a\n'],
    ['no field', 'P:a\nV:1\nnothing\n'],
  ])('%s is refused', ([, given]) => {
    expect(() => readApk(bytes(given))).toThrow(PackageError)
  })
})

describe('Python', () => {
  test.for<[string, string, string]>([
    [
      'metadata',
      'Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0rc1\nSummary: x\n\nVersion: 9\n',
      'Foo.Bar:null 1.0rc1 null',
    ],
    ['lines that end as on Windows', 'Name: foo\r\nVersion: 1\r\n\r\nName: bar\r\n', 'foo:null 1 null'],
    ['a field after another in capitals', 'NAME: foo\nName: bar\nversion: 1\n', 'foo:null 1 null'],
    [
      'lines end as for Python, and nowhere else',
      'Summary: x\u2028Name: bar\nName: foo\rVersion: 1\u2028\nVersion: 2\n',
      'foo:null 1 null',
    ],
    ['a field without a name', ':\nName: foo\nVersion: 1\n', 'foo:null 1 null'],
    ['a byte order mark', '\ufeffName: foo\nVersion: 1\n', 'foo:null 1 null'],
    ['a description of many megabytes', `Name: foo\nVersion: 1\n\n${'x'.repeat(2 ** 22)}`, 'foo:null 1 null'],
  ])('%s', ([, given, expected]) => {
    expect(show(readPythonMetadata(bytes(given)))).toBe(expected)
  })
  test.for([
    '',
    'Name: foo\n',
    'Version: 1\n',
    'Name:\nVersion: 1\n',
    'Summary: x\n\nName: foo\nVersion: 1\n',
    'no header\nName: foo\nVersion: 1\n',
  ])('%j is refused', (given) => {
    expect(() => readPythonMetadata(bytes(given))).toThrow(PackageError)
  })
  test('a version that goes on behind what is read is refused', () => {
    const head = 'Name: foo\nSummary: \nVersion: 1.2'
    const given = head.replace('y: ', `y: ${'x'.repeat(METADATA_BYTES - head.length)}`)
    expect(() => readPythonMetadata(bytes(`${given}.3\n`))).toThrow(PackageError)
    expect(show(readPythonMetadata(bytes(`${given.replace('x', '')}\n`)))).toBe('foo:null 1.2 null')
  })
  test.for<[string, string, number]>([
    ['sizes', 'foo/a.py,sha256=x,10\nfoo/b.py,sha256=y,5\n', 15],
    ['commas in names', '"foo/a,7",sha256=x,10\r\n"b,c",sha256=x,1', 11],
    ['RECORD itself and caches', 'foo-1.dist-info/RECORD,,\nfoo/__pycache__/a.pyc,,\nfoo/a.py,sha256=x,3\n', 3],
    ['spaces around a size', 'a,b, 12 \na,b,\t3\r\n', 15],
    ['what is no size', 'a,b,-4\na,b,1e9\na,b,99999999999999999999\na\n\n', 0],
    ['nothing', '', 0],
  ])('%s', ([, given, expected]) => {
    expect(readPythonRecord(bytes(given))).toBe(expected)
  })
})

describe('node', () => {
  test.for<[string, string, string]>([
    ['a package', '{"name":"a","version":"1.0.0"}', 'a:null 1.0.0 null'],
    ['a byte order mark', '\ufeff{"name":"a","version":"1.0.0"}', 'a:null 1.0.0 null'],
    ['no name: its folder tells', '{"version":"1.0.0"}', 'folder:null 1.0.0 null'],
    ['a name that is no text', '{"name":["a"],"version":"1.0.0"}', 'folder:null 1.0.0 null'],
    ['half a character', '{"name":"a\\ud800","version":"\\udc00"}', 'a\ufffd:null \ufffd null'],
    ['a key that is none', '{"__proto__":{"version":"2"},"version":"1"}', 'folder:null 1 null'],
  ])('%s', ([, given, expected]) => {
    expect(show(readNodePackage(bytes(given), 'folder'))).toBe(expected)
  })
  test.for([
    '',
    '{',
    '[]',
    'null',
    '"a"',
    '{"name":"a"}',
    '{"version":1}',
    '{"__proto__":{"version":"2"}}',
    '['.repeat(100_000),
  ])('%.40j is refused', (given) => {
    expect(() => readNodePackage(bytes(given), 'folder')).toThrow(PackageError)
  })
})

describe('more than anybody installs', () => {
  const refused: [name: string, read: () => unknown, message: RegExp][] = [
    ['packages of apk', () => readApk(bytes('P:a\nV:1\n\n'.repeat(100_001))), /more than 100000 packages/],
    ['paragraphs of dpkg', () => readDpkg(bytes('Package: a\nStatus: x\n\n'.repeat(200_001))), /200000 paragraphs/],
    ['a field that is not shown', () => readDpkg(bytes(`Package: a\nStatus: ${' '.repeat(5000)}x\n`)), /1024/],
    ['a name of rpm', () => readRpmHeader(rpmHeader({ name: 'a'.repeat(5000), version: '1' })), /1024/],
    ['a version of apk', () => readApk(bytes(`P:a\nV:${'1'.repeat(2000)}\n\n`)), /more than 1024 characters/],
    [
      'a name of dpkg',
      () => readDpkg(bytes(`Package: ${'a'.repeat(2000)}\nVersion: 1\n`)),
      /more than 1024 characters/,
    ],
    ['a name of node', () => readNodePackage(bytes(`{"name":"${'a'.repeat(2000)}","version":"1"}`), 'a'), /1024/],
    ['a version of Python', () => readPythonMetadata(bytes(`Name: a\nVersion: ${'1'.repeat(2000)}\n`)), /1024/],
  ]
  test.for(refused)('%s', ([, read, message]) => {
    expect(read).toThrow(PackageError)
    expect(read).toThrow(message)
  })

  test('as many as there may be are compared', () => {
    const many = Array.from({ length: 100_000 }, () => ({
      ...{ manager: 'apk' as const, name: 'a', version: '1', architecture: null, size: null, home: 'lib', path: 'lib' },
    }))
    expect(comparePackages([], many)).toHaveLength(100_000)
    expect(comparePackages(many, many)).toEqual([])
  })
})

describe('headers of rpm', () => {
  const full = { name: 'a', version: '1', release: '2.fc', epoch: 3, architecture: 'noarch', size: 5 }
  test.for<[string, Uint8Array, string | null]>([
    ['a package', rpmHeader(full), 'a:noarch 3:1-2.fc 5'],
    ['neither epoch nor architecture nor size', rpmHeader({ name: 'a', version: '1' }), 'a:null 1-1 null'],
    ['an epoch of 0, which somebody wrote', rpmHeader({ ...full, epoch: 0 }), 'a:noarch 0:1-2.fc 5'],
    ['a package of 5 GiB', rpmHeader({ ...full, longSize: 5n << 30n }), `a:noarch 3:1-2.fc ${5 * 2 ** 30}`],
    ['a size beyond all numbers', rpmHeader({ name: 'a', version: '1', longSize: 1n << 63n }), 'a:null 1-1 null'],
    ['a key', rpmHeader({ name: 'gpg-pubkey', version: 'fd431d51', release: '4ae0493b' }), null],
  ])('%s', ([, given, expected]) => {
    const found = readRpmHeader(given)
    expect(found && show(found)).toBe(expected)
  })

  const spoilt = (spoil: (view: DataView) => void) => {
    const header = rpmHeader(full)
    spoil(new DataView(header.buffer))
    return header
  }
  test.for<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['more entries than bytes', spoilt((view) => view.setUint32(0, 0xffff))],
    ['entries by the billion', spoilt((view) => view.setUint32(0, 0xffff_ffff))],
    ['more data than bytes', spoilt((view) => view.setUint32(4, 0xffff_ffff))],
    ['an offset behind the data', spoilt((view) => view.setUint32(16, 1000))],
    ['an offset at the end of numbers', spoilt((view) => view.setUint32(16, 0xffff_ffff))],
    ['a name that is a number', spoilt((view) => view.setUint32(12, 4))],
    ['a name of no values', spoilt((view) => view.setUint32(20, 0))],
    ['a name without an end', rpmFields([[1000, 6, bytes('a')]])],
    ['no name', rpmFields([text(1001, '1'), text(1002, '1')])],
    ['no release', rpmFields([text(1000, 'a'), text(1001, '1')])],
    ['a number that is cut off', rpmFields([text(1000, 'a'), text(1001, '1'), text(1002, '1'), [1009, 5, number(1)]])],
  ])('%s is refused', ([, given]) => {
    expect(() => readRpmHeader(given)).toThrow(PackageError)
  })

  test('cut off at every byte: refused', () => {
    const whole = rpmHeader(full)
    for (let end = 0; end < whole.byteLength; end++) {
      expect(() => readRpmHeader(whole.slice(0, end)), `${end} bytes`).toThrow(PackageError)
    }
  })

  test('every byte changed: a package, a key or a refusal', () => {
    const whole = rpmHeader(full)
    for (let at = 0; at < whole.byteLength; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const given = whole.slice()
        given[at] = value
        try {
          readRpmHeader(given)
        } catch (error) {
          expect(error, `${value} at ${at}`).toBeInstanceOf(PackageError)
        }
      }
    }
  })
})

const sqliteModule = await loadSqlite()

async function rowsOf(database: Uint8Array): Promise<string[]> {
  const rows: string[] = []
  await readColumn(sqliteModule, database, 'Packages', 'blob', (blob) => rows.push(new TextDecoder().decode(blob)))
  return rows
}

describe('databases of SQLite', () => {
  test.for<[string, SqliteOptions]>([
    ['with a write-ahead log', { version: 2 }],
    ['with a rollback journal', { version: 1 }],
  ])('%s', async ([, options]) => {
    expect(await rowsOf(rpmDatabase([bytes('a'), bytes('b'), null], options))).toEqual(['a', 'b', ''])
  })

  test('a row in a chain of pages', async () => {
    const pages = [schemaPage(), longRow(10_000, 3), overflowPage(4), overflowPage(5), overflowPage(0)]
    const [row] = await rowsOf(sqlite(pages))
    expect(row?.length).toBe(10_000)
  })

  test('a thousand pages', async () => {
    const children = Array.from({ length: 300 }, (_, i) => i + 3)
    const rows = (first: number) =>
      leaf(
        Array.from({ length: 10 }, () => [null, bytes('x')]),
        first,
      )
    const pages = [schemaPage(), inner(children), ...children.map((_, i) => rows(i * 10))]
    expect(await rowsOf(sqlite(pages))).toHaveLength(3000)
  })

  test('an index that says otherwise does not answer for its table', async () => {
    // Rows of the index are the narrower ones, so that SQLite would rather read those.
    const pages = [
      leaf([
        schemaRow('table', 'Packages', 2, 'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB, more TEXT)'),
        schemaRow('index', 'i', 3, 'CREATE INDEX i ON Packages(blob)', 'Packages'),
      ]),
      leaf([[null, bytes('true'), null]]),
      indexLeaf([[bytes('false'), 1]]),
    ]
    expect(await rowsOf(sqlite(pages))).toEqual(['true'])
  })

  const COMPUTED = 'CREATE TABLE Packages (x, blob AS (x))'
  const plain = (sql: string, type = 'table') =>
    sqlite([leaf([schemaRow(type, 'Packages', type === 'table' ? 2 : 0, sql)]), leaf([[null, bytes('a')]])])
  const endless =
    'CREATE VIEW Packages AS WITH RECURSIVE n(blob) AS (SELECT 1 UNION ALL SELECT blob + 1 FROM n) SELECT blob FROM n WHERE blob < 0'
  /** Rows of one table, each of which has its end at the end of a chain that is as long as the file may be. */
  const far = () => {
    const [chain, children] = [900, Array.from({ length: 60 }, (_, i) => i + 3)]
    const first = children.length + 3
    return sqlite([
      schemaPage(),
      inner(children),
      ...children.map((child) => farRows(7, chain * (PAGE_SIZE - 4), 35, first, child * 7)),
      ...Array.from({ length: chain + 2 }, (_, i) => overflowPage(first + i + 1)),
    ])
  }
  const fan = (child: number) => inner(Array.from({ length: 300 }, () => child))
  const depth = Array.from({ length: 12 }, (_, i) => i + 3)
  test.for<[string, Uint8Array, RegExp]>([
    ['too few bytes', bytes('SQLite format 3\0'), /too short/],
    ['other bytes', new Uint8Array(8192).fill(0x78), /cut off, or no database/],
    ['other bytes of a fitting number', new Uint8Array(65_536), /not a database/],
    ['half a page less', rpmDatabase([bytes('a')]).slice(0, PAGE_SIZE * 1.5), /cut off/],
    ['a page less', rpmDatabase([bytes('a')]).slice(0, PAGE_SIZE), /malformed/],
    [
      'no table of that name',
      sqlite([leaf([schemaRow('table', 'Other', 2, 'CREATE TABLE Other (blob)')]), leaf([])]),
      /no table/,
    ],
    ['no column of that name', plain('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, other BLOB)'), /logic error/],
    ['a view that never ends', plain(endless, 'view'), /no table/],
    ['a column that is computed', plain(COMPUTED), /not a plain one/],
    ['a column that a function computes', plain('CREATE TABLE Packages (x, blob AS (zeroblob(1e9)))'), /malformed/],
    [
      'an index on the schema that says otherwise',
      sqlite([
        leaf([
          schemaRow('table', 'Packages', 2, COMPUTED),
          schemaRow('index', 'i', 3, 'CREATE INDEX i ON sqlite_master(type, name, sql)', 'sqlite_master'),
        ]),
        leaf([[bytes('a')]]),
        indexLeaf([['table', 'Packages', PACKAGES_TABLE, 1]]),
      ]),
      /not a plain one/,
    ],
    [
      'a table that has the name of the schema',
      sqlite([
        leaf([
          schemaRow('table', 'Packages', 2, COMPUTED),
          schemaRow('table', 'sqlite_schema', 3, 'CREATE TABLE sqlite_schema (type, name, sql)'),
        ]),
        leaf([[bytes('a')]]),
        leaf([['table', 'Packages', PACKAGES_TABLE]]),
      ]),
      /malformed/,
    ],
    [
      'statistics that are computed',
      sqlite([
        leaf([
          schemaRow('table', 'Packages', 2, PACKAGES_TABLE),
          schemaRow('table', 'sqlite_stat1', 3, 'CREATE TABLE sqlite_stat1 (x, tbl AS (hex(x)), idx, stat)'),
        ]),
        leaf([[null, bytes('a')]]),
        leaf([[1, null, '1']]),
      ]),
      /malformed/,
    ],
    [
      'a statement of many columns',
      plain(`CREATE TABLE Packages (blob, ${Array.from({ length: 200 }, (_, i) => `c${i}`)})`),
      /malformed/,
    ],
    ['rows that each lead through all of the file', far(), /more steps/],
    ['a virtual table', plain('CREATE VIRTUAL TABLE Packages USING fts5(blob)'), /not a plain one/],
    ['a statement with a name of its own', plain('CREATE TABLE Other (blob)'), /malformed/],
    ['a page that points at itself', sqlite([schemaPage(), fan(2)]), /malformed/],
    [
      'pages that share their children, so that rows never end',
      sqlite([schemaPage(), ...depth.map(fan), leaf([[null, bytes('x')]])]),
      /more steps/,
    ],
    [
      'pages that share a row',
      sqlite([schemaPage(), inner([3, 3]), longRow(18_000, 4), ...[5, 6, 7, 0].map(overflowPage)]),
      /rows are larger than the file/,
    ],
    [
      'the same in the pages of the schema',
      sqlite([
        inner([2, 3]),
        leaf([schemaRow('table', 't', 4, 'CREATE TABLE t (a UNIQUE)')]),
        ...depth.map((page) => fan(page + 1)),
        leaf(
          Array.from({ length: 30 }, () => schemaRow('index', 'sqlite_autoindex_t_1', 4, null, 't')),
          2,
        ),
      ]),
      /more steps/,
    ],
    ['a chain that points at itself', sqlite([schemaPage(), longRow(60_000_000, 3), overflowPage(3)]), /too big/],
    ['a row of a gigabyte', sqlite([schemaPage(), longRow(1_000_000_000, 3), overflowPage(3)]), /too big/],
  ])('%s', async ([, given, message]) => {
    const outcome = await rowsOf(given).catch((error: unknown) => error)
    expect(outcome).toBeInstanceOf(SqliteError)
    expect((outcome as Error).message).toMatch(message)
  })

  test('bytes changed here and there: rows or a refusal', async () => {
    const whole = rpmDatabase([bytes('first'), bytes('second')])
    const places = [
      ...Array(120).keys(),
      ...Array.from({ length: 40 }, (_, i) => PAGE_SIZE - 1 - i),
      ...Array.from({ length: 40 }, (_, i) => PAGE_SIZE + i),
    ]
    for (const at of places) {
      const given = whole.slice()
      given[at] = (given[at] ?? 0) ^ 0xff
      const outcome = await rowsOf(given).catch((error: unknown) => error)
      expect(Array.isArray(outcome) || outcome instanceof SqliteError, `byte ${at}: ${outcome}`).toBe(true)
    }
  })
})

function schemaPage() {
  return leaf([schemaRow('table', 'Packages', 2, PACKAGES_TABLE)])
}

describe('which file is whose', () => {
  test.for<[string, string | null]>([
    ['var/lib/dpkg/status', 'dpkg '],
    ['var/lib/dpkg/status-old', null],
    ['var/lib/dpkg/status.d/libc6', 'dpkg '],
    ['var/lib/dpkg/status.d/libc6.md5sums', null],
    ['var/lib/dpkg/status.d/a/b', null],
    ['rootfs/var/lib/dpkg/status', null],
    ['lib/apk/db/installed', 'apk '],
    ['usr/lib/apk/db/installed', 'apk '],
    ['lib/apk/db/scripts.tar', null],
    ['var/lib/rpm/rpmdb.sqlite', 'rpm '],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite', 'rpm '],
    ['var/lib/rpm/rpmdb.sqlite-wal', 'rpm-log '],
    ['var/lib/rpm/rpmdb.sqlite-shm', null],
    ['var/lib/rpm/Packages', 'rpm-berkeley '],
    ['usr/lib/sysimage/rpm/Packages.db', 'rpm-ndb '],
    ['var/lib/rpm/constructor', null],
    ['usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info/METADATA', 'python usr/lib/python3/dist-packages/foo-bar'],
    [
      'usr/lib/python3/dist-packages/Foo_Bar-1.0.dist-info/RECORD',
      'python-record usr/lib/python3/dist-packages/foo-bar',
    ],
    ['foo-1.0.dist-info/METADATA', 'python foo'],
    ['a/ruamel.yaml-0.1-2.dist-info/METADATA', 'python a/ruamel-yaml'],
    ['a/foo.egg-info/PKG-INFO', 'python a/foo'],
    ['a/foo-1-py3.egg-info', 'python a/foo'],
    ['a/foo-1.0.dist-info/WHEEL', null],
    ['node_modules/a/package.json', 'node node_modules/a'],
    ['x/node_modules/@s/a/package.json', 'node x/node_modules/@s/a'],
    ['x/node_modules/.pnpm/a@1/node_modules/a/package.json', 'node x/node_modules/.pnpm/a@1/node_modules/a'],
    ['node_modules/@s/package.json', null],
    ['node_modules/a/lib/package.json', null],
    ['node_modules/.package-lock.json', null],
    ['app/package.json', null],
    ['package.json', null],
    ['toString', null],
  ])('%s', ([path, expected]) => {
    const found = databaseOf(path)
    expect(found && `${found.form} ${found.home}`).toBe(expected)
  })
})

describe('the order', () => {
  const one = (manager: FoundPackage['manager'], name: string, path = 'p', architecture: string | null = null) =>
    ({ manager, name, architecture, version: '1', size: null, home: path, path }) satisfies FoundPackage
  test('by manager, name in byte order, architecture, path', () => {
    const given = [
      one('node', 'a', 'x/b'),
      one('node', 'a', 'x/a'),
      one('apk', 'b'),
      one('dpkg', '\u{1f600}'),
      one('dpkg', '\uff5a'),
      one('dpkg', 'a', 'p', 'i386'),
      one('dpkg', 'a', 'p', 'amd64'),
      one('dpkg', 'Z'),
    ]
    const shown = comparePackages([], given).map(
      ({ manager, name, architecture, path }) => `${manager} ${name} ${architecture} ${path}`,
    )
    expect(shown).toEqual([
      'dpkg Z null p',
      'dpkg a amd64 p',
      'dpkg a i386 p',
      'dpkg \uff5a null p',
      'dpkg \u{1f600} null p',
      'apk b null p',
      'node a null x/a',
      'node a null x/b',
    ])
  })
})
