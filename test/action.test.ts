// The GitHub Action at the repository's root: its steps run in order, with the package as it is packed, on two images.

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { GATES } from '../src/cli/gate-arguments.js'
import { readAction, runAction } from './support/action-runner.js'
import { BOT, type GitHub, PULL_REQUEST, startGitHub } from './support/github-api.js'
import { installPackage } from './support/installed.js'

const root = join(import.meta.dirname, '..')
const all = ['compare', 'comment']

let packed: string
let tarball: string
let folder: string
let workspace: string
let github: GitHub

/** The node_modules that the action's first step makes, made once for all tests that are not about it. */
let installed: string

beforeAll(() => {
  packed = mkdtempSync(join(tmpdir(), 'layerdiff-packed-'))
  installed = dirname(dirname(installPackage(packed)))
  tarball = join(packed, readdirSync(packed).find((name) => name.endsWith('.tgz')) ?? '')
}, 60_000)

afterAll(() => rmSync(packed, { recursive: true, force: true }))

beforeEach(async () => {
  // A blank, as folders of self-hosted runners may have.
  folder = mkdtempSync(join(tmpdir(), 'layerdiff action-'))
  workspace = join(folder, 'workspace')
  mkdirSync(workspace)
  copyFileSync(join(root, 'build/sample/greeter-1.0.tar'), join(workspace, 'old.tar'))
  copyFileSync(join(root, 'build/sample/greeter-1.1.tar'), join(workspace, 'new.tar'))
  github = await startGitHub()
})

afterEach(async () => {
  await github.close()
  rmSync(folder, { recursive: true, force: true })
})

/** One job on a pull request. Nothing of this machine's own is touched, and no registry asked. */
async function run(inputs: Readonly<Record<string, string>> = {}, event: unknown = pullRequest) {
  const temporary = mkdtempSync(join(folder, 'job-'))
  symlinkSync(installed, join(temporary, 'node_modules'))
  return await runSteps(inputs, event, temporary, { install: { folder: temporary } })
}

/** The same, with the installation. */
async function runAll(inputs: Readonly<Record<string, string>> = {}) {
  return await runSteps({ version: tarball, ...inputs }, pullRequest, mkdtempSync(join(folder, 'job-')), {})
}

async function runSteps(
  inputs: Readonly<Record<string, string>>,
  event: unknown,
  temporary: string,
  done: Readonly<Record<string, Readonly<Record<string, string>>>>,
) {
  return await runAction(root, {
    inputs: { before: 'old.tar', after: 'new.tar', ...inputs },
    github: { token: 'job', event },
    workspace,
    temporary,
    done,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: temporary,
      npm_config_cache: join(temporary, 'npm'),
      npm_config_offline: 'true',
      ...github.env,
    },
  })
}

const pullRequest = { pull_request: { number: PULL_REQUEST } }

describe('on a pull request', () => {
  test('the report is in a comment, in the summary and in a file', async () => {
    const { conclusion, steps, outputs, summary, log } = await runAll()
    expect([conclusion, steps], log).toEqual(['success', ['install', ...all]])
    expect(outputs).toMatchObject({ 'exit-code': '0', failed: 'false' })
    const report = readFileSync(outputs.report ?? '', 'utf8')
    expect(report).toMatch(/^### .*→/)
    expect(summary).toBe(report)
    expect(github.comments).toMatchObject([{ user: BOT, body: expect.stringContaining(report) }])
  })

  test('a second push updates the comment, and leaves those of others', async () => {
    const { log } = await run()
    github.comments.unshift({ id: 1, user: { login: 'ann', type: 'User' }, body: github.comments[0]?.body ?? '' })
    const { summary } = await run({ args: '--ignore usr' })
    expect(
      github.comments.map(({ id }) => id),
      log,
    ).toEqual([1, 1000])
    expect(github.comments[1]?.body).toContain(summary)
    expect(github.comments[0]?.body).not.toContain(summary)
  })

  test('another pair, or another label, has a comment of its own', async () => {
    await run({ after: 'old.tar' })
    await run()
    await run({ label: 'again' })
    expect(new Set(github.comments.map(({ body }) => body.split('\n')[0])).size).toBe(3)
  })

  test('a fork, whose token may not write, is warned', async () => {
    const refused = { status: 403, body: { message: 'Resource not accessible by integration' } }
    github.fault = (request) => (request.startsWith('POST') ? refused : undefined)
    const { conclusion, log, summary } = await run()
    expect([conclusion, github.comments]).toEqual(['success', []])
    expect(log).toMatch(/^::warning title=layerdiff::.*forks/m)
    expect(summary).toMatch(/^### /)
  })

  test.for<[string, Record<string, string>, unknown]>([
    ['without a wish for one', { comment: 'false' }, pullRequest],
    ['without a pull request', {}, {}],
  ])('no comment %s', async ([, inputs, event]) => {
    const { conclusion, summary } = await run(inputs, event)
    expect([conclusion, github.requests]).toEqual(['success', []])
    expect(summary).toMatch(/^### /)
  })
})

describe('a limit that is broken fails the job, after the comment', () => {
  test.for<[string, Record<string, string>]>([
    ['growth', { before: 'new.tar', after: 'old.tar', 'max-growth': '1B' }],
    ['growth by share', { before: 'new.tar', after: 'old.tar', 'max-growth': '0.01%' }],
    ['size', { 'max-size': '1KB' }],
    ['files', { 'max-files': '1' }],
    ['paths, the second of two', { deny: 'nowhere/**\n**' }],
    ['paths that went', { 'deny-removed': '**' }],
    ['efficiency', { 'min-efficiency': '100%' }],
    ['an option', { args: "--deny '**'" }],
    ['a file of limits', { config: 'limits.json' }],
  ])('%s', async ([, inputs]) => {
    writeFileSync(join(workspace, 'limits.json'), JSON.stringify({ gates: { maxSize: '1KB' } }))
    const { conclusion, steps, outputs, log, summary } = await run(inputs)
    expect([conclusion, steps], log).toEqual(['failure', [...all, 'judge']])
    expect(outputs).toMatchObject({ 'exit-code': '4', failed: 'true' })
    expect(log.match(/^::error title=/gm)).toHaveLength(1)
    expect(github.comments).toMatchObject([{ body: expect.stringContaining(summary) }])
  })

  test('and one that holds does not', async () => {
    const { conclusion, outputs, log } = await run({
      'max-growth': '20MB',
      'max-size': '500MB',
      'max-files': '10000',
      deny: 'nowhere/**',
      'deny-setuid': 'true',
      'deny-removed': 'nowhere/**',
      'min-efficiency': '1%',
      'max-waste': '500MB',
    })
    expect([conclusion, outputs.failed], log).toEqual(['success', 'false'])
  })
})

describe('what cannot be compared fails the job at once', () => {
  test.for<[string, Record<string, string>, string | undefined, RegExp]>([
    ['an image that is not there', { after: './gone.tar' }, '3', /gone\.tar/],
    ['a limit that is none', { 'max-size': 'big' }, '2', /max-size/],
    ['an option that does not exist', { args: '--nosuch' }, '2', /nosuch/],
    ['no image', { before: ' ' }, '', /"before" is missing/],
    ['an option that is the action’s', { args: '--mtime -o x' }, '', /may not have -o/],
    ['a quote that is not closed', { args: "--ignore 'a b" }, '', /not closed/],
    ['a flag that is neither', { 'deny-setuid': 'yes' }, '', /takes true or false, not "yes"/],
  ])('%s', async ([, inputs, code, message]) => {
    const { conclusion, steps, outputs, log } = await run(inputs)
    expect([conclusion, steps, outputs['exit-code']], log).toEqual(['failure', ['compare'], code])
    expect(log).toMatch(message)
    expect(log).toMatch(/^::error title=layerdiff::/m)
    expect(github.requests).toEqual([])
  })
})

test('the page is written beside the comment, also where a limit is broken', async () => {
  const { conclusion, log } = await run({ html: 'the report.html', 'max-size': '1KB' })
  expect([conclusion, log.match(/^::error title=/gm)?.length]).toEqual(['failure', 1])
  expect(readFileSync(join(workspace, 'the report.html'), 'utf8')).toMatch(/^<!doctype html>/i)
  expect(github.comments).toHaveLength(1)
})

test('options with blanks and quotes come as they were meant', async () => {
  const { conclusion, outputs, log } = await run({ args: `--ignore "**" --ignore 'a  b'\n--mtime` })
  expect(conclusion, log).toBe('success')
  expect(readFileSync(outputs.report ?? '', 'utf8')).toContain('0 added, 0 removed, 0 modified')
})

describe('hostile inputs run nothing', () => {
  // Each for another place: in double quotes or none, in single quotes, and as lines. None leaves a quote open, which would end
  // the script before it is reached.
  const attacks = ['$(touch pwned)', '"; touch pwned; "', "'; touch pwned; '", 'a\ntouch pwned\n']
  // One of each kind, and those that the action reads itself.
  const inputs = ['before', 'args', 'deny', 'html', 'label']
  test.for([...inputs, 'version'])('in %s', async (name) => {
    for (const attack of attacks) {
      await (name === 'version' ? runAll : run)({ [name]: attack })
      expect(existsSync(join(workspace, 'pwned')), attack).toBe(false)
    }
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /(^|\/)pwned$/.test(path))
    expect(left).toEqual([])
  })

  test('as options', async () => {
    for (const name of ['before', 'after', 'config', 'deny', 'max-size']) await run({ [name]: '--output=pwned' })
    expect(existsSync(join(workspace, 'pwned'))).toBe(false)
  })

  test("a pull request's own settings and commands are not used", async () => {
    const bin = join(workspace, 'node_modules/.bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'layerdiff'), '#!/bin/sh\ntouch pwned\n', { mode: 0o755 })
    writeFileSync(
      join(workspace, '.npmrc'),
      'script-shell=/bin/false\nregistry=http://127.0.0.1:1/\nbefore=2000-01-01\n',
    )
    expect(await runAll()).toMatchObject({ conclusion: 'success' })
    expect(existsSync(join(workspace, 'pwned'))).toBe(false)
  })
})

describe('the version that is installed', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  test.for<[string, string, string]>([
    ["by default is the action's own", '', `layerdiff@${version}`],
    ['is one of npm', '0.0.1', 'layerdiff@0.0.1'],
    ['is a tag of npm', ' next\n', 'layerdiff@next'],
    ['is a file', './a b/c.tgz', '/work space/a b/c.tgz'],
    ['is a file beside', 'c.tgz', '/work space/c.tgz'],
    ['is an address', 'https://example.com/c.tgz', 'https://example.com/c.tgz'],
  ])('%s', ([, wanted, expected]) => {
    const at = join(folder, 'work space')
    mkdirSync(at)
    const { stdout } = spawnSync(process.execPath, [join(root, 'action/package.mjs')], {
      cwd: at,
      env: { INPUT_VERSION: wanted },
      encoding: 'utf8',
    })
    expect(stdout).toBe(expected.replace(/^\/work space/, at))
  })
})

test('every input is described, and every one is in the table of the documents', () => {
  const { inputs, outputs } = readAction(root)
  const text = readFileSync(join(root, 'docs/action.md'), 'utf8')
  const rows = Array.from(text.matchAll(/^\| `([\w-]+)`/gm), ([, name]) => name)
  expect(rows).toEqual([...Object.keys(inputs), ...Object.keys(outputs)])
})

test('every gate of the command is an input', () => {
  const gates = Object.keys(GATES).filter((name) => name !== 'no-config')
  expect(Object.keys(readAction(root).inputs)).toEqual(expect.arrayContaining(gates))
})
