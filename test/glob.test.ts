// Globs in TypeScript, held to the ones of the engine.

import { afterAll, describe, expect, test } from 'vitest'
import { globMatcher } from '../src/glob.js'
import { createEngine, diffLayers } from '../src/index.js'
import { Random } from './support/stacks.js'
import { directory, file, tar } from './support/tar-builder.js'

describe('a glob', () => {
  const cases: [glob: string, path: string, matches: boolean][] = [
    ['*.pem', 'srv/key.pem', true],
    ['*.pem', 'srv/key.pem.txt', false],
    ['root', 'root/.ssh/id', true],
    ['/root', 'srv/root', false],
    ['etc/*.d', 'etc/cron.d/x', true],
    ['etc/**/x', 'etc/x', true],
    ['etc/**/x', 'etc/a/b/x', true],
    ['etc/**', 'etc', false],
    ['**/x', 'a/x', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[]]x', ']x', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['[a', '[a', true],
    ['(a|b)+', '(a|b)+', true],
    ['??', 'é', true],
  ]
  test.for(cases)('%s on %s: %s', ([glob, path, matches]) => {
    expect(globMatcher([glob])({ path })).toBe(matches)
  })

  test('that wants a directory', () => {
    const matches = globMatcher(['cache/'])
    expect(matches({ path: 'cache' })).toBe(false)
    expect(matches({ path: 'cache', isDirectory: true })).toBe(true)
    expect(matches({ path: 'cache/x' })).toBe(true)
    expect(globMatcher(['cache/*'])({ path: 'cache', isDirectory: true })).toBe(false)
  })

  test('with many stars ends on a name that was made to match nearly', () => {
    expect(globMatcher([`${'*a'.repeat(20)}*b`])({ path: 'a'.repeat(255) })).toBe(false)
    expect(globMatcher([`${'**/a/'.repeat(20)}b`])({ path: 'a/'.repeat(2000) })).toBe(false)
  })

  test('on a name that is no UTF-8', () => {
    expect(globMatcher(['a?b'])({ path: 'a\ufffdb', pathBytes: Uint8Array.of(0x61, 0xff, 0x62) })).toBe(true)
  })
})

const engine = createEngine({ workers: 1 })
afterAll(() => engine.dispose())

test('random globs match what the engine leaves out', async () => {
  const random = new Random(20)
  const pick = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[random.int(alphabet.length)]).join('')
  const name = () => pick('ab-]^\\[', 1 + random.int(3))
  for (let round = 0; round < 300; round++) {
    const paths = new Set<string>()
    const folders = new Set<string>()
    for (let i = 0; i < 12; i++) {
      const parts = Array.from({ length: 1 + random.int(3) }, name)
      parts.slice(0, -1).reduce((path, part) => {
        const folder = path === '' ? part : `${path}/${part}`
        folders.add(folder)
        return folder
      }, '')
      paths.add(parts.join('/'))
    }
    const files = [...paths].filter(
      (path) => !folders.has(path) && ![...paths].some((other) => path.startsWith(`${other}/`)),
    )
    const kept = [...folders].filter((folder) => !files.some((one) => folder === one || folder.startsWith(`${one}/`)))
    const glob = pick('ab*?/[]!^-\\', 1 + random.int(6)).replace(/^!/, 'a')
    if (/^\/*$/.test(glob)) continue
    const layer = tar([...kept.map((path) => directory(path)), ...files.map((path) => file(path, 'x'))])
    const diff = await diffLayers([], [layer], { engine, ignore: [glob] })
    const left = new Set(Array.from(diff.changes, ({ path }) => path))
    const matches = globMatcher([glob])
    for (const path of [...kept, ...files]) {
      const found = matches({ path, isDirectory: kept.includes(path) })
      expect({ glob, path, matches: found }).toEqual({ glob, path, matches: !left.has(path) })
    }
  }
})
