// `layerdiff pull` and `layerdiff cache`: what is typed, what is shown, and what lies where afterwards.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { parseArguments } from '../src/cli/arguments.js'
import { UsageError } from '../src/cli/exit-codes.js'
import { HELP } from '../src/cli/help.js'
import { PullDisplay } from '../src/cli/pull-display.js'
import type { CacheEntry, PullProgress, PullStatus } from '../src/index.js'
import { cacheTable, removedLine } from '../src/report/cache.js'
import { pullLine } from '../src/report/pull.js'
import { Layout, layer, named } from './support/image-builder.js'
import { file, tar } from './support/tar-builder.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const DIGEST = `sha256:a1b2c3d4e5f6${'0'.repeat(52)}`

const progress = (status: PullStatus, bytes = 0, bytesTotal = 45_600_000, digest = DIGEST): PullProgress => ({
  layer: 0,
  digest,
  status,
  bytes,
  bytesTotal,
})

describe('what is typed', () => {
  beforeEach(() => vi.stubEnv('LAYERDIFF_CACHE', ''))
  afterEach(() => vi.unstubAllEnvs())
  const opening = {
    platform: undefined,
    from: 'registry',
    insecure: false,
    mirror: undefined,
    timeout: undefined,
    cache: { place: undefined },
    limits: {},
  }
  const pull = { command: 'pull', name: 'nginx', output: null, opening, quiet: false, parallel: null }
  const cache = {
    command: 'cache',
    action: 'ls',
    place: undefined,
    format: 'text',
    digests: null,
    maxBytes: 10 * 2 ** 30,
  }
  test.for<[string, object]>([
    ['pull nginx', pull],
    ['pull -o a.tar nginx', { ...pull, output: 'a.tar' }],
    [
      'pull nginx --no-cache -oa.tar -q',
      { ...pull, output: 'a.tar', opening: { ...opening, cache: null }, quiet: true },
    ],
    ['pull nginx --cache=c --parallel 5', { ...pull, opening: { ...opening, cache: { place: 'c' } }, parallel: 5 }],
    [
      'pull nginx --platform linux/arm64 --insecure',
      { ...pull, opening: { ...opening, platform: 'linux/arm64', insecure: true } },
    ],
    ['pull nginx --mirror https://m/{registry}', { ...pull, opening: { ...opening, mirror: 'https://m/{registry}' } }],
    ['pull -h', { command: 'help', of: 'pull' }],
    ['pull --version', { command: 'version' }],
    ['cache', { command: 'help', of: 'cache' }],
    ['cache rm --help', { command: 'help', of: 'cache' }],
    ['cache ls --format json', { ...cache, format: 'json' }],
    ['cache rm abcd sha256:ef01', { ...cache, action: 'rm', digests: ['abcd', 'sha256:ef01'] }],
    ['cache rm --all --cache c', { ...cache, action: 'rm', place: 'c' }],
    ['cache prune', { ...cache, action: 'prune' }],
    ['cache prune --max 0', { ...cache, action: 'prune', maxBytes: 0 }],
    ['cache prune --max 500MB', { ...cache, action: 'prune', maxBytes: 500_000_000 }],
    ['cache prune --max 2G', { ...cache, action: 'prune', maxBytes: 2_000_000_000 }],
    ['cache prune --max 2GiB', { ...cache, action: 'prune', maxBytes: 2 ** 31 }],
    ['cache prune --max 1.5gib', { ...cache, action: 'prune', maxBytes: 1.5 * 2 ** 30 }],
    ['cache prune --max 2048', { ...cache, action: 'prune', maxBytes: 2048 }],
  ])('%s', ([line, expected]) => {
    expect(parseArguments(line.split(' '))).toEqual(expected)
  })

  it('the environment names the cache, and the option beats it', () => {
    vi.stubEnv('LAYERDIFF_CACHE', '/env')
    expect(parseArguments(['cache', 'ls'])).toMatchObject({ place: '/env' })
    expect(parseArguments(['pull', 'nginx'])).toMatchObject({ opening: { cache: { place: '/env' } } })
    expect(parseArguments(['pull', 'nginx', '--cache', 'c'])).toMatchObject({ opening: { cache: { place: 'c' } } })
  })

  test.for<[string, RegExp]>([
    ['pull', /name is missing/],
    ['pull a b', /2 names/],
    ['pull a -o -', /not to standard output/],
    ['pull a --no-cache', /-o FILE/],
    ['pull a -o b --no-cache --cache c', /exclude each other/],
    ['pull a --parallel 0', /from 1 to 99/],
    ['pull a --parallel x', /from 1 to 99/],
    ['pull a --paralel 2', /mean --parallel/],
    ['pull a --cache=', /needs the name of a folder/],
    ['cache lss', /mean ls\?/],
    ['cache ls all', /takes no "all"/],
    ['cache ls --all', /option of cache rm/],
    ['cache rm', /or --all/],
    ['cache rm --all abcd', /give it alone/],
    ['cache rm abc', /four or more/],
    ['cache rm ../x', /four or more/],
    ['cache prune --max 2XB', /500MB or 2GB/],
    ['cache prune --max MB', /500MB or 2GB/],
    ['cache prune --max 99999999TB', /500MB or 2GB/],
    ['cach ls', /mean cache\?/],
  ])('%s: refused', ([line, message]) => {
    const parse = () => parseArguments(line.split(' '))
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(message)
  })

  it.each(['pull', 'cache'] as const)('the help of %s fits a terminal', (command) => {
    for (const line of HELP[command].split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})

describe('a layer’s line', () => {
  const half = progress('Downloading', 22_800_000)
  test.for<[string, PullProgress, number | undefined, string]>([
    ['a word', progress('Pull complete', 45_600_000), undefined, 'a1b2c3d4e5f6: Pull complete'],
    [
      'a bar as docker’s',
      half,
      undefined,
      `a1b2c3d4e5f6: Downloading [${'='.repeat(25)}>${' '.repeat(25)}]   22.8MB/45.6MB`,
    ],
    ['nothing yet', progress('Downloading'), 60, `a1b2c3d4e5f6: Downloading [>${' '.repeat(15)}]       0B/45.6MB`],
    [
      'all of it',
      progress('Downloading', 45_600_000),
      60,
      `a1b2c3d4e5f6: Downloading [${'='.repeat(15)}>]   45.6MB/45.6MB`,
    ],
    [
      'more than all of it',
      progress('Downloading', 9, 3),
      60,
      `a1b2c3d4e5f6: Downloading [${'='.repeat(19)}>]       9B/3B`,
    ],
    ['an empty layer', progress('Downloading', 0, 0), 60, `a1b2c3d4e5f6: Downloading [>${' '.repeat(19)}]       0B/0B`],
    ['no room for a bar', half, 45, 'a1b2c3d4e5f6: Downloading 22.8MB/45.6MB'],
    ['no room', half, 20, 'a1b2c3d4e5f6: Downlo'],
  ])('%s', ([, given, width, expected]) => {
    expect(pullLine(given, width)).toBe(expected)
  })

  it('never is wider than the terminal', () => {
    for (let width = 1; width < 120; width++) expect(pullLine(half, width).length).toBeLessThanOrEqual(width)
  })
})

describe('the display', () => {
  const other = `sha256:${'f'.repeat(64)}`
  function shown(
    terminal: { isTTY?: boolean; columns?: number; rows?: number },
    events: readonly PullProgress[],
  ): string {
    let text = ''
    const display = new PullDisplay({ ...terminal, write: (piece) => (text += piece) })
    for (const event of events) display.update(event)
    return text
  }
  const events = [
    progress('Pulling fs layer'),
    progress('Pulling fs layer', 0, 10, other),
    progress('Downloading', 1),
    { ...progress('Pull complete', 1), layer: 7 },
    progress('Pull complete', 1), // the same layer at another place
  ]

  it('elsewhere than on a terminal gives a line for each news', () => {
    const lines = ['a1b2c3d4e5f6: Pulling fs layer', 'ffffffffffff: Pulling fs layer', 'a1b2c3d4e5f6: Pull complete']
    expect(shown({}, events)).toBe(`${lines.join('\n')}\n`)
  })

  it('on a terminal rewrites a layer’s line', () => {
    expect(shown({ isTTY: true, columns: 40 }, events)).toBe(
      'a1b2c3d4e5f6: Pulling fs layer\nffffffffffff: Pulling fs layer\n' +
        '\x1b[2A\r\x1b[2Ka1b2c3d4e5f6: Downloading 1B/45.6MB\r\x1b[2B' +
        '\x1b[2A\r\x1b[2Ka1b2c3d4e5f6: Pull complete\r\x1b[2B',
    )
  })

  it('leaves alone what has scrolled off', () => {
    expect(shown({ isTTY: true, columns: 40, rows: 2 }, events)).toBe(
      'a1b2c3d4e5f6: Pulling fs layer\nffffffffffff: Pulling fs layer\n',
    )
  })
})

describe('the cache’s table', () => {
  const entries: CacheEntry[] = [
    { kind: 'blob', digest: DIGEST, size: 1_234_567, usedAt: 1_700_000_000_123 },
    { kind: 'index', digest: DIGEST, size: 5, usedAt: 0 },
  ]
  it('has a row for each entry, and the total', () => {
    expect(cacheTable(entries, '/c').join('')).toBe(
      'KIND   DIGEST           SIZE  LAST USED\n' +
        'blob   a1b2c3d4e5f6  1.23 MB  2023-11-14 22:13:20 UTC\n' +
        'index  a1b2c3d4e5f6      5 B  1970-01-01 00:00:00 UTC\n' +
        '2 entries, 1.23 MB in /c\n',
    )
  })
  it('of nothing is its total', () => {
    expect(cacheTable([], '/c\x1b[2J')).toEqual(['0 entries, 0 B in /c\\x1b[2J\n'])
    expect(removedLine(entries.slice(1), '/c')).toBe('Removed 1 entry, 5 B from /c\n')
  })
})

describe('the commands', () => {
  let folder = ''
  let image = ''
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'layerdiff-test-'))
    image = join(folder, 'image.tar')
    const layout = new Layout()
    const layers = [await layer(tar([file('a')])), await layer(tar([file('b', 'content of b')]))]
    writeFileSync(image, layout.tar([await layout.image(layers, { descriptor: named('app:1') })]))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const env = { ...process.env, LAYERDIFF_CACHE: join(folder, 'cache') }
    return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env, cwd: folder })
  }
  const held = () => JSON.parse(run('cache', 'ls', '--format', 'json').stdout) as { entries: CacheEntry[] }

  it('pull into the cache, and again', () => {
    const first = run('pull', image, '--parallel', '1')
    expect([first.status, first.stderr]).toEqual([0, ''])
    const lines = first.stdout.trimEnd().split('\n')
    const [a, b] = [lines[1]?.slice(0, 12), lines[2]?.slice(0, 12)]
    const digest = lines.at(-1)
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    const done = (id: string | undefined) =>
      ['Verifying Checksum', 'Download complete', 'Pull complete'].map((word) => `${id}: ${word}`)
    expect(lines).toEqual([
      `app:1: Pulling from ${image}`,
      ...[`${a}: Pulling fs layer`, `${b}: Pulling fs layer`, `${b}: Waiting`, ...done(a), ...done(b)],
      ...[`Digest: ${digest}`, `Status: Downloaded newer image for ${image}`, digest],
    ])
    expect(run('pull', image).stdout.split('\n')).toEqual([
      `app:1: Pulling from ${image}`,
      ...[`${a}: Already exists`, `${b}: Already exists`],
      ...[`Digest: ${digest}`, `Status: Image is up to date for ${image}`, digest, ''],
    ])
    expect(held().entries).toHaveLength(4)
  })

  it('pull into a file, quietly and without a cache', () => {
    const { status, stdout, stderr } = run('pull', image, '-o', 'out.tar', '--no-cache', '--quiet')
    expect([status, stdout, stderr]).toEqual([0, 'out.tar\n', ''])
    expect(readdirSync(folder).sort()).toEqual(['image.tar', 'out.tar'])
    expect(run('diff', image, 'out.tar', '--exit-code').status).toBe(0)
  })

  it('what cannot be pulled leaves no file', () => {
    const { status, stderr } = run('pull', join(folder, 'none.tar'), '-o', 'out.tar')
    expect([status, existsSync(join(folder, 'out.tar'))]).toEqual([3, false])
    expect(stderr).toMatch(/^layerdiff: .*none\.tar/)
    writeFileSync(join(folder, 'out.tar'), 'of yesterday')
    const bytes = readFileSync(image)
    bytes.write('CONTENT', bytes.indexOf('content of b'))
    writeFileSync(image, bytes)
    const broken = run('pull', image, '-o', 'out.tar')
    expect([broken.status, broken.stderr]).toEqual([
      3,
      expect.stringMatching(/^layerdiff: error: \w+ \(.*image\.tar\): Layer 1: .*get it again/),
    ])
    expect(readFileSync(join(folder, 'out.tar'), 'utf8')).toBe('of yesterday')
  })

  it('a place that cannot be written to is refused before anything is fetched', () => {
    const { status, stdout, stderr } = run('pull', image, '-o', 'no-folder/out.tar')
    expect([status, stdout]).toEqual([3, ''])
    expect(stderr).toBe(
      'layerdiff: error: OUTPUT_UNWRITABLE: Cannot write no-folder/out.tar: its folder does not exist. Choose another place.\n',
    )
  })

  it('a cache that cannot be had is said so, with what to do', () => {
    const { status, stderr } = run('pull', image, '--cache', image)
    expect(status).toBe(3)
    expect(stderr).toMatch(/cannot be used: .*--no-cache/)
  })

  it('cache ls, rm and prune', () => {
    expect(run('cache', 'ls').stdout).toBe(`0 entries, 0 B in ${join(folder, 'cache')}\n`)
    run('pull', image)
    const [first, ...others] = held().entries
    expect(run('cache', 'rm', first?.digest.slice(7, 27) ?? '').stdout).toMatch(/^Removed 1 entry, /)
    expect(run('cache', 'ls').stdout).toMatch(/^KIND {2}DIGEST .*\n(blob .*\n){3}3 entries, /)
    expect(held().entries).toEqual(others)
    const { status, stderr } = run('cache', 'rm', 'ffffffffffffffff')
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      `layerdiff: The cache in ${join(folder, 'cache')} holds nothing of the digest ffffffffffffffff.`,
    ])
    expect(run('cache', 'prune').stdout).toMatch(/^Removed 0 entries/)
    expect(run('cache', 'prune', '--max', '0').stdout).toMatch(/^Removed 3 entries/)
    expect(run('cache', 'rm', '--all').stdout).toMatch(/^Removed 0 entries/)
  })
})
