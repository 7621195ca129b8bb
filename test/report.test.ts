// The reports, from real diffs of small layers.

import { describe, expect, test } from 'vitest'
import { type DiffOptions, diffLayers, type LayerInput, type Warning } from '../src/index.js'
import { columnsOf } from '../src/report/columns.js'
import { formatBytes, formatCount, formatDelta, formatSizes, formatTime } from '../src/report/figures.js'
import { jsonReport } from '../src/report/json.js'
import { type TextOptions, textReport } from '../src/report/text.js'
import { warningLines } from '../src/report/warnings.js'
import { randomPair } from './support/stacks.js'
import {
  bytes,
  concat,
  device,
  directory,
  fifo,
  file,
  hardlink,
  symlink,
  type TarPart,
  tar,
} from './support/tar-builder.js'

type Options = TextOptions & { diff?: DiffOptions }

async function text(before: readonly TarPart[], after: readonly TarPart[], { diff, ...options }: Options = {}) {
  return [...textReport(await diffLayers(tar(before), tar(after), diff), options)].join('')
}

/** What follows the headline, as lines. */
async function tree(before: readonly TarPart[], after: readonly TarPart[], options: Options = {}) {
  const lines = (await text(before, after, options)).split('\n')
  return lines.slice(lines.findIndex((line) => / unchanged/.test(line)) + 2, -1)
}

const of = (size: number) => 'x'.repeat(size)

test('a whole report', async () => {
  const before = [
    directory('etc'),
    file('etc/passwd', of(1200)),
    file('etc/shadow', 'root:*', { mode: 0o644 }),
    directory('usr'),
    directory('usr/share'),
    directory('usr/share/doc'),
    file('usr/share/doc/a', of(30_000)),
    file('usr/share/doc/b', of(18_300)),
  ]
  const after = [
    directory('etc'),
    file('etc/passwd', of(1300)),
    file('etc/shadow', 'root:*', { mode: 0o600 }),
    directory('srv'),
    file('srv/big.bin', of(170_000)),
    directory('usr'),
    directory('usr/share'),
  ]
  expect(await text(before, after)).toBe(`\
49.5 kB → 171 kB (+122 kB, +246%)
+ 2 added, - 3 removed, ~ 2 modified, 3 unchanged

  +170 kB  + srv/        and 1 path below
 -48.3 kB    usr/share/
 -48.3 kB  -   doc/  and 2 paths below
   +100 B    etc/
   +100 B  ~   passwd  1.20 kB → 1.30 kB
           ~   shadow  mode 0644 → 0600
`)
})

test('nothing changed, in a sentence', async () => {
  const parts = [directory('etc'), file('etc/passwd', of(1200))]
  expect(await text(parts, parts)).toBe('No differences: 2 paths, 1.20 kB.\n')
  expect(await text([], [])).toBe('No differences: 0 paths, 0 B.\n')
})

describe('headlines', () => {
  const cases: [string, TarPart[], TarPart[], string][] = [
    ['from nothing', [], [file('a', of(5))], '0 B → 5 B (+5 B)'],
    ['to nothing', [file('a', of(5))], [], '5 B → 0 B (-5 B, -100%)'],
    ['as much as before', [file('a', 'b')], [file('a', 'c')], '1 B → 1 B (same size)'],
    ['a little more', [file('a', of(100_000))], [file('a', of(100_001))], '100 kB → 100 kB (+1 B, <0.1%)'],
    ['a little less', [file('a', of(100_001))], [file('a', of(100_000))], '100 kB → 100 kB (-1 B, <0.1%)'],
    ['a little less', [file('a', of(1000))], [file('a', of(975))], '1.00 kB → 975 B (-25 B, -2.5%)'],
  ]
  test.for(cases)('%s', async ([, before, after, headline]) => {
    expect((await text(before, after)).split('\n')[0]).toBe(headline)
  })
})

describe('what a line says', () => {
  const cases: [string, TarPart[], TarPart[], string[]][] = [
    ['content and size', [file('a', of(4))], [file('a', of(1500))], [' +1.50 kB  ~ a  4 B → 1.50 kB']],
    ['content of the same size', [file('a', 'b')], [file('a', 'c')], ['      0 B  ~ a  content, same size']],
    [
      'a size that rounds to the same',
      [file('a', of(20_001))],
      [file('a', of(20_002))],
      ['     +1 B  ~ a  20,001 → 20,002 bytes'],
    ],
    ['mode', [file('a')], [file('a', '', { mode: 0o4755 })], ['           ~ a  mode 0644 → 4755']],
    ['owner', [file('a')], [file('a', '', { uid: 12, gid: 34 })], ['           ~ a  owner 0:0 → 12:34']],
    ['link', [symlink('a', 'b')], [symlink('a', '../c')], ['           ~ a  link b → ../c']],
    ['device', [device('a', 'char', 1, 3)], [device('a', 'char', 1, 5)], ['           ~ a  device 1:3 → 1:5']],
    [
      'xattrs',
      [file('a', '', { xattrs: { 'user.gone': '1', 'user.kept': '1', 'user.other': '1' } })],
      [file('a', '', { xattrs: { 'user.kept': '1', 'user.new': '1', 'user.other': '2' } })],
      ['           ~ a  xattrs -user.gone +user.new ~user.other'],
    ],
    [
      'several fields',
      [file('a')],
      [file('a', 'b', { mode: 0o600, uid: 1 })],
      ['     +1 B  ~ a  0 B → 1 B, mode 0644 → 0600, owner 0:0 → 1:0'],
    ],
    ['type', [file('a', 'b')], [symlink('a', 'b')], ['     -1 B  ~ a  file → symlink to b']],
    ['type, of special files', [fifo('a')], [device('a', 'block', 8, 1)], ['           ~ a  fifo → block device 8:1']],
    ['a new symlink', [], [symlink('a', 'b')], ['           + a  symlink to b']],
    ['a new device', [], [device('a', 'char', 1, 3)], ['           + a  character device 1:3']],
    ['a lost fifo', [fifo('a')], [], ['           - a  fifo']],
    ['a new directory', [], [directory('a')], ['           + a/']],
    ['a new empty file', [], [file('a')], ['           + a']],
    ['a new hard link', [file('b', 'c')], [file('b', 'c'), hardlink('a', 'b')], ['           + a']],
    [
      'a new hard link, not the first',
      [file('a', 'c')],
      [file('a', 'c'), hardlink('b', 'a')],
      ['           + b  hard link to a'],
    ],
    [
      'a hard link that is a file of its own now',
      [file('a', 'c'), hardlink('b', 'a')],
      [file('a', 'c'), file('b', 'd')],
      ['     +1 B  ~ b  content, same size, was a hard link to a'],
    ],
    [
      'a directory that is a file now',
      [directory('a'), file('a/b', 'c')],
      [file('a')],
      ['     -1 B  ~ a  directory → file, and 1 path below'],
    ],
    [
      'a file that is a directory now',
      [file('a')],
      [directory('a'), file('a/b', 'c')],
      ['     +1 B  ~ a/  file → directory, and 1 path below'],
    ],
    [
      'a directory that changed, over what changed in it',
      [directory('a'), file('a/b', 'c')],
      [directory('a', { mode: 0o700 }), file('a/b', 'cd')],
      ['     +1 B  ~ a/  mode 0755 → 0700', '     +1 B  ~   b  1 B → 2 B'],
    ],
    [
      'as much gone as come',
      [directory('a'), file('a/b', 'c')],
      [directory('a'), file('a/d', 'e')],
      ['      0 B    a/', '     -1 B  -   b', '     +1 B  +   d'],
    ],
  ]
  test.for(cases)('%s', async ([, before, after, lines]) => {
    expect(await tree(before, after)).toEqual(lines)
  })

  test('mtime, where it is compared', async () => {
    const [before, after] = [
      file('a', '', { mtime: 1_700_000_000 }),
      file('a', '', { mtime: 1_700_000_001, nanos: 5e8 }),
    ]
    expect(await tree([before], [after], { width: 99, diff: { compare: { mtime: true } } })).toEqual([
      '           ~ a  mtime 2023-11-14 22:13:20 UTC → 2023-11-14 22:13:21.5 UTC',
    ])
  })
})

describe('the shape of the tree', () => {
  const before = [
    directory('app'),
    directory('app/lib'),
    directory('app/lib/deep'),
    file('app/lib/deep/one', of(10)),
    directory('old'),
    directory('old/a'),
    file('old/a/b', of(7)),
    file('old/c', of(2)),
  ]
  const after = [
    directory('app'),
    directory('app/lib'),
    directory('app/lib/deep'),
    file('app/lib/deep/one', of(30)),
    file('app/lib/deep/two', of(5)),
  ]

  test('directories that are only the way share a line; one that went whole is one line', async () => {
    expect(await tree(before, after)).toEqual([
      '    +25 B    app/lib/deep/',
      '    +20 B  ~   one  10 B → 30 B',
      '     +5 B  +   two',
      '     -9 B  - old/           and 3 paths below',
    ])
  })

  test('--all shows every path', async () => {
    expect(await tree(before, after, { all: true })).toEqual([
      '    +25 B    app/lib/deep/',
      '    +20 B  ~   one  10 B → 30 B',
      '     +5 B  +   two',
      '     -9 B  - old/',
      '     -7 B  -   a/',
      '     -7 B  -     b',
      '     -2 B  -   c',
    ])
  })

  test('the names of one file that changed are one line, of files that came they are not', async () => {
    const names = ['awk', 'busybox', 'cat']
    const links = (content: string, all: string[]) => [
      directory('bin'),
      file('bin/[', content),
      ...all.map((name) => hardlink(`bin/${name}`, 'bin/[')),
    ]
    const [old, now] = [links('1', names), links('22', [...names, 'dc', 'du'])]
    expect(await tree(old, now)).toEqual([
      '     +1 B    bin/',
      '     +1 B  ~   [   1 B → 2 B, and 3 more links to it',
      '           +   dc  hard link to bin/[',
      '           +   du  hard link to bin/[',
    ])
    expect(await tree(old, now, { all: true })).toContain('      0 B  ~   cat      1 B → 2 B, hard link to bin/[')
  })

  test('details that do not fit stand below, broken between phrases', async () => {
    const changed = { mode: 0o600, uid: 1000, gid: 1000, xattrs: { 'user.comment': 'x' } }
    expect(await tree([file('a', 'b')], [file('a', 'cc', changed)], { width: 50 })).toEqual([
      '     +1 B  ~ a  1 B → 2 B, mode 0644 → 0600,',
      '                owner 0:0 → 1000:1000,',
      '                xattrs +user.comment',
    ])
    expect(await tree([file(of(60), 'b')], [file(of(60), 'cc', changed)], { width: 80 })).toEqual([
      `     +1 B  ~ ${of(60)}`,
      '                 1 B → 2 B, mode 0644 → 0600, owner 0:0 → 1000:1000,',
      '                 xattrs +user.comment',
    ])
  })

  test('wide names keep the columns straight', async () => {
    expect(await tree([], [symlink('日本', 'a'), symlink('abcdef', 'b'), symlink('e\u0301', 'c')])).toEqual([
      '           + abcdef  symlink to b',
      '           + e\u0301       symlink to c',
      '           + 日本    symlink to a',
    ])
  })

  test('two thousand directories deep', async () => {
    const deep = `${'d/'.repeat(2000)}f`
    const lines = await tree([], [file(deep, 'x')], { all: true })
    expect(lines).toHaveLength(2001)
    expect(lines.at(-1)).toBe(`     +1 B  + ${' '.repeat(4000)}f`)
  })
})

describe('hostile names', () => {
  const cases: [string, TarPart, string][] = [
    ['an escape sequence', file('\x1b[31mred'), '\\x1b[31mred'],
    ['a line of its own', file('a\n+ b'), 'a\\n+ b'],
    ['a C1 control', file('a\u009b1mb'), 'a\\x9b1mb'],
    ['text turned around', file('a\u202egpj.exe'), 'a\\u{202e}gpj.exe'],
    ['an invisible character', file('a\u200bb'), 'a\\u{200b}b'],
    ['bytes that are not UTF-8', file(concat([bytes('caf'), new Uint8Array([0xe9])])), 'caf\\xe9'],
    ['a sequence cut off', file(concat([bytes('日'), new Uint8Array([0xe6, 0x97])])), '日\\xe6\\x97'],
    ['an escape sequence in a link', symlink('a', '\x1b]0;title\x07'), 'a  symlink to \\x1b]0;title\\x07'],
    ['a link that is not UTF-8', symlink('a', new Uint8Array([0xff, 0x2f, 0x62])), 'a  symlink to \\xff/b'],
    ['__proto__', file('__proto__'), '__proto__'],
  ]
  test.for(cases)('%s', async ([, part, shown]) => {
    expect(await tree([], [part])).toEqual([`           + ${shown}`])
  })

  test('an xattr', async () => {
    const lines = await tree([file('a')], [file('a', '', { xattrs: { 'user.\x1b[2J': 'x' } })])
    expect(lines).toEqual(['           ~ a  xattrs +user.\\x1b[2J'])
  })

  test('two directories whose text is the same', async () => {
    const name = (last: number) => concat([bytes('d'), new Uint8Array([last])])
    const below = (last: number, rest: string) => concat([name(last), bytes(rest)])
    const before = [directory(name(0xfe)), file(below(0xfe, '/x'), 'x'), directory(name(0xff))]
    const after = [
      directory(name(0xfe)),
      directory(name(0xff)),
      file(below(0xff, '/y'), 'yy'),
      directory(below(0xff, '/z')),
    ]
    expect(await tree(before, after)).toEqual([
      '     +2 B    d\\xff/',
      '     +2 B  +   y',
      '           +   z/',
      '     -1 B    d\\xfe/',
      '     -1 B  -   x',
    ])
    expect(await tree([], after)).toEqual(['     +2 B  + d\\xff/  and 2 paths below', '           + d\\xfe/'])
  })
})

test('colours come on top: without them the text is the same', async () => {
  const parts: [TarPart[], TarPart[]] = [
    [directory('a'), file('a/b', 'c'), file('d', of(9))],
    [directory('a'), file('a/b', 'd'), file('e')],
  ]
  const coloured = await text(...parts, { color: true })
  expect(coloured).toContain('\x1b[31m- 1 removed\x1b[0m')
  expect(coloured).toContain('\x1b[33m~\x1b[0m   \x1b[33mb\x1b[0m  \x1b[2mcontent, same size\x1b[0m\n')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what this is about
  expect(coloured.replace(/\x1b\[\d*m/g, '')).toBe(await text(...parts))
})

describe('JSON', () => {
  async function json(before: LayerInput[], after: LayerInput[], options?: DiffOptions) {
    const diff = await diffLayers(before, after, options)
    return { text: [...jsonReport(diff)].join(''), whole: JSON.stringify(diff.toJSON()) }
  }

  test('says what toJSON() says, of random stacks', async () => {
    let compared = 0
    for (let seed = 0; seed < 40; seed++) {
      const { before, after } = randomPair(seed)
      const symlinkParents = seed % 2 === 0 ? 'overlay' : 'follow'
      const diff = await json(before, after, { symlinkParents, compare: { mtime: true } }).catch(() => null)
      if (!diff) continue
      expect(JSON.parse(diff.text), `seed ${seed}`).toEqual(JSON.parse(diff.whole))
      compared++
    }
    expect(compared).toBeGreaterThan(20)
  })

  test('says what toJSON() says, of nothing', async () => {
    const { text, whole } = await json([tar([])], [tar([])])
    expect(JSON.parse(text)).toEqual(JSON.parse(whole))
  })

  test('has a change a line, and no character that could mislead a terminal', async () => {
    const xattrs = { 'user.\u009b': 'x', bytesBefore: 'y', toJSON: 'z' }
    const parts = [
      file('a\u202eb\u2028\u{e0041}\x7f\x1b', 'c', { xattrs }),
      symlink('d', '\u009b31m'),
      file(new Uint8Array([0x65, 0xff])),
    ]
    const { text, whole } = await json([tar([])], [tar([...parts, { path: 'v', type: 'X' }])])
    expect(JSON.parse(text)).toEqual(JSON.parse(whole))
    expect(text).not.toMatch(/[^\n\x20-\x7e\ufffd]/)
    expect(text.split('\n').filter((line) => line.startsWith('{"path"'))).toHaveLength(4)
    expect(Object.keys(JSON.parse(text).changes[0].after.xattrs).sort()).toEqual(Object.keys(xattrs).sort())
  })
})

test('warnings in words, at most twenty of them', () => {
  const warning: Warning = {
    code: 'DUPLICATE_PATH',
    message: 'The layer has this path twice; the last entry counts.',
    side: 'after',
    layer: 2,
    path: 'a\x1bb',
    offset: 512,
  }
  const line =
    'DUPLICATE_PATH (layer 2 of the after side, a\\x1bb): The layer has this path twice; the last entry counts.'
  expect(warningLines([warning])).toEqual([line])
  const lines = warningLines(Array.from({ length: 1053 }, () => warning))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('1,033 more warnings; --format json lists them.')
  expect(warningLines([{ ...warning, path: null }])[0]).toContain('DUPLICATE_PATH (layer 2 of the after side): ')
})

describe('figures', () => {
  test.for([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1234, '1.23 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [4_351_805_440, '4.35 GB'],
    [2 ** 63, '9.22 EB'],
  ] as const)('%d bytes are %s', ([bytes, shown]) => {
    expect(formatBytes(bytes)).toBe(shown)
  })

  test.for([
    ['growth', formatDelta(1500), '+1.50 kB'],
    ['shrinkage', formatDelta(-1), '-1 B'],
    ['thousands', formatCount(1_234_567), '1,234,567'],
    ['sizes that differ', formatSizes(5, 1500), '5 B → 1.50 kB'],
    ['sizes that round to the same', formatSizes(1500, 1501), '1,500 → 1,501 bytes'],
    ['a time', formatTime(0, 0), '1970-01-01 00:00:00 UTC'],
    ['a fraction', formatTime(-1, 120_000_000), '1969-12-31 23:59:59.12 UTC'],
    ['a time past all calendars', formatTime(2 ** 62, 5), '4611686018427388000 s'],
    ['a time that no year of four digits holds', formatTime(253_402_300_800, 0), '+010000-01-01 00:00:00 UTC'],
  ])('%s', ([, shown, expected]) => {
    expect(shown).toBe(expected)
  })

  test('columns of text', () => {
    expect([columnsOf('abc'), columnsOf('日本'), columnsOf('e\u0301'), columnsOf('🚀')]).toEqual([3, 4, 1, 2])
  })
})
