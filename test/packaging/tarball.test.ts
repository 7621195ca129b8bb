// What npm packs, and what it says to those who install it.

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'

const repository = join(import.meta.dirname, '../..')
const installed = inject('installed')
const folder = join(installed, 'node_modules/layerdiff')
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Runs npm, of the machine or another one, without the settings of who runs the tests. */
async function npm(
  cwd: string,
  args: readonly string[],
  command = ['npm'],
): Promise<{ stdout: string; stderr: string }> {
  const [program = '', ...before] = command
  const settings = join(inject('run'), 'no-settings')
  writeFileSync(settings, '')
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  const env = { ...Object.fromEntries(own), npm_config_userconfig: settings, npm_config_update_notifier: 'false' }
  return promisify(execFile)(program, [...before, ...args], { cwd, env })
}

test('it holds what the package needs, its documents and nothing else', () => {
  const expected = [
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
    /^docs\/[\w-]+\.md$/,
    /^schema\/layerdiff(-\w+)?-1\.schema\.json$/,
    /^types\/worker\.d\.ts$/,
    /^dist\/(THIRD-PARTY-NOTICES\.txt|core\.wasm)$/,
    /^dist\/([\w.-]+\/)?[\w.-]+(\.d\.ts|\.js|\.js\.map)$/,
  ]
  expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([])
  expect(files.filter((file) => /(^|[./_-])(test|spec|fuzz|bench)s?[./_-]/.test(file))).toEqual([])
})

test('all that package.json names is there', () => {
  const { exports, imports, bin, unpkg, jsdelivr, sideEffects } = manifest
  const named = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(named)
  const targets = named([exports, imports, bin, unpkg, jsdelivr, sideEffects]).map((path) => path.replace(/^\.\//, ''))
  expect(targets.length).toBeGreaterThan(20)
  expect(targets.filter((path) => !files.includes(path))).toEqual([])
})

test('nothing in it tells of the machine that built it, and no secret is in it', () => {
  const telling = [repository, inject('tools'), 'PRIVATE KEY-----']
  const tokens = /\b(npm_[A-Za-z0-9]{36}|gh[pousr]_[A-Za-z0-9]{36}|AKIA[0-9A-Z]{16})\b/
  const found = files.filter((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return telling.some((part) => text.includes(part)) || tokens.test(text)
  })
  expect(found).toEqual([])
})

// Half of what is unpacked are the maps, with the sources in them; a third of what is packed are SQLite and the decoders, in each
// form in which they are needed.
test.for([
  ['packed, 3.5 MB', 3_500_000, () => statSync(inject('tarball')).size],
  ['unpacked, 10 MB', 10_000_000, () => files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)],
] as const)('it is no larger than it should be: %s', ([, limit, measure]) => {
  expect(measure()).toBeLessThan(limit)
})

test('it brings no other package along', async () => {
  expect(['dependencies', 'optionalDependencies', 'peerDependencies'].filter((kind) => kind in manifest)).toEqual([])
  const { stdout } = await npm(installed, ['ls', '--omit=dev', '--all', '--parseable'])
  expect(stdout.trim().split('\n').slice(1)).toEqual([folder])
})

describe('installing it says no more than that it was installed', () => {
  test.for(['npm-10', 'npm-11'])('%s', async (version) => {
    const project = mkdtempSync(join(inject('run'), `${version}-`))
    writeFileSync(join(project, 'package.json'), '{"private":true}')
    const command = [process.execPath, join(inject('tools'), 'node_modules', version, 'bin/npm-cli.js')]
    const { stdout, stderr } = await npm(project, ['install', '--offline', '--no-audit', inject('tarball')], command)
    expect([stdout.trim(), stderr]).toEqual([expect.stringMatching(/^added 1 package in \S+$/), ''])
    expect(readdirSync(join(project, 'node_modules/.bin'))).toContain('layerdiff')
  })
})
