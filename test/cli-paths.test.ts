// Paths on the command line that cannot be used as they were meant: what leads nowhere, what would be written over, and caches
// that are not there or cannot be made.

import { spawnSync } from 'node:child_process'
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const main = join(root, 'dist/cli/main.js')
const sample = (tag: string) => join(root, `build/sample/greeter-${tag}.tar`)

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-paths-'))
  copyFileSync(sample('1.0'), join(folder, 'one.tar'))
  copyFileSync(sample('1.1'), join(folder, 'two.tar'))
  symlinkSync('loop', join(folder, 'loop'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What a command says, and how it ends. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, stdout, stderr }
}

describe('a path that leads nowhere', () => {
  const long = `${'a'.repeat(300)}.tar`
  it.each<[string, string[], RegExp]>([
    ['history of a circle of links', ['history', 'loop'], /loop: Its links lead in a circle/],
    ['diff of a circle of links', ['diff', 'loop', 'one.tar'], /loop: Its links lead in a circle/],
    ['history below a file', ['history', 'one.tar/x.tar'], /one\.tar\/x\.tar/],
    ['a layer below a file', ['diff', 'layer:one.tar/x', 'one.tar'], /one\.tar\/x: there is no such file/],
    ['a layout below a file', ['history', 'oci:one.tar/x'], /one\.tar\/x/],
    ['a name that no file can have', ['history', long], /no such file|longer than that of any file/],
    ['a report below a file', ['diff', 'one.tar', 'two.tar', '-o', 'one.tar/x'], /its folder does not exist/],
    ['a report through a circle of links', ['diff', 'one.tar', 'two.tar', '-o', 'loop'], /its links lead in a circle/],
    ['a report of a name that no file can have', ['diff', 'one.tar', 'two.tar', '-o', long], /its name is too long/],
    ['a pull of a name that no file can have', ['pull', 'one.tar', '-o', long], /its name is too long/],
  ])('%s', (_, args, message) => {
    const { status, stdout, stderr } = run(args)
    expect([status, stdout, stderr]).toEqual([3, '', expect.stringMatching(message)])
    expect(stderr).not.toContain('fault of layerdiff')
  })
})

describe('what is read is not written over', () => {
  it.each<[string, string[]]>([
    ['by a pull', ['pull', 'one.tar', '-o', 'one.tar']],
    ['by a pull of one image in it', ['pull', 'docker-archive:one.tar:greeter:1.0', '-o', 'one.tar']],
    ['through a symlink', ['pull', 'one.tar', '-o', 'link.tar']],
    ['through a hard link', ['pull', 'one.tar', '-o', 'hard.tar']],
    ['by a history', ['history', 'oci-archive:one.tar:greeter:1.0', '-o', 'one.tar']],
    ['by a diff', ['diff', 'one.tar', 'oci-archive:two.tar:greeter:1.1', '-o', 'two.tar']],
  ])('%s', (_, args) => {
    symlinkSync('one.tar', join(folder, 'link.tar'))
    linkSync(join(folder, 'one.tar'), join(folder, 'hard.tar'))
    const { status, stderr } = run(args)
    expect([status, stderr]).toEqual([2, expect.stringMatching(/would be written over \w+\.tar, which is read/)])
    expect(readFileSync(join(folder, 'one.tar')).equals(readFileSync(sample('1.0')))).toBe(true)
    expect(readFileSync(join(folder, 'two.tar')).equals(readFileSync(sample('1.1')))).toBe(true)
  })
})

describe('a cache', () => {
  /** Where nothing can be made, by nobody. */
  const nowhere = { HOME: '/proc/nowhere', XDG_CACHE_HOME: '/proc/nowhere', LAYERDIFF_CACHE: '' }

  it.each<[string, string[]]>([
    ['diff', ['diff', 'one.tar', 'two.tar']],
    ['history', ['history', 'one.tar']],
    ['layers', ['layers', 'one.tar', 'two.tar']],
    ['pull into a file', ['pull', 'one.tar', '-o', 'out.tar']],
  ])('that cannot be made is not needed for local files: %s', (_, args) => {
    const { status, stderr } = run(args, nowhere)
    expect([status, stderr]).toEqual([0, ''])
  })

  it('that cannot be made and is needed is an error', () => {
    expect(run(['pull', 'one.tar'], nowhere)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('cannot be used'),
    })
    const named = run(['history', 'one.tar', '--cache', '/proc/nowhere/cache'])
    expect(named).toMatchObject({ status: 3, stderr: expect.stringContaining('cannot be used') })
  })

  it('that cannot be made is done without where a registry is read', () => {
    const { status, stderr } = run(['history', 'localhost:1/none'], nowhere)
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/note: The cache in \/proc\/nowhere.*Going on without\./),
    ])
  })

  it.each<[string, string[]]>([
    ['ls', ['cache', 'ls']],
    ['rm', ['cache', 'rm', '--all']],
    ['prune', ['cache', 'prune']],
  ])('that is not there is not made: %s', (_, args) => {
    mkdirSync(join(folder, 'empty'))
    for (const place of ['nope', 'empty', '.']) {
      const { status, stderr } = run([...args, '--cache', place])
      expect([status, stderr]).toEqual([3, expect.stringContaining('There is no cache in ')])
    }
    const { status, stdout } = run(args, { XDG_CACHE_HOME: join(folder, 'none'), LAYERDIFF_CACHE: '' })
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 entries')])
    expect(readdirSync(folder).sort()).toEqual(['empty', 'loop', 'one.tar', 'two.tar'])
    expect(readdirSync(join(folder, 'empty'))).toEqual([])
  })
})
