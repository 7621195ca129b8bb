// The Markdown report: what it says, what it folds, and that no name in it is markup.

import { beforeAll, describe, expect, it } from 'vitest'
import { diffImages, diffLayers, type ImageDiff } from '../src/index.js'
import { markdownReport } from '../src/report/markdown.js'
import { Layout, layer, named } from './support/image-builder.js'
import { directory, file, tar, whiteout } from './support/tar-builder.js'

describe('of two images', () => {
  let diff: ImageDiff

  beforeAll(async () => {
    const base = await layer(tar([directory('app'), file('app/old', 'o'.repeat(3000)), file('app/kept', 'k')]))
    const top = await layer(tar([whiteout('app/old'), file('app/new', 'n'.repeat(5000))]))
    const archive = async (name: string, layers: (typeof base)[], config: object) => {
      const layout = new Layout()
      return layout.tar([await layout.image(layers, { config, descriptor: named(name) })])
    }
    diff = await diffImages(
      await archive('app:1', [base], { Env: ['A=1'] }),
      await archive('app:2', [base, top], { Env: ['A=2'], User: 'app' }),
    )
  })

  it('tells sizes, layers, config and the biggest changes', () => {
    const text = markdownReport(diff)
    expect(text).toMatch(/^### \+2\.00 kB \(\+67%\): 3\.00 kB → 5\.00 kB\n\n`app:1` → `app:2`\n\n1 added, 1 removed/)
    expect(text).toMatch(/\| \+ added \| 1 \| [\d.]+ kB \| `[0-9a-f]{12}` \| `step 1` \|/)
    expect(text).toContain('| ~ env `A` | `1` | `2` |')
    expect(text).toContain('| + user |  | `app` |')
    expect(text).toContain('| +5.00 kB | + `app/new` |  |')
    expect(text).toContain('| -3.00 kB | - `app/old` |  |')
    expect(text).not.toContain('<details>')
  })

  it('takes names that were given', () => {
    expect(markdownReport(diff, { names: ['old', 'new'] })).toContain('`old` → `new`')
  })
})

it('nothing differs', async () => {
  const same = tar([file('a', 'a')])
  const text = markdownReport(await diffLayers([same], [same]))
  expect(text).toContain('### Same size: 1 B → 1 B')
  expect(text).toContain('No differences.')
})

it('a little growth is not told as none', async () => {
  const of = (size: number) => tar([file('a', new Uint8Array(size))])
  const text = markdownReport(await diffLayers([of(100_000)], [of(100_001)]))
  expect(text).toContain('### +1 B (<0.1%): 100 kB → 100 kB')
})

describe('of many changes', () => {
  const many = (count: number) =>
    tar(Array.from({ length: count }, (_, index) => file(`dir/${'x'.repeat(80)}${index}`, 'x')))

  it('the rest is folded', async () => {
    const text = markdownReport(await diffLayers([], [many(30)]))
    expect(text).toContain('<details><summary>All 31 paths</summary>')
    expect(text.match(/^- \+ /gm)).toHaveLength(31)
    expect(text).not.toContain('left out')
  })

  it('it is no longer than a comment may be, and says what it left out', async () => {
    const text = markdownReport(await diffLayers([], [many(3000)]))
    expect(text.length).toBeLessThanOrEqual(65_536)
    const shown = text.match(/^- \+ /gm)?.length ?? 0
    expect(text).toContain(`${(3001 - shown).toLocaleString('en')} paths left out`)
    expect(text.trimEnd().endsWith('</details>')).toBe(true)
  })

  it('a lower limit holds too', async () => {
    const text = markdownReport(await diffLayers([], [many(300)]), { limit: 4000 })
    expect(text.length).toBeLessThanOrEqual(4000)
  })
})

describe('names are never markup', () => {
  it.each([
    ['markup', '<img src=x onerror=alert(1)>', '`<img src=x onerror=alert(1)>`'],
    ['a backtick', 'a`b', '`` a`b ``'],
    ['many backticks', '```', '```` ``` ````'],
    ['a bar, which would end a cell', 'a|b', '`a\\|b`'],
    ['the end of a comment', '-->', '`-->`'],
    ['a line break', 'a\nb', '`a\\nb`'],
    ['a direction override', 'a\u202eb', '`a\\u{202e}b`'],
    ['a mention', '@someone', '`@someone`'],
  ])('%s', async (_, name, shown) => {
    const text = markdownReport(await diffLayers([], [tar([file(name, 'x')])]))
    expect(text).toContain(`| +1 B | + ${shown} |  |`)
  })
})
