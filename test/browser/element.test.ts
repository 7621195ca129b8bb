// <layer-diff> in a real page: what it shows of real diffs, what keys and clicks do, and what it says when it cannot.

import axe from 'axe-core'
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import '../../src/element/element.js'
import type { LayerDiffElement, LayerDiffEvents } from '../../src/element/element.js'
import { compareLayers, diffImages, diffLayers, type ImageDiff, inspectImage, openCache } from '../../src/index.js'
import { Layout, layer, named } from '../support/image-builder.js'
import { directory, file, symlink, tar, whiteout } from '../support/tar-builder.js'

const registries = inject('registries')

let before: File
let after: File
let diff: ImageDiff

beforeAll(async () => {
  const base = await layer(
    tar([
      directory('etc'),
      file('etc/passwd', 'root'),
      directory('srv'),
      file('srv/old.bin', 'o'.repeat(5000)),
      file('srv/app', 'app', { mode: 0o644 }),
    ]),
  )
  const config = await layer(tar([file('etc/app.conf', 'a = 1\n')]))
  const top = await layer(
    tar([
      file('srv/app', 'app', { mode: 0o755, uid: 1000 }),
      whiteout('srv/old.bin'),
      directory('srv/lib'),
      file('srv/lib/one.js', '1'.repeat(2000)),
      file('srv/lib/two.js', '2'.repeat(100)),
      symlink('srv/link', 'app'),
    ]),
  )
  before = await archive('app:1', [base, config], { Env: ['MODE=one'] })
  after = await archive('app:2', [base, config, top], { Env: ['MODE=two'], User: 'app' })
  diff = await diffImages(before, after)
})

afterEach(() => document.body.replaceChildren())

async function archive(name: string, layers: Parameters<Layout['image']>[0], config: object): Promise<File> {
  const layout = new Layout()
  const bytes = layout.tar([await layout.image(layers, { config, descriptor: named(name) })])
  return new File([bytes as Uint8Array<ArrayBuffer>], `${name.replace(':', '-')}.tar`)
}

const layerFile = (parts: Parameters<typeof tar>[0]) => new File([tar(parts) as Uint8Array<ArrayBuffer>], 'layer.tar')

function mount(properties: Partial<LayerDiffElement> = {}): LayerDiffElement {
  const element = document.createElement('layer-diff')
  Object.assign(element, properties)
  document.body.append(element)
  return element
}

/** The next event of a name. */
function next<Name extends keyof LayerDiffEvents>(
  element: LayerDiffElement,
  name: Name,
): Promise<LayerDiffEvents[Name]> {
  return new Promise((resolve) => element.addEventListener(name, (event) => resolve(event), { once: true }))
}

async function settled(element: LayerDiffElement, state = 'done'): Promise<LayerDiffElement> {
  await vi.waitFor(() => expect(element.dataset.layerdiffState).toBe(state), { timeout: 20_000 })
  return element
}

const all = (element: LayerDiffElement, selector: string) =>
  Array.from((element.shadowRoot as ShadowRoot).querySelectorAll<HTMLElement>(selector))

function one(element: LayerDiffElement, selector: string): HTMLElement {
  const [found] = all(element, selector)
  if (!found) throw new Error(`no ${selector}`)
  return found
}

const textOf = (element: Element) => element.textContent?.replace(/\s+/g, ' ').trim() ?? ''

/** The names in the tree, with their depth as blanks. */
const names = (element: LayerDiffElement) =>
  all(element, '.tree .row').map(
    (row) => `${' '.repeat(Number(row.ariaLevel) - 1)}${textOf(row.querySelector('.text') as Element)}`,
  )

const ALL_NAMES = ['srv/', ' lib/', '  one.js', '  two.js', ' app', ' link → app', ' old.bin']

async function shows(element: LayerDiffElement, expected: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(names(element)).toEqual(expected))
}

describe('a report', () => {
  it('is shown with its sizes, counts, layers and config', async () => {
    const element = await settled(mount({ report: diff }))
    expect(textOf(one(element, '.sizes'))).toBe(
      `Before app:1 linux/amd64 ${diff.before.configDigest.slice(7, 19)} 5.01 kB After app:2 linux/amd64 ${diff.after.configDigest.slice(7, 19)} 2.11 kB Difference −2.90 kB +2.10 kB −5.00 kB`,
    )
    expect(all(element, '.counts div').map(textOf)).toEqual(['added4', 'removed1', 'modified1', 'unchanged4'])
    await vi.waitFor(() =>
      expect(all(element, '.match').map(textOf)).toEqual([
        expect.stringMatching(/^\+ 2 step 2 only after · [\d.]+ kB · 6 changes/),
        expect.stringMatching(/^= 1 step 1 shared/),
        expect.stringMatching(/^= 0 step 0 shared/),
      ]),
    )
    expect(all(element, '.config tbody tr').map(textOf)).toEqual(['+added user app', '~modified env MODE one two'])
    await shows(element, ALL_NAMES)
  })

  it('of JSON is the same', async () => {
    const element = await settled(mount({ report: diff }))
    const other = await settled(mount({ report: JSON.parse(JSON.stringify(diff)) }))
    await shows(other, ALL_NAMES)
    const without = (frame: string) => frame.replace(/srv\/ .*$/, '')
    expect(without(textOf(one(other, '.frame')))).toBe(without(textOf(one(element, '.frame'))))
    // JSON tells of changes alone: how large a directory is as a whole, it does not.
    const sizes = (of: LayerDiffElement) => all(of, '.tree .row .before, .tree .row .after').slice(0, 2).map(textOf)
    expect(sizes(element)).toEqual(['5.00 kB', '2.10 kB'])
    expect(sizes(other)).toEqual(['', ''])
  })

  it('of layers has no layers to show', async () => {
    const element = await settled(mount({ report: await diffLayers([], [tar([file('a', 'x')])]) }))
    await shows(element, ['a'])
    expect(all(element, '.layers, .config')).toEqual([])
  })

  it('without differences says so', async () => {
    const element = await settled(mount({ report: await diffImages(before, before) }))
    expect(textOf(one(element, '.files'))).toBe('No differences.')
  })

  it('that is none is an error', async () => {
    const element = mount({ report: { schema: 'other' } as never })
    const { detail } = await next(element, 'layerdiff-error')
    expect(detail.error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(textOf(one(await settled(element, 'error'), '.failure'))).toMatch(/INVALID_ARGUMENT/)
  })

  it('is replaced by the next one', async () => {
    const element = await settled(mount({ report: diff }))
    element.report = await diffLayers([], [tar([file('a', 'x')])])
    await shows(element, ['a'])
    element.report = null
    await settled(element, 'idle')
    expect(textOf(one(element, '.frame'))).toBe('Nothing to compare yet.')
  })
})

describe('the tree', () => {
  const shown = async () => {
    const element = await settled(mount({ report: diff }))
    await shows(element, ALL_NAMES)
    return element
  }

  it('is a treegrid that says where each row stands', async () => {
    const element = await shown()
    const tree = one(element, '.tree')
    expect(tree.getAttribute('role')).toBe('treegrid')
    expect(tree.ariaRowCount).toBe('8')
    const rows = all(element, '.tree .row').map((row) => [
      row.ariaLevel,
      row.ariaPosInSet,
      row.ariaSetSize,
      row.ariaExpanded,
    ])
    expect(rows.slice(0, 4)).toEqual([
      ['1', '1', '1', 'true'],
      ['2', '1', '4', 'true'],
      ['3', '1', '2', null],
      ['3', '2', '2', null],
    ])
  })

  it('keys alone do all', async () => {
    const element = await shown()
    one(element, '.tree').focus()
    const active = () => {
      const id = one(element, '.tree').getAttribute('aria-activedescendant')
      return textOf(one(element, `#${id} .text`))
    }
    await userEvent.keyboard('{ArrowDown}')
    await vi.waitFor(() => expect(active()).toBe('lib/'))
    await userEvent.keyboard('{ArrowLeft}')
    await shows(element, ['srv/', ' lib/', ' app', ' link → app', ' old.bin'])
    await userEvent.keyboard('{ArrowLeft}')
    await vi.waitFor(() => expect(active()).toBe('srv/'))
    await userEvent.keyboard('{End}')
    await vi.waitFor(() => expect(active()).toBe('old.bin'))
    const selected = next(element, 'layerdiff-select')
    await userEvent.keyboard('{Enter}')
    expect((await selected).detail).toMatchObject({ path: 'srv/old.bin', change: { kind: 'removed' } })
    await vi.waitFor(() => expect(textOf(one(element, '.change h3'))).toBe('−removed /srv/old.bin'))
    await userEvent.keyboard('{Home}n')
    await vi.waitFor(() => expect(textOf(one(element, '.change h3'))).toMatch(/srv\/lib$/))
    await userEvent.keyboard('n')
    await vi.waitFor(() => expect(textOf(one(element, '.change h3'))).toMatch(/one\.js$/))
    await userEvent.keyboard('p')
    await vi.waitFor(() => expect(textOf(one(element, '.change h3'))).toMatch(/srv\/lib$/))
  })

  it('opens a change to all its fields', async () => {
    const element = await shown()
    expect(element.select('srv/app')).toBe(true)
    await vi.waitFor(() => expect(textOf(one(element, '.change'))).toMatch(/Written by layer 2 · step 2\./))
    const different = all(element, '.change tr.different').map(textOf)
    expect(different).toEqual(['Mode ≠ 0644 rw-r--r--0755 rwxr-xr-x', 'Owner ≠ 0:01000:0'])
    await userEvent.click(one(element, '.change button'))
    await vi.waitFor(() => expect(all(element, '.change')).toEqual([]))
    expect(element.select('srv/none')).toBe(false)
  })

  it('shows what a file held and holds, when it is asked for', async () => {
    const element = await shown()
    element.select('srv/lib/two.js')
    await vi.waitFor(() => expect(all(element, '.change .ask')).toHaveLength(1))
    await userEvent.click(one(element, '.ask'))
    await vi.waitFor(() => expect(all(element, '.lines tr.added').map(textOf)).toEqual([`1 + ${'2'.repeat(100)}`]))
    element.select('srv/link')
    await vi.waitFor(() => expect(textOf(one(element, '.change h3'))).toMatch(/link$/))
    expect(all(element, '.ask, .file')).toEqual([])
    const stored = await settled(mount({ report: JSON.parse(JSON.stringify(diff)) }))
    await shows(stored, ALL_NAMES)
    stored.select('srv/lib/two.js')
    await vi.waitFor(() => expect(all(stored, '.change')).toHaveLength(1))
    expect(all(stored, '.ask')).toEqual([])
  })

  it('is filtered by text, kind, field and layer', async () => {
    const element = await shown()
    const search = one(element, 'input[type=search]')
    await userEvent.fill(search, '*.js')
    await shows(element, ['srv/lib/', ' one.js', ' two.js'])
    expect(textOf(one(element, '.shown'))).toBe('2 of 6 changes')
    await userEvent.fill(search, 'nothing like it')
    await vi.waitFor(() => expect(textOf(one(element, '.content'))).toBe('No change passes the filter.'))
    await userEvent.fill(search, '')
    await shows(element, ALL_NAMES)
    await userEvent.click(one(element, '.chip.added input'))
    await shows(element, ['srv/', ' app', ' old.bin'])
    await userEvent.click(one(element, '.chip.added input'))
    await userEvent.selectOptions(one(element, '.toolbar select'), 'owner')
    await userEvent.click(one(element, '.chip.added input'))
    await userEvent.click(one(element, '.chip.removed input'))
    await shows(element, ['srv/', ' app'])
  })

  it('shows what one layer changed', async () => {
    const element = await shown()
    const [, middle] = all(element, '.match button')
    await userEvent.click(middle as HTMLElement)
    await vi.waitFor(() => expect(textOf(one(element, '.content'))).toBe('No change passes the filter.'))
    await userEvent.click(one(element, '.layers .all'))
    await shows(element, ALL_NAMES)
  })

  it('is ordered by the size of the change', async () => {
    const element = await shown()
    await userEvent.selectOptions(all(element, '.toolbar select')[1] as HTMLElement, 'delta')
    await shows(element, ['srv/', ' old.bin', ' lib/', '  one.js', '  two.js', ' app', ' link → app'])
  })

  it('turns into a map that leads back to it', async () => {
    const element = await shown()
    await userEvent.click(all(element, '.views button')[1] as HTMLElement)
    await vi.waitFor(() => expect(all(element, '.map .box').length).toBeGreaterThan(0))
    const box = all(element, '.map .box').find(({ title }) => title.startsWith('srv/old.bin'))
    expect(box?.title).toBe('srv/old.bin: −5.00 kB')
    await userEvent.click(box as HTMLElement)
    await vi.waitFor(() => expect(textOf(one(element, '.change h3'))).toBe('−removed /srv/old.bin'))
    const directoryBox = all(element, '.map .box').find(({ title }) => title.startsWith('srv/lib:'))
    // What lies in it covers most of it.
    directoryBox?.focus()
    await userEvent.keyboard('{Enter}')
    await vi.waitFor(() => expect(textOf(one(element, '.map nav'))).toBe('all files /srv /lib'))
  })

  it('of many rows holds only those in sight, and reaches the last one', async () => {
    const count = 20_000
    const report = await diffLayers(
      [],
      [tar(Array.from({ length: count }, (_, index) => file(`f${String(index).padStart(6, '0')}`)))],
    )
    const element = await settled(mount({ report }))
    await vi.waitFor(() => expect(one(element, '.tree').ariaRowCount).toBe(String(count + 1)))
    expect(all(element, '.tree .row').length).toBeLessThan(100)
    one(element, '.tree').focus()
    await userEvent.keyboard('{End}')
    await vi.waitFor(() => expect(names(element).at(-1)).toBe(`f0${count - 1}`))
    expect(all(element, '.tree .row').length).toBeLessThan(100)
  })
})

describe('by itself', () => {
  it('compares two files', async () => {
    const element = mount()
    const states: string[] = []
    new MutationObserver(() => states.push(element.dataset.layerdiffState ?? '')).observe(element, {
      attributeFilter: ['data-layerdiff-state'],
    })
    const progress: unknown[] = []
    element.addEventListener('layerdiff-progress', ({ detail }) => progress.push(detail))
    const done = next(element, 'layerdiff-done')
    element.inputs = { before, after }
    const { detail } = await done
    expect(detail.report && 'changes' in detail.report && detail.report.changes.length).toBe(diff.changes.length)
    await shows(element, ALL_NAMES)
    expect(states).toContain('working')
    expect(states.at(-1)).toBe('done')
    expect(progress).toContainEqual(expect.objectContaining({ phase: 'done', side: 'after', layer: 2 }))
  })

  it('takes what is assigned to before and after, which stay methods for those who read them', async () => {
    const element = mount()
    Object.assign(element, { before, after })
    await settled(element)
    await shows(element, ALL_NAMES)
    const sibling = document.createElement('p')
    element.before(sibling)
    expect(element.previousSibling).toBe(sibling)
  })

  it('takes layers and stacks of layers, and calls them by their names', async () => {
    const lower = new File([tar([file('a', '1')]) as Uint8Array<ArrayBuffer>], 'lower.tar')
    const upper = new File([tar([file('a', '22')]) as Uint8Array<ArrayBuffer>], 'upper.tar')
    const element = await settled(mount({ inputs: { before: lower, after: [lower, upper] } }))
    await shows(element, ['a'])
    element.select('a')
    await vi.waitFor(() => expect(textOf(one(element, '.cause'))).toBe('Written by layer 1 · upper.tar.'))
  })

  it('fetches addresses', async () => {
    const [from, to] = [URL.createObjectURL(before), URL.createObjectURL(after)]
    const element = document.createElement('layer-diff')
    element.setAttribute('before', from)
    element.setAttribute('after', to)
    document.body.append(element)
    await settled(element)
    await shows(element, ALL_NAMES)
    element.setAttribute('after', '/fixtures/none.tar')
    await settled(element, 'error')
    expect(textOf(one(element, '.failure'))).toMatch(/none\.tar answered 404.*FETCH_FAILED/)
  })

  it('shows one image, and what each of its layers changed', async () => {
    const element = await settled(mount({ image: after }))
    expect(all(element, '.match').map(textOf)).toEqual([
      expect.stringMatching(/^2 step 2/),
      expect.stringMatching(/^1 step 1/),
      expect.stringMatching(/^0 step 0/),
    ])
    await shows(element, ALL_NAMES)
    await userEvent.click(all(element, '.match button')[1] as HTMLElement)
    await shows(element, ['etc/', ' app.conf'])
    expect(all(element, '.history tbody tr')).toHaveLength(3)
    expect(textOf(one(element, '.waste .note'))).toMatch(/^5\.00 kB \(70\.3% of what is stored\) is never seen/)
    expect(all(element, '.waste tbody tr').map(textOf)).toEqual(['/srv/old.bin 5.00 kB 0', '/srv/app 3 B 0'])

    const [, merged] = all(element, '.inspected > header button')
    await userEvent.click(merged as HTMLElement)
    await shows(element, ['etc/', ' app.conf', ' passwd', 'srv/', ' app', ' old.bin'])
    expect(textOf(one(element, '.shown'))).toBe('6 paths')
    await userEvent.click(all(element, '.match button')[0] as HTMLElement)
    await shows(element, [
      'etc/',
      ' app.conf',
      ' passwd',
      'srv/',
      ' lib/',
      '  one.js',
      '  two.js',
      ' app',
      ' link → app',
    ])
    await userEvent.click(one(element, '.inspected .hidden input'))
    await vi.waitFor(() => expect(names(element)).toContain(' old.bin'))
    expect(textOf(one(element, '.tree .row.removed .text'))).toBe('old.bin')
    element.select('srv/old.bin')
    await vi.waitFor(() => expect(textOf(one(element, '.cause'))).toBe('Removed by a whiteout in layer 2 · step 2.'))
    await userEvent.click(one(element, '.ask'))
    await vi.waitFor(() => expect(textOf(one(element, '.lines'))).toMatch(/^1 − o{5000}$/))
  })

  it('shows which layers images share', async () => {
    const element = await settled(mount({ images: [before, after] }))
    expect(all(element, '.sharing tbody tr').map(textOf)).toHaveLength(3)
    expect(textOf(one(element, '.headline'))).toMatch(/^Stored .* saved/)
    const element2 = await settled(mount({ report: (await compareLayers([before, after])).toJSON() }))
    expect(textOf(one(element2, '.sharing'))).toBe(textOf(one(element, '.sharing')))
  })

  it('shows what inspectImage gave', async () => {
    const element = await settled(mount({ report: await inspectImage(before) }))
    expect(all(element, '.match')).toHaveLength(2)
  })

  it.each<[string, () => File, () => File, Record<string, number>]>([
    [
      'two images with no path in common',
      () => layerFile([file('a', 'x'), directory('d'), file('d/b', 'y')]),
      () => layerFile([file('c', 'zz')]),
      { added: 1, removed: 3, modified: 0, unchanged: 0 },
    ],
    [
      'an empty layer',
      () => layerFile([file('a', 'x')]),
      () => layerFile([]),
      { added: 0, removed: 1, modified: 0, unchanged: 0 },
    ],
    ['two empty ones', () => layerFile([]), () => layerFile([]), { added: 0, removed: 0, modified: 0, unchanged: 0 }],
  ])('compares %s', async (_, lower, upper, counts) => {
    const element = await settled(mount({ inputs: { before: lower(), after: upper() } }))
    expect(all(element, '.counts div').map(textOf)).toEqual(Object.entries(counts).map(([name, count]) => name + count))
  })

  it.skipIf(registries === null)('pulls an image, with docker’s words for each layer', async () => {
    await caches.delete('layerdiff-element')
    const cache = await openCache({ place: 'layerdiff-element' })
    const name = `${registries?.readable}/team/small-1`
    const element = document.createElement('layer-diff')
    element.options = { cache }
    element.setAttribute('pull', name)
    const seen = new Set<string>()
    element.addEventListener('layerdiff-progress', ({ detail }) => 'status' in detail && seen.add(detail.status))
    document.body.append(element)
    await settled(element)
    expect(textOf(one(element, '[role=status]'))).toBe(`Pulled ${name}`)
    const words = all(element, '.progress .note').map(textOf)
    expect(words.length).toBeGreaterThan(1)
    expect(new Set(words)).toEqual(new Set(['Pull complete']))
    expect([...seen]).toEqual(
      expect.arrayContaining(['Pulling fs layer', 'Downloading', 'Download complete', 'Pull complete']),
    )
    const again = await settled(mount({ options: { cache }, pull: name }))
    expect(new Set(all(again, '.progress .note').map(textOf))).toEqual(new Set(['Already exists']))
    await caches.delete('layerdiff-element')
  })

  it('refuses several images on one side, which would be compared as files', async () => {
    const element = mount({ inputs: { before: [before, after], after } })
    const { detail } = await next(element, 'layerdiff-error')
    expect(detail.error).toMatchObject({ code: 'INPUT_UNSUPPORTED', message: expect.stringContaining('app-1.tar') })
  })

  it('says what is wrong with a file, and goes on with the next', async () => {
    const cut = new File([after.slice(0, after.size / 2)], 'cut.tar')
    const element = mount({ inputs: { before, after: cut } })
    const { detail } = await next(element, 'layerdiff-error')
    expect(detail.error).toMatchObject({ name: 'LayerDiffError' })
    await settled(element, 'error')
    expect(one(element, '.failure').getAttribute('role')).toBe('alert')
    element.inputs = { before, after }
    await settled(element)
    await shows(element, ALL_NAMES)
  })

  it('is cancelled, and tries again', async () => {
    const endless = { open: () => new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) }) }
    const element = mount({ inputs: { before: endless, after: endless } })
    await settled(element, 'working')
    await vi.waitFor(() => expect(textOf(one(element, '.progress [role=status]'))).toMatch(/0 of 2 layers read|0 of 1/))
    await userEvent.click(one(element, '.progress button'))
    await settled(element, 'idle')
    expect(textOf(one(element, '.frame'))).toBe('Cancelled. Start again')
    await userEvent.click(one(element, '.frame button'))
    await settled(element, 'working')
    element.cancel()
  })
})

it.each<[string, () => Partial<LayerDiffElement>]>([
  ['two images', () => ({ inputs: { before, after } })],
  ['an image and layers', () => ({ inputs: { before, after: [] } })],
  ['one image', () => ({ image: before })],
  ['several', () => ({ images: [before, after] })],
])('one set of options does for all: %s', async (_, properties) => {
  const options = { registry: {}, compare: { mtime: true }, ignore: ['*.js'], strict: true, verify: true }
  await settled(mount({ options, ...properties() }))
})

describe('on a page', () => {
  it('several do not disturb each other', async () => {
    const [left, right] = [mount({ report: diff }), mount({ image: before })]
    await Promise.all([settled(left), settled(right)])
    await shows(left, ALL_NAMES)
    expect(names(right)).toEqual(['etc/', ' app.conf'])
  })

  it('one that is moved goes on', async () => {
    const element = await settled(mount({ report: diff }))
    const place = document.createElement('div')
    document.body.append(place)
    place.append(element)
    await shows(element, ALL_NAMES)
    one(element, '.tree').focus()
    await userEvent.keyboard('{Home}{ArrowLeft}')
    await shows(element, ['srv/'])
  })

  it('words, numbers and density are its own', async () => {
    const element = document.createElement('layer-diff')
    element.lang = 'de'
    element.setAttribute('density', 'compact')
    element.words = { layers: 'Schichten', layersShared: { one: '{n} gemeinsam', other: '{n} gemeinsame' } }
    element.report = diff
    document.body.append(element)
    await settled(element)
    expect(textOf(one(element, '.layers header'))).toBe('Schichten 2 gemeinsame')
    expect(textOf(one(element, '.sizes'))).toMatch(/5,01 kB/)
    await vi.waitFor(() => expect(all(element, '.tree .row')[1]?.getBoundingClientRect().height).toBe(22))
  })

  it('names from layers are text', async () => {
    const hostile = ['<img src=x onerror="window.hacked=1">', 'a\u202egpj.exe', 'tab\there', '&lt;b&gt;', 'x\u0007y']
    const report = await diffLayers([], [tar(hostile.map((name) => file(name, 'x')))])
    const element = await settled(mount({ report }))
    await shows(element, [
      '&lt;b&gt;',
      '<img src=x onerror="window.hacked=1">',
      'a\\u{202e}gpj.exe',
      'tab\\there',
      'x\\x07y',
    ])
    expect(all(element, 'img')).toEqual([])
    expect('hacked' in window).toBe(false)
  })

  it.each<[string, () => Promise<LayerDiffElement>]>([
    [
      'a diff',
      async () => {
        const element = await settled(mount({ report: diff }))
        await shows(element, ALL_NAMES)
        element.select('srv/app')
        return element
      },
    ],
    [
      'a map',
      async () => {
        const element = await settled(mount({ report: diff }))
        await userEvent.click(all(element, '.views button')[1] as HTMLElement)
        return element
      },
    ],
    ['one image', async () => settled(mount({ image: after }))],
    ['several', async () => settled(mount({ images: [before, after] }))],
    ['a failure', async () => settled(mount({ report: {} as never }), 'error')],
    ['nothing', async () => settled(mount(), 'idle')],
  ])('axe finds nothing wrong with %s, light or dark', async (_, make) => {
    const element = await make()
    for (const scheme of ['light', 'dark']) {
      document.documentElement.style.colorScheme = scheme
      document.body.style.background = scheme === 'dark' ? '#111' : '#fff'
      const { violations } = await axe.run(element)
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
    }
    document.documentElement.style.colorScheme = ''
    document.body.style.background = ''
  })
})
