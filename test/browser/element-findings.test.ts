// <layer-diff> and what a diff tells beyond its changes: notable ones, renames, packages, waste.

import axe from 'axe-core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { LayerDiffElement } from '../../src/element/element.js'
import { diffImages, diffLayers, type ImageDiffJson, inspectImage, type LayerDiffJson } from '../../src/index.js'
import type { PackageChange } from '../../src/types.js'
import {
  all,
  eventually,
  layerFile,
  makeImages,
  mount,
  names,
  one,
  settled,
  shows,
  textOf,
} from '../support/element-page.js'
import { device, directory, file, tar, whiteout } from '../support/tar-builder.js'

const hostile = '<b onclick="window.hacked=1">\u202e'

let images: ImageDiffJson
let json: LayerDiffJson

beforeAll(async () => {
  const base = tar([file('bin/ping', 'p', { mode: 0o755 }), directory('srv'), file('srv/old', 'same')])
  const top = tar([
    file('bin/ping', 'p', { mode: 0o4755 }),
    ...Array.from({ length: 30 }, (_, index) => file(`bin/tool-${index}`, 'tool', { mode: 0o755 })),
    device('dev/kmsg', 'char', 1, 11),
    whiteout('srv/old'),
    file('srv/new', 'same'),
    file(new Uint8Array([...new TextEncoder().encode('srv/'), 0xff, ...new TextEncoder().encode('.key')]), 'k'),
  ])
  json = JSON.parse(JSON.stringify(await diffLayers([base], [base, top])))
  json = { ...json, renames: [{ from: 'srv/old', to: 'srv/new', size: 4, hash: 'blake3:00' }], packages: PACKAGES }
  const { before, after } = await makeImages()
  const [diff, { waste }] = await Promise.all([diffImages(before, after), inspectImage(after)])
  images = { ...JSON.parse(JSON.stringify(diff)), waste }
})

afterEach(() => document.body.replaceChildren())

const PACKAGES: readonly PackageChange[] = [
  packageOf('dpkg', 'libc6', '2.36-9', '2.36-10', 1000, 3000),
  { ...packageOf('dpkg', 'libc6', '2.36-9', '2.36-10', 3000, 1000), architecture: 'i386' },
  packageOf('dpkg', 'nodejs', null, '18.19', null, 42_000_000),
  packageOf('apk', hostile, hostile, null, 500, null),
  ...Array.from({ length: 300 }, (_, index) => packageOf('node', `left-pad-${index}`, '1.0.0', '1.3.0', null, null)),
]

function packageOf(
  manager: PackageChange['manager'],
  name: string,
  before: string | null,
  after: string | null,
  sizeBefore: number | null,
  sizeAfter: number | null,
): PackageChange {
  const kind = before === null ? 'added' : after === null ? 'removed' : 'modified'
  return { manager, name, architecture: 'amd64', kind, before, after, sizeBefore, sizeAfter, path: 'where' }
}

async function shown(report: LayerDiffElement['report'] = json): Promise<LayerDiffElement> {
  const element = await settled(mount({ report }))
  await eventually(() => expect(all(element, '.tree .row').length).toBeGreaterThan(0))
  return element
}

/** Once all has been looked through. */
async function withPanel(report: LayerDiffElement['report'] = json): Promise<LayerDiffElement> {
  const element = await shown(report)
  await eventually(() => expect(all(element, '.notable')).toHaveLength(1))
  return element
}

const heading = (element: LayerDiffElement) => textOf(one(element, '.change h3'))
const group = (element: LayerDiffElement, words: string) =>
  all(element, '.notable details').find((one) => textOf(one).includes(words)) as HTMLElement
const notes = (element: LayerDiffElement, name: string) =>
  textOf(all(element, '.tree .row').find((row) => textOf(row.querySelector('.text') as Element) === name) as Element)

describe('notable changes', () => {
  it('stand above the tree, the most serious first, those of many paths folded', async () => {
    const element = await withPanel()
    expect(all(element, '.notable summary').map(textOf)).toEqual([
      '! setuid bit gained 1',
      '! device node 1',
      '! looks like a key or credential 1',
      '! new executable 30',
    ])
    expect(all(element, '.notable details').map((details) => details.hasAttribute('open'))).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(all(element, '.notable details[open] .path').map(textOf)).toEqual([
      '/bin/ping',
      '/dev/kmsg',
      '/srv/\\xff.key',
    ])
    expect(group(element, 'new executable').querySelectorAll('.path')).toHaveLength(20)
    expect(one(element, '.notable').compareDocumentPosition(one(element, '.tree'))).toBe(
      Node.DOCUMENT_POSITION_FOLLOWING,
    )
  })

  it('of a diff are found as its JSON tells them', async () => {
    const layers = [layerFile([file('a', 'x')]), layerFile([file('a', 'x', { mode: 0o4755 })])] as const
    const element = await withPanel(await diffLayers([layers[0]], [layers[1]]))
    expect(all(element, '.notable summary').map(textOf)).toEqual(['! setuid bit gained 1', '! new executable 1'])
  })

  it('lead to their rows, by keys alone', async () => {
    const element = await withPanel()
    const [path] = all(element, '.notable .path')
    path?.focus()
    await userEvent.keyboard('{Enter}')
    await eventually(() => expect(heading(element)).toBe('~modified /bin/ping'))
    expect(textOf(one(element, '.change .reasons'))).toBe('! setuid bit gained')
    await eventually(() => expect(element.shadowRoot?.activeElement).toBe(one(element, '.tree')))
    await eventually(() => expect(textOf(one(element, '.row.active .text'))).toBe('ping'))
  })

  it('lead there from the map, and through a filter that hides them', async () => {
    const element = await withPanel()
    await userEvent.click(all(element, '.views button')[1] as HTMLElement)
    await eventually(() => expect(all(element, '.map')).toHaveLength(1))
    await userEvent.click(all(element, '.notable .path')[1] as HTMLElement)
    await eventually(() => expect(heading(element)).toBe('+added /dev/kmsg'))
    await eventually(() => expect(textOf(one(element, '.row.active .text'))).toBe('kmsg'))
    await userEvent.fill(one(element, 'input[type=search]'), 'srv')
    await shows(element, ['srv/', ' new', ' old', ' \ufffd.key'])
    await userEvent.click(all(element, '.notable .path')[0] as HTMLElement)
    await eventually(() => expect(heading(element)).toBe('~modified /bin/ping'))
    await eventually(() => expect(textOf(one(element, '.row.active .text'))).toBe('ping'))
    expect((one(element, 'input[type=search]') as HTMLInputElement).value).toBe('')
  })

  it('whose path is no UTF-8 are shown in full, though the tree cannot be asked for them', async () => {
    const element = await withPanel()
    await userEvent.click(all(element, '.notable .path')[2] as HTMLElement)
    await eventually(() => expect(heading(element)).toBe('+added /srv/\\xff.key (not UTF-8)'))
  })

  it('are marked in the tree, with words', async () => {
    const element = await withPanel()
    await eventually(() => expect(notes(element, 'ping')).toMatch(/^~modified ping ?! setuid bit gained/))
    const flags = all(element, '.tree .flag')
    expect(flags.map(({ title }) => title)).toContain('new executable')
    expect(all(element, '.tree .flag .mild').length).toBe(flags.length - all(element, '.tree .flag .alarm').length)
  })

  it('are filtered, by reason too', async () => {
    const element = await withPanel()
    const select = one(element, '.toolbar select[aria-label="Whether it is notable"]')
    expect(Array.from(select.children, textOf)).toEqual([
      'Notable or not',
      'All notable (33)',
      'setuid bit gained (1)',
      'device node (1)',
      'looks like a key or credential (1)',
      'new executable (30)',
    ])
    await userEvent.selectOptions(select, 'device')
    await shows(element, ['dev/', ' kmsg'])
    await userEvent.click(one(element, '.notable details:not([open]) summary'))
    await userEvent.click(group(element, 'new executable').querySelector('details > button') as HTMLElement)
    await eventually(() => expect(textOf(one(element, '.shown'))).toMatch(/^30 of /))
    await eventually(() => expect(names(element)[0]).toBe('bin/'))
    expect((select as HTMLSelectElement).value).toBe('executable')
  })

  it('are not spoken of where there are none', async () => {
    const element = await shown(await diffLayers([], [layerFile([file('a', 'x'), file('b', 'y')])]))
    await shows(element, ['a', 'b'])
    expect(all(element, '.notable, .flag, .packages, .waste, .renamed')).toEqual([])
    expect(all(element, '.toolbar select')).toHaveLength(2)
  })
})

describe('renames', () => {
  it('say so in both rows, and each leads to the other', async () => {
    const element = await withPanel()
    expect(textOf(one(element, '.summary .legend'))).toMatch(/1 file was only renamed$/)
    element.select('srv/old')
    await eventually(() => expect(notes(element, 'old')).toMatch(/^−removed old ?renamed to new/))
    expect(notes(element, 'new')).toMatch(/^\+added new ?renamed from old/)
    await userEvent.click(one(element, '.row.removed .renamed'))
    await eventually(() => expect(heading(element)).toBe('+added /srv/new'))
    expect(textOf(one(element, '.change .renamed'))).toBe('renamed from /srv/old')
    one(element, '.change .renamed button').focus()
    await userEvent.keyboard('{Enter}')
    await eventually(() => expect(heading(element)).toBe('−removed /srv/old'))
  })
})

describe('packages', () => {
  it('are a table by manager, as they are given', async () => {
    const element = await shown()
    expect(all(element, '.packages tr').slice(0, 7).map(textOf)).toEqual([
      'Package Version Delta',
      'dpkg',
      '~modified libc6 amd64 2.36-9 → 2.36-10 +2.00 kB',
      '~modified libc6 i386 2.36-9 → 2.36-10 −2.00 kB',
      '+added nodejs 18.19 +42.0 MB',
      'apk',
      '−removed <b onclick="window.hacked=1">\\u{202e} <b onclick="window.hacked=1">\\u{202e} −500 B',
    ])
    expect(all(element, '.packages b')).toEqual([])
  })

  it('of which many are folded', async () => {
    const element = await shown()
    const rows = () => all(element, '.packages tbody tr:not(.manager)').length
    expect(textOf(one(element, '.packages header'))).toBe('Packages 304 changed')
    expect(rows()).toBe(10)
    await userEvent.click(one(element, '.packages .more'))
    await eventually(() => expect(rows()).toBe(210))
    expect(textOf(one(element, '.packages .more'))).toBe('Show 94 more')
    await userEvent.click(one(element, '.packages .more'))
    await eventually(() => expect(rows()).toBe(304))
    expect(all(element, '.packages .more')).toEqual([])
    expect(textOf(all(element, '.packages tbody tr').at(-1) as Element)).toBe('~modified left-pad-299 1.0.0 → 1.3.0 –')
  })

  it('that could not be read are a warning', async () => {
    const message = 'The packages of rpm could not be read.'
    const warnings = [
      { code: 'PACKAGES_UNREADABLE', message, side: 'after', layer: 0, path: null, offset: null },
    ] as const
    const element = await shown({ ...json, packages: [], warnings })
    expect(textOf(one(element, '.warnings li'))).toMatch(
      /^The packages of rpm could not be read\. .*PACKAGES_UNREADABLE$/,
    )
    expect(all(element, '.packages')).toEqual([])
  })
})

it('the waste of the image after is shown where it is told', async () => {
  const element = await shown(images)
  expect(textOf(one(element, '.waste'))).toMatch(/^Waste \(after\) 5\.00 kB/)
})

it('a JSON of an older version, which tells none of it, is shown', async () => {
  const { notable: _, renames: _2, packages: _3, waste: _4, ...older } = images
  const element = await withPanel(older as ImageDiffJson)
  expect(all(element, '.notable summary').map(textOf)).toEqual(['! new executable 1'])
  expect(all(element, '.packages, .waste, .renamed')).toEqual([])
})

describe('what a reader needs', () => {
  it.each([1000, 320])('fits %i pixels', async (width) => {
    const element = await withPanel()
    element.style.width = `${width}px`
    for (const selector of ['.notable', '.packages table', '.toolbar']) {
      await eventually(() => expect(one(element, selector).scrollWidth, selector).toBeLessThanOrEqual(width))
    }
  })

  it.each(['light', 'dark'])('axe finds nothing wrong, %s', async (scheme) => {
    document.documentElement.style.colorScheme = scheme
    document.body.style.background = scheme === 'dark' ? '#111' : '#fff'
    const element = await withPanel()
    element.select('srv/old')
    await eventually(() => expect(heading(element)).toBe('−removed /srv/old'))
    for (const of of [element, await shown(images)]) {
      // What was being worked out is faint until it is there.
      await eventually(() => expect(getComputedStyle(one(of, '.content')).opacity).toBe('1'))
      const { violations } = await axe.run(of)
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
    }
    document.documentElement.style.colorScheme = ''
    document.body.style.background = ''
  })
})
