// Names that are made to attack whoever reads a report: in no output is anything of them but text, and JSON gives each back byte for byte.

import { describe, expect, it } from 'vitest'
import { type ChangeJson, diffLayers, escapeText, type LayerDiff } from '../src/index.js'
import { htmlReport } from '../src/report/html.js'
import { jsonReport } from '../src/report/json.js'
import { markdownReport } from '../src/report/markdown.js'
import { safeText } from '../src/report/names.js'
import { pathsReport } from '../src/report/paths.js'
import { textReport } from '../src/report/text.js'
import { decodeText } from '../src/text.js'
import { bytes, concat, file, symlink, tar } from './support/tar-builder.js'

const raw = (...numbers: number[]) => new Uint8Array(numbers)

const attacks: [string, Uint8Array][] = [
  ['clears the screen', bytes('\x1b[2J\x1b[H')],
  ['sets the title of the terminal', bytes('\x1b]0;owned\x07')],
  ['a C1 control sequence', bytes('\u009b31m')],
  ['a link that the terminal makes', bytes('\x1b]8;;http:evil\x1b\\click\x1b]8;;\x1b\\')],
  ['a line of its own', bytes('a\n+ forged')],
  ['a carriage return that overwrites', bytes('secret\rharmless')],
  ['every C0 control but NUL', raw(...Array.from({ length: 31 }, (_, i) => i + 1))],
  ['DEL and a backspace', bytes('ab\x7f\b\bcd')],
  ['text turned around', bytes('a\u202egpj.exe')],
  ['isolates that are never closed', bytes('\u2066\u2067\u2068a')],
  ['marks that nobody sees', bytes('\u200b\u200e\u200f\u2060\ufeff\u00ad')],
  ['line and paragraph separators', bytes('a\u2028b\u2029c')],
  ['tags of plane 14', bytes('\u{e0001}\u{e0041}')],
  ['fillers, a blank of Braille, variation selectors', bytes('a\u115f\u3164\uffa0\u2800\u034f\u17b4\ufe0f\u{e0100}b')],
  ['markup', bytes('<img src=x onerror=alert(1)>')],
  ['the end of a script', bytes('<\u002fscript><script>alert(1)'.replace('/', '\u2215'))],
  ['the start of a comment', bytes('<!--<script>')],
  ['the end of a comment', bytes('-->')],
  ['an attribute', bytes('" onmouseover="alert(1)')],
  ['entities', bytes('&lt;b&gt;&#0;&amp;')],
  ['backticks', bytes('```\n`a`')],
  ['a table of Markdown', bytes('a|b\\|c')],
  ['a workflow command of GitHub', bytes('::error::owned')],
  ['another one', bytes('##[error]owned')],
  ['a lone surrogate', raw(0xed, 0xa0, 0x80)],
  ['an overlong slash', raw(0xc0, 0xaf)],
  ['a NUL in an overlong form', raw(0xc0, 0x80)],
  ['bytes that are no UTF-8', raw(0x61, 0xff, 0xfe)],
  ['a sequence that is cut off', raw(0xe6, 0x97)],
  ['a key of objects', bytes('__proto__')],
  ['a number of arguments', bytes('--format=json')],
  ['a shell command', bytes('$(reboot);`reboot`|reboot')],
]

/** Nothing that a terminal acts upon, that turns text around, or that nobody sees. */
const ACTIVE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2800\p{Default_Ignorable_Code_Point}\ud800-\udfff]/u

async function diffOf(name: Uint8Array): Promise<LayerDiff> {
  const below = concat([bytes('d/'), name])
  const [old, now] = [tar([file(name, 'x'), symlink('link', 'a')]), tar([file(below, 'yy'), symlink('link', name)])]
  return diffLayers(old, now, { renames: true })
}

describe.each(attacks)('%s', (_, name) => {
  it('is text on a terminal', async () => {
    const diff = await diffOf(name)
    const lines = [...textReport(diff, { all: true })].join('').split('\n')
    expect(lines.filter((line) => ACTIVE.test(line))).toEqual([])
    // As many lines as of a harmless name that is as long as this one looks: none is forged.
    const harmless = await diffOf(bytes('h'.repeat(safeText(decodeText(name).text, name).length)))
    expect(lines.length).toBe([...textReport(harmless, { all: true })].join('').split('\n').length)
  })

  it('is text in Markdown and in HTML', async () => {
    const diff = await diffOf(name)
    const markdown = markdownReport(diff)
    expect(ACTIVE.test(markdown.replaceAll('\n', ''))).toBe(false)
    const page = await htmlReport(diff, { title: decodeText(name).text })
    const body = page.slice(0, page.indexOf('<script>'))
    expect(body.match(/<(img|script(?! type="application\/json"))|onmouseover="|<!--/g) ?? []).toEqual([])
  })

  it('is one line of paths', async () => {
    const diff = await diffOf(name)
    const lines = [...pathsReport(diff)].join('').split('\n').slice(0, -1)
    expect(lines.length).toBe(diff.changes.length)
    expect(lines.filter((line) => ACTIVE.test(line.replace('\t', '')))).toEqual([])
  })

  it('comes back from JSON byte for byte', async () => {
    const diff = await diffOf(name)
    for (const text of [JSON.stringify(diff.toJSON()), [...jsonReport(diff)].join('')]) {
      const { changes } = JSON.parse(text)
      const pathOf = (kind: string) => {
        const isIt = (change: ChangeJson) => change.kind === kind && (change.before ?? change.after)?.type === 'file'
        const { path, pathBytes } = changes.find(isIt)
        return pathBytes === undefined ? bytes(path) : new Uint8Array(Buffer.from(pathBytes, 'base64'))
      }
      expect(pathOf('removed')).toEqual(name)
      expect(pathOf('added')).toEqual(concat([bytes('d/'), name]))
      const { after } = changes.find((change: { kind: string }) => change.kind === 'modified')
      expect(
        after.linkBytes === undefined ? bytes(after.link) : new Uint8Array(Buffer.from(after.linkBytes, 'base64')),
      ).toEqual(name)
    }
  })

  it('is escaped by escapeText', () => {
    expect(ACTIVE.test(escapeText(decodeText(name).text))).toBe(false)
  })
})
