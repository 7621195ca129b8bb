// The command line, run as a user runs it: as a process of its own.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { COMMANDS } from '../src/cli/arguments.js'
import { errorLines, exitCodeOf, OutputError, UsageError } from '../src/cli/exit-codes.js'
import { OperandError } from '../src/cli/operand-error.js'
import { ProgressLine, progressText } from '../src/cli/progress.js'
import { type ErrorCode, LayerDiffError, type LayerProgress } from '../src/index.js'
import { directory, file, symlink, tar, whiteout } from './support/tar-builder.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-cli-'))
// A process that hangs is ended before its test is given up, and outlives no run.
const lifetime = { timeout: 20_000, killSignal: 'SIGKILL' } as const
vi.setConfig({ testTimeout: 30_000 })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const base = [directory('etc'), file('etc/a', '1', { mtime: 5 }), symlink('bin', 'usr/bin'), directory('usr/bin')]
const many = Array.from({ length: 20_000 }, (_, i) => file(`many/${'x'.repeat(40)}${i}`))
const layers: Record<string, Uint8Array> = {
  'old.tar': tar(base),
  'new.tar': tar([directory('etc'), file('etc/a', '22', { mtime: 6 }), file('etc/b.pyc', '3')]),
  'touched.tar': tar(base.map((part) => ({ ...part, mtime: 99 }))),
  'upper.tar': tar([whiteout('etc/a'), file('bin/tool', 'x')]),
  'hostile.tar': tar([file('\x1b[31mred\u202e', 'x'), file('\x1b[31mred\u202e', 'y')]),
  'odd.tar': tar(Array.from({ length: 30 }, () => file('\x07twice'))),
  'many.tar': tar(many),
  'cut.tar': tar(base).slice(0, 700),
  'text.tar': new TextEncoder().encode('#!/bin/sh\n'.repeat(100)),
  'empty.tar': new Uint8Array(0),
  'name \x1b[31m.tar': new Uint8Array(5),
}
for (const [name, bytes] of Object.entries(layers)) writeFileSync(join(folder, name), bytes)
writeFileSync(join(folder, 'new.tar.gz'), gzipSync(layers['new.tar'] ?? ''))

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

function start(args: readonly string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  return spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', stdout, 'pipe'], ...lifetime })
}

function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const layerdiff = (...args: string[]) => ended(start(args))

test('the report of two layers', async () => {
  expect(await layerdiff('diff', 'old.tar', 'new.tar')).toEqual({
    code: 0,
    stderr: '',
    stdout: `\
1 B → 3 B (+2 B, +200%)
+ 1 added, - 3 removed, ~ 1 modified, 1 unchanged

     +2 B    etc/
     +1 B  ~   a      1 B → 2 B
     +1 B  +   b.pyc
           - bin   symlink to usr/bin
           - usr/  and 1 path below
`,
  })
})

describe.concurrent('options', () => {
  const cases: [string, string[], number, RegExp][] = [
    ['gzip', ['diff', 'old.tar', 'new.tar.gz'], 0, /^1 B → 3 B/],
    ['layer: before a file', ['diff', 'layer:old.tar', 'layer:new.tar'], 0, /^1 B → 3 B/],
    ['options after files', ['diff', 'old.tar', 'new.tar', '--format=json'], 0, /^\{"schema":"layerdiff\/1"/],
    [
      'symlinks as a container sees them',
      ['diff', '--before', 'old.tar', '--after', 'old.tar', '--after', 'upper.tar'],
      0,
      / {2}~ bin\/ {2}symlink to usr\/bin → directory, and 1 path below\n/,
    ],
    [
      'symlinks written through',
      ['diff', '--symlink-parents', 'follow', '--before', 'old.tar', '--after', 'old.tar', '--after', 'upper.tar'],
      0,
      /usr\/bin\/\n.* \+ {3}tool\n/,
    ],
    ['times do not count', ['diff', 'old.tar', 'touched.tar'], 0, /^No differences: 5 paths, 1 B\.\n$/],
    [
      '--mtime',
      ['diff', '--mtime', 'old.tar', 'touched.tar'],
      0,
      /~ {3}a +mtime 1970-01-01 00:00:05 UTC → 1970-01-01 00:01:39 UTC/,
    ],
    [
      '--ignore, repeated',
      ['diff', '--ignore', '*.pyc', '--ignore', 'usr', '--ignore=/bin', 'old.tar', 'new.tar'],
      0,
      /\+ 0 added, - 0 removed, ~ 1 modified, 1 unchanged\n/,
    ],
    ['whole directories on one line', ['diff', 'many.tar', 'old.tar'], 0, /- many\/ {2}and 20,000 paths below\n/],
    ['--all', ['diff', '--all', 'old.tar', 'new.tar'], 0, /- usr\/\n.*- {3}bin\/\n/],
    ['--color always', ['diff', '--color', 'always', 'old.tar', 'new.tar'], 0, /^.\[1m1 B/],
    ['--color never', ['diff', '--color=never', 'old.tar', 'new.tar'], 0, /^1 B/],
    ['--exit-code and differences', ['diff', '--exit-code', 'old.tar', 'new.tar'], 1, /^1 B → 3 B/],
    ['--exit-code and none', ['diff', '--exit-code', 'old.tar', 'old.tar'], 0, /^No differences/],
    [
      '--help',
      ['--help'],
      0,
      /^layerdiff tells.*\nUsage: layerdiff diff OLD NEW.*\n {2}layerdiff diff app-1.0.tar app-1.1.tar\n/s,
    ],
    ['--help of name', ['name', '--help'], 0, /^Takes the name of an image apart.*\nUsage: layerdiff name NAME/s],
    ['--help of a command', ['diff', '--help'], 0, /^Tells what.*--before FILE.*Exit codes: /s],
    ['--version', ['--version'], 0, /^\d+\.\d+\.\d+\n$/],
  ]
  test.for(cases)('%s', async ([, args, code, shown], { expect }) => {
    const { stdout, ...rest } = await layerdiff(...args)
    expect(rest).toEqual({ code, stderr: '' })
    expect(stdout).toMatch(shown)
  })

  test.for([['--help'], ...COMMANDS.map((command) => [command, '--help'])])(
    'help fits 80 columns: %j',
    async (args, { expect }) => {
      const { stdout } = await layerdiff(...args)
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )
})

describe('the parts of a name', () => {
  test('text', async () => {
    expect(await layerdiff('name', 'gcr.io/google-samples/node-hello:1.0')).toEqual({
      code: 0,
      stderr: '',
      stdout: `\
registry    gcr.io
repository  google-samples/node-hello
namespace   google-samples
name        node-hello
tag         1.0
digest      -
familiar    gcr.io/google-samples/node-hello:1.0
full        gcr.io/google-samples/node-hello:1.0
`,
    })
  })

  test('json, into a file', async () => {
    const target = join(folder, 'parts.json')
    expect(await layerdiff('name', 'nginx', '--format', 'json', '-o', target)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual({
      registry: 'docker.io',
      repository: 'library/nginx',
      namespace: 'library',
      name: 'nginx',
      tag: 'latest',
      digest: null,
      familiar: 'nginx:latest',
      full: 'docker.io/library/nginx:latest',
    })
  })
})

describe('bad usage: exit code 2', () => {
  const cases: [string, string[], string][] = [
    ['of layerdiff', ['dif'], 'layerdiff: There is no command "dif". Did you mean diff?\nTry layerdiff --help.\n'],
    ['of diff', ['diff', '--\x1b[m'], 'layerdiff: There is no option --\\x1b[m.\nTry layerdiff diff --help.\n'],
    ['of name', ['name'], 'layerdiff: An image name is missing: layerdiff name NAME.\nTry layerdiff name --help.\n'],
    ['no name', ['name', 'Ngin\x1b'], 'layerdiff: "Ngin\\u{1b}" is not an image name: the repository '],
    ['a dash', ['diff', '-', 'new.tar'], 'layerdiff: There is no file "-": write /dev/stdin for standard input.\n'],
    [
      'an address',
      ['inspect', 'https://example.com/a.tar'],
      'layerdiff: https://example.com/a.tar is an address, which ',
    ],
    ['an address to pull', ['pull', 'HTTP://example.com/a'], 'is not read: download the file first, and give that.'],
    [
      'a glob',
      ['diff', 'old.tar', 'new.tar', '--ignore', '!x'],
      'layerdiff: The glob "!x" begins with "!", which would ',
    ],
  ]
  test.for(cases)('%s', async ([, args, message]) => {
    const { stderr, ...rest } = await layerdiff(...args)
    expect(rest).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe.concurrent('bad input: exit code 3', () => {
  const cases: [string, string[], RegExp][] = [
    [
      'a missing file',
      ['diff', 'old.tar', 'gone.tar'],
      /^layerdiff: error: INPUT_NOT_FOUND: Cannot read gone\.tar: there is no such file\.\n$/,
    ],
    [
      'more missing files, all of them named, before any is read',
      [
        'diff',
        '--before',
        'old.tar',
        '--before',
        'no.tar',
        '--before',
        'layer:no2',
        '--after',
        './no3',
        '--after',
        'no.tar',
      ],
      /^layerdiff: error: INPUT_NOT_FOUND: Cannot read no\.tar, no2 and \.\/no3: there are no such files\.\n$/,
    ],
    ['a folder', ['diff', '.', 'new.tar'], /^layerdiff: error: IMAGE_UNKNOWN_FORMAT: \. holds no image: /],
    [
      'an empty file',
      ['diff', 'old.tar', 'empty.tar'],
      /^layerdiff: error: TAR_EMPTY \(empty\.tar\): There is nothing in it.*\n$/,
    ],
    [
      'no tar',
      ['diff', 'text.tar', 'new.tar'],
      /^layerdiff: error: \w+ \(text\.tar\): .*shell script.* Give a tar, .*\n$/,
    ],
    [
      'a tar that was cut off',
      ['diff', 'old.tar', 'cut.tar'],
      /^layerdiff: error: TAR_TRUNCATED \(cut\.tar\): .*ends in the middle.*\n$/,
    ],
    [
      'the second layer of a stack',
      ['diff', '--before', 'old.tar', '--after', 'old.tar', '--after', 'cut.tar'],
      /^layerdiff: error: TAR_TRUNCATED \(cut\.tar\): /,
    ],
    [
      'something odd under --strict',
      ['diff', '--strict', 'old.tar', 'odd.tar'],
      /^layerdiff: error: DUPLICATE_PATH \(odd\.tar\): .*twice.*\\x07twice.*strict/,
    ],
    [
      'a file name with an escape sequence',
      ['diff', 'name \x1b[31m.tar', 'new.tar'],
      /^layerdiff: error: \w+ \(name \\x1b\[31m\.tar\): /,
    ],
    [
      'a missing file that might be an image',
      ['diff', 'old.tar', 'nosuch', '--mirror', 'http://localhost:1'],
      /^layerdiff: error: REGISTRY_\w+: There is no file nosuch; taken as an image's name: /,
    ],
    ['a missing file with an escape sequence', ['diff', '\x1b[31m', 'new.tar'], /Cannot read \\x1b\[31m: /],
    [
      'a folder that is not there',
      ['diff', '-o', 'gone/report', 'old.tar', 'new.tar'],
      /^layerdiff: Cannot write gone\/report: its folder does not exist\.\n$/,
    ],
    [
      'a folder in place of a report',
      ['diff', '-o', '.', 'old.tar', 'new.tar'],
      /^layerdiff: Cannot write \.: it is a folder\.\n$/,
    ],
  ]
  test.for(cases)('%s', async ([, args, message], { expect }) => {
    const { stderr, ...rest } = await layerdiff(...args)
    expect(rest).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/[^\n\x20-\x7e]/)
  })

  const full = existsSync('/dev/full')
  test.skipIf(!full)('standard output on a full disk', async ({ expect }) => {
    const device = openSync('/dev/full', 'w')
    const result = await ended(start(['diff', 'old.tar', 'new.tar'], device))
    closeSync(device)
    expect(result).toMatchObject({ code: 3, stderr: 'layerdiff: Cannot write standard output: the disk is full.\n' })
  })

  test.skipIf(!full)('a device, which stays one', async ({ expect }) => {
    const { code, stderr } = await layerdiff('diff', '-o', '/dev/full', 'old.tar', 'new.tar')
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'layerdiff: Cannot write /dev/full: the disk is full.\n' })
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true)
  })
})

describe('exit codes of errors', () => {
  test.for<[ErrorCode, number]>([
    ['INVALID_ARGUMENT', 2],
    ['INVALID_REFERENCE', 2],
    ['INPUT_NOT_FOUND', 3],
    ['GZIP_CHECKSUM', 3],
    ['LIMIT_EXPANSION', 3],
    ['OUT_OF_MEMORY', 3],
    ['DUPLICATE_PATH', 3],
    ['WORKER_FAILED', 70],
    ['INTERNAL', 70],
    ['ENGINE_DISPOSED', 70],
  ])('%s: %d', ([code, exit]) => {
    expect(exitCodeOf(new LayerDiffError(code, ''))).toBe(exit)
  })

  test('of the command line', () => {
    expect([new UsageError(), new OutputError(), new TypeError(), null].map(exitCodeOf)).toEqual([2, 3, 70, 70])
  })

  test.for<[string, string, string]>([
    ['its place is told', 'Layer 1 of the after side: It is cut.', 'TAR_EMPTY (b.tar): It is cut.'],
    ['but not twice', 'Layer 1: Cannot read b.tar: no permission.', 'TAR_EMPTY: Cannot read b.tar: no permission.'],
    ['nor at the end', 'Cannot read b.tar.', 'TAR_EMPTY: Cannot read b.tar.'],
    [
      'another file is another',
      'Cannot read b.tar.gz or ab.tar.',
      'TAR_EMPTY (b.tar): Cannot read b.tar.gz or ab.tar.',
    ],
  ])('an error has its code, and %s', ([, message, line]) => {
    const lines = errorLines(new LayerDiffError('TAR_EMPTY', message), { help: '', fileOf: () => 'b.tar' })
    expect(lines).toBe(`layerdiff: error: ${line}\n`)
  })

  test('a word of a message is not taken for the name of a file', () => {
    const error = new LayerDiffError('TAR_EMPTY', 'There is nothing in it: not even a tar.')
    expect(errorLines(error, { help: '', fileOf: () => 'tar' })).toContain('TAR_EMPTY (tar): There')
    const missing = new OperandError(
      new LayerDiffError('REGISTRY_UNREACHABLE', 'There is no file tar; taken as'),
      'tar',
    )
    expect(errorLines(missing, { help: '', fileOf: () => undefined })).toContain('UNREACHABLE: There is no file tar;')
  })

  test('a fault of ours asks for a report', () => {
    const lines = errorLines(new TypeError('x is\nnot'), { help: '', fileOf: () => undefined })
    expect(lines).toBe('layerdiff: x is\\nnot\nThis is a fault of layerdiff itself: please report it.\n')
  })
})

describe('what layers say never reaches the terminal raw', () => {
  test.for(['text', 'json'])('%s', async (format) => {
    const { code, stdout, stderr } = await layerdiff('diff', 'old.tar', 'hostile.tar', '--format', format)
    expect(code).toBe(0)
    expect(stdout + stderr).not.toMatch(/[^\n\x20-\x7e→]/)
  })

  test('warnings go to standard error: twenty, and a count', async () => {
    const { code, stderr } = await layerdiff('diff', 'old.tar', 'odd.tar')
    const lines = stderr.trimEnd().split('\n')
    expect(code).toBe(0)
    expect(lines).toHaveLength(21)
    expect(lines[0]).toMatch(/^layerdiff: warning: DUPLICATE_PATH \(layer 0 of the after side, \\x07twice\): /)
    expect(lines.at(-1)).toBe('layerdiff: warning: 9 more warnings; --format json lists them.')
  })

  test('warnings go into the JSON, and nowhere else', async () => {
    const { stdout, stderr } = await layerdiff('diff', 'old.tar', 'odd.tar', '--format', 'json')
    expect(stderr).toBe('')
    expect(JSON.parse(stdout).warnings).toHaveLength(29)
  })
})

describe('-o', () => {
  const place = (name: string) => {
    const path = join(folder, name)
    mkdirSync(path)
    return path
  }

  test('is not written over a layer that is compared, whatever its name', async () => {
    const folder_ = place('over')
    const layer = join(folder_, 'layer.tar')
    copyFileSync(join(folder, 'old.tar'), layer)
    symlinkSync(layer, join(folder_, 'link'))
    const { code, stderr } = await layerdiff('diff', layer, 'new.tar', '-o', join(folder_, 'link'))
    expect([code, stderr]).toEqual([2, expect.stringContaining('would be written over')])
    expect(readFileSync(layer)).toEqual(readFileSync(join(folder, 'old.tar')))
  })

  test('may be standard output by its path', async () => {
    const piped = await layerdiff('diff', 'old.tar', 'new.tar', '-o', '/dev/stdout')
    expect(piped).toEqual(await layerdiff('diff', 'old.tar', 'new.tar'))
  })

  test('writes the file, and nothing to standard output', async () => {
    const target = join(place('new'), 'report.json')
    const args = ['diff', 'old.tar', 'new.tar', '--format', 'json']
    expect(await layerdiff(...args, '--output', target)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(readFileSync(target, 'utf8')).toBe((await layerdiff(...args)).stdout)
    expect(readdirSync(join(folder, 'new'))).toEqual(['report.json'])
  })

  test('replaces a file through a link, and keeps its mode', async () => {
    const at = place('linked')
    writeFileSync(join(at, 'real'), 'old')
    chmodSync(join(at, 'real'), 0o640)
    symlinkSync('real', join(at, 'link'))
    expect((await layerdiff('diff', 'old.tar', 'new.tar', '-o', join(at, 'link'))).code).toBe(0)
    expect(readFileSync(join(at, 'real'), 'utf8')).toMatch(/^1 B → 3 B/)
    expect(statSync(join(at, 'real')).mode & 0o777).toBe(0o640)
    expect(readdirSync(at)).toEqual(['link', 'real'])
  })

  test('leaves what was there when the input is bad', async () => {
    const at = place('kept')
    writeFileSync(join(at, 'report'), 'old')
    expect((await layerdiff('diff', 'old.tar', 'cut.tar', '-o', join(at, 'report'))).code).toBe(3)
    expect(readFileSync(join(at, 'report'), 'utf8')).toBe('old')
    expect(readdirSync(at)).toEqual(['report'])
  })

  test.skipIf(!existsSync('/dev/zero'))('leaves nothing half-written when interrupted: exit code 130', async () => {
    const at = place('interrupted')
    const child = start(['diff', 'old.tar', '/dev/zero', '-o', join(at, 'report')])
    const end = ended(child)
    await expect.poll(() => readdirSync(at), { timeout: 10_000 }).toHaveLength(1)
    child.kill('SIGINT')
    expect(await end).toEqual({ code: 130, stdout: '', stderr: '' })
    expect(readdirSync(at)).toEqual([])
  })

  test.skipIf(process.platform !== 'linux').for(['', 'layer:'])(
    'ends at once while it waits for a pipe, given as "%sPIPE"',
    async (prefix) => {
      const at = place(`piped-${prefix.length}`)
      const pipe = join(folder, `pipe-${prefix.length}`)
      execFileSync('mkfifo', [pipe])
      const child = start(['diff', 'old.tar', prefix + pipe, '-o', join(at, 'report')])
      const end = ended(child)
      await expect.poll(() => readdirSync(at), { timeout: 10_000 }).toHaveLength(1)
      child.kill('SIGINT')
      expect(await end).toEqual({ code: 130, stdout: '', stderr: '' })
      expect(readdirSync(at)).toEqual([])
    },
  )
})

test.for([
  ['text', 0],
  ['json', 1],
] as const)('a reader that goes away early is no error: %s', async ([format, code]) => {
  const child = start(['diff', 'old.tar', 'many.tar', '--all', '--format', format, ...(code ? ['--exit-code'] : [])])
  const end = ended(child)
  child.stdout?.once('data', () => child.stdout?.destroy())
  expect(await end).toMatchObject({ code, stderr: '' })
})

describe('on a terminal', () => {
  // util-linux's `script` gives a process a terminal; the one of other systems takes other arguments.
  const script = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
  const onTerminal = (command: string, env: Record<string, string> = {}) => {
    const quoted = `stty cols 60 rows 24; '${process.execPath}' '${main}' ${command}`
    const options = {
      cwd: folder,
      encoding: 'utf8',
      ...lifetime,
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '', ...env },
    } as const
    const { status, stdout } = spawnSync('script', ['-qec', quoted, '/dev/null'], options)
    return { status, stdout: stdout.replaceAll('\r\n', '\n') }
  }

  test.skipIf(!script)('colours, progress that is taken back, and the width of the terminal', () => {
    const { status, stdout } = onTerminal('diff old.tar new.tar --exit-code')
    expect(status).toBe(1)
    expect(stdout).toMatch(/\rReading layers \(.* done\): .*\r +\r.\[1m1 B → 3 B/)
    const { stdout: wrapped } = onTerminal('diff --mtime --color never old.tar touched.tar 2>&1 >/dev/tty')
    expect(wrapped).toMatch(/\n {11}~ {3}a\n {19}mtime 1970/)
  })

  test.skipIf(!script).for<[string, string, Record<string, string>]>([
    ['NO_COLOR', '', { NO_COLOR: '1' }],
    ['a dumb terminal', '', { TERM: 'dumb' }],
    ['--color never', '--color never', {}],
    ['-o', '-o /dev/tty', {}],
  ])('no colours: %s', ([, more, env]) => {
    const { stdout } = onTerminal(`diff old.tar new.tar ${more}`, env)
    expect(stdout).toContain('1 B → 3 B')
    expect(stdout).not.toContain('\x1b')
  })

  test.skipIf(!script)('--color always beats NO_COLOR', () => {
    expect(onTerminal('diff old.tar new.tar --color always', { NO_COLOR: '1' }).stdout).toContain('\x1b[1m1 B')
  })
})

describe('progress', () => {
  const layer: LayerProgress = {
    side: 'before',
    layer: 0,
    phase: 'reading',
    bytesIn: 500,
    bytesTotal: 2000,
    bytesOut: 900,
    entries: 1200,
  }
  const done = { ...layer, layer: 1, bytesIn: 2000, phase: 'done' } as const

  test.for<[string, LayerProgress[], string]>([
    ['one layer', [layer], 'Reading layers (0 of 1 done): 25% of 2.00 kB, 1,200 entries'],
    ['one of two', [layer, done], 'Reading layers (1 of 2 done): 62% of 4.00 kB, 2,400 entries'],
    [
      'a size that nobody knows',
      [layer, { ...layer, bytesTotal: null }],
      'Reading layers (0 of 2 done): 1.00 kB, 2,400 entries',
    ],
    ['all read', [done], 'Comparing 1,200 entries'],
  ])('%s', ([, layers, line]) => {
    expect(progressText(layers)).toBe(line)
  })

  test('one line, drawn ten times a second at most, cut to the terminal, cleared in the end', () => {
    const written: string[] = []
    let now = 0
    const line = new ProgressLine({ columns: 21, write: (text) => written.push(text) }, () => now)
    line.clear()
    line.update({ ...layer, phase: 'waiting' })
    line.update(layer)
    now = 99
    line.update(layer)
    now = 100
    line.update(layer)
    line.clear()
    line.clear()
    expect(written).toEqual(['\rReading layers (0 of', '\rReading layers (0 of', `\r${' '.repeat(20)}\r`])
  })
})
