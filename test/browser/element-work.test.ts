// <layer-diff> at work by itself: names, addresses and files, and what it says when it cannot.

import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { LayerDiffElement } from '../../src/element/element.js'
import { compareLayers, diffImages, type ImageDiff, inspectImage, type LayerDiff, openCache } from '../../src/index.js'
import {
  ALL_NAMES,
  all,
  eventually,
  layerFile,
  makeImages,
  mount,
  names,
  next,
  one,
  settled,
  shows,
  textOf,
} from '../support/element-page.js'
import { directory, file, tar } from '../support/tar-builder.js'

const registries = inject('registries')

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
    await eventually(() => expect(textOf(one(element, '.cause'))).toBe('Written by layer 1 · upper.tar.'))
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
    await eventually(() => expect(names(element)).toContain(' old.bin'))
    expect(textOf(one(element, '.tree .row.removed .text'))).toBe('old.bin')
    element.select('srv/old.bin')
    await eventually(() => expect(textOf(one(element, '.cause'))).toBe('Removed by a whiteout in layer 2 · step 2.'))
    await userEvent.click(one(element, '.ask'))
    await eventually(() => expect(textOf(one(element, '.lines'))).toMatch(/^1 − o{5000}$/))
  })

  it.each<[string, Partial<LayerDiffElement>, boolean]>([
    ['without being told', {}, true],
    ['unless it is told not to', { options: { renames: false } }, false],
  ])('asks for renames, %s', async (_, properties, asked) => {
    const content = 'same'.repeat(50)
    const inputs = { before: layerFile([file('old', content)]), after: layerFile([file('new', content)]) }
    const element = mount(properties)
    const done = next(element, 'layerdiff-done')
    element.inputs = inputs
    const { report } = (await done).detail as { report: LayerDiff }
    expect(report.renames?.map(({ from, to }) => `${from} ${to}`)).toEqual(asked ? ['old new'] : undefined)
    await shows(element, ['new', 'old'])
    await eventually(() =>
      expect(all(element, '.tree .renamed').map(textOf)).toEqual(asked ? ['renamed from old', 'renamed to new'] : []),
    )
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

  const photo = new File([new Uint8Array(2000).fill(7)], 'photo.png')
  const good = () => layerFile([file('a', '1')])
  const cutImage = async () => {
    const packed = after.stream().pipeThrough(new CompressionStream('gzip'))
    const bytes = await new Response(packed).arrayBuffer()
    return new File([bytes.slice(0, bytes.byteLength - 30)], 'cut.tar.gz')
  }
  type Row = [
    name: string,
    given: () => Promise<Partial<LayerDiffElement>>,
    heading: string,
    told: RegExp,
    facts: string[],
  ]
  it.each<Row>([
    ['alone, a file', async () => ({ image: photo }), 'read', /^photo\.png: A tar header/, []],
    ['alone, an image', async () => ({ image: await cutImage() }), 'read', /^cut\.tar\.gz: The gzip/, []],
    [
      'alone, one layer of a stack',
      async () => ({ inputs: { before: [], after: [good(), photo] } }),
      'read',
      /^photo\.png: A tar header/,
      ['Layer', '1'],
    ],
    [
      'one of two layers',
      async () => ({ inputs: { before: photo, after: good() } }),
      'compared',
      /^photo\.png: A tar header/,
      ['Side', 'Before', 'Layer', '0'],
    ],
    [
      'one of two images',
      async () => ({ inputs: { before: await cutImage(), after } }),
      'compared',
      /^cut\.tar\.gz: The gzip/,
      ['Side', 'Before'],
    ],
    [
      'the other of two images',
      async () => ({ inputs: { before, after: await cutImage() } }),
      'compared',
      /^cut\.tar\.gz: The gzip/,
      ['Side', 'After'],
    ],
  ])('says which file it could not read: %s', async (_, given, heading, told, facts) => {
    const element = await settled(mount(await given()), 'error')
    expect(textOf(one(element, '.failure h2'))).toBe(`This could not be ${heading}`)
    expect(textOf(one(element, '.failure p'))).toMatch(told)
    const shown = all(element, '.failure dt, .failure dd').map(textOf)
    expect(
      shown.slice(
        0,
        shown.findIndex((text) => text === 'At byte' || text === 'Code'),
      ),
    ).toEqual(facts)
  })

  it('is cancelled, and tries again', async () => {
    const endless = { open: () => new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) }) }
    const element = mount({ inputs: { before: endless, after: endless } })
    await settled(element, 'working')
    await eventually(() => expect(textOf(one(element, '.progress [role=status]'))).toMatch(/0 of 2 layers read|0 of 1/))
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
