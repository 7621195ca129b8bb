// The arguments of the command line, taken apart.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Arguments, COMMANDS, parseArguments } from '../src/cli/arguments.js'
import { UsageError } from '../src/cli/exit-codes.js'
import { HELP } from '../src/cli/help.js'
import type { ImageOptions } from '../src/cli/image-options.js'
import { nearestName } from '../src/cli/nearest.js'

test('commands stand in one order wherever they are listed', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const section = /## On the command line\n(.*?)\n\n[^ \n]/s.exec(readme)?.[1] ?? ''
  const inOrder = (text: string, pattern: RegExp) => [
    ...new Set(Array.from(text.matchAll(pattern), ([, name]) => name)),
  ]
  expect(inOrder(section, /^ {4}layerdiff ([a-z]+)/gm)).toEqual([...COMMANDS])
  const [usage = '', list = ''] = HELP.layerdiff.split(/^Commands:$/m)
  expect(inOrder(usage, /^(?:Usage:)? +layerdiff ([a-z]+)/gm)).toEqual([...COMMANDS])
  expect(inOrder(list.split('\n\n')[0] ?? '', /^ {2}([a-z]+)/gm)).toEqual([...COMMANDS])
})

beforeEach(() => vi.stubEnv('LAYERDIFF_CACHE', ''))
afterEach(() => vi.unstubAllEnvs())

const opening: ImageOptions = {
  platform: undefined,
  from: 'registry',
  insecure: false,
  mirror: undefined,
  timeout: undefined,
  cache: { place: undefined },
  limits: {},
}

const defaults: Arguments = {
  command: 'diff',
  before: ['a'],
  after: ['b'],
  format: 'text',
  color: 'auto',
  symlinkParents: 'overlay',
  ignore: [],
  fields: null,
  semantic: false,
  renames: true,
  packages: true,
  only: null,
  layer: null,
  top: null,
  sort: null,
  nul: false,
  patch: null,
  gates: { rules: {}, config: undefined },
  output: null,
  all: false,
  mtime: false,
  strict: false,
  exitCode: false,
  layers: false,
  opening,
  verify: false,
}

const history: Arguments = {
  command: 'history',
  image: 'a',
  format: 'text',
  noTrunc: false,
  opening,
  verify: false,
  output: null,
}

const inspect: Arguments = {
  command: 'inspect',
  image: 'a',
  format: 'text',
  all: false,
  opening,
  verify: false,
  output: null,
}

const tree: Arguments = { command: 'tree', image: 'a', path: '', layer: null, format: 'text', opening, output: null }

const layers: Arguments = { command: 'layers', images: [], format: 'text', opening, output: null }

describe('what makes sense', () => {
  const cases: [string, string[], Partial<Arguments>][] = [
    ['two layers', ['diff', 'a', 'b'], {}],
    ['layers after --', ['diff', '--', '-a', '--format'], { before: ['-a'], after: ['--format'] }],
    ['layer: before a file', ['diff', 'layer:a', 'layer:layer:b'], { before: ['layer:a'], after: ['layer:layer:b'] }],
    [
      'stacks',
      ['diff', '--before', 'a', '--after=b', '--before=c', '--after', 'layer:d'],
      { before: ['a', 'c'], after: ['b', 'layer:d'] },
    ],
    [
      'options on both sides of the layers',
      ['diff', '--strict', 'a', '--mtime', 'b', '--all'],
      { strict: true, mtime: true, all: true, packages: false },
    ],
    ['json', ['diff', 'a', 'b', '--format', 'json'], { format: 'json' }],
    ['the last of several', ['diff', 'a', 'b', '--format', 'json', '--format=text'], { format: 'text' }],
    ['a file for the report', ['diff', 'a', 'b', '-o', 'c'], { output: 'c' }],
    ['a file for the report, close up', ['diff', 'a', 'b', '-oc'], { output: 'c' }],
    ['a file for the report, at length', ['diff', 'a', 'b', '--output=-c'], { output: '-c' }],
    ['- for standard output', ['diff', 'a', 'b', '-o', '-'], { output: null }],
    ['several globs', ['diff', 'a', 'b', '--ignore', '*.pyc', '--ignore=-x'], { ignore: ['*.pyc', '-x'] }],
    ['--color', ['diff', 'a', 'b', '--color', 'never'], { color: 'never' }],
    ['--symlink-parents', ['diff', 'a', 'b', '--symlink-parents=follow'], { symlinkParents: 'follow' }],
    ['--layers', ['diff', 'a', 'b', '--layers'], { layers: true }],
    [
      '--platform and --verify',
      ['diff', 'a', 'b', '--platform=linux/arm64', '--verify'],
      { opening: { ...opening, platform: 'linux/arm64' }, verify: true },
    ],
    [
      'how registries are asked',
      ['diff', 'a', 'b', '--from=daemon', '--insecure', '--mirror', 'http://c', '--cache', 'd'],
      { opening: { ...opening, from: 'daemon', insecure: true, mirror: 'http://c', cache: { place: 'd' } } },
    ],
    [
      'how long a registry may be silent',
      ['diff', 'a', 'b', '--timeout', '1.5'],
      { opening: { ...opening, timeout: 1500 } },
    ],
    [
      'limits, the last of each',
      ['diff', 'a', 'b', '--limit', 'entries=5', '--limit=metaBytes=2KiB', '--limit', 'entries=6'],
      { opening: { ...opening, limits: { entries: 6, metaBytes: 2048 } } },
    ],
    ['--no-cache', ['diff', 'a', 'b', '--no-cache'], { opening: { ...opening, cache: null } }],
    [
      'a share without its zero',
      ['diff', 'a', 'b', '--min-efficiency', '.9'],
      { gates: { rules: { minEfficiency: 0.9 }, config: undefined } },
    ],
    ['--exit-code', ['diff', 'a', 'b', '--exit-code'], { exitCode: true }],
  ]
  test.for(cases)('%s', ([, args, expected]) => {
    expect(parseArguments(args)).toEqual({ ...defaults, ...expected })
  })

  test.for<[string[], Arguments]>([
    [['--help'], { command: 'help', of: 'layerdiff' }],
    [['-h'], { command: 'help', of: 'layerdiff' }],
    [['diff', '--help'], { command: 'help', of: 'diff' }],
    [['diff', 'a', 'b', 'c', '-h'], { command: 'help', of: 'diff' }],
    [['--version'], { command: 'version' }],
    [['-v'], { command: 'version' }],
    [['diff', '--version'], { command: 'version' }],
    [['history', '-h'], { command: 'help', of: 'history' }],
    [['layers', '--help'], { command: 'help', of: 'layers' }],
    [['layers', '--version'], { command: 'version' }],
    [['history', 'a'], history],
    [
      ['history', '--no-trunc', 'a', '--format=json', '--platform', 'arm64', '--verify', '-ob'],
      {
        ...history,
        noTrunc: true,
        format: 'json',
        opening: { ...opening, platform: 'arm64' },
        verify: true,
        output: 'b',
      },
    ],
    [['inspect', '-h'], { command: 'help', of: 'inspect' }],
    [['inspect', 'a'], inspect],
    [
      ['inspect', 'a', '--all', '--verify', '--format=json', '-o', 'b', '--platform', 'arm64'],
      {
        ...inspect,
        all: true,
        verify: true,
        format: 'json',
        output: 'b',
        opening: { ...opening, platform: 'arm64' },
      },
    ],
    [['show', '-h'], { command: 'help', of: 'show' }],
    [['show', 'a', '/b'], { command: 'show', image: 'a', path: '/b', opening, output: null }],
    [['show', '-oc', 'a', 'b'], { command: 'show', image: 'a', path: 'b', opening, output: 'c' }],
    [['tree', '-h'], { command: 'help', of: 'tree' }],
    [['tree', 'a'], tree],
    [['tree', 'a', 'b', '--layer', '0'], { ...tree, path: 'b', layer: 0 }],
    [['tree', 'a', '--layer=L12', '--format', 'json', '-o', 'c'], { ...tree, layer: 12, format: 'json', output: 'c' }],
    [['layers', 'a', 'b', 'a'], { ...layers, images: ['a', 'b', 'a'] }],
    [
      ['layers', 'a', '--format', 'json', '--platform=linux/386', '-o', '-'],
      { ...layers, images: ['a'], format: 'json', opening: { ...opening, platform: 'linux/386' } },
    ],
    [['name', '-h'], { command: 'help', of: 'name' }],
    [['name', '--version'], { command: 'version' }],
    [['name', 'a'], { command: 'name', name: 'a', format: 'text', output: null }],
    [['name', '--format=json', 'a', '-o', 'b'], { command: 'name', name: 'a', format: 'json', output: 'b' }],
  ])('%j', ([args, expected]) => {
    expect(parseArguments(args)).toEqual(expected)
  })
})

test.each<[string, string[], Arguments]>([
  ['help', ['help'], { command: 'help', of: 'layerdiff' }],
  ['help of a command', ['help', 'diff'], { command: 'help', of: 'diff' }],
  ['version', ['version'], { command: 'version' }],
])('as a word: %s', (_, args, expected) => {
  expect(parseArguments(args)).toEqual(expected)
})

describe('what does not', () => {
  const cases: [string, string[], string][] = [
    ['nothing', [], 'A command is missing: layerdiff diff OLD NEW.'],
    ['a mistyped command', ['dif', 'old.tar', 'new.tar'], 'There is no command "dif". Did you mean diff?'],
    [
      'a file for a command',
      ['old.tar', 'new.tar'],
      'There is no command "old.tar". layerdiff diff compares images and layers.',
    ],
    [
      'an option before its command',
      ['--format', 'json', 'diff'],
      '--format is an option of diff and follows it: layerdiff diff OLD NEW --format.',
    ],
    ['a format as an option', ['diff', 'a', 'b', '--json'], 'There is no option --json: write --format json.'],
    ['an unknown option before the command', ['--hlp'], 'There is no option --hlp. Did you mean --help?'],
    ['no layers', ['diff'], 'What is to be compared is missing: layerdiff diff OLD NEW.'],
    ['one layer', ['diff', 'old.tar'], 'A second image or layer is missing: layerdiff diff old.tar NEW.'],
    [
      'three layers',
      ['diff', 'a', 'b', 'c'],
      '3 images or layers were given, and diff compares two. For stacks repeat --before FILE and --after FILE, bottom first.',
    ],
    [
      'layers of both kinds',
      ['diff', 'a', '--before', 'b', '--after', 'c'],
      '"a" stands alone: give each image or layer after --before or --after, or just OLD and NEW.',
    ],
    ['--before alone', ['diff', '--before', 'a'], '--before needs something to compare with: give --after FILE.'],
    ['--after alone', ['diff', '--after', 'a'], '--after needs something to compare with: give --before FILE.'],
    ['a history of nothing', ['history'], 'An image is missing: layerdiff history IMAGE.'],
    [
      'a history of two',
      ['history', 'a', 'b'],
      '2 images were given, and history shows one. To compare images: layerdiff layers or diff.',
    ],
    ['an inspection of nothing', ['inspect'], 'An image is missing: layerdiff inspect IMAGE.'],
    [
      'an inspection of two',
      ['inspect', 'a', 'b'],
      '2 images were given, and inspect shows one. To compare images: layerdiff layers or diff.',
    ],
    ['a file of nothing', ['show'], 'An image is missing: layerdiff show IMAGE PATH.'],
    ['no file', ['show', 'a'], 'A path is missing: layerdiff show a PATH.'],
    ['two files', ['show', 'a', 'b', 'c'], '2 paths were given, and show writes one file.'],
    ['a tree of nothing', ['tree'], 'An image is missing: layerdiff tree IMAGE [PATH].'],
    ['two trees', ['tree', 'a', 'b', 'c'], '2 paths were given, and tree lists one.'],
    [
      'a layer that is no number',
      ['tree', 'a', '--layer', 'top'],
      '--layer takes the number of a layer, 0 for the bottom one, not "top".',
    ],
    ['layers of nothing', ['layers'], 'Images are missing: layerdiff layers IMAGE...'],
    ['layers of a nameless image', ['layers', 'a', ''], '"" names no image.'],
    ['no name', ['name'], 'An image name is missing: layerdiff name NAME.'],
    ['two names', ['name', 'a', 'b'], '2 names were given: layerdiff name takes one at a time.'],
    ['an option of another command', ['name', 'a', '--strict'], 'There is no option --strict.'],
    ['layer: alone', ['diff', 'layer:', 'a'], '"layer:" names no file.'],
    ['oci: alone', ['diff', 'a', 'oci:'], '"oci:" names no file.'],
    ['a mistyped option', ['diff', 'a', 'b', '--formt', 'json'], 'There is no option --formt. Did you mean --format?'],
    ['letters swapped', ['diff', 'a', 'b', '--igonre', 'x'], 'There is no option --igonre. Did you mean --ignore?'],
    [
      'the beginning of an option',
      ['diff', 'a', 'b', '--exit'],
      'There is no option --exit. Did you mean --exit-code?',
    ],
    ['no- before an option', ['diff', 'a', 'b', '--no-color'], 'There is no option --no-color. Did you mean --color?'],
    ['an option unlike any other', ['diff', 'a', 'b', '--quantum'], 'There is no option --quantum.'],
    ['a short option', ['diff', 'a', 'b', '-x'], 'There is no option -x.'],
    ['a name that every object has', ['diff', 'a', 'b', '--toString'], 'There is no option --toString.'],
    ['a name that no object should have', ['diff', 'a', 'b', '--__proto__'], 'There is no option --__proto__.'],
    [
      'a format that does not exist',
      ['diff', 'a', 'b', '--format', 'jsn'],
      '--format takes text, json, markdown, html or paths, not "jsn". Did you mean json?',
    ],
    [
      'a colour that does not exist',
      ['diff', 'a', 'b', '--color', 'red'],
      '--color takes auto, always or never, not "red".',
    ],
    [
      'symlinks in no known way',
      ['diff', 'a', 'b', '--symlink-parents', 'no'],
      '--symlink-parents takes overlay or follow, not "no".',
    ],
    ['a value for a switch', ['diff', 'a', 'b', '--strict=yes'], '--strict takes no value.'],
    ['no value', ['diff', 'a', 'b', '-o'], '-o needs a value.'],
    [
      'a limit without a value',
      ['diff', 'a', 'b', '--limit', 'entries'],
      '--limit takes NAME=N, such as entries=8000000, not "entries".',
    ],
    ['a limit misspelt', ['tree', 'a', '--limit', 'entires=5'], '--limit knows no "entires". Did you mean entries?'],
    [
      'a limit in small letters',
      ['pull', 'a', '--limit', 'layerbytes=5'],
      '--limit knows no "layerbytes". Did you mean layerBytes?',
    ],
    [
      'a limit that is none',
      ['show', 'a', 'b', '--limit', 'zebra=5'],
      '--limit knows no "zebra". Known: entries, layerBytes, expansion, pathBytes, metaBytes.',
    ],
    [
      'no entries at all',
      ['diff', 'a', 'b', '--limit=entries=0'],
      '--limit entries takes a whole number from 1 on, not "0".',
    ],
    [
      'entries in bytes',
      ['diff', 'a', 'b', '--limit=entries=5MB'],
      '--limit entries takes a whole number from 1 on, not "5MB".',
    ],
    [
      'a limit in no size',
      ['history', 'a', '--limit', 'metaBytes=x'],
      '--limit metaBytes takes a size such as 500MB or 2GiB, not "x".',
    ],
    ['limits', ['inspect', 'a', '--limits', 'entries=5'], 'There is no option --limits. Did you mean --limit?'],
    ['no time at all', ['diff', 'a', 'b', '--timeout', '0'], '--timeout takes a number of seconds, not "0".'],
    ['a time with its unit', ['layers', 'a', '--timeout', '5s'], '--timeout takes a number of seconds, not "5s".'],
    ['an empty file name', ['diff', 'a', 'b', '-o', ''], '--output needs the name of a file.'],
    [
      'an option for a value',
      ['diff', 'a', 'b', '--ignore', '--strict'],
      '--ignore needs a value. One that begins with a dash is written --ignore=--strict.',
    ],
  ]
  test.for(cases)('%s', ([, args, message]) => {
    expect(() => parseArguments(args)).toThrow(new UsageError(message))
  })
})

describe('the nearest name', () => {
  test.for([
    ['ignroe', 'ignore'],
    ['FORMAT', 'format'],
    ['fo', 'format'],
    ['x', undefined],
    ['', undefined],
    ['something-else', undefined],
  ] as const)('nearest to "%s": %s', ([typed, nearest]) => {
    expect(nearestName(typed, ['format', 'ignore', 'output'])).toBe(nearest)
  })
})
