// The Markdown report: what it says, what it folds, and that no name in it is markup.

import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { diffImages, diffLayers, type GateResult, type ImageDiff, type PackageChange } from '../src/index.js'
import { markdownReport } from '../src/report/markdown.js'
import { ensureTools } from './support/debian.js'
import { Layout, layer, named } from './support/image-builder.js'
import { directory, file, tar, whiteout } from './support/tar-builder.js'

function rendering(text: string): string {
  const args = ['-e', 'table', '-e', 'strikethrough', '-e', 'autolink', '--unsafe']
  return execFileSync('cmark-gfm', args, { input: text, encoding: 'utf8' })
}

const rendered = ensureTools([{ command: 'cmark-gfm', package: 'cmark-gfm' }])

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
    expect(text.match(/^- \\\+ /gm)).toHaveLength(31)
    expect(text).not.toContain('left out')
  })

  it('it is no longer than a comment may be, and says what it left out', async () => {
    const text = markdownReport(await diffLayers([], [many(3000)]))
    expect(text.length).toBeLessThanOrEqual(65_536)
    const shown = text.match(/^- \\\+ /gm)?.length ?? 0
    expect(text).toContain(`${(3001 - shown).toLocaleString('en')} paths left out`)
    expect(text.trimEnd().endsWith('</details>')).toBe(true)
  })

  it('a lower limit holds too', async () => {
    const text = markdownReport(await diffLayers([], [many(300)]), { limit: 4000 })
    expect(text.length).toBeLessThanOrEqual(4000)
  })
})

describe('of many warnings', () => {
  /** Each path twice, which warns. */
  const twice = (paths: readonly string[]) =>
    tar(paths.flatMap((path) => [file(path, '1', { dialect: 'pax' }), file(path, '2', { dialect: 'pax' })]))

  it('ten are shown, and the others counted', async () => {
    const paths = Array.from({ length: 500 }, (_, index) => `${index}`)
    const text = markdownReport(await diffLayers([], [twice(paths)]))
    expect(text.match(/^- `DUPLICATE_PATH /gm)).toHaveLength(10)
    expect(text).toContain('\n- and 490 more\n')
  })

  it('paths of any length leave room for what failed', async () => {
    // Three bytes, and eight characters when it is escaped.
    const paths = Array.from({ length: 10 }, (_, index) => `${index}/${'\u2800'.repeat(1350)}`)
    const gates: GateResult[] = [{ rule: 'maxFiles', passed: false, limit: 1, unit: 'paths', figure: 20, paths: [] }]
    const text = markdownReport(await diffLayers([], [twice(paths)]), { gates })
    expect(text).toContain('- `DUPLICATE_PATH (layer 0 of the after side, 0/\\u{2800}')
    expect(text).toContain('| ❌ | `max-files` |')
  })
})

describe.skipIf(!rendered)('rendered as GitHub renders it', () => {
  const evil = [
    '<img src=x onerror=alert(1)>',
    '</details><script>alert(1)</script>',
    '`code` **bold** [a](https://example.org) ![b](c)',
    '``` \n# heading',
    'a|b\\|c',
    '-->',
    '@someone #1 https://example.org',
    '$(x) &amp; &lt;',
    '~~~',
  ]

  async function render(limit?: number): Promise<string> {
    const image = async (names: readonly string[], label: string) => {
      const layout = new Layout()
      const layers = [await layer(tar(names.map((name) => file(name.replaceAll('/', ' '), `${label}\n\`\`\`\n<b>`))))]
      const history = layers.map(() => ({ created_by: evil.join(' ') }))
      const Labels = Object.fromEntries(names.map((name) => [name, `${label} ${name}`]))
      return layout.tar([await layout.image(layers, { config: { Labels }, history })])
    }
    const diff = await diffImages(await image(evil.slice(1), 'old'), await image(evil, 'new'))
    const packages: PackageChange[] = evil.map((name) => ({
      ...{ manager: 'python', name, architecture: null, kind: 'modified', before: name, after: `${name}1` },
      ...{ sizeBefore: 1, sizeAfter: 2, path: name },
    }))
    const gates: GateResult[] = [
      { rule: 'deny', passed: false, limit: evil, unit: 'paths', figure: 20, paths: evil },
      { rule: 'maxSize', passed: true, limit: 5, unit: 'bytes', figure: 5, paths: [] },
    ]
    const patches = evil.map((text) => `--- a/x\n+++ b/x\n@@ -1 +1 @@\n-${text}\n+\`\`\`\`\n`)
    const text = markdownReport(
      { ...diff, packages: [...packages, ...packages] },
      { gates, patches, names: [evil[0] ?? '', evil[1] ?? ''], limit },
    )
    return rendering(text)
  }

  it('names are code, and nothing else', async () => {
    const html = await render()
    const tags = new Set(html.match(/<[^>]*>/g))
    const known =
      /^<\/?(h3|p|code|strong|table|thead|tbody|tr|th|td|ul|li|pre|details|summary)>$|^<code class="language-diff">$/
    expect([...tags].filter((tag) => !known.test(tag))).toEqual([])
    for (const name of ['<img src=x onerror=alert(1)>', '@someone #1 https://example.org', '~~~']) {
      const text = name.replaceAll('/', ' ').replace(/</g, '&lt;').replace(/>/g, '&gt;')
      expect(html).toContain(`<code>${text}</code>`)
    }
    // The fence of a patch holds what the patch holds.
    expect(html).toContain('\n+````\n')
  })

  it('signs of the list of paths are no lists of their own', async () => {
    const before = tar(Array.from({ length: 8 }, (_, index) => file(`gone${index}`, 'x')))
    const after = tar([file('a|b', '1'), ...Array.from({ length: 8 }, (_, index) => file(`new${index}`, 'y'))])
    const html = rendering(markdownReport(await diffLayers(before, after)))
    expect(html).not.toMatch(/<li>\s*<(ul|p)>/)
    expect(html).toContain('<li>+ <code>new0</code></li>')
    expect(html).toContain('<li>- <code>gone0</code></li>')
    expect(html).toContain('<li>+ <code>a|b</code></li>')
  })

  it.each([65_536, 9000, 5000, 3000, 1500])('cut to %i characters, what is opened is closed', async (limit) => {
    const html = await render(limit)
    expect(html.match(/<details>/g)?.length ?? 0).toBe(html.match(/<\/details>/g)?.length ?? 0)
    expect(html).not.toMatch(/<script|<img/)
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
