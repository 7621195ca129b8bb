// Databases of package managers, spoilt, put through what reads them and through whole diffs. Each is read, or refused as its
// reader says; nothing else is thrown, nothing is large that should be small, and the next database reads right.

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { loadSqlite } from '../../src/engine/load-sqlite.js'
import { readColumn, SqliteError } from '../../src/engine/sqlite.js'
import { diffLayers } from '../../src/index.js'
import { readApk } from '../../src/packages/apk.js'
import { readDpkg } from '../../src/packages/dpkg.js'
import { readNodePackage } from '../../src/packages/node.js'
import { type Package, PackageError } from '../../src/packages/package.js'
import { readPythonMetadata, readPythonRecord } from '../../src/packages/python.js'
import { readRpmHeader } from '../../src/packages/rpm.js'
import type { PackageChange } from '../../src/types.js'
import { codeOf, FIRST_SEED, report, SCALE } from '../support/fuzz.js'
import { rpmDatabase, rpmHeader } from '../support/package-builder.js'
import { KINDS, type Kind, PackageMutator } from '../support/package-mutator.js'
import { recordSum, stanzaPackages } from '../support/reference-packages.js'
import { Random } from '../support/stacks.js'
import { file, type TarPart, tar } from '../support/tar-builder.js'

const RUNS = 800 * SCALE
const DATABASES = 300 * SCALE
const DIFFS = 40 * SCALE
const TIME = 300_000 * SCALE
const MIB = 2 ** 20

const seedOf = (kind: Kind) => FIRST_SEED * 31 + KINDS.indexOf(kind)
const PROTOTYPES = [Object.prototype, Array.prototype, String.prototype]
const keysOf = () => PROTOTYPES.map((one) => Reflect.ownKeys(one).length)

/** How many were read, and how many were refused for what. */
class Tally {
  readonly outcomes: Record<string, number> = {}
  /** To be looked at: nothing is judged by it. */
  slowestMs = 0

  add(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1
  }
}

/** What a reader says of one database; null where it is refused. A fault of ours is thrown on, with the case. */
async function outcomeOf<T>(
  tally: Tally,
  kind: Kind,
  given: Uint8Array,
  read: () => T | Promise<T>,
): Promise<T | null> {
  const before = given.slice()
  const start = performance.now()
  try {
    const found = await read()
    tally.add('read')
    return found
  } catch (error) {
    if (!(error instanceof PackageError || error instanceof SqliteError)) {
      report(`${kind} fault: ${error}`, { bytes: Buffer.from(given).toString('base64') })
      throw error
    }
    tally.add(error.message.replace(/"[^"]*"/, '"…"'))
    return null
  } finally {
    tally.slowestMs = Math.max(tally.slowestMs, Math.round(performance.now() - start))
    expect(Buffer.compare(given, before), 'what is read is not changed').toBe(0)
  }
}

function checkPackage({ name, version, architecture, size }: Package): void {
  for (const text of [name, version, architecture ?? 'none']) {
    if (typeof text !== 'string' || text === '' || text.length > 3000) throw new Error(`not a name or version: ${text}`)
    if (/\p{Cs}/u.test(text)) throw new Error('half a character')
  }
  if (size !== null && !(Number.isSafeInteger(size) && size >= 0)) throw new Error(`not a size: ${size}`)
}

type Reader = (given: Uint8Array) => Package[]

const readers: Readonly<Record<Exclude<Kind, 'rpm' | 'python-record'>, Reader>> = {
  dpkg: readDpkg,
  apk: readApk,
  python: (given) => [readPythonMetadata(given)],
  node: (given) => [readNodePackage(given, 'folder')],
  'rpm-header': (given) => [readRpmHeader(given)].flatMap((found) => found ?? []),
}

it.for(Object.entries(readers) as [Kind, Reader][])(
  `${RUNS} databases: %s`,
  { timeout: TIME },
  async ([kind, read]) => {
    const random = new Random(seedOf(kind))
    const mutator = new PackageMutator(random)
    const tally = new Tally()
    const keys = keysOf()
    for (let run = 0; run < RUNS; run++) {
      const given = mutator.spoilt(kind)
      const found = await outcomeOf(tally, kind, given, () => read(given))
      for (const each of found ?? []) checkPackage(each)
      if (kind === 'dpkg' || kind === 'apk') expect(found, `run ${run}`).toEqual(stanzaPackages(kind, given))
      if (run % 50 === 0)
        expect(read(mutator.honest(kind)).length).toBeGreaterThanOrEqual(kind === 'rpm-header' ? 0 : 1)
    }
    expect(keysOf()).toEqual(keys)
    report(`packages ${kind}`, { runs: RUNS, ...tally })
    expect(tally.outcomes.read).toBeLessThan(RUNS)
  },
)

it(
  `${RUNS} files of RECORD`,
  () => {
    const mutator = new PackageMutator(new Random(seedOf('python-record')))
    let sums = 0
    for (let run = 0; run < RUNS; run++) {
      const given = mutator.spoilt('python-record')
      const sum = readPythonRecord(given)
      expect(sum, `run ${run}`).toBe(recordSum(given))
      if (sum !== 0) sums++
    }
    report('packages python-record', { runs: RUNS, sums })
    expect(sums).toBeGreaterThan(0)
  },
  TIME,
)

/** Name and version as the reader of Python's own importlib.metadata finds them, of texts in base64, a line each. */
const PYTHON = `
import base64, email, io, json, sys
for line in sys.stdin:
    text = io.TextIOWrapper(io.BytesIO(base64.b64decode(line)), encoding='utf-8', errors='replace').read().removeprefix('\\ufeff')
    found = email.message_from_string(text)
    print(json.dumps([found['Name'], found['Version']]))
`
/** Neither of them is what it is by its spaces, which Python knows more of. */
const firstLine = (text: string | null) =>
  (text ?? '').split(/\r\n|\r|\n/, 1)[0]?.replace(/^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu, '') ?? ''

it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
  `${RUNS} files of METADATA, as Python reads them`,
  async () => {
    const mutator = new PackageMutator(new Random(seedOf('python') + 1000))
    const cases = Array.from({ length: RUNS }, () => mutator.spoilt('python')).filter(({ length }) => length < 65_536)
    const input = cases.map((given) => `${Buffer.from(given).toString('base64')}\n`).join('')
    const { stdout } = spawnSync('python3', ['-c', PYTHON], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
    const lines = stdout.trim().split('\n')
    const tally = new Tally()
    for (const [index, given] of cases.entries()) {
      const [name, version] = (JSON.parse(lines[index] ?? '') as (string | null)[]).map(firstLine)
      const found = await outcomeOf(tally, 'python', given, () => readPythonMetadata(given))
      // What is longer than any name is refused here.
      const what = `case ${index}: ${JSON.stringify(new TextDecoder().decode(given.subarray(0, 1000)))}`
      // What is longer than any name is refused here.
      if (found !== null) expect([found.name, found.version].map(firstLine), what).toEqual([name, version])
      else expect(!name || !version || Math.max(name.length, version.length) > 1000, what).toBe(true)
    }
    report('packages python, compared', { runs: cases.length, ...tally })
  },
  TIME,
)

it(
  `${DATABASES} databases of rpm`,
  async () => {
    const module = await loadSqlite()
    const random = new Random(seedOf('rpm'))
    const mutator = new PackageMutator(random)
    const tally = new Tally()
    const honest = rpmDatabase([rpmHeader({ name: 'a', version: '1' }), rpmHeader({ name: 'b', version: '2' })])
    const memories: WebAssembly.Memory[] = []
    const Plain = WebAssembly.Memory
    WebAssembly.Memory = class extends Plain {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor)
        memories.push(this)
      }
    }
    let largest = 0
    const read = async (given: Uint8Array) => {
      const packages: Package[] = []
      let sum = 0
      await readColumn(module, given, 'Packages', 'blob', (blob) => {
        sum += blob.byteLength
        const found = readRpmHeader(blob)
        if (found) packages.push(found)
      })
      expect(sum).toBeLessThanOrEqual(given.byteLength)
      return packages
    }
    try {
      for (let run = 0; run < DATABASES; run++) {
        const given = mutator.spoilt('rpm')
        for (const each of (await outcomeOf(tally, 'rpm', given, () => read(given))) ?? []) checkPackage(each)
        for (const { buffer } of memories.splice(0)) largest = Math.max(largest, buffer.byteLength - given.byteLength)
        // What one database may cost beside itself: nothing that it says of sizes is believed.
        expect(largest, `run ${run}`).toBeLessThanOrEqual(24 * MIB)
        if (run % 20 === 0) expect((await read(honest)).map(({ name }) => name)).toEqual(['a', 'b'])
      }
    } finally {
      WebAssembly.Memory = Plain
    }
    report('packages rpm', { runs: DATABASES, largestMiB: largest / MIB, ...tally })
    expect(tally.outcomes.read).toBeGreaterThan(0)
  },
  TIME,
)

const PATHS: Readonly<Record<Exclude<Kind, 'rpm-header'>, string>> = {
  dpkg: 'var/lib/dpkg/status',
  apk: 'lib/apk/db/installed',
  python: 'site/foo-1.dist-info/METADATA',
  'python-record': 'site/foo-1.dist-info/RECORD',
  node: 'app/node_modules/a/package.json',
  rpm: 'var/lib/rpm/rpmdb.sqlite',
}
/** Refused for what they are, whatever they hold. */
const UNREAD = ['var/lib/rpm/Packages', 'usr/lib/sysimage/rpm/Packages.db', 'var/lib/rpm/rpmdb.sqlite-wal']

/** Without the path, which is that of the side that is shown. */
const sentence = ({ manager, name, architecture }: PackageChange, from: unknown, to: unknown) =>
  JSON.stringify([manager, name, architecture, from, to])

it(
  `${DIFFS} diffs`,
  async () => {
    const random = new Random(FIRST_SEED * 31 + 99)
    const mutator = new PackageMutator(random)
    const tally = new Tally()
    const layer = (odds: number) => {
      const parts: TarPart[] = Object.entries(PATHS).map(([kind, path]) =>
        file(path, random.chance(odds) ? mutator.spoilt(kind as Kind) : mutator.honest(kind as Kind)),
      )
      const unread = UNREAD.filter(() => random.chance(5)).map((path) => file(path, mutator.spoilt('rpm')))
      return [...parts, ...unread]
    }
    const told = file('app/node_modules/told/package.json', '{"name":"told","version":"1"}')
    for (let run = 0; run < DIFFS; run++) {
      const [before, after] = [tar(layer(20)), tar([...layer(30), told])]
      const work = async () => {
        const [diff, back] = await Promise.all([
          diffLayers(before, after, { packages: true }),
          diffLayers(after, before, { packages: true }),
        ])
        const [packages, mirrored] = [diff.packages ?? [], back.packages ?? []]
        for (const each of packages) {
          const { name, architecture } = each
          for (const version of [each.before, each.after]) {
            if (version !== null) checkPackage({ name, architecture, version, size: each.sizeAfter })
          }
        }
        expect(packages.filter(({ name }) => name === 'told')).toHaveLength(1)
        const sorted = (list: string[]) => list.sort()
        expect(sorted(mirrored.map((each) => sentence(each, each.after, each.before)))).toEqual(
          sorted(packages.map((each) => sentence(each, each.before, each.after))),
        )
        expect(
          [...new Set(diff.warnings.map(({ code }) => code))].filter((code) => code !== 'PACKAGES_UNREADABLE'),
        ).toEqual([])
        expect(JSON.parse(JSON.stringify(diff.toJSON())).packages).toEqual(packages)
        for (const { path } of diff.warnings) tally.add(`unread ${path}`)
        tally.add(diff.warnings.length === 0 ? 'read in all' : 'with warnings')
      }
      expect(await codeOf(work()), `run ${run}`).toBeNull()
    }
    report('packages in diffs', { runs: DIFFS, outcomes: tally.outcomes })
  },
  TIME,
)
