// Reports of images, from real diffs of small ones.

import { describe, expect, test } from 'vitest'
import { compareLayers, diffImages, diffLayers, type HistoryRow, type ImageDiffOptions } from '../src/index.js'
import { columnsOf } from '../src/report/columns.js'
import { shortCommand } from '../src/report/commands.js'
import { configLine } from '../src/report/config.js'
import { cutPair, cutStart, cutText } from '../src/report/cut.js'
import { dockerAgo, dockerDuration, dockerSize } from '../src/report/docker-units.js'
import { historyReport } from '../src/report/history.js'
import { layersReport } from '../src/report/layers.js'
import { type TextOptions, textReport } from '../src/report/text.js'
import { type ConfigOptions, dockerParts, layer } from './support/image-builder.js'
import { directory, file, type TarPart, tar, whiteout } from './support/tar-builder.js'

const of = (size: number) => 'x'.repeat(size)
const base = [directory('bin'), file('bin/sh', of(4000))]
const data = [directory('srv'), file('srv/data', of(900))]
const app = [file('srv/app', of(2500))]
const fix = [file('srv/data', of(1900)), whiteout('bin/sh')]

async function archive(stack: readonly TarPart[][], options: ConfigOptions = {}, name = 'app:1'): Promise<Uint8Array> {
  return tar(dockerParts(await Promise.all(stack.map((parts) => layer(tar(parts)))), [name], options))
}

const lines = (...commands: (string | [string])[]) =>
  commands.map((command) =>
    typeof command === 'string' ? { created_by: command } : { created_by: command[0], empty_layer: true },
  )

const old = () =>
  archive(
    [base, data, app],
    {
      config: { Env: ['PATH=/usr/bin:/bin', 'GONE=1'], Cmd: ['sh'], Labels: { version: '1' } },
      history: lines(
        '/bin/sh -c #(nop) ADD rootfs.tar / ',
        ['/bin/sh -c #(nop)  CMD ["sh"]'],
        'COPY data /srv',
        'COPY app /srv',
      ),
    },
    'app:1',
  )

const now = () =>
  archive(
    [base, data, fix],
    {
      config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['app'], Labels: { version: '2' }, User: '1000' },
      history: lines('/bin/sh -c #(nop) ADD rootfs.tar / ', 'COPY data /srv', 'RUN /bin/sh -c fix # buildkit', [
        'USER 1000',
      ]),
    },
    'app:2',
  )

async function text(a: Uint8Array, b: Uint8Array, options: TextOptions & { diff?: ImageDiffOptions } = {}) {
  const report = [...textReport(await diffImages(a, b, options.diff), options)].join('')
  // Ids change with everything; what they look like does not.
  return report.replace(/(?<=id )[0-9a-f]{12}/g, 'ID')
}

test('a whole report', async () => {
  expect(await text(await old(), await now(), { diff: { verify: true }, layers: true })).toBe(`\
before  app:1  linux/amd64  id ID
after   app:2  linux/amd64  id ID

Layers         shared   removed     added
stored        9.22 kB   4.10 kB   4.10 kB
on disk       4.90 kB   2.50 kB   1.90 kB

  6.14 kB    L0  ADD rootfs.tar /
  3.07 kB    L1  COPY data /srv
  4.10 kB  - L2  COPY app /srv
  4.10 kB  + L2  RUN fix

Config
           + user  1000
           ~ cmd  ["sh"] → ["app"]
           ~ env PATH  /usr/bin:/bin → /usr/local/bin:/usr/bin:/bin
           - env GONE  1
           ~ label version  1 → 2

History
           - CMD ["sh"]
           + USER 1000

Files
7.40 kB → 1.90 kB (-5.50 kB, -74%)
+ 0 added, - 2 removed, ~ 1 modified, 2 unchanged

 -4.00 kB          bin/
 -4.00 kB  L2    -   sh
 -1.50 kB          srv/
 -2.50 kB        -   app
 +1.00 kB  L2    ~   data  900 B → 1.90 kB
`)
})

test('nothing but layers put otherwise: no file differs', async () => {
  const [a, b] = [await archive([base, data, app]), await archive([data, base, app])]
  expect(await text(a, b)).toBe(`\
before  app:1  linux/amd64  id ID
after   app:1  linux/amd64  id ID

Layers         shared   removed     added
stored        13.3 kB       0 B       0 B
on disk       7.40 kB       0 B       0 B
6 of 6 layers not verified (--verify reads them whole)

  3.07 kB    L0  step 0  (was L1)
  6.14 kB  ~ L1  step 1  (was L0)
  4.10 kB    L2  step 2

Files
No differences: 5 paths, 7.40 kB.
`)
})

test('what many images have in common at the bottom takes one line, and one each when asked for', async () => {
  const low = Array.from({ length: 12 }, (_, index) => [file(`low/${index}`, of(index))])
  const [a, b] = [await archive(low), await archive([...low, app])]
  const folded = (await text(a, b)).split('\n').filter((line) => / {2}L\d/.test(line) || / [+-] L/.test(line))
  expect(folded).toEqual(['  24.1 kB    L0-L11  12 layers, shared', '  4.10 kB  + L12     step 12'])
  expect((await text(a, b, { all: true })).match(/^ +[\d.]+ kB {2}[ +] L\d+ +step \d+$/gm)).toHaveLength(13)
})

test('what is only claimed is said behind the commands, which make room for it', async () => {
  const low = [base, data, app, fix]
  const long = [`RUN ${'word '.repeat(30)}`, 'short', 'COPY a b', 'ENV c']
  const [a, b] = [await archive(low, { history: lines(...long) }), await archive(low, { history: lines(...long) })]
  const diff = await diffImages(a, b)
  const shown = (claimed: readonly number[], options: TextOptions) => {
    const layers = diff.layers.map((layer, index) => ({ ...layer, claimed: claimed.includes(index) }))
    const report = [...textReport(Object.create(diff, { layers: { value: layers } }), options)].join('')
    return report.split('\n').filter((line) => /^ .*L\d/.test(line))
  }
  const note = '\x1b[2m(same ID, contents not read)\x1b[0m'
  expect(shown([0, 1], { all: true, color: true })).toEqual([
    `  6.14 kB    L0  RUN word word word word word wor…  ${note}`,
    `  3.07 kB    L1  short  ${note}`,
    '  4.10 kB    L2  COPY a b',
    '  4.10 kB    L3  ENV c',
  ])
  expect(shown([0, 1], { all: true, width: 40 })[0]).toBe('  6.14 kB    L0  RUN word wo…  (same ID…')
  expect(shown([0, 1, 2, 3], {})).toEqual(['  17.4 kB    L0-L3  4 layers, shared  (same IDs, contents not read)'])
  expect(shown([2], {})).toEqual(['  17.4 kB    L0-L3  4 layers, shared  (1 by ID, contents not read)'])
  expect(shown([], {})).toEqual(['  17.4 kB    L0-L3  4 layers, shared'])
})

test('without images the layers of changes stand alone', async () => {
  const diff = await diffLayers(tar(base), [tar(base), tar(fix)])
  expect([...textReport(diff, { layers: true })].join('')).toBe(`\
4.00 kB → 1.90 kB (-2.10 kB, -53%)
+ 2 added, - 1 removed, ~ 0 modified, 1 unchanged

 -4.00 kB          bin/
 -4.00 kB  L1    -   sh
 +1.90 kB  L1    + srv/  and 1 path below
`)
})

test('hostile words are shown as what they are, and no line is wider than the terminal', async () => {
  const evil = '\x1b[31m\u202eevil\n\u200b'
  const long = 'word '.repeat(60)
  const name = `${'very/'.repeat(40)}long:1`
  const config = (value: string) => ({
    Env: [`${evil}=${value}`, `LONG=${long}${value}`, `${long}=${value}`],
    Labels: { [evil]: value + evil, ['__proto__']: value },
    Healthcheck: { Test: ['CMD', evil, value] },
    User: evil + value,
    Cmd: [long, value],
  })
  const a = await archive([base], { config: config('1'), history: lines(evil + long, [evil]), variant: evil }, name)
  const b = await archive([data], { config: config('2'), history: lines(long + evil, [long + evil]) }, `${evil}:2`)
  const report = await text(a, b)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come through
  expect(report).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e\u200b]/)
  expect(report).toContain('\\x1b[31m\\u{202e}evil\\n\\u{200b}')
  for (const line of report.split('\n')) expect(columnsOf(line), line).toBeLessThanOrEqual(80)
  const sharing = [...layersReport(await compareLayers([a, b]))].join('')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  expect(sharing).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e\u200b]/)
  for (const line of sharing.split('\n')) expect(columnsOf(line), line).toBeLessThanOrEqual(80)
})

describe('commands, short', () => {
  test.for([
    [null, 'unknown command'],
    ['', 'unknown command'],
    ['/bin/sh -c #(nop) ADD file:1 in / ', 'ADD file:1 in /'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['RUN |2 A=1 B=2 /bin/sh -c make install # buildkit', 'RUN make install'],
    ['COPY . /srv # buildkit', 'COPY . /srv'],
    ['RUN /bin/sh -c a &&\n\t  b', 'RUN a && b'],
    ['/bin/sh', '/bin/sh'],
    ['a\u0007', 'a\\x07'],
    ['RUN make \n # buildkit', 'RUN make'],
  ] as const)('%j', ([stored, short]) => {
    expect(shortCommand(stored)).toBe(short)
  })

  test('of a million blanks', () => {
    expect(shortCommand(`RUN a${' '.repeat(1 << 20)}b`)).toBe('RUN a b')
  })
})

describe('text in so many columns', () => {
  test.for([
    ['abc', 3, 'abc', 'abc'],
    ['abcd', 3, 'ab…', '…cd'],
    ['漢字漢字', 5, '漢字…', '…漢字'],
    ['漢字漢字', 4, '漢…', '…字'],
    ['', 0, '', ''],
    ['ab', 1, '…', '…'],
  ] as const)('%s in %i', ([given, columns, end, start]) => {
    expect([cutText(given, columns), cutStart(given, columns)]).toEqual([end, start])
  })

  test.for([
    ['a', 'b', 5, 'a → b'],
    ['/usr/bin', '/usr/sbin', 14, '…bin → …sbin'],
    ['/usr/bin:/bin', '/usr/local/bin', 15, '…bin:… → …loca…'],
    ['short', 'not at all short', 16, 'short → not at …'],
    ['a very long one', 'b', 12, 'a very … → b'],
  ] as const)('%s and %s in %i', ([before, after, columns, expected]) => {
    const shown = cutPair(before, after, columns)
    expect(shown).toBe(expected)
    expect(columnsOf(shown)).toBeLessThanOrEqual(columns)
  })

  test('a value that takes no room is left out', () => {
    const change = { field: 'env', name: 'N'.repeat(30), kind: 'added', before: null, after: 'value' } as const
    expect(configLine(change, 40)).toBe(`env ${'N'.repeat(30)}`)
    expect(configLine({ ...change, after: '' }, 60)).toBe(`env ${'N'.repeat(30)}  ""`)
  })
})

describe("docker's words", () => {
  const second = 1000
  const hour = 3600 * second
  const day = 24 * hour
  test.for([
    [-5 * second, 'Less than a second'],
    [999, 'Less than a second'],
    [second, '1 second'],
    [59 * second, '59 seconds'],
    [60 * second, 'About a minute'],
    [119 * second, 'About a minute'],
    [120 * second, '2 minutes'],
    [59.9 * 60 * second, '59 minutes'],
    [hour, 'About an hour'],
    [1.5 * hour, '2 hours'],
    [47 * hour, '47 hours'],
    [48 * hour, '2 days'],
    [13 * day, '13 days'],
    [14 * day, '2 weeks'],
    [59 * day, '8 weeks'],
    [60 * day, '2 months'],
    [400 * day, '13 months'],
    [729 * day, '24 months'],
    [730 * day, '2 years'],
    [3650 * day, '10 years'],
  ] as const)('%i ms: %s', ([age, words]) => {
    expect(dockerDuration(age)).toBe(words)
  })

  test.for([
    [0, '0B'],
    [29, '29B'],
    [999, '999B'],
    [1000, '1kB'],
    [1234, '1.23kB'],
    [12_345_678, '12.3MB'],
    [120_000_000, '120MB'],
    [999_999, '1MB'],
    [5.5e18, '5.5EB'],
  ] as const)('%i bytes: %s', ([size, words]) => {
    expect(dockerSize(size)).toBe(words)
  })

  test('no time, and what is no time', () => {
    expect([dockerAgo(null, 0), dockerAgo('yesterday', 0), dockerAgo('1970-01-01T00:00:00Z', 14 * day)]).toEqual([
      'N/A',
      'N/A',
      '2 weeks ago',
    ])
  })
})

describe('a history', () => {
  const row = (more: Partial<HistoryRow>): HistoryRow => {
    return {
      image: null,
      created: '2024-01-01T00:00:00Z',
      createdBy: null,
      size: 0,
      comment: null,
      layer: null,
      ...more,
    }
  }
  const command = '/bin/sh -c #(nop) COPY file:0123456789abcdef0123456789abcdef in /srv'
  const rows = [
    row({ image: `sha256:${'ab'.repeat(32)}`, createdBy: 'CMD ["a"]', comment: 'buildkit.dockerfile.v0' }),
    row({ createdBy: command, size: 1_234_567, created: null }),
    row({ createdBy: 'a\tb\n\x1b', size: null }),
  ]
  const report = (options: object) =>
    [...historyReport({ rows }, { now: Date.parse('2024-01-22T12:00:00Z'), ...options })].join('')

  test('as docker shows it', () => {
    expect(report({})).toBe(`\
IMAGE          CREATED       CREATED BY                                      SIZE         COMMENT
abababababab   3 weeks ago   CMD ["a"]                                       0B           buildkit.dockerfile.v0
<missing>      N/A           /bin/sh -c #(nop) COPY file:0123456789abcdef…   1.23MB
<missing>      3 weeks ago   a b\\n\\x1b                                       N/A
`)
  })

  test('on a narrow terminal', () => {
    expect(report({ width: 80 })).toBe(`\
IMAGE         CREATED      CREATED BY                SIZE    COMMENT
abababababab  3 weeks ago  CMD ["a"]                 0B      buildkit.dockerfil…
<missing>     N/A          /bin/sh -c #(nop) COPY …  1.23MB
<missing>     3 weeks ago  a b\\n\\x1b                 N/A
`)
  })

  test('in full', () => {
    const full = report({ width: 80, noTrunc: true })
    expect(full).toContain(`sha256:${'ab'.repeat(32)}`)
    expect(full).toContain(command)
  })

  test('of nothing', () => {
    expect([...historyReport({ rows: [] }, { now: 0 })].join('')).toBe(
      'IMAGE        CREATED      CREATED BY   SIZE         COMMENT\n',
    )
  })
})

describe('layers that images share', () => {
  test('a table', async () => {
    const images = [await archive([base, data]), await archive([base, data, app, base]), await archive([fix, base])]
    const names = ['web.tar', 'api.tar', 'images/old.tar']
    const shown = [...layersReport(await compareLayers(images), { names })].join('')
    expect(shown.replace(/(?<=id )[0-9a-f]{12}/g, 'ID').replace(/ {2}[0-9a-f]{12} {2}/g, '  DIFFID        ')).toBe(`\
A  web.tar         linux/amd64  id ID
B  api.tar         linux/amd64  id ID
C  images/old.tar  linux/amd64  id ID

A  B  C     SIZE  SAVED  LAYER         CREATED BY
·  ·  ●  4.10 kB         DIFFID        step 0
●  2  ●  6.14 kB  twice  DIFFID        step 0
●  ●  ·  3.07 kB  once   DIFFID        step 1
·  ●  ·  4.10 kB         DIFFID        step 2

Stored 17.4 kB, without sharing 32.8 kB: 15.4 kB saved, 47%.
`)
  })

  test('nothing shared, and nothing at all', async () => {
    const report = async (...images: Uint8Array[]) => [...layersReport(await compareLayers(images))].join('')
    expect(await report(await archive([base]), await archive([data]))).toContain(
      '\nStored 9.22 kB; nothing is shared.\n',
    )
    expect(await report(await archive([]))).toMatch(/^A {2}app:1 {2}linux\/amd64 {2}id [0-9a-f]{12}\n\nNo layers\.\n$/)
  })

  test('more images than letters', async () => {
    const image = await archive([base])
    const shown = [...layersReport(await compareLayers(Array.from({ length: 28 }, () => image)))].join('')
    expect(shown).toMatch(/^Z {3}app:1 .*\nAA {2}app:1 .*\nAB {2}app:1 /m)
    expect(shown).toContain('  27×  ')
  })
})
