// What shells complete: the tables that scripts are made from, held to the help and to the parser, and the scripts in real shells.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseArguments } from '../src/cli/arguments.js'
import { commands, optionHelp } from '../src/cli/commands.js'
import { UsageError } from '../src/cli/exit-codes.js'
import { HELP } from '../src/cli/help.js'
import { GENERAL } from '../src/cli/option-parser.js'
import { ensureTools } from './support/debian.js'

const main = join(import.meta.dirname, '../dist/cli/main.js')
const driver = join(import.meta.dirname, 'support/shell-driver.zsh')
const all = commands()
const everyOption = all.flatMap(({ name, options }) =>
  Object.entries(options).map(([option, facts]) => ({ title: `${name} --${option}`, name, option, facts })),
)

describe('the help of a command and its options agree', () => {
  test.for(all)('$name', ({ options, help }) => {
    const texts = optionHelp(help)
    expect([...texts.keys()].sort()).toEqual(Object.keys(options).sort())
    for (const [name, { type, short, optionalValue, value: kind }] of Object.entries(options)) {
      const { short: told, value, text } = texts.get(name) ?? {}
      expect([name, told, value !== undefined]).toEqual([name, short, type === 'string' || optionalValue === true])
      const places = value === 'FILE' ? ['file', 'image'] : value === 'DIR' ? ['folder'] : [undefined]
      expect(places, `what --${name} completes`).toContain(kind)
      expect(text).toMatch(/\S/)
    }
    // In examples and running text too.
    const named = Array.from(help.matchAll(/(?<![\w-])--([a-z][\w-]*)/g), ([, name = '']) => name)
    expect(named.filter((name) => !Object.hasOwn(options, name))).toEqual([])
  })

  test('layerdiff', () => {
    expect([...optionHelp(HELP.layerdiff).keys()]).toEqual(Object.keys(GENERAL))
    expect(all.map(({ summary }) => summary)).not.toContain('')
  })
})

describe('the words that an option takes are those that are completed', () => {
  /** What each command needs beside the option. */
  const operands: Readonly<Record<string, string[]>> = {
    diff: ['a', 'b'],
    show: ['a', 'b'],
    cache: ['ls'],
    completion: ['bash'],
  }
  const complaint = (args: string[]) => {
    try {
      parseArguments(args)
    } catch (error) {
      if (error instanceof UsageError) return error.message
      throw error
    }
    return ''
  }
  test.for(everyOption.filter(({ facts }) => facts.type === 'string'))('$title', ({ name, option, facts }) => {
    const told = (value: string) => complaint([name, ...(operands[name] ?? ['a']), `--${option}=${value}`])
    // The parser's own words, where it takes one of several.
    const known = /^--[\w-]+ takes ([\w-]+(?:, [\w-]+)* or [\w-]+), not/.exec(told('nonsense'))?.[1]
    expect(known?.split(/, | or /)).toEqual(facts.choices)
    for (const value of facts.choices ?? []) expect(told(value)).not.toContain(`--${option} takes`)
  })
})

let folder: string
const scripts: Record<string, string> = {}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-completion-'))
  mkdirSync(join(folder, 'a folder'))
  for (const name of ['my file.tar', 'plain.tar', "it's.tar"]) writeFileSync(join(folder, name), '')
  for (const shell of ['bash', 'zsh']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'completion', shell], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    scripts[shell] = join(folder, `.script.${shell}`)
    writeFileSync(scripts[shell], stdout)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What bash offers for the last word of a line: its words as readline breaks them, `=` and `:` apart. */
function offered(...words: string[]): string[] {
  const last = words.at(-1) ?? ''
  const typed = last === '=' || last === ':' ? '' : last
  const code = `source "$1"; typed=$2; shift 2; COMP_WORDS=(layerdiff "$@"); COMP_CWORD=$#
    _layerdiff layerdiff "$typed" "\${COMP_WORDS[COMP_CWORD - 1]}"
    for word in "\${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done`
  const bash = ['--noprofile', '--norc', '-uc', code, 'bash', scripts.bash ?? '', typed, ...words]
  const { status, stdout, stderr } = spawnSync('bash', bash, { cwd: folder, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return stdout.split('\n').slice(0, -1)
}

describe('bash', () => {
  test('is told which function completes', () => {
    const { stdout } = spawnSync('bash', ['--norc', '-c', 'source "$1"; complete -p layerdiff', 'bash', scripts.bash], {
      encoding: 'utf8',
    })
    expect(stdout).toBe('complete -F _layerdiff layerdiff\n')
  })

  test.for(all)('offers every option of $name', ({ name, options }) => {
    const expected = Object.entries(options).flatMap(([option, { short }]) =>
      short === undefined ? [`--${option}`] : [`--${option}`, `-${short}`],
    )
    expect(offered(name, '-')).toEqual(expected)
  })

  test.for(everyOption.filter(({ facts }) => facts.choices !== undefined))(
    'offers the words of $title',
    ({ name, option, facts }) => {
      expect(offered(name, `--${option}`, '')).toEqual(facts.choices)
      expect(offered(name, `--${option}`, '=')).toEqual(facts.choices)
    },
  )

  const files = ["it's.tar", 'my file.tar', 'plain.tar']
  test.for<[string[], string[]]>([
    [['di'], ['diff']],
    [['--v'], ['--version']],
    [['help', 'hi'], ['history']],
    [['diff', '--for'], ['--format']],
    [['diff', '--format', 'j'], ['json']],
    [['diff', '--format', '=', 'j'], ['json']],
    // Where = breaks no words.
    [['diff', '--format=j'], ['--format=json']],
    [['diff', '--output=my'], ['--output=my file.tar']],
    [['diff', '--only', 'added,re'], ['added,removed']],
    [['diff', 'plain.tar', 'my '], ['my file.tar']],
    [['diff', 'oci', ':', 'pl'], ['plain.tar']],
    [['diff', '--before', 'pl'], ['plain.tar']],
    [['pull', '-o', 'pl'], ['plain.tar']],
    [['history', '--cache', ''], ['a folder']],
    [['diff', '--mirror', ''], []],
    [['name', ''], []],
    [
      ['cache', ''],
      ['ls', 'rm', 'prune'],
    ],
    [['cache', 'rm', ''], []],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
    [['diff', '--', '--for'], []],
    [['diff', '--', '--format', 'pl'], ['plain.tar']],
    [['nosuch', ''], []],
    [['nosuch', '--format', ''], []],
  ])('%j', ([words, expected]) => {
    expect(offered(...words)).toEqual(expected)
  })

  test('files and folders', () => {
    expect(
      offered('layers', '')
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(['a folder', ...files])
  })
})

describe.skipIf(!ensureTools([{ command: 'zsh', package: 'zsh' }]))('on a terminal', () => {
  /** What layerdiff is called with, when lines with tabs are typed; and what zsh offered for each. */
  function typed(shell: 'bash' | 'zsh', lines: readonly string[]) {
    const output = join(mkdtempSync(join(folder, '.typed-')), 'calls')
    const args = ['-f', driver, shell, scripts[shell] ?? '', output, ...lines]
    const { status, stderr } = spawnSync('zsh', args, { cwd: folder, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    const [calls, offered] = [output, `${output}.offered`].map((file) => readFileSync(file, 'utf8'))
    const groups = Array.from((offered ?? '').matchAll(/((?:.+\n)*)\n/g), ([, group = '']) =>
      group.trimEnd().split('\n'),
    )
    return { calls: calls?.split('\n').slice(0, -1), offered: groups }
  }

  const rows: [string, string][] = [
    ['diff --for\t', '<diff><--format>'],
    ['diff --format j\t', '<diff><--format><json>'],
    ['diff --format=j\t', '<diff><--format=json>'],
    ['diff --only added,re\t', '<diff><--only><added,removed>'],
    ['dif\t', '<diff>'],
    ['help hi\t', '<help><history>'],
    ['cache p\t', '<cache><prune>'],
    ['completion z\t', '<completion><zsh>'],
    ['diff my\t', '<diff><my file.tar>'],
    ['diff my\\ f\t', '<diff><my file.tar>'],
    ["diff 'my\t", '<diff><my file.tar>'],
    ['diff "my f\t', '<diff><my file.tar>'],
    ['diff it\t', "<diff><it's.tar>"],
    ['diff oci:pl\t', '<diff><oci:plain.tar>'],
    ['diff --before=layer:my\t', '<diff><--before=layer:my file.tar>'],
    ['diff --output=pl\t', '<diff><--output=plain.tar>'],
    ['pull -o pl\t', '<pull><-o><plain.tar>'],
    ['diff -- --for\t', '<diff><--><--for>'],
    ['name pl\t', '<name><pl>'],
  ]
  test.for(['bash', 'zsh'] as const)('%s completes what is typed', (shell) => {
    const { calls } = typed(
      shell,
      rows.map(([line]) => `layerdiff ${line}`),
    )
    expect(calls).toEqual(rows.map(([, call]) => call))
  })

  test('zsh offers every option of every command, and all words of one', () => {
    const choices = everyOption.filter(({ facts }) => facts.choices !== undefined)
    const rows = [
      ...all.map(({ name, options }) => [`${name} --`, Object.keys(options).map((option) => `--${option}`)] as const),
      ...choices.map(({ name, option, facts }) => [`${name} --${option} `, facts.choices ?? []] as const),
    ]
    const { offered } = typed(
      'zsh',
      rows.map(([line]) => `layerdiff ${line}\t`),
    )
    const sorted = (words: readonly string[]) => [...new Set(words.map((word) => word.replace(/=$/, '')))].sort()
    expect(offered.map((words, index) => [rows[index]?.[0], sorted(words)])).toEqual(
      rows.map(([line, words]) => [line, sorted(words)]),
    )
  })

  test('zsh finds it in its folder of functions', () => {
    const functions = join(folder, '.functions')
    mkdirSync(functions)
    writeFileSync(join(functions, '_layerdiff'), readFileSync(scripts.zsh ?? '', 'utf8'))
    const code = 'fpath=($1 $fpath); autoload -Uz compinit; compinit -u -D; print -r -- $_comps[layerdiff]'
    const { stdout, stderr } = spawnSync('zsh', ['-fc', code, 'zsh', functions], { encoding: 'utf8' })
    expect([stdout, stderr]).toEqual(['_layerdiff\n', ''])
  })
})
