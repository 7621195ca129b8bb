// <layer-diff> in a real page: what it shows of real diffs, and what keys and clicks do.

import axe from 'axe-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { LayerDiffElement } from '../../src/element/element.js'
import { diffImages, diffLayers, type ImageDiff } from '../../src/index.js'
import {
  ALL_NAMES,
  all,
  eventually,
  makeImages,
  mount,
  names,
  next,
  one,
  settled,
  shows,
  textOf,
} from '../support/element-page.js'
import { file, tar } from '../support/tar-builder.js'

let before: File
let after: File
let diff: ImageDiff

beforeAll(async () => {
  const made = await makeImages()
  before = made.before
  after = made.after
  diff = await diffImages(before, after)
})

afterEach(() => document.body.replaceChildren())

describe('a report', () => {
  it('is shown with its sizes, counts, layers and config', async () => {
    const element = await settled(mount({ report: diff }))
    expect(textOf(one(element, '.sizes'))).toBe(
      `Before app:1 linux/amd64 ${diff.before.configDigest.slice(7, 19)} 5.01 kB After app:2 linux/amd64 ${diff.after.configDigest.slice(7, 19)} 2.11 kB Difference −2.90 kB +2.10 kB −5.00 kB`,
    )
    expect(all(element, '.counts div').map(textOf)).toEqual(['added4', 'removed1', 'modified1', 'unchanged4'])
    await eventually(() =>
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

  const twice = [file('a', '1'), file('a', '2')]
  it.each([
    ['none', [file('a')], {}, null],
    ['one that leaves the answer clear is folded', twice, {}, ['1 warning', false, 'DUPLICATE_PATH']],
    [
      'a layer that may be cut off is told at once',
      [...twice, ...twice],
      { endBlocks: 0 },
      ['4 warnings', true, 'TRAILING_BLOCKS_MISSING'],
    ],
    [
      'an image that was taken for a layer is told at once',
      [...twice, file('oci-layout', '{}')],
      {},
      ['2 warnings', true, 'LOOKS_LIKE_IMAGE'],
    ],
  ])('of warnings: %s', async (_, parts, options, expected) => {
    const element = await settled(mount({ report: await diffLayers([], [tar(parts, options)]) }))
    const box = all(element, '.warnings')[0] as HTMLDetailsElement | undefined
    const told = box && [textOf(one(element, '.warnings summary')), box.open, textOf(one(element, '.warnings code'))]
    expect(told ?? null).toEqual(expected)
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
    await eventually(() => expect(active()).toBe('lib/'))
    await userEvent.keyboard('{ArrowLeft}')
    await shows(element, ['srv/', ' lib/', ' app', ' link → app', ' old.bin'])
    await userEvent.keyboard('{ArrowLeft}')
    await eventually(() => expect(active()).toBe('srv/'))
    await userEvent.keyboard('{End}')
    await eventually(() => expect(active()).toBe('old.bin'))
    const selected = next(element, 'layerdiff-select')
    await userEvent.keyboard('{Enter}')
    expect((await selected).detail).toMatchObject({ path: 'srv/old.bin', change: { kind: 'removed' } })
    await eventually(() => expect(textOf(one(element, '.change h3'))).toBe('−removed /srv/old.bin'))
    await userEvent.keyboard('{Home}n')
    await eventually(() => expect(textOf(one(element, '.change h3'))).toMatch(/srv\/lib$/))
    await userEvent.keyboard('n')
    await eventually(() => expect(textOf(one(element, '.change h3'))).toMatch(/one\.js$/))
    await userEvent.keyboard('p')
    await eventually(() => expect(textOf(one(element, '.change h3'))).toMatch(/srv\/lib$/))
  })

  it('opens a change to all its fields', async () => {
    const element = await shown()
    expect(element.select('srv/app')).toBe(true)
    await eventually(() => expect(textOf(one(element, '.change'))).toMatch(/Written by layer 2 · step 2\./))
    const different = all(element, '.change tr.different').map(textOf)
    expect(different).toEqual(['Mode ≠ 0644 rw-r--r--0755 rwxr-xr-x', 'Owner ≠ 0:01000:0'])
    await userEvent.click(one(element, '.change button'))
    await eventually(() => expect(all(element, '.change')).toEqual([]))
    expect(element.select('srv/none')).toBe(false)
  })

  it('shows what a file held and holds, when it is asked for', async () => {
    const element = await shown()
    element.select('srv/lib/two.js')
    await eventually(() => expect(all(element, '.change .ask')).toHaveLength(1))
    await userEvent.click(one(element, '.ask'))
    await eventually(() => expect(all(element, '.lines tr.added').map(textOf)).toEqual([`1 + ${'2'.repeat(100)}`]))
    element.select('srv/link')
    await eventually(() => expect(textOf(one(element, '.change h3'))).toMatch(/link$/))
    expect(all(element, '.ask, .file')).toEqual([])
    const stored = await settled(mount({ report: JSON.parse(JSON.stringify(diff)) }))
    await shows(stored, ALL_NAMES)
    stored.select('srv/lib/two.js')
    await eventually(() => expect(all(stored, '.change')).toHaveLength(1))
    expect(all(stored, '.ask')).toEqual([])
  })

  it('is filtered by text, kind, field and layer', async () => {
    const element = await shown()
    const search = one(element, 'input[type=search]')
    await userEvent.fill(search, '*.js')
    await shows(element, ['srv/lib/', ' one.js', ' two.js'])
    expect(textOf(one(element, '.shown'))).toBe('2 of 6 changes')
    await userEvent.fill(search, 'nothing like it')
    await eventually(() => expect(textOf(one(element, '.content'))).toBe('No change passes the filter.'))
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
    await eventually(() => expect(textOf(one(element, '.content'))).toBe('No change passes the filter.'))
    await userEvent.click(one(element, '.layers .all'))
    await shows(element, ALL_NAMES)
  })

  it('is ordered by the size of the change', async () => {
    const element = await shown()
    await userEvent.selectOptions(one(element, '.toolbar select[aria-label=Sort]'), 'delta')
    await shows(element, ['srv/', ' old.bin', ' lib/', '  one.js', '  two.js', ' app', ' link → app'])
  })

  it('turns into a map that leads back to it', async () => {
    const element = await shown()
    await userEvent.click(all(element, '.views button')[1] as HTMLElement)
    await eventually(() => expect(all(element, '.map .box').length).toBeGreaterThan(0))
    const box = all(element, '.map .box').find(({ title }) => title.startsWith('srv/old.bin'))
    expect(box?.title).toBe('srv/old.bin: −5.00 kB')
    await userEvent.click(box as HTMLElement)
    await eventually(() => expect(textOf(one(element, '.change h3'))).toBe('−removed /srv/old.bin'))
    const directoryBox = all(element, '.map .box').find(({ title }) => title.startsWith('srv/lib:'))
    // What lies in it covers most of it.
    directoryBox?.focus()
    await userEvent.keyboard('{Enter}')
    await eventually(() => expect(textOf(one(element, '.map nav'))).toBe('all files /srv /lib'))
  })

  it('of many rows holds only those in sight, and reaches the last one', async () => {
    const count = 20_000
    const report = await diffLayers(
      [],
      [tar(Array.from({ length: count }, (_, index) => file(`f${String(index).padStart(6, '0')}`)))],
    )
    const element = await settled(mount({ report }))
    await eventually(() => expect(one(element, '.tree').ariaRowCount).toBe(String(count + 1)))
    expect(all(element, '.tree .row').length).toBeLessThan(100)
    one(element, '.tree').focus()
    await userEvent.keyboard('{End}')
    await eventually(() => expect(names(element).at(-1)).toBe(`f0${count - 1}`))
    expect(all(element, '.tree .row').length).toBeLessThan(100)
  })
})

describe('on a page', () => {
  it('several do not disturb each other', async () => {
    const [left, right] = [mount({ report: diff }), mount({ image: before })]
    await Promise.all([settled(left), settled(right)])
    await shows(left, ALL_NAMES)
    await shows(right, ['etc/', ' app.conf'])
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
    await eventually(() => expect(all(element, '.tree .row')[1]?.getBoundingClientRect().height).toBe(22))
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
