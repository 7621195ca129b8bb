// `layerdiff show`, run as a user runs it.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureTools } from './support/debian.js'
import { dockerParts, layer } from './support/image-builder.js'
import { device, directory, file, hardlink, symlink, tar, whiteout } from './support/tar-builder.js'
import { fixturePath, fixtures, trueTree } from './support/truth.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-show-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function show(...args: string[]) {
  const options = { cwd: folder, timeout: 30_000, maxBuffer: 2 ** 26 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'show', ...args], options)
  return { status, stdout, stderr: String(stderr) }
}

/** Every byte there is, and too many of them for one piece. */
const binary = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256)
const hostile = 'plain\tümlaut\r\n\x1b[2Jcleared\u202e\u200b\nlast'

const low = [
  directory('usr/bin'),
  file('usr/bin/env', 'ENV\n'),
  file('gone', 'x'),
  file('kept', 'low'),
  symlink('bin', 'usr/bin'),
]
const high = [
  whiteout('gone'),
  file('kept', 'high'),
  hardlink('hard', 'usr/bin/env'),
  symlink('absolute', '/bin/env'),
  symlink('self', 'self'),
  symlink('out', '../../etc/passwd'),
  device('null', 'char', 1, 3),
  file('binary', binary),
  file('hostile', hostile),
  file('a\x1b[2Jb', 'x'),
  file('empty'),
  file('holes', 'abc', { sparse: { format: '1.0', size: 5000, map: [[4096, 3]] } }),
]

beforeAll(async () => {
  const layers = [await layer(tar(low)), await layer(tar(high), gzipSync(tar(high)))]
  // The manifest first: by the first name in it a file is taken for an image.
  writeFileSync(join(folder, 'app.tar'), tar(dockerParts(layers, ['app:1']).reverse()))
  writeFileSync(join(folder, 'layer.tar.gz'), gzipSync(tar(low)))
  writeFileSync(join(folder, 'plain.tar'), tar(high))
  // With less beside it, it would be taken for a bomb.
  const filler = file('filler', new Uint8Array(6_000_000))
  const huge = file('huge', '', { sparse: { format: '1.0', size: 2 ** 30 + 1, map: [] } })
  writeFileSync(join(folder, 'huge.tar'), tar([filler, huge]))
  const broken = { ...(layers[0] as (typeof layers)[0]), blob: tar(low).subarray(0, 300) }
  writeFileSync(join(folder, 'broken.tar'), tar(dockerParts([layers[0] as typeof broken, broken], null).reverse()))
})

describe('a file', () => {
  test.for<[string, string, string, string]>([
    ['of the lower layer', 'app.tar', 'usr/bin/env', 'ENV\n'],
    ['with a slash before it', 'app.tar', '/usr/bin/env', 'ENV\n'],
    ['with dots in it', 'app.tar', './usr/../usr/./bin//env', 'ENV\n'],
    ['written over', 'app.tar', 'kept', 'high'],
    ['below a link', 'app.tar', 'bin/env', 'ENV\n'],
    ['through links to links', 'app.tar', 'absolute', 'ENV\n'],
    ['by another name', 'app.tar', 'hard', 'ENV\n'],
    ['that is empty', 'app.tar', 'empty', ''],
    ['raw into a pipe', 'app.tar', 'hostile', hostile],
    ['of a name that would clear the screen', 'app.tar', 'a\x1b[2Jb', 'x'],
    ['of one layer', 'layer.tar.gz', 'gone', 'x'],
    ['of one plain layer', 'plain.tar', 'kept', 'high'],
    ['of a layer that is said to be one', 'layer:plain.tar', 'kept', 'high'],
  ])('%s', ([, image, path, content]) => {
    const { status, stdout, stderr } = show(image, path)
    expect([status, String(stdout), stderr]).toEqual([0, content, ''])
  })

  test('of any bytes, into a pipe and into a file', () => {
    expect(show('app.tar', 'binary').stdout.equals(binary)).toBe(true)
    expect(show('app.tar', 'binary', '-o', 'out')).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(folder, 'out')).equals(binary)).toBe(true)
  })
})

describe('what is refused', () => {
  test.for<[string, string[], number, string | RegExp]>([
    ['a missing path', ['app.tar', 'usr/bin/en'], 3, 'There is no usr/bin/en in app.tar. Did you mean usr/bin/env?'],
    ['a missing directory', ['app.tar', '/usrr/bin'], 3, 'There is no usrr/bin in app.tar. Did you mean usr?'],
    ['nothing near', ['app.tar', 'something/else'], 3, 'There is no something/else in app.tar.'],
    ['what a later layer deleted', ['app.tar', 'gone'], 3, 'There is no gone in app.tar.'],
    ['a link that leads nowhere', ['app.tar', 'out'], 3, 'There is no out in app.tar: its links lead to etc.'],
    ['a circle of links', ['app.tar', 'self'], 3, /^self leads through a loop of symlinks, or through more than 255: /],
    ['a file as a directory', ['app.tar', 'kept/x'], 3, 'There is no kept/x in app.tar: kept is no directory.'],
    ['a directory', ['app.tar', 'bin'], 3, 'bin is a directory of app.tar. layerdiff tree app.tar bin lists it.'],
    ['the root', ['app.tar', '/'], 3, '/ is a directory of app.tar. layerdiff tree app.tar / lists it.'],
    ['a device', ['app.tar', 'null'], 3, 'null is a character device, which holds no content.'],
    ['a hostile name', ['app.tar', 'x\x1b[2J'], 3, 'There is no x\\x1b[2J in app.tar.'],
    [
      'a file with holes',
      ['app.tar', 'holes'],
      3,
      /^holes cannot be read by itself: it is stored with holes, .* layer 1 with tar\.$/,
    ],
    ['a file with holes of a plain layer', ['plain.tar', 'holes'], 3, /^holes cannot be read by itself: /],
    [
      'a file that is too large',
      ['huge.tar', 'huge'],
      3,
      /^huge has 1\.07 GB, and show writes files of up to 1 GiB\. /,
    ],
    ['a missing image', ['gone.tar', 'a'], 3, 'Cannot read gone.tar: there is no such file.'],
    ['a broken layer', ['broken.tar', 'a'], 3, /^error: \w+ \(layer 1 of broken\.tar\): /],
    ['a file over the image', ['app.tar', 'kept', '-o', 'app.tar'], 2, /would be written over app\.tar/],
    ['a platform of a layer', ['plain.tar', 'kept', '--platform', 'linux/386'], 2, /^--platform is about images/],
  ])('%s', ([, args, code, message]) => {
    const { status, stdout, stderr } = show(...args)
    expect([status, String(stdout)]).toEqual([code, ''])
    const said = stderr.replace(/^layerdiff: (error: \w+: )?/, '').replace(/(\nTry .*)?\n$/, '')
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
  })

  test('and leaves no file behind', () => {
    expect(show('app.tar', 'none', '-o', 'none.out').status).toBe(3)
    expect(readdirSync(folder).filter((name) => /none\.out|\.tmp$/.test(name))).toEqual([])
  })

  test.skipIf(!existsSync('/dev/full'))('a full device', () => {
    expect(show('app.tar', 'kept', '-o', '/dev/full')).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^layerdiff: Cannot write \/dev\/full: /),
    })
  })
})

test.skipIf(process.platform === 'win32').for([
  ['a layer', 'layer.tar.gz'],
  ['an image', 'app.tar'],
])('%s through a pipe', async ([, name]) => {
  const command = `'${process.execPath}' '${main}' show /dev/stdin usr/bin/env`
  // A shell makes a pipe of it, where node would give a socket.
  const child = spawn('sh', ['-c', `cat | ${command}`], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
  createReadStream(join(folder, name as string)).pipe(child.stdin)
  expect([await text(child.stdout), await text(child.stderr)]).toEqual(['ENV\n', ''])
})

test('a reader that goes away early is no error', async () => {
  const child = spawn(process.execPath, [main, 'show', 'app.tar', 'binary'], { cwd: folder })
  child.stdout.once('data', () => child.stdout.destroy())
  const stderr = await text(child.stderr)
  const code = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)))
  expect([code, stderr]).toEqual([0, ''])
})

const script = process.platform === 'linux' && ensureTools([{ command: 'script', package: 'bsdutils' }])

describe.skipIf(!script)('on a terminal', () => {
  const onTerminal = (command: string) => {
    const quoted = `'${process.execPath}' '${main}' show ${command} 2>err`
    const options = { cwd: folder, encoding: 'utf8', timeout: 30_000 } as const
    const { status, stdout } = spawnSync('script', ['-qec', quoted, '/dev/null'], options)
    return { status, stdout: stdout.replaceAll('\r\n', '\n'), stderr: readFileSync(join(folder, 'err'), 'utf8') }
  }

  test.for(['', '-o /dev/tty'])('text, with escapes for what could mislead: %s', (more) => {
    const { status, stdout } = onTerminal(`app.tar hostile ${more}`)
    expect([status, stdout]).toEqual([0, 'plain\tümlaut\\r\n\\x1b[2Jcleared\\u{202e}\\u{200b}\nlast'])
  })

  test('what is no text is refused', () => {
    const { status, stdout, stderr } = onTerminal('app.tar binary')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^layerdiff: binary is no text, .* -o FILE, or into a pipe\.\n/)
    expect(onTerminal('app.tar binary -o out2').status).toBe(0)
    expect(readFileSync(join(folder, 'out2')).equals(binary)).toBe(true)
  })
})

test
  .skipIf(fixtures === null)
  .for(['bin/busybox', 'srv/t/hard/c', 'srv/t/names/with space', 'srv/t/names/new\nline', 'srv/t/names/日本語'])(
  'of a real image, as an overlayfs mount shows it: %j',
  (path) => {
    const truth = trueTree('small-1').get(Buffer.from(path).toString('latin1'))
    const { stdout } = show(fixturePath('images', 'small-1', 'oci-gzip'), `/${path}`)
    expect(createHash('sha256').update(stdout).digest('hex')).toBe(truth?.sha256)
  },
)
