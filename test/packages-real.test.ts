// Packages as the real tools write them: dpkg of this machine, rpm with its own database, pip, npm.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffLayers } from '../src/index.js'
import { readDpkg } from '../src/packages/dpkg.js'
import type { PackageChange } from '../src/types.js'
import { ensureTools } from './support/debian.js'
import { file, tar } from './support/tar-builder.js'

const STATUS = '/var/lib/dpkg/status'
const hasDpkg = spawnSync('dpkg-query', ['--version']).status === 0
const hasRpm = ensureTools([
  { command: 'rpm', package: 'rpm' },
  { command: 'rpmbuild', package: 'rpm' },
])
const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-packages-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A layer of what a folder holds, made by the machine's own tar. */
const layerOf = (place: string) => execFileSync('tar', ['-C', place, '-cf', '-', '.'], { maxBuffer: 2 ** 30 })

const short = ({ manager, name, architecture, before, after, sizeBefore, sizeAfter }: PackageChange) =>
  [manager, name, architecture, before, after, sizeBefore, sizeAfter].join(' ')

describe.skipIf(!hasDpkg)('dpkg', () => {
  it('says what dpkg-query says', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query has its own
    const format = '${db:Status-Status} ${Package} ${Architecture} ${Version} ${Installed-Size}\n'
    const lines = execFileSync('dpkg-query', ['-W', `-f=${format}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const installed = lines.filter((line) => /^(installed|triggers-\w+) /.test(line))
    const expected = installed.map((line) => line.slice(line.indexOf(' ') + 1))
    const found = readDpkg(readFileSync(STATUS)).map(
      ({ name, architecture, version, size }) =>
        `${name} ${architecture} ${version} ${size === null ? '' : size / 1024}`,
    )
    expect(found.sort()).toEqual(expected.sort())
    expect(found.length).toBeGreaterThan(50)
  })

  it('in a diff: one paragraph in another version, and one gone', async () => {
    const status = readFileSync(STATUS, 'utf8')
    const [first = ''] = status.split('\n\n', 1)
    const version = /^Version: (.*)$/m.exec(first)?.[1] ?? ''
    const changed = status.replace(`Version: ${version}`, 'Version: 99')
    const [diff, without] = await Promise.all([
      diffLayers(tar([file('var/lib/dpkg/status', status)]), tar([file('var/lib/dpkg/status', changed)]), {
        packages: true,
      }),
      diffLayers(
        tar([file('var/lib/dpkg/status', status)]),
        tar([file('var/lib/dpkg/status', status.slice(first.length + 2))]),
        {
          packages: true,
        },
      ),
    ])
    expect(diff.packages?.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['modified', version, '99'],
    ])
    expect(without.packages?.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['removed', version, null],
    ])
  })
})

describe.skipIf(!hasRpm)('rpm', () => {
  const SPEC = `Name: %{n}
Version: %{v}
Release: 3
Summary: A package of a test
License: MIT
BuildArch: noarch
%{?e:Epoch: %{e}}
%description
A package of a test
%install
mkdir -p %{buildroot}/opt
head -c %{s} /dev/zero > %{buildroot}/opt/%{n}
%files
/opt/%{n}
`
  /** The root of an rpm system, in which each call installs or removes. */
  function rpmRoot(name: string) {
    const root = join(folder, name)
    mkdirSync(root)
    const rpm = (...args: string[]) =>
      execFileSync('rpm', ['--root', root, '--dbpath', '/var/lib/rpm', ...args], { stdio: 'pipe' })
    rpm('--define', '_db_backend sqlite', '--initdb')
    return {
      root,
      rpm: (...args: string[]) => rpm('--nodeps', '--noscripts', ...args),
      database: () => layerOf(join(root)),
    }
  }

  function built(name: string, version: string, size: number, epoch?: number): string {
    const spec = join(folder, 'test.spec')
    writeFileSync(spec, SPEC)
    const defines = {
      _topdir: join(folder, 'build'),
      n: name,
      v: version,
      s: size,
      ...(epoch !== undefined && { e: epoch }),
    }
    const args = Object.entries(defines).flatMap(([key, value]) => ['--define', `${key} ${value}`])
    execFileSync('rpmbuild', ['-bb', ...args, spec], { stdio: 'pipe' })
    return join(folder, 'build/RPMS/noarch', `${name}-${version}-3.noarch.rpm`)
  }

  it('tells what was upgraded, installed and removed between two states of a database', async () => {
    const system = rpmRoot('system')
    system.rpm('-i', built('stays', '1', 10), built('old', '1.0', 1000), built('gone', '1', 5))
    const before = system.database()
    system.rpm('-U', built('old', '1.1', 3000, 2))
    system.rpm('-e', 'gone')
    system.rpm('-i', built('new', '7', 20))
    const after = system.database()
    const diff = await diffLayers(before, after, { packages: true })
    expect(diff.warnings).toEqual([])
    expect(diff.packages?.map(short)).toEqual([
      'rpm gone noarch 1-3  5 ',
      'rpm new noarch  7-3  20',
      'rpm old noarch 1.0-3 2:1.1-3 1000 3000',
    ])
    const listed = execFileSync('rpm', ['--root', system.root, '--dbpath', '/var/lib/rpm', '-qa'], { encoding: 'utf8' })
    const all = await diffLayers(tar([]), after, { packages: true })
    expect(all.packages?.map(({ name }) => name).sort()).toEqual(
      listed
        .trim()
        .split('\n')
        .map((line) => line.replace(/-[^-]+-[^-]+$/, ''))
        .sort(),
    )
  })
})

describe.skipIf(!hasPip)('pip', () => {
  /** Where pip put a package, from a wheel that is made here: there may be no network. */
  function installed(version: string, content: string): string {
    const project = join(folder, `project-${version}`)
    const target = join(folder, `target-${version}`)
    const info = join(project, `My_Package-${version}.dist-info`)
    mkdirSync(info, { recursive: true })
    mkdirSync(join(project, 'my_package'))
    writeFileSync(join(project, 'my_package/__init__.py'), content)
    writeFileSync(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: My.Package\nVersion: ${version}\n`)
    writeFileSync(
      join(info, 'WHEEL'),
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    )
    const names = [
      'my_package/__init__.py',
      ...readdirSync(info).map((name) => `My_Package-${version}.dist-info/${name}`),
    ]
    // pip takes the sizes over, and measures only what it makes itself.
    const rows = names.map((name) => `${name},,${readFileSync(join(project, name)).byteLength}\n`)
    writeFileSync(join(info, 'RECORD'), `${rows.join('')}My_Package-${version}.dist-info/RECORD,,\n`)
    const wheel = join(folder, `My_Package-${version}-py3-none-any.whl`)
    execFileSync('python3', ['-m', 'zipfile', '-c', wheel, ...readdirSync(project).map((name) => join(project, name))])
    execFileSync(
      'python3',
      ['-m', 'pip', 'install', '--no-index', '--no-deps', '--no-compile', '--target', target, wheel],
      {
        stdio: 'pipe',
      },
    )
    return target
  }

  it('tells an upgrade, and what RECORD says of sizes', async () => {
    const [before, after] = [installed('1.0', 'x = 1\n'), installed('1.1', `x = "${'y'.repeat(1000)}"\n`)]
    const diff = await diffLayers(layerOf(before), layerOf(after), { packages: true })
    const [change, ...others] = diff.packages ?? []
    expect([others, diff.warnings]).toEqual([[], []])
    expect(change).toMatchObject({
      manager: 'python',
      name: 'My.Package',
      kind: 'modified',
      before: '1.0',
      after: '1.1',
    })
    // All but RECORD itself, which cannot know its own.
    const sizeOf = (target: string) => {
      const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const counted = files.filter(({ name }) => name !== 'RECORD')
      return counted.reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).byteLength, 0)
    }
    expect([change?.sizeBefore, change?.sizeAfter]).toEqual([sizeOf(before), sizeOf(after)])
  })
})

describe('npm', () => {
  it('tells what the lock file of this project says is installed', async () => {
    const root = join(import.meta.dirname, '..')
    const names = ['ajv', 'lit-html', '@biomejs/biome', 'playwright', 'modern-tar']
    const layer = execFileSync('tar', [
      '-C',
      root,
      '-cf',
      '-',
      ...names.map((name) => `node_modules/${name}/package.json`),
    ])
    const diff = await diffLayers(tar([]), layer, { packages: true })
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    expect(diff.packages?.map(({ name, after }) => `${name} ${after}`)).toEqual(
      names.sort().map((name) => `${name} ${packages[`node_modules/${name}`].version}`),
    )
  })
})
