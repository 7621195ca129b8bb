// Databases of packages, spoilt in the places that their readers look at.
//
// Takes: a source of chance. Gives: for each kind a right database and one that was changed: bytes, lines, numbers of headers,
// pages, and the statements of a schema.

import { apkParagraph, dpkgParagraph, PACKAGES_TABLE, rpmFields, rpmHeader, text } from './package-builder.js'
import {
  farRows,
  indexLeaf,
  inner,
  leaf,
  longRow,
  overflowPage,
  PAGE_SIZE,
  type Page,
  schemaRow,
  sqlite,
  type Value,
} from './sqlite-builder.js'
import type { Random } from './stacks.js'
import { bytes, concat } from './tar-builder.js'

export const KINDS = ['dpkg', 'apk', 'python', 'python-record', 'node', 'rpm-header', 'rpm'] as const
export type Kind = (typeof KINDS)[number]

const NUMBERS = [
  0,
  1,
  2,
  7,
  8,
  16,
  99,
  127,
  128,
  255,
  4095,
  4096,
  65_535,
  2 ** 16,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
]
/** What a line may end with, or seem to; and what may stand for a name or version. */
const ODD = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\u2028',
  '\u0085',
  '\0',
  '\ufeff',
  ' ',
  '\t',
  ':',
  ',',
  '\u001b[31m',
  '\u202e',
]
const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '9'.repeat(16),
  '9'.repeat(30),
  'é',
  '\u{1f600}',
]
const JSONS = [
  'null',
  '-0',
  '1e999',
  '"\\ud83d\\uff5a"',
  '"\\udc00"',
  '"\\u0000"',
  '{"__proto__":{"version":"9"}}',
  '[[[[]]]]',
  '"a\\u202eb"',
  '""',
  'true',
]
const STATEMENTS = [
  'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (hnum))',
  'CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (zeroblob(1000000000)) STORED)',
  'CREATE TABLE Packages (blob, hnum, PRIMARY KEY (hnum)) WITHOUT ROWID',
  'CREATE TABLE Packages AS SELECT 1 AS blob',
  'CREATE TABLE Packages (blob CHECK (randomblob(1000000) IS NOT NULL))',
  'CREATE VIEW Packages AS SELECT sql AS blob FROM sqlite_master',
  'CREATE VIEW Packages AS WITH RECURSIVE n(blob) AS (SELECT 1 UNION ALL SELECT blob + 1 FROM n) SELECT blob FROM n',
  'CREATE VIRTUAL TABLE Packages USING fts5(blob)',
  'CREATE VIRTUAL TABLE Packages USING dbstat',
  'CREATE VIRTUAL TABLE Packages USING rtree(id, a, blob)',
  'CREATE TRIGGER Packages AFTER INSERT ON Packages BEGIN DELETE FROM Packages; END',
  'CREATE INDEX Packages ON Packages (blob)',
  'CREATE INDEX i ON sqlite_master (type, name, sql)',
  'CREATE UNIQUE INDEX i ON Packages (hex(blob)) WHERE blob LIKE char(37)',
  'CREATE TABLE sqlite_schema (type, name, sql)',
  'CREATE TABLE sqlite_master (type, name, sql)',
  'CREATE TABLE sqlite_stat1 (tbl, idx, stat AS (replace(tbl, idx, randomblob(100000))))',
  'CREATE TABLE sqlite_stat1 (x, tbl, idx, stat)',
  'CREATE TABLE sqlite_stat4 (tbl, idx, neq, nlt, ndlt, sample)',
  'PRAGMA writable_schema = ON',
  "ATTACH '/etc/passwd' AS p",
  "SELECT load_extension('x')",
  `CREATE TABLE t (${Array.from({ length: 150 }, (_, i) => `c${i}`)})`,
  `CREATE TABLE t (a CHECK (${'('.repeat(200)}1${')'.repeat(200)}))`,
  `CREATE VIEW t AS ${'SELECT 1 UNION ALL '.repeat(50)}SELECT 1`,
  '',
  'CREATE',
]

export class PackageMutator {
  constructor(private readonly random: Random) {}

  /** Right in all; with one package at the least. */
  honest(kind: Kind): Uint8Array {
    const { random } = this
    const names = Array.from(
      { length: 1 + random.int(4) },
      (_, i) => `${random.pick(['a', 'lib', 'Foo.bar', 'x-y'])}${i}`,
    )
    const version = () => `${random.int(3)}.${random.int(20)}`
    switch (kind) {
      case 'dpkg':
        return bytes(
          names.map((name) => dpkgParagraph(name, version(), { 'Installed-Size': `${random.int(999)}` })).join(''),
        )
      case 'apk':
        return bytes(names.map((name) => apkParagraph(name, version(), random.int(9999))).join(''))
      case 'python':
        return bytes(`Metadata-Version: 2.1\nName: ${names[0]}\nVersion: ${version()}\nSummary: x\n y\n\nName: z\n`)
      case 'python-record':
        return bytes(names.map((name) => `"${name}/a,b.py",sha256=abc,${random.int(9999)}\n`).join(''))
      case 'node':
        return bytes(JSON.stringify({ name: names[0], version: version(), dependencies: { b: '^1', c: ['x', {}] } }))
      case 'rpm-header':
        return this.header(names[0] ?? 'a')
      case 'rpm':
        return this.database(names.map((name) => this.header(name)))
    }
  }

  /** Changed once or more often; it may still be right. */
  spoilt(kind: Kind): Uint8Array {
    const { random } = this
    if (kind === 'rpm' && random.chance(60)) return this.pages()
    let out = this.honest(kind)
    for (let n = 1 + random.int(3); n > 0; n--) {
      if (random.chance(25)) out = this.anyBytes(out)
      else if (kind === 'rpm-header') out = this.numbers(out, 8 + 16 * 7, 4)
      else if (kind === 'rpm') out = this.numbers(out, random.chance(50) ? 120 : out.length, random.pick([1, 2, 4]))
      else if (kind === 'node') out = this.json(out)
      else out = this.lines(out)
    }
    return out
  }

  private header(name: string): Uint8Array {
    const { random } = this
    if (random.chance(5)) return rpmFields([text(1000, 'gpg-pubkey')])
    const version = `${random.int(9)}.${random.int(9)}`
    return rpmHeader({
      name,
      version,
      release: '1.fc',
      epoch: random.int(3),
      architecture: 'noarch',
      size: random.int(9999),
    })
  }

  /** In one leaf, or below an inner page. */
  private database(blobs: readonly Uint8Array[]): Uint8Array {
    const rows = blobs.map((blob) => [null, blob])
    const schema = leaf([schemaRow('table', 'Packages', 2, PACKAGES_TABLE)])
    if (rows.length < 2 || this.random.chance(50)) return sqlite([schema, leaf(rows)])
    return sqlite([schema, inner([3, 4]), leaf(rows.slice(0, 1)), leaf(rows.slice(1), 2)])
  }

  /** Trees and chains that lead back, and statements that no rpm wrote. */
  private pages(): Uint8Array {
    const { random } = this
    const count = 4 + random.int(20)
    const any = () => 1 + random.int(count + 2)
    const blob = () => (random.chance(80) ? this.header('a') : random.pick<Value>([null, 1, 'x', bytes('x')]))
    const page = (): Page | Uint8Array => {
      const how = random.int(7)
      if (how === 0) return inner(Array.from({ length: random.pick([1, 2, 300]) }, random.chance(50) ? any : () => 3))
      if (how === 1) return longRow(random.pick([5000, 60_000, 3_000_000, 2 ** 31 - 20]), any())
      if (how === 2) return farRows(7, random.pick([5000, 60_000, (count - 1) * PAGE_SIZE]), 35, any(), random.int(9))
      if (how === 3) return overflowPage(any())
      if (how === 4)
        return indexLeaf([
          ['table', 'Packages', PACKAGES_TABLE, 1],
          [blob(), 2],
        ])
      return leaf(
        Array.from({ length: random.int(9) }, () => [null, blob()]),
        random.int(20),
      )
    }
    const hostile = () => {
      const sql = random.pick(STATEMENTS)
      const [, type = 'table', name = 'x'] = /(TABLE|VIEW|INDEX|TRIGGER) (\w+)/.exec(sql) ?? []
      const of = / ON (\w+)/.exec(sql)?.[1] ?? name
      return schemaRow(random.chance(90) ? type.toLowerCase() : 'view', name, random.chance(80) ? any() : 0, sql, of)
    }
    const rows = random.chance(70) ? [schemaRow('table', 'Packages', 2, PACKAGES_TABLE)] : []
    for (let n = random.int(3); n > 0; n--) rows.push(hostile())
    const first = random.chance(95) ? leaf(rows) : inner([any(), any()])
    const out = sqlite([first, ...Array.from({ length: count - 1 }, page)], { version: 1 + random.int(2) })
    return random.chance(30) ? this.numbers(out, random.chance(50) ? 100 : out.length, random.pick([1, 2, 4])) : out
  }

  /** A number of `width` bytes among the first `within`. */
  private numbers(from: Uint8Array, within: number, width: number): Uint8Array {
    const { random } = this
    const out = from.slice()
    if (out.length < width) return out
    const at = random.int(Math.max(1, Math.min(within, out.length) - width + 1))
    const start = width === 4 && random.chance(80) ? at - (at % 4) : at
    let value = random.chance(70) ? random.pick(NUMBERS) : random.int(300)
    for (let i = width - 1; i >= 0; i--, value = Math.floor(value / 256)) out[start + i] = value % 256
    return out
  }

  private anyBytes(from: Uint8Array): Uint8Array {
    const { random } = this
    const out = from.slice()
    const at = random.int(out.length + 1)
    const how = random.int(6)
    if (how === 0) return out.subarray(0, at)
    if (how === 1) return concat([out, out])
    if (how === 2) return concat([out.subarray(0, at), from.subarray(random.int(from.length + 1)), out.subarray(at)])
    if (how === 3) out.copyWithin(random.int(out.length + 1), at, at + random.int(200))
    else if (at < out.length) out[at] = how === 4 ? random.int(256) : (out[at] ?? 0) ^ (1 << random.int(8))
    return out
  }

  private lines(from: Uint8Array): Uint8Array {
    const { random } = this
    const lines = new TextDecoder().decode(from).split('\n')
    const at = random.int(lines.length)
    const line = lines[at] ?? ''
    const cut = random.int(line.length + 1)
    const how = random.int(8)
    if (how === 0) lines.splice(at, 1)
    else if (how === 1) lines.splice(random.int(lines.length), 0, line)
    else if (how === 2)
      lines.splice(
        at,
        0,
        ...Array.from({ length: random.int(line.length > 1000 ? 20 : 2000) }, () => random.pick(['', line])),
      )
    else if (how === 3) lines[at] = line.slice(0, cut) + random.pick(ODD) + line.slice(cut)
    else if (how === 4) lines[at] = line.replace(/[^:,]*$/, () => ` ${random.pick(WORDS)}`)
    else if (how === 5)
      lines[at] = line + random.pick(['x', ' ', 'é', ',', ':']).repeat(random.pick([1000, 5000, 70_000]))
    else if (how === 6) lines[at] = random.chance(50) ? line.toLowerCase() : ` ${line}`
    else lines.reverse()
    return bytes(lines.join(random.chance(10) ? random.pick(['\r\n', '\r']) : '\n'))
  }

  private json(from: Uint8Array): Uint8Array {
    const { random } = this
    const given = new TextDecoder().decode(from)
    const how = random.int(6)
    const value = random.pick(JSONS)
    if (how === 0) return bytes(given.replace(/"version":"[^"]*"/, () => `"version":${value}`))
    if (how === 1) return bytes(given.replace(/"name":"[^"]*"/, () => `"name":${value}`))
    if (how === 2) return bytes(given.replace('{', () => `{${JSON.stringify(random.pick(WORDS))}:${value},`))
    if (how === 3) return bytes(`${'['.repeat(50_000)}${given}${']'.repeat(random.pick([0, 50_000]))}`)
    if (how === 4) return bytes(given.replace('{', () => `{"d":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)},`))
    return bytes(random.pick(ODD) + given)
  }
}
