// Packages of whole diffs: every manager, in every compression, by layers and by images, and what is said where one cannot be read.

import { describe, expect, it, test } from 'vitest'
import {
  type DiffOptions,
  diffImages,
  diffLayers,
  type LayerDiff,
  type LayerInput,
  openImage,
} from '../../src/index.js'
import type { PackageChange } from '../../src/types.js'
import { gzip } from '../support/compress.js'
import { dockerParts, layer } from '../support/image-builder.js'
import {
  apkParagraph,
  distInfo,
  dpkgParagraph,
  nodePackage,
  rpmDatabase,
  rpmHeader,
} from '../support/package-builder.js'
import { refusal } from '../support/refusal.js'
import { bytes, directory, file, opaque, symlink, type TarPart, tar, whiteout } from '../support/tar-builder.js'

const DPKG = 'var/lib/dpkg/status'
const APK = 'lib/apk/db/installed'
const RPM = 'var/lib/rpm/rpmdb.sqlite'
const SITE = 'usr/lib/python3/site-packages'

/** `dpkg name:architecture before -> after (sizes) @ path` */
function line({ manager, name, architecture, before, after, sizeBefore, sizeAfter, path }: PackageChange): string {
  const what = `${manager} ${name}${architecture === null ? '' : `:${architecture}`}`
  return `${what} ${before} -> ${after} (${sizeBefore}, ${sizeAfter}) @ ${path}`
}

const linesOf = (diff: LayerDiff) => diff.packages?.map(line)
const warned = (diff: LayerDiff) =>
  diff.warnings.map(({ code, side, layer, path }) => `${code} ${side} ${layer} ${path}`)

/** What one layer on top of another does. */
function upon(lower: readonly TarPart[], upper: readonly TarPart[], options: DiffOptions = {}): Promise<LayerDiff> {
  const base = tar(lower)
  return diffLayers(base, [base, tar(upper)], { packages: true, ...options })
}

/** Nearly as many as one database may have. */
const MANY = 'Package: a\nVersion: 1\n\n'.repeat(90_000)

const rpms = (...packages: [name: string, version: string][]) =>
  rpmDatabase(packages.map(([name, version]) => rpmHeader({ name, version, architecture: 'x86_64', size: 10 })))

const lower: TarPart[] = [
  file(
    DPKG,
    dpkgParagraph('a', '1.0', { 'Installed-Size': '2' }) + dpkgParagraph('gone', '1') + dpkgParagraph('same', '1'),
  ),
  file(APK, apkParagraph('musl', '1.2.3-r1') + apkParagraph('zlib', '1-r0')),
  file(RPM, rpms(['bash', '5'], ['glibc', '2'])),
  ...distInfo(SITE, 'Foo_bar', '1.0', [10, 20]),
  ...nodePackage('app', 'left', '1.0.0', 'x'.repeat(100)),
]
const upper: TarPart[] = [
  file(
    DPKG,
    dpkgParagraph('a', '1.1', { 'Installed-Size': '3' }) + dpkgParagraph('same', '1') + dpkgParagraph('b', '7'),
  ),
  file(APK, apkParagraph('musl', '1.2.4-r0', 120) + apkParagraph('zlib', '1-r0')),
  file(RPM, rpms(['bash', '6'], ['glibc', '2'])),
  whiteout(`${SITE}/Foo_bar-1.0.dist-info`),
  ...distInfo(SITE, 'foo-bar', '1.1', [10, 30]),
  ...nodePackage('app', 'left', '1.0.1', 'x'.repeat(50)),
  ...nodePackage('app', '@scope/new', '2.0.0'),
]
const expected = [
  `dpkg a:amd64 1.0 -> 1.1 (2048, 3072) @ ${DPKG}`,
  `dpkg b:amd64 null -> 7 (null, null) @ ${DPKG}`,
  `dpkg gone:amd64 1 -> null (null, null) @ ${DPKG}`,
  `apk musl:x86_64 1.2.3-r1 -> 1.2.4-r0 (100, 120) @ ${APK}`,
  `rpm bash:x86_64 5-1 -> 6-1 (10, 10) @ ${RPM}`,
  `python foo-bar 1.0 -> 1.1 (30, 40) @ ${SITE}/foo-bar-1.1.dist-info/METADATA`,
  'node @scope/new null -> 2.0.0 (null, 39) @ app/node_modules/@scope/new/package.json',
  'node left 1.0.0 -> 1.0.1 (133, 83) @ app/node_modules/left/package.json',
]

describe.each<[string, (content: Uint8Array) => LayerInput | Promise<LayerInput>]>([
  ['bytes', (content) => content],
  ['a Blob', (content) => new Blob([content as Uint8Array<ArrayBuffer>])],
  ['gzip', (content) => gzip(content)],
])('layers given as %s', (_, give) => {
  it('tells what every manager installed, removed and upgraded', async () => {
    const [base, top] = [await give(tar(lower)), await give(tar(upper))]
    const diff = await diffLayers(base, [base, top], { packages: true })
    expect(linesOf(diff)).toEqual(expected)
    expect(diff.warnings).toEqual([])
    expect(diff.toJSON().packages).toEqual(diff.packages)
  })
})

test('nothing is looked for where nobody asks', async () => {
  const base = tar(lower)
  const diff = await diffLayers(base, [base, tar(upper)])
  expect([diff.packages, diff.toJSON().packages]).toEqual([null, null])
})

test('images', async () => {
  const [low, high] = [await layer(tar(lower)), await layer(tar(upper))]
  const [old, now] = await Promise.all([
    openImage(tar(dockerParts([low], ['app:1']))),
    openImage(tar(dockerParts([low, high], ['app:2']))),
  ])
  const diff = await diffImages(old, now, { packages: true })
  expect(linesOf(diff)).toEqual(expected)
  expect(diff.toJSON().packages).toHaveLength(expected.length)
  const back = await diffImages(now, old, { packages: true })
  expect(back.packages?.map(({ before, after }) => `${after} -> ${before}`)).toEqual(
    diff.packages?.map(({ before, after }) => `${before} -> ${after}`),
  )
  await Promise.all([old.close(), now.close()])
})

describe('what counts', () => {
  const cases: [string, TarPart[], TarPart[], string[]][] = [
    [
      'a database that comes',
      [],
      [file(DPKG, dpkgParagraph('a', '1'))],
      [`dpkg a:amd64 null -> 1 (null, null) @ ${DPKG}`],
    ],
    [
      'a database that goes',
      [file(RPM, rpms(['a', '1'], ['b', '1']))],
      [opaque('var')],
      [`rpm a:x86_64 1-1 -> null (10, null) @ ${RPM}`, `rpm b:x86_64 1-1 -> null (10, null) @ ${RPM}`],
    ],
    [
      'a database that moves tells what changed on the way',
      [file(RPM, rpms(['a', '1'], ['b', '1']))],
      [whiteout(RPM), file('usr/lib/sysimage/rpm/rpmdb.sqlite', rpms(['a', '1'], ['b', '2']))],
      ['rpm b:x86_64 1-1 -> 2-1 (10, 10) @ usr/lib/sysimage/rpm/rpmdb.sqlite'],
    ],
    [
      'several versions of one package: what both sides have is no change, the rest are pairs',
      [file(RPM, rpms(['kernel', '1'], ['kernel', '2'], ['kernel', '3']))],
      [file(RPM, rpms(['kernel', '3'], ['kernel', '4']))],
      [`rpm kernel:x86_64 1-1 -> 4-1 (10, 10) @ ${RPM}`, `rpm kernel:x86_64 2-1 -> null (10, null) @ ${RPM}`],
    ],
    [
      'architectures of one package stand for themselves',
      [file(DPKG, dpkgParagraph('libc6', '1'))],
      [file(DPKG, dpkgParagraph('libc6', '1') + dpkgParagraph('libc6', '1', { Architecture: 'i386' }))],
      [`dpkg libc6:i386 null -> 1 (null, null) @ ${DPKG}`],
    ],
    [
      'packages of images without dpkg',
      [file('var/lib/dpkg/status.d/base', 'Package: base\nVersion: 1\nArchitecture: all\n')],
      [
        file('var/lib/dpkg/status.d/base', 'Package: base\nVersion: 2\nArchitecture: all\n'),
        file('var/lib/dpkg/status.d/base.md5sums', '00 usr/share/x\n'),
      ],
      ['dpkg base:all 1 -> 2 (null, null) @ var/lib/dpkg/status.d/base'],
    ],
    [
      'another mode of a database is no change',
      [file(DPKG, dpkgParagraph('a', '1'))],
      [file(DPKG, dpkgParagraph('a', '1'), { mode: 0o600 })],
      [],
    ],
    [
      'a Python that comes after another takes its packages along',
      [
        ...distInfo('usr/lib/python3.11/site-packages', 'foo', '1.0'),
        ...distInfo('usr/lib/python3.11/site-packages', 'bar', '1.0'),
      ],
      [
        whiteout('usr/lib/python3.11'),
        ...distInfo('usr/lib/python3.12/site-packages', 'foo', '1.0'),
        ...distInfo('usr/lib/python3.12/site-packages', 'bar', '2.0'),
      ],
      ['python bar 1.0 -> 2.0 (0, 0) @ usr/lib/python3.12/site-packages/bar-2.0.dist-info/METADATA'],
    ],
    [
      'an egg',
      [],
      [file(`${SITE}/old_one-0.5-py3.11.egg-info/PKG-INFO`, 'Name: old-one\r\nVersion: 0.5\r\n')],
      [`python old-one null -> 0.5 (null, null) @ ${SITE}/old_one-0.5-py3.11.egg-info/PKG-INFO`],
    ],
    [
      'packages below packages are told and measured by themselves',
      [],
      [
        ...nodePackage('', 'a', '1.0.0', 'x'.repeat(10)),
        ...nodePackage('node_modules/a', 'b', '2.0.0', 'y'.repeat(1000)),
      ].map((part) => ({ ...part, path: String(part.path).replace(/^\//, '') })),
      [
        'node a null -> 1.0.0 (null, 40) @ node_modules/a/package.json',
        'node b null -> 2.0.0 (null, 1030) @ node_modules/a/node_modules/b/package.json',
      ],
    ],
    [
      'package.json of something within a package',
      [],
      [file('node_modules/a/test/package.json', '{"name":"b","version":"1"}')],
      [],
    ],
    ['a symlink where a database might be', [], [directory('var/lib/rpm'), symlink(RPM, '/etc/passwd')], []],
    [
      'names that would turn a terminal are data',
      [],
      [file(DPKG, dpkgParagraph('\u001b[31ma', '\u202e1'))],
      [`dpkg \u001b[31ma:amd64 null -> \u202e1 (null, null) @ ${DPKG}`],
    ],
  ]
  test.for(cases)('%s', async ([, before, after, lines]) => {
    const diff = await upon(before, after)
    expect(linesOf(diff)).toEqual(lines)
    expect(diff.warnings).toEqual([])
  })
})

describe('what cannot be read', () => {
  const node = nodePackage('app', 'a', '1.0.0')
  const nodeLine = 'node a null -> 1.0.0 (null, 30) @ app/node_modules/a/package.json'
  const cases: [string, TarPart[], TarPart[], string[], RegExp][] = [
    [
      'a status that is no text',
      [file(DPKG, dpkgParagraph('a', '1'))],
      [file(DPKG, 'a\0b\n'), ...node],
      [DPKG],
      /line that is no field/,
    ],
    ['an apk database without names', [], [file(APK, 'V:1\n'), ...node], [APK], /without a package/],
    [
      'a database that is not of SQLite',
      [file(RPM, rpms(['a', '1']))],
      [file(RPM, 'x'.repeat(5000)), ...node],
      [RPM],
      /cut off, or no database/,
    ],
    ['an empty database', [file(RPM, rpms(['a', '1']))], [file(RPM, ''), ...node], [RPM], /too short/],
    [
      'a database that is cut off',
      [file(RPM, rpms(['a', '1']))],
      [file(RPM, rpms(['a', '2']).slice(0, 5000)), ...node],
      [RPM],
      /cut off/,
    ],
    [
      'a header that is damaged',
      [],
      [file(RPM, rpmDatabase([bytes('no header')])), ...node],
      [RPM],
      /header is damaged/,
    ],
    [
      'a database with a log beside it',
      [file(RPM, rpms(['a', '1']))],
      [file(RPM, rpms(['a', '2'])), file(`${RPM}-wal`, 'frames'), ...node],
      [`${RPM}-wal`],
      /rpmdb\.sqlite-wal/,
    ],
    [
      'a log alone',
      [file(RPM, rpms(['a', '1']))],
      [file(`${RPM}-wal`, 'frames'), ...node],
      [`${RPM}-wal`],
      /log of the database/,
    ],
    ['a Berkeley DB', [], [file('var/lib/rpm/Packages', 'x'), ...node], ['var/lib/rpm/Packages'], /Berkeley DB/],
    [
      'an ndb',
      [],
      [file('usr/lib/sysimage/rpm/Packages.db', 'x'), ...node],
      ['usr/lib/sysimage/rpm/Packages.db'],
      /ndb/,
    ],
    [
      'a package.json that is no JSON',
      [],
      [...node, file('node_modules/b/package.json', '{')],
      ['node_modules/b/package.json'],
      /not JSON/,
    ],
    [
      'a package.json of 5 MiB',
      [],
      [...node, file('node_modules/b/package.json', ' '.repeat(5 << 20))],
      ['node_modules/b/package.json'],
      /larger than 4 MiB/,
    ],
    [
      'metadata without a version',
      distInfo(SITE, 'foo', '1.0'),
      [...node, whiteout(`${SITE}/foo-1.0.dist-info`), file(`${SITE}/foo-2.0.dist-info/METADATA`, 'Name: foo\n')],
      [`${SITE}/foo-2.0.dist-info/METADATA`],
      /no package and its version/,
    ],
    [
      'more packages than anybody has, in databases that each have fewer than they may',
      [file('var/lib/dpkg/status.d/a', dpkgParagraph('a', '1'))],
      [...node, ...['b', 'c', 'd'].map((name) => file(`var/lib/dpkg/status.d/${name}`, MANY))],
      ['var/lib/dpkg/status.d/d'],
      /more than 200000/,
    ],
    [
      'a thousand of one kind are told as one',
      [],
      [...node, ...Array.from({ length: 1000 }, (_, i) => file(`node_modules/b${i}/package.json`, '{'))],
      ['node_modules/b0/package.json'],
      /1000 files/,
    ],
  ]
  test.for(cases)('%s', async ([, before, after, paths, message]) => {
    const diff = await upon(before, after)
    // The others are told all the same.
    expect(linesOf(diff)).toEqual([nodeLine])
    expect(warned(diff)).toEqual(paths.map((path) => `PACKAGES_UNREADABLE after 1 ${path}`))
    expect(diff.warnings[0]?.message).toMatch(message)
    expect(diff.warnings[0]?.offset).toBeNull()
    expect(await refusal(upon(before, after, { strict: true }))).toMatchObject({
      code: 'PACKAGES_UNREADABLE',
      layer: 1,
    })
  })

  test('an empty log keeps nothing back', async () => {
    const diff = await upon([file(RPM, rpms(['a', '1']))], [file(RPM, rpms(['a', '2'])), file(`${RPM}-wal`, '')])
    expect([linesOf(diff)?.length, diff.warnings]).toEqual([1, []])
  })

  test('a layer given as a stream', async () => {
    const stream = new Blob([tar(upper) as Uint8Array<ArrayBuffer>]).stream()
    const diff = await diffLayers(tar(lower), stream, { packages: true })
    // What was there before has nothing to be compared with.
    expect(diff.packages).toEqual([])
    expect(warned(diff).map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual(
      Array.from({ length: 5 }, () => 'PACKAGES_UNREADABLE after 0'),
    )
    expect(diff.warnings[0]?.message).toContain('given as a stream')
  })

  test('a signal ends it', async () => {
    const controller = new AbortController()
    const base = tar(lower)
    const open = () => {
      controller.abort(new Error('enough'))
      return tar(upper)
    }
    const work = diffLayers(base, [base, { open }], { packages: true, signal: controller.signal })
    await expect(work).rejects.toThrow('enough')
  })
})
