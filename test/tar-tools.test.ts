// Archives as real tools write them, of files of every type with names and attributes at their limits: read as Python's
// tarfile and Go's archive/tar read them, entry for entry, and with the same contents in every dialect.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffLayers } from '../src/index.js'
import { ensureTools } from './support/debian.js'
import { refusal } from './support/refusal.js'
import { GoTar, listedByPython, listedByUs, pythonTar } from './support/tar-listing.js'

const hasTools =
  process.getuid?.() === 0 &&
  ensureTools([
    { command: 'tar', package: 'tar' },
    { command: 'bsdtar', package: 'libarchive-tools' },
    { command: 'busybox', package: 'busybox-static' },
    { command: 'python3', package: 'python3' },
    { command: 'go', package: 'golang-go' },
    { command: 'setfacl', package: 'acl' },
  ])

const V7 = ['v7']
const USTAR = ['v7', 'ustar']
const ALL = ['v7', 'ustar', 'pax']

/** How a tool is told to write an archive of folders to a file. */
type Writer = (from: string, folders: readonly string[], archive: string) => void

const run = (command: string, ...args: string[]) => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
const gnu =
  (...options: string[]): Writer =>
  (from, folders, archive) =>
    run('tar', '--create', `--file=${archive}`, `--directory=${from}`, '--sort=name', ...options, ...folders)
// libarchive complains of names that are not UTF-8, in a code that is not 0, and writes them.
const bsd =
  (format: string): Writer =>
  (from, folders, archive) => {
    spawnSync('bsdtar', ['-c', '-f', archive, '-C', from, '--format', format, ...folders])
  }
const python =
  (format: string): Writer =>
  (from, folders, archive) =>
    writeFileSync(
      archive,
      execFileSync('python3', [pythonTar, 'write', format, from, ...folders], { maxBuffer: 1 << 28 }),
    )

const ROWS: [name: string, folders: readonly string[], write: Writer][] = [
  ['GNU tar, v7', V7, gnu('--format=v7')],
  ['GNU tar, oldgnu', ALL, gnu('--format=oldgnu')],
  ['GNU tar, gnu', ALL, gnu('--format=gnu')],
  ['GNU tar, ustar', USTAR, gnu('--format=ustar')],
  ['GNU tar, pax', ALL, gnu('--format=pax')],
  ['GNU tar, posix', ALL, gnu('--format=posix', '--pax-option=delete=atime,delete=ctime')],
  ['GNU tar, gnu, sparse', ALL, gnu('--format=gnu', '--sparse')],
  ['GNU tar, oldgnu, sparse', ALL, gnu('--format=oldgnu', '--sparse')],
  ['GNU tar, pax, sparse 0.0', ALL, gnu('--format=pax', '--sparse', '--sparse-version=0.0')],
  ['GNU tar, pax, sparse 0.1', ALL, gnu('--format=pax', '--sparse', '--sparse-version=0.1')],
  ['GNU tar, pax, sparse 1.0', ALL, gnu('--format=pax', '--sparse', '--sparse-version=1.0')],
  ['GNU tar, pax, xattrs', ALL, gnu('--format=pax', '--xattrs')],
  ['GNU tar, pax, xattrs, ACLs and sparse', ALL, gnu('--format=pax', '--xattrs', '--acls', '--selinux', '--sparse')],
  ['GNU tar, pax, a label, numbers for names', ALL, gnu('--format=pax', '--numeric-owner', '--label=backup')],
  ['bsdtar, pax', ALL, bsd('pax')],
  ['bsdtar, restricted pax', ALL, bsd('paxr')],
  ['bsdtar, gnutar', ALL, bsd('gnutar')],
  ['bsdtar, ustar', USTAR, bsd('ustar')],
  ['Python’s tarfile, USTAR', USTAR, python('ustar')],
  ['Python’s tarfile, GNU', ALL, python('gnu')],
  ['Python’s tarfile, PAX', ALL, python('pax')],
  ['busybox tar', USTAR, (from, folders, archive) => run('busybox', 'tar', '-cf', archive, '-C', from, ...folders)],
]

/** How tools list names: as they are, or with escapes. Python's tarfile is asked for more than names. */
const LISTERS: readonly [tool: string, command: string[], spell: (name: Buffer) => string][] = [
  ['GNU tar', ['tar', '--list', '--quoting-style=escape', '--file'], escaped],
  ['bsdtar', ['bsdtar', '-t', '-f'], escaped],
  ['busybox tar', ['busybox', 'tar', '-t', '-f'], (name) => name.toString('latin1')],
]

/** As C spells what is no printable ASCII. */
function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, (byte) =>
      byte === '\\' ? '\\\\' : byte === '\n' ? '\\n' : `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
    )
}

describe.skipIf(!hasTools)('archives of real tools', () => {
  let folder: string
  let files: string
  let go: GoTar
  let plain: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerdiff-tar-'))
    files = join(folder, 'files')
    mkdirSync(files)
    run('python3', join(import.meta.dirname, 'support/odd_files.py'), files)
    run('setfacl', '-m', 'u:1000:r', join(files, 'pax/tagged'))
    go = new GoTar()
    plain = join(folder, 'plain.tar')
    gnu('--format=pax')(files, ALL, plain)
  }, 300_000)
  afterAll(() => {
    go?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it.for(ROWS)('%s', async ([name, folders, write]) => {
    const archive = join(folder, 'archive.tar')
    write(files, folders, archive)
    const ours = await listedByUs(archive)
    expect(ours.length).toBeGreaterThan(10 * folders.length)
    expect(ours).toEqual(listedByPython(archive))
    expect(ours).toEqual(go.list(archive))
    for (const [tool, [command = '', ...args], spell] of LISTERS) {
      if (!name.startsWith(tool)) continue
      const options = { encoding: 'latin1', env: { ...process.env, LC_ALL: 'C' } } as const
      const { stdout } = spawnSync(command, [...args, archive], options)
      const lines = ours.map(
        ({ path, type }) => `${spell(Buffer.from(path, 'hex'))}${type === 'directory' ? '/' : ''}\n`,
      )
      // A label is listed, and is no entry.
      expect(stdout.replace(/^backup\n/, '')).toBe(lines.join(''))
    }
    // However they are written, the files are the same.
    const compare = { mode: true, owner: false, xattrs: false, mtime: false }
    const { changes } = await diffLayers([plain], [archive], { compare })
    const missing = ALL.filter((name) => !folders.includes(name))
    const changed = Array.from(changes, ({ kind, path }) => `${kind} ${path}`)
    expect(changed.filter((line) => !missing.some((name) => line.startsWith(`removed ${name}`)))).toEqual([])
  })

  it.for(['ustar', 'gnu', 'pax'])('Go’s archive/tar, %s', async (format) => {
    const archive = join(folder, 'go.tar')
    writeFileSync(archive, execFileSync(go.command, ['write', format]))
    const ours = await listedByUs(archive)
    expect(ours).toEqual(go.list(archive))
    expect(ours).toEqual(listedByPython(archive))
  })

  it.for(['gnu', 'pax'])('a sparse file of 9 GiB, %s', async (format) => {
    const sparse = join(folder, 'sparse')
    mkdirSync(sparse, { recursive: true })
    writeFileSync(join(sparse, 'big'), 'begins')
    truncateSync(join(sparse, 'big'), 9 * 2 ** 30)
    const archive = join(folder, 'big.tar')
    gnu(`--format=${format}`, '--sparse')(folder, ['sparse'], archive)
    // What unpacks to so much more than is stored is refused, unless somebody asks for it.
    expect((await refusal(listedByUs(archive))).code).toBe('LIMIT_EXPANSION')
    const ours = await listedByUs(archive, { expansion: Number.MAX_SAFE_INTEGER })
    expect(ours.map(({ size }) => size)).toEqual([0, 9 * 2 ** 30])
    expect(ours).toEqual(listedByPython(archive))
    expect(ours).toEqual(go.list(archive))
  })

  it('a volume that goes on with another’s file is refused', async () => {
    writeFileSync(join(folder, 'long'), 'x'.repeat(30_000))
    const volumes = [join(folder, 'volume-1'), join(folder, 'volume-2')]
    gnu(
      '--format=gnu',
      '--multi-volume',
      '--tape-length=20',
      `--file=${volumes[1]}`,
    )(folder, ['long'], volumes[0] ?? '')
    expect((await refusal(listedByUs(volumes[0] ?? ''))).code).toBe('TAR_TRUNCATED')
    expect((await refusal(listedByUs(volumes[1] ?? ''))).code).toBe('TAR_VOLUME')
  })

  it.for([
    ['cpio', 'a cpio archive'],
    ['newc', 'a cpio archive'],
    ['odc', 'a cpio archive'],
    ['bin', 'a cpio archive'],
    ['zip', 'a zip archive'],
    ['7zip', 'a 7z archive'],
    ['ar', 'an ar archive'],
    ['xar', 'a xar archive'],
    ['mtree', 'an mtree listing'],
    ['shar', 'a shell script'],
    ['warc', 'a WARC file'],
  ] as const)('what bsdtar writes as %s is refused as %s', async ([format, name]) => {
    const archive = join(folder, `other.${format}`)
    run('bsdtar', '-c', '-f', archive, '-C', files, '--format', format, '--exclude', '*/?*/*', 'v7/some')
    const { code, message } = await refusal(listedByUs(archive))
    expect(['TAR_CHECKSUM', 'TAR_TRUNCATED']).toContain(code)
    expect(message).toContain(`This is ${name}, and layers are tar archives.`)
  })
})
