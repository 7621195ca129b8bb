// What is shown of two contents: lines of text that differ, or bytes.

import { describe, expect, it } from 'vitest'
import { type Line, showContent } from '../src/element/content.js'
import type { Change, Entry, FileContent } from '../src/index.js'
import { bytes } from './support/tar-builder.js'

const FILE = { type: 'file' } as Entry

async function shown(before: string | Uint8Array | null, after: string | Uint8Array | null) {
  const change = { before: before === null ? null : FILE, after: after === null ? null : FILE } as Change
  return showContent(change, async (side, limit): Promise<FileContent> => {
    const whole = bytes((side === 'before' ? before : after) ?? '')
    return { bytes: whole.slice(0, limit), size: whole.byteLength, hash: '' }
  })
}

const written = (lines: readonly Line[] | null) =>
  lines?.map(({ sign, before, after, text }) => `${sign}${before ?? ''}/${after ?? ''} ${text}`)

describe('text', () => {
  it.each<[string, string | null, string | null, string[]]>([
    ['one line is another', 'a\nb\nc\n', 'a\nB\nc\n', [' 1/1 a', '-2/ b', '+/2 B', ' 3/3 c']],
    ['a file that came', null, 'one\ntwo\n', ['+/1 one', '+/2 two']],
    ['a file that went', 'one\ntwo', null, ['-1/ one', '-2/ two']],
    ['the same', 'a\n', 'a\n', []],
    ['both empty', '', '', []],
    ['no end of the last line', 'a', 'a\nb', ['-1/ a', '+/1 a', '+/2 b']],
    ['one became empty', 'a\n', '', ['-1/ a']],
  ])('%s', async (_, before, after, lines) => {
    const content = await shown(before, after)
    expect(written(content.lines)).toEqual(lines)
    expect(content.cut).toBe(false)
  })

  it('what is far from any difference is left out', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`)
    const changed = lines.with(9, 'ten').with(29, 'thirty')
    const content = await shown(lines.join('\n'), changed.join('\n'))
    expect(written(content.lines)?.filter((line) => /^[-+@]/.test(line))).toEqual([
      '@/ ',
      '-10/ line 10',
      '+/10 ten',
      '@/ ',
      '-30/ line 30',
      '+/30 thirty',
    ])
    expect(content.lines).toHaveLength(2 * 8 + 2)
  })

  it('two texts with nothing in common are shown one after the other', async () => {
    const many = (word: string) => Array.from({ length: 3000 }, (_, index) => `${word} ${index}`).join('\n')
    const content = await shown(many('old'), many('new'))
    expect(content.lines?.[0]).toMatchObject({ sign: '-', text: 'old 0' })
    expect(content.lines).toHaveLength(2000)
    expect(content.cut).toBe(true)
  })

  it('of a large file the beginning is shown, also where a character is cut in two', async () => {
    const content = await shown(null, `${'x'.repeat(262_143)}\u00e9 and more`)
    expect(content.lines?.[0]?.text).toBe('x'.repeat(262_143))
    expect(content.cut).toBe(true)
  })

  it('letters of all sorts are text, and so are tabs, form feeds and escapes', async () => {
    const content = await shown(null, 'h\u00e9llo \u{1f600}\tx\f\u001b[0m\r')
    expect(content.lines).toHaveLength(1)
  })
})

describe('no text', () => {
  it.each<[string, Uint8Array]>([
    ['a zero byte', new Uint8Array([0x61, 0, 0x62])],
    ['no UTF-8', new Uint8Array([0x61, 0xff, 0x62])],
    ['a character that breaks off', new Uint8Array([0x61, 0xe2, 0x82])],
  ])('%s', async (_, content) => {
    const { lines, hex, cut } = await shown('text', content)
    expect(lines).toBeNull()
    expect(hex.before).toEqual([{ offset: '0000', bytes: '74 65 78 74', text: 'text' }])
    expect(hex.after).toHaveLength(1)
    expect(cut).toBe(false)
  })

  it('of many bytes the first rows', async () => {
    const { hex, cut } = await shown(null, new Uint8Array(1000))
    expect(hex.before).toBeUndefined()
    expect(hex.after).toHaveLength(16)
    expect(hex.after?.[15]).toEqual({ offset: '00f0', bytes: Array(16).fill('00').join(' '), text: '.'.repeat(16) })
    expect(cut).toBe(true)
  })
})
