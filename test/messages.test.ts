// Messages on standard error, broken where a terminal is too narrow for them.

import { describe, expect, test } from 'vitest'
import { wrapLines } from '../src/cli/messages.js'
import { columnsOf } from '../src/report/columns.js'

describe('lines broken between words', () => {
  test.for<[string, string, number, string]>([
    ['what fits stays', 'layerdiff: all is well.', 23, 'layerdiff: all is well.'],
    ['a column too many', 'layerdiff: all is well.', 22, 'layerdiff: all is\n  well.'],
    ['what goes on is indented, and has less room', 'a bb cc dd', 4, 'a bb\n  cc\n  dd'],
    [
      'a word that is too long stays whole',
      'see https://a.example/b/c for more',
      10,
      'see\n  https://a.example/b/c\n  for more',
    ],
    ['a word that is too long at the beginning', 'aaaaaa b c', 4, 'aaaaaa\n  b\n  c'],
    ['each line by itself, the last one too', 'one two\nthree four\n', 7, 'one two\nthree\n  four\n'],
    ['two blanks of a file name', 'a  b', 10, 'a  b'],
    ['columns, not characters', '漢字 漢字', 8, '漢字\n  漢字'],
    ['nothing', '', 80, ''],
  ])('%s', ([, text, columns, wrapped]) => {
    expect(wrapLines(text, columns)).toBe(wrapped)
  })

  test('nothing but blanks is lost or added, and no line is too wide', () => {
    const text =
      'layerdiff: registry.example kept silent for 60 s, again and again. Check the network, or wait longer.\n'
    for (let columns = 20; columns < 110; columns++) {
      const wrapped = wrapLines(text, columns)
      expect(wrapped.replace(/\n {2}/g, ' ')).toBe(text)
      for (const line of wrapped.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
    }
  })
})
