// `layerdiff diff` of the packed and installed package: formats, selections, gates, with a terminal and without.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { LayerDiffJson } from '../src/index.js'
import { ensureTools } from './support/debian.js'
import { dockerParts, Layout, layer, named } from './support/image-builder.js'
import { installPackage } from './support/installed.js'
import { directory, file, tar, whiteout } from './support/tar-builder.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })
const terminals = ensureTools([{ command: 'script', package: 'bsdutils' }])
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-cli-diff-'))
const work = join(folder, 'work')
let command = ''
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const base = tar([
  directory('etc'),
  file('etc/passwd', 'root:0\n'),
  file('etc/motd', 'hello\n'),
  file('old/name', 'n'.repeat(50)),
  file('var/log/build.log', '1\n', { mtime: 1 }),
])
const upper = tar([
  file('etc/passwd', 'root:0\nme:1\n'),
  file('usr/bin/su\x1b[31m', 'x'.repeat(3000), { mode: 0o4755 }),
  whiteout('old/name'),
  file('new/name', 'n'.repeat(50)),
  file('var/log/build.log', '2\n', { mtime: 2 }),
  file('app/id_rsa', 'k'),
])
const top = tar([whiteout('etc/motd'), file('app/main', 'm'.repeat(9))])

beforeAll(async () => {
  command = installPackage(folder)
  mkdirSync(work)
  const archive = async (name: string, layers: Uint8Array[], config: object) => {
    const layout = new Layout()
    const built = await Promise.all(layers.map((bytes) => layer(bytes)))
    const image = await layout.image(built, { config, descriptor: named(name) })
    writeFileSync(join(work, `${name}.tar`), layout.tar([image]))
  }
  await archive('v1', [base], { Env: ['A=1'] })
  await archive('v2', [base, upper, top], { Env: ['A=1'] })
  await archive('v3', [base], { Env: ['A=2'] })
  writeFileSync(join(work, 'base.tar'), base)
  writeFileSync(join(work, 'stack.tar'), upper)
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function layerdiff(
  args: readonly string[],
  { cwd = work, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Ended {
  const options = {
    cwd,
    env: { ...process.env, GITHUB_ACTIONS: '', ...env },
    timeout: 30_000,
    encoding: 'utf8',
  } as const
  const { status, stdout, stderr } = spawnSync(command, args, options)
  return { code: status, stdout, stderr }
}

/** On a terminal of 80 columns; what it shows, whatever was written where. */
function onTerminal(args: readonly string[]): { code: number | null; shown: string } {
  const quoted = [command, ...args].map((arg) => `'${arg}'`).join(' ')
  const { status, stdout } = spawnSync('script', ['-qec', `stty cols 80; ${quoted}`, '/dev/null'], {
    cwd: work,
    env: { ...process.env, GITHUB_ACTIONS: '', TERM: 'xterm', NO_COLOR: '' },
    timeout: 30_000,
    encoding: 'utf8',
  })
  return { code: status, shown: stdout.replaceAll('\r\n', '\n') }
}

const v1v2 = ['diff', 'v1.tar', 'v2.tar']

describe('options', () => {
  const cases: [name: string, args: string[], code: number, shown: RegExp][] = [
    ['text by default', v1v2, 0, /^before {2}v1\.tar/],
    [
      'notable changes',
      v1v2,
      0,
      /\nNotable\n {2}setuid bit +usr\/bin\/su\\x1b\[31m\n {2}named like a key or credential +app\/id_rsa\n/,
    ],
    ['renames', v1v2, 0, /renamed to new\/name(.|\n)*; 1 renamed|; 1 renamed(.|\n)*renamed to new\/name/],
    ['--no-renames', [...v1v2, '--no-renames'], 0, /^(?!.*renamed)/s],
    ['--format markdown', [...v1v2, '--format', 'markdown'], 0, /^### \+3\.\d+ kB.*\n\n`v1\.tar` → `v2\.tar`/],
    [
      '--format html',
      [...v1v2, '--format', 'html'],
      0,
      /^<!doctype html>.*<title>v1\.tar → v2\.tar<\/title>.*<layer-diff>/s,
    ],
    [
      '--format json',
      [...v1v2, '--format', 'json'],
      0,
      /^\{"schema":"layerdiff\/1".*"renames":\[\{"from":"old\/name"/s,
    ],
    [
      '--format paths',
      [...v1v2, '--format', 'paths'],
      0,
      /^A\tapp\nA\tapp\/id_rsa\n.*D\told\/name\n.*A\t"usr\/bin\/su\\033\[31m"\n/s,
    ],
    ['--format paths --renames', [...v1v2, '--format', 'paths', '--renames'], 0, /\nR100\told\/name\tnew\/name\n/],
    ['-z', [...v1v2, '--format=paths', '-z', '--only', 'removed'], 0, /^D\0etc\/motd\0D\0old\/name\0$/],
    ['--null', [...v1v2, '--format=paths', '--null', '--top', '1'], 0, /^A\0usr\/bin\/su.\[31m\0$/s],
    [
      '--only, several',
      [...v1v2, '--format=paths', '--only=removed,modified'],
      0,
      /^M\tetc\/passwd\nD\tetc\/motd\n|^D\tetc\/motd\nM\tetc\/passwd\n/,
    ],
    ['--only, repeated', [...v1v2, '--format=paths', '--only=removed', '--only', 'modified'], 0, /^(?!A)/],
    ['--layer', [...v1v2, '--format=paths', '--layer', '2'], 0, /^A\tapp\/main\nD\tetc\/motd\n$/],
    ['--top', [...v1v2, '--format=paths', '--top', '2'], 0, /^A\tnew\/name\nA\t"usr.*\n$/],
    ['--sort delta', [...v1v2, '--format=paths', '--sort', 'delta'], 0, /^A\t"usr/],
    ['--sort path, of text', [...v1v2, '--sort', 'path'], 0, /\+ app\/(.|\n)* etc\/\n(.|\n)*\+ usr\//],
    ['--fields', [...v1v2, '--format=paths', '--fields', 'mode,owner', '--only=modified'], 0, /^$/],
    ['--exit-code asks what is shown', [...v1v2, '--format=paths', '--exit-code', '--layer=0'], 0, /^$/],
    ['--layer as reports write it', [...v1v2, '--format=paths', '--layer', 'L2'], 0, /^A\tapp\/main\nD\tetc\/motd\n$/],
    ['--ignore is told', [...v1v2, '--ignore', 'app', '--ignore=*.log'], 0, /unchanged.*\nLeft out: app, \*\.log\n/],
    [
      '--semantic is told',
      [...v1v2, '--semantic', '--format=markdown'],
      0,
      /\n\nLeft out: what every rebuild changes\n\n/,
    ],
    ['--ignore is told in JSON', [...v1v2, '--ignore=app', '--format=json'], 0, /\n"ignored":\["app"\],\n/],
    [
      '--fields mtime',
      [...v1v2, '--format=paths', '--fields', 'mtime', '--only=modified'],
      0,
      /^M\tvar\/log\/build\.log\n$/,
    ],
    ['--semantic', [...v1v2, '--format=paths', '--semantic', '--only=modified'], 0, /^M\tetc\/passwd\n$/],
    ['--patch', [...v1v2, '--patch'], 0, /\n\ndiff --git a\/app\/id_rsa b\/app\/id_rsa\n(.|\n)*\n\+me:1\n/],
    [
      '--patch GLOB',
      [...v1v2, '--patch', 'etc/pass*'],
      0,
      /\n\ndiff --git a\/etc\/passwd b\/etc\/passwd\n--- (.*\n){3} root:0\n\+me:1\n$/,
    ],
    ['--patch=GLOB', ['diff', '--patch=etc/pass*', 'v1.tar', 'v2.tar'], 0, /\n@@ -1,1 \+1,2 @@\n root:0\n\+me:1\n$/],
    ['--patch before the operands', ['diff', '--patch', 'v1.tar', 'v2.tar'], 0, /\n\+me:1\n/],
    [
      '--patch in Markdown',
      [...v1v2, '--format=markdown', '--patch', 'etc/passwd'],
      0,
      /<summary>Patch of 1 file<\/summary>\n\n```diff\ndiff --git/,
    ],
    ['--packages', [...v1v2, '--packages', '--format', 'json'], 0, /"packages":\[\]/],
    ['--no-packages', [...v1v2, '--no-packages', '--format', 'json'], 0, /"packages":null/],
    ['--exit-code', [...v1v2, '--exit-code', '--format', 'paths'], 1, /^A/],
    ['--exit-code, and only the config differs', ['diff', 'v1.tar', 'v3.tar', '--exit-code'], 1, /~ env A {2}1 → 2/],
    ['--exit-code of paths alone', ['diff', 'v1.tar', 'v3.tar', '--exit-code', '--format', 'paths'], 0, /^$/],
    ['--exit-code, and nothing differs', ['diff', 'v1.tar', 'v1.tar', '--exit-code'], 0, /No differences/],
    ['--all', [...v1v2, '--all'], 0, /\+ {3}name +renamed from old\/name\n/],
    ['layers, which are no images', ['diff', 'base.tar', 'stack.tar', '--format=markdown'], 0, /^### \+/],
  ]
  test.for(cases)('%s', ([, args, code, shown]) => {
    const { stdout, ...rest } = layerdiff(args)
    expect(rest).toEqual({ code, stderr: '' })
    expect(stdout).toMatch(shown)
  })
})

describe('gates', () => {
  const cases: [name: string, args: string[], code: number, told: RegExp][] = [
    [
      'all pass',
      ['--max-growth=10MB', '--max-size', '1GiB', '--max-files=100', '--min-efficiency', '1%', '--max-waste=10MB'],
      0,
      /^$/,
    ],
    [
      '--max-growth',
      ['--max-growth', '1kB'],
      4,
      /^layerdiff: max-growth failed: grew by 3\.\d+ kB, the limit is 1\.00 kB\n {2}usr\/bin\/su\\x1b\[31m\n/,
    ],
    ['--max-growth, a share', ['--max-growth', '5%'], 4, /max-growth failed: grew by [\d.]+%, the limit is 5%/],
    ['--max-size', ['--max-size', '3kB'], 4, /max-size failed: measures 3\.\d+ kB, the limit is 3\.00 kB/],
    ['--max-files', ['--max-files', '3'], 4, /max-files failed: has \d+ paths, the limit is 3/],
    [
      '--deny',
      ['--deny', 'id_rsa'],
      4,
      /deny failed: 1 path that matches id_rsa was added or changed\n {2}app\/id_rsa\n$/,
    ],
    ['--deny-setuid', ['--deny-setuid'], 4, /deny-setuid failed: 1 file gained a setuid or setgid bit\n/],
    [
      '--deny-removed',
      ['--deny-removed', 'etc/*'],
      4,
      /deny-removed failed: 1 path that matches etc\/\* was removed\n {2}etc\/motd\n$/,
    ],
    [
      '--min-efficiency',
      ['--min-efficiency', '0.9999'],
      4,
      /min-efficiency failed: efficiency is [\d.]+%, the limit is 99\.99%/,
    ],
    ['--max-waste', ['--max-waste=10'], 4, /max-waste failed: wastes \d+ B, the limit is 10 B/],
    [
      'two fail, and both are told',
      ['--deny-setuid', '--max-files=1', '--max-size=1GB'],
      4,
      /max-files failed(.|\n)*deny-setuid failed/,
    ],
    ['a gate beats that there are differences', ['--deny-setuid', '--exit-code'], 4, /deny-setuid/],
  ]
  test.for(cases)('%s', ([, args, code, told]) => {
    const ended = layerdiff([...v1v2, '--format', 'json', ...args])
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(told)
    const { gates } = JSON.parse(ended.stdout)
    expect(gates.some(({ passed }: { passed: boolean }) => !passed)).toBe(code === 4)
  })

  test('are counted in text and Markdown', () => {
    const args = ['--deny-setuid', '--max-size=1GB']
    expect(layerdiff([...v1v2, ...args]).stdout).toMatch(
      /\nGates {2}1 of 2 gates failed\n {2}passed {2}max-size +measures/,
    )
    expect(layerdiff([...v1v2, '--format=markdown', ...args]).stdout).toMatch(
      /\n\*\*Gates\*\*: 1 of 2 gates failed\n\n\| {2}\| Gate \| {2}\| Paths \|\n\| --- .*\n\| ❌ \| `deny-setuid` \|/,
    )
  })

  test('are annotations where GitHub runs the command', () => {
    const { code, stderr } = layerdiff([...v1v2, '--format=paths', '--deny=id_rsa'], {
      env: { GITHUB_ACTIONS: 'true' },
    })
    expect(code).toBe(4)
    expect(stderr).toBe(
      '::error title=layerdiff deny::deny failed: 1 path that matches id_rsa was added or changed%0A  app/id_rsa\n',
    )
  })

  test('miss nothing, whatever is shown', () => {
    for (const option of ['--fields=content', '--only=removed', '--layer=0', '--top=1']) {
      const { code, stderr } = layerdiff([...v1v2, '--format=paths', '--deny-setuid', option])
      expect([option, code, stderr]).toEqual([option, 4, expect.stringContaining('1 file gained a setuid')])
    }
  })

  test('nothing that a layer chose is a command to GitHub’s runner', () => {
    writeFileSync(join(work, 'command.tar'), tar([file('##[error]x/node_modules/a/package.json', 'no JSON')]))
    const args = ['diff', 'base.tar', 'command.tar', '--deny', '*.json']
    const { stdout, stderr } = layerdiff(args, { env: { GITHUB_ACTIONS: 'true' } })
    expect(stderr).toContain('## [error]x/node_modules/a/package.json')
    expect(stdout).toContain('## [error]x/')
    expect(stdout + stderr).not.toContain('##[')
  })

  test('nor where blanks stand before it, in a patch or in JSON, which say the same', () => {
    const before = tar([file('a', 'old\n::add-mask::a\n')])
    const after = tar([
      file('a', 'new\n::add-mask::a\n\t ::error::a\n'),
      file('::error title=x::b', '1', { mode: 0o4755 }),
      file('##[error]c', '2', { mode: 0o4755 }),
    ])
    for (const [name, bytes] of Object.entries({ before, after })) writeFileSync(join(work, `${name}-log.tar`), bytes)
    const logged = (...args: string[]) =>
      layerdiff(['diff', 'before-log.tar', 'after-log.tar', ...args], { env: { GITHUB_ACTIONS: 'true' } })
    // GitHub's runner passes over blanks before `::`, and looks for `##[` everywhere.
    const commands = (text: string) => text.split(/[\r\n]/).filter((line) => /^\s*::|##\[/.test(line))
    for (const args of [['--patch'], ['--format=paths'], ['--format=markdown'], ['--layers']]) {
      const { stdout, stderr } = logged(...args, '--deny-setuid')
      expect([args, commands(stdout)]).toEqual([args, []])
      expect(commands(stderr).map((line) => line.slice(0, 40))).toEqual(['::error title=layerdiff deny-setuid::den'])
    }
    const { stdout } = logged('--format=json')
    expect(commands(stdout)).toEqual([])
    const changed = (JSON.parse(stdout) as LayerDiffJson).changes.map(({ path }) => path)
    expect(changed).toEqual(['##[error]c', '::error title=x::b', 'a'])
  })

  test('and in a file that is printed to, names are as they are', () => {
    writeFileSync(join(work, 'command.tar'), tar([file('##[error]x', '1'), file('## [error]x', '1')]))
    for (const format of ['paths', 'json', 'html', 'markdown', 'text']) {
      const args = ['diff', 'base.tar', 'command.tar', '--only=added', `--format=${format}`]
      const printed = join(work, `printed.${format}`)
      const to = openSync(printed, 'w')
      const env = { ...process.env, GITHUB_ACTIONS: 'true' }
      expect(spawnSync(command, args, { cwd: work, env, stdio: ['ignore', to, 'inherit'] }).status).toBe(0)
      closeSync(to)
      expect(readFileSync(printed, 'utf8')).toContain('##[error]x')
    }
  })

  test('have read what they pass: an image that claims the layers of another', async () => {
    const [honest, changed] = [file('usr/bin/login', 'GOOD'), file('usr/bin/login', 'EVIL')].map((part) => tar([part]))
    const { diffId } = await layer(honest as Uint8Array)
    for (const [name, bytes] of [
      ['honest', honest],
      ['lying', changed],
    ] as const) {
      const parts = dockerParts([await layer(bytes as Uint8Array)], ['app:1'], { diffIds: [diffId] })
      writeFileSync(join(work, `${name}.tar`), tar(parts))
    }
    const claims = ['docker-archive:honest.tar', 'docker-archive:lying.tar']
    expect(layerdiff(['diff', ...claims, '--format=markdown']).stdout).toContain('2 of 2 layers not verified')
    expect(layerdiff(['diff', ...claims]).stdout).toContain('No differences, if layers are what their IDs say: 3 paths')
    for (const option of ['--deny=usr/bin/login', '--strict']) {
      const { code, stderr } = layerdiff(['diff', ...claims, option])
      expect([code, stderr]).toEqual([3, expect.stringContaining('not what it claims to be')])
    }
  })

  test('have looked for an image in what begins like a layer', async () => {
    const parts = (content: string) => async () => {
      const one = await layer(tar([file('root/.ssh/authorized_keys', content)]))
      return tar([file('a'), ...dockerParts([one], ['app:1'])])
    }
    for (const [name, make] of [
      ['hidden-1', parts('x')],
      ['hidden-2', parts('y')],
    ] as const) {
      writeFileSync(join(work, `${name}.tar`), await make())
    }
    writeFileSync(join(work, 'web.tar'), tar([file('a'), file('manifest.json', '{"name":"page"}')]))
    const deny = '--deny=root/.ssh'
    const codeOf = (...args: string[]) => layerdiff(['diff', ...args]).code
    expect(codeOf('hidden-1.tar', 'hidden-2.tar', deny)).toBe(4)
    const pipes = ['-c', `"$0" diff <(cat hidden-1.tar) <(cat hidden-2.tar) ${deny}`, command]
    expect(spawnSync('bash', pipes, { cwd: work }).status).toBe(4)
    // A layer may have a file of that name, and somebody has to say so.
    const { code, stderr } = layerdiff(['diff', 'base.tar', 'web.tar', deny])
    expect([code, stderr]).toEqual([3, expect.stringContaining('If it is a layer, write layer:web.tar.')])
    expect(codeOf('base.tar', 'layer:web.tar', deny)).toBe(0)
    expect(codeOf('base.tar', 'web.tar')).toBe(0)
  })

  test('stand below what makes a comparison doubtful', () => {
    writeFileSync(join(work, 'cut.tar'), base.subarray(0, 512))
    const { stdout } = layerdiff(['diff', 'base.tar', 'cut.tar', '--format=markdown', '--deny=x'])
    expect(stdout).toMatch(/\*\*Warnings\*\*\n\n- `TRAILING_BLOCKS_MISSING .*`\n\n\*\*Gates\*\*/)
  })

  test('of layers know no waste', () => {
    const { code, stderr } = layerdiff(['diff', 'base.tar', 'stack.tar', '--max-waste=1'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--min-efficiency and --max-waste are about images')])
  })
})

describe('files beside the work', () => {
  let count = 0
  const place = (files: Record<string, string>) => {
    const cwd = join(folder, `place-${count++}`)
    mkdirSync(cwd)
    for (const name of ['v1.tar', 'v2.tar']) copyFileSync(join(work, name), join(cwd, name))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
    return cwd
  }
  const run = (files: Record<string, string>, ...args: string[]) =>
    layerdiff([...v1v2, '--format', 'paths', ...args], { cwd: place(files) })
  const config = (gates: object) => JSON.stringify({ $schema: 'x', gates })

  test('layerdiff.config.json has gates', () => {
    const { code, stderr } = run({
      'layerdiff.config.json': config({ maxGrowth: '1kB', deny: ['id_rsa'], denySetuid: true }),
    })
    expect([code, stderr.match(/[\w-]+(?= failed)/g)]).toEqual([4, ['max-growth', 'deny', 'deny-setuid']])
  })

  test('an option beats it, and globs of both count', () => {
    const files = { 'layerdiff.config.json': config({ maxGrowth: '1kB', deny: ['id_rsa'] }) }
    const { code, stderr } = run(files, '--max-growth=1GB', '--deny', 'main')
    expect([code, stderr]).toEqual([4, expect.stringContaining('2 paths that match id_rsa or main')])
  })

  test('--config names another', () => {
    const files = { 'other.json': config({ maxSize: 10 }), 'layerdiff.config.json': config({ denySetuid: true }) }
    const { code, stderr } = run(files, '--config', 'other.json')
    expect([code, stderr.match(/[\w-]+(?= failed)/g)]).toEqual([4, ['max-size']])
  })

  test('--no-config uses neither', () => {
    const files = { 'layerdiff.config.json': config({ denySetuid: true }), '.layerdiffignore': 'etc\n' }
    const { code, stdout } = run(files, '--no-config')
    expect([code, stdout]).toEqual([0, expect.stringContaining('etc/passwd')])
  })

  test('.layerdiffignore may hold a line of half a million blanks', () => {
    expect(run({ '.layerdiffignore': `a${' '.repeat(500_000)}b` }).code).toBe(0)
  })

  test('.layerdiffignore has globs', () => {
    const globs = { '.layerdiffignore': '# comment\n\n*.log  \r\n/etc\nid_rsa' }
    const { code, stdout } = run(globs, '--ignore', 'app')
    const { stderr } = run(globs, '--ignore', 'app', '--deny=x')
    expect(stderr).toBe('layerdiff: note: Left out: *.log, /etc, id_rsa, app\n')
    expect([code, stdout]).toEqual([
      0,
      'A\tnew\nA\tnew/name\nD\told/name\nA\tusr\nA\tusr/bin\nA\t"usr/bin/su\\033[31m"\n',
    ])
  })

  const faults: [name: string, files: Record<string, string>, args: string[], message: string][] = [
    ['nothing', { 'layerdiff.config.json': '' }, [], 'layerdiff.config.json is no JSON: it ends too early.'],
    ['a comma too many', { 'layerdiff.config.json': '{"gates":{},}' }, [], 'is no JSON: position 12.'],
    [
      'a word',
      { 'layerdiff.config.json': 'secret at position 1' },
      [],
      'is no JSON: it has something that JSON has not.',
    ],
    ['a list', { 'layerdiff.config.json': '[]' }, [], 'layerdiff.config.json must be an object with "gates".'],
    [
      'a misspelt rule',
      { 'layerdiff.config.json': config({ maxGrowht: 1 }) },
      [],
      '"gates" of layerdiff.config.json has no "maxGrowht". Did you mean "maxGrowth"?',
    ],
    [
      'an unknown property',
      { 'layerdiff.config.json': '{"rules":{}}' },
      [],
      'layerdiff.config.json has no "rules". Known: $schema, gates.',
    ],
    [
      'a wrong value',
      { 'layerdiff.config.json': config({ maxSize: 'big' }) },
      [],
      '"maxSize" of layerdiff.config.json takes a size such as 500MB or 2GiB, not "big".',
    ],
    ['a file that is not there', {}, ['--config', 'none.json'], 'Cannot read none.json: there is no such file.'],
    [
      'a negated glob',
      { '.layerdiffignore': 'a\n!b\n' },
      [],
      'Line 2 of .layerdiffignore is no glob that can be used: "!b".',
    ],
  ]
  test('a folder in place of the file', () => {
    mkdirSync(join(folder, 'a-folder.json'), { recursive: true })
    const { code, stderr } = run({}, '--config', join(folder, 'a-folder.json'))
    expect([code, stderr]).toEqual([2, expect.stringContaining('a-folder.json: it is a folder.')])
  })
  test('a file without end, named or put there as a link', () => {
    const words = ({ code, stderr }: Ended) => [code, stderr]
    const named = run({}, '--config', '/dev/zero')
    expect(words(named)).toEqual([2, expect.stringContaining('/dev/zero has more than 1048576 bytes')])
    const cwd = place({})
    symlinkSync('/dev/zero', join(cwd, '.layerdiffignore'))
    expect(words(layerdiff([...v1v2], { cwd }))).toEqual([
      2,
      expect.stringContaining('ignore is a link that leads out of its folder'),
    ])
  })
  test.for(faults)('%s', ([, files, args, message]) => {
    const { code, stdout, stderr } = run(files, ...args)
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
  })
})

describe('what makes no sense', () => {
  const cases: [args: string[], message: string][] = [
    [
      ['--format', 'markdwon'],
      '--format takes text, json, markdown, html or paths, not "markdwon". Did you mean markdown?',
    ],
    [['--markdown'], 'There is no option --markdown: write --format markdown.'],
    [['--only', 'new'], '--only takes added, removed or modified, not "new".'],
    [['--only', 'added,'], '--only takes added, removed or modified, not "".'],
    [['--fields', 'size'], '--fields takes content, '],
    [['--layer', '-1'], '--layer needs a value.'],
    [['--layer', 'x'], '--layer takes a whole number from 0 on, not "x".'],
    [['--layer', '3'], '--layer 3 is not there: the new side has layers 0 to 2.'],
    [['--top', '0'], '--top takes a whole number from 1 on, not "0".'],
    [['--sort', 'size'], '--sort takes delta or path, not "size".'],
    [['-z'], '-z is about --format paths.'],
    [['--patch', '--format', 'json'], '--patch goes with --format text or markdown.'],
    [['--patch='], '--patch needs a glob after =, or no =.'],
    [['--semantic', '--mtime'], '--semantic leaves times out'],
    [['--semantic', '--fields=mtime'], '--semantic leaves times out'],
    [['--renames', '--no-renames'], '--renames and --no-renames exclude each other.'],
    [['--packages', '--no-packages'], '--packages and --no-packages exclude each other.'],
    [['--layers', '--format', 'json'], '--layers is about --format text.'],
    [['--packages', '--format', 'paths'], '--format paths tells of no packages.'],
    [['--max-growth', '0.05'], '--max-growth takes a size or a share, such as 20MB or 5%, not "0.05".'],
    [['--config', 'x', '--no-config'], '--config and --no-config exclude each other.'],
    [['--max-growth', '5 percent'], '--max-growth takes a size or a share, such as 20MB or 5%, not "5 percent".'],
    [['--max-size', '5%'], '--max-size takes a size such as 500MB or 2GiB, not "5%".'],
    [['--max-files', '1.5'], '--max-files takes a whole number, not "1.5".'],
    [['--min-efficiency', '.'], '--min-efficiency takes a share such as 95% or 0.95, not ".".'],
    [['--min-efficiency', '95'], '--min-efficiency takes a share such as 95% or 0.95, not "95".'],
    [['--deny', '!x'], '--deny takes globs, none of them empty, negated or begun with ./, not ["!x"].'],
    [['--deny-removed='], '--deny-removed takes globs'],
    [['--max-grwoth', '5%'], 'There is no option --max-grwoth. Did you mean --max-growth?'],
    [['extra.tar'], '3 images or layers were given'],
  ]
  test.for(cases)('%j', ([args, message]) => {
    const { code, stdout, stderr } = layerdiff([...v1v2, ...args])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)])
  })
})

describe.skipIf(!terminals)('on a terminal', () => {
  test('colours, 80 columns, and nothing raw', () => {
    const { code, shown } = onTerminal([...v1v2, '--patch', 'etc/*', '--deny-setuid'])
    expect(code).toBe(4)
    const plain = stripVTControlCharacters(shown).replace(/[^\n]*\r/g, '')
    expect(plain).not.toMatch(/[^\n\x20-\x7e→…·]/)
    expect(plain.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(shown).toContain('\x1b[32m+me:1\x1b[0m\n')
    // The report on the terminal says it already.
    expect(plain.match(/deny-setuid/g)).toHaveLength(1)
  })

  test('NULs are refused', () => {
    const { code, shown } = onTerminal([...v1v2, '--format=paths', '-z'])
    expect([code, shown]).toEqual([2, expect.stringContaining('which no terminal should get')])
  })
})

test('a patch of nothing is told of', () => {
  const { code, stderr } = layerdiff([...v1v2, '--patch', 'none*'])
  expect([code, stderr]).toEqual([
    0,
    'layerdiff: note: --patch: no file that matches none* has changes of its text that are shown.\n',
  ])
})

test('a report that cannot be written leaves nothing behind', () => {
  const { code, stderr } = layerdiff([...v1v2, '--format', 'html', '-o', '/dev/full'])
  expect([code, stderr]).toEqual([3, 'layerdiff: Cannot write /dev/full: the disk is full.\n'])
})

test('a file is there whole', () => {
  const target = join(work, 'report.html')
  expect(layerdiff([...v1v2, '--format', 'html', '-o', target])).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(readFileSync(target, 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s)
})
