// The report as a page: opened from a file in a real Chromium, offline. Where none is found the test is skipped, but never on CI.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { source as axe } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumArgs, findChromium } from '../scripts/chromium.mjs'
import { diffImages, diffLayers, type ImageDiff } from '../src/index.js'
import { checkGates } from '../src/report/gates.js'
import { htmlReport } from '../src/report/html.js'
import { Layout, layer } from './support/image-builder.js'
import { directory, file, hardlink, tar, whiteout } from './support/tar-builder.js'

const executablePath = findChromium()
const EVIL = '</script><img src=x onerror="document.title=1">'

describe.skipIf(executablePath === undefined && !process.env.CI)('the page', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerdiff-html-'))
  let browser: Browser
  let page: Page
  let complaints: string[] = []
  let diff: ImageDiff

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: chromiumArgs })
    const base = await layer(tar([directory('etc'), file('etc/a', '1'), file('old', 'x'.repeat(900))]))
    const upper = await layer(
      tar([
        file('bin/su', '', { mode: 0o4755 }),
        file(EVIL.replaceAll('/', '\\'), 'e'),
        whiteout('old'),
        file('new', 'x'.repeat(900)),
      ]),
    )
    const image = async (...layers: (typeof base)[]) => {
      const layout = new Layout()
      return layout.tar([await layout.image(layers, { config: { Labels: { [EVIL]: EVIL } } })])
    }
    const options = { renames: true, packages: true, waste: true }
    diff = await diffImages(await image(base), await image(base, upper), options)
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    complaints = []
  })

  async function open(html: string, colorScheme: 'light' | 'dark' = 'light', width = 1000): Promise<void> {
    const path = join(folder, 'report.html')
    writeFileSync(path, html)
    const context = await browser.newContext({ offline: true, colorScheme, viewport: { width, height: 800 } })
    page = await context.newPage()
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
    await page.goto(pathToFileURL(path).href)
    await page.locator('layer-diff[data-layerdiff-state=done]').waitFor()
  }

  test('shows the diff, what is notable and what was renamed, offline', async () => {
    await open(await htmlReport(diff, { title: EVIL }))
    expect(await page.title()).toBe(EVIL)
    expect(await page.locator('h1').innerText()).toBe(EVIL)
    const element = page.locator('layer-diff')
    await element.getByText('setuid bit gained').first().waitFor()
    await element.getByText('renamed to').first().waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('gates stand before it, as text', async () => {
    const gates = checkGates(diff, { deny: ['<b>*', '**'], denySetuid: true, maxSize: 10_000 })
    await open(await htmlReport(diff, { gates }))
    const section = page.locator('section').first()
    await expect.poll(() => section.innerText()).toContain('Gates: 2 of 3 gates failed')
    expect(await section.locator('li').evaluateAll((items) => items.map(({ className }) => className))).toEqual([
      'failed',
      'failed',
      'passed',
    ])
    expect(await section.innerText()).toContain('that match <b>* or ** were added or changed')
    expect(await page.locator('img').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('a file of several names counts once, in its directory as in the summary', async () => {
    const before = [directory('d'), file('d/b', 'x'.repeat(5000)), file('d/keep', 'k')]
    const after = [...before, hardlink('d/a', 'd/b'), file('d/new', 'n'.repeat(100))]
    await open(await htmlReport(await diffLayers(tar(before), tar(after))))
    const growth = page.locator('layer-diff').locator('[role=treegrid] .rows .growth')
    await expect.poll(() => growth.allInnerTexts()).toEqual(['+100 B', '0 B', '+100 B'])
    expect(await page.locator('layer-diff').locator('.sizes').innerText()).toContain('+100 B')
    expect(complaints).toEqual([])
  })

  test.for(['light', 'dark'] as const)(
    'on a phone, %s: names stand beside their signs, and edges show where there is more',
    async (scheme) => {
      const [before = '', after = ''] = ['1.0', '1.1'].map((tag) => {
        return join(import.meta.dirname, `../build/sample/greeter-${tag}.tar`)
      })
      await open(await htmlReport(await diffImages(before, after)), scheme, 360)
      const element = page.locator('layer-diff')
      const besideSigns = await element.locator('.config tbody th, .history tbody th').evaluateAll((cells) =>
        cells.map((cell) => {
          const sign = cell.querySelector('.sign')?.getBoundingClientRect()
          const words = document.createRange()
          words.setStartAfter(cell.querySelector('.unseen') as Element)
          words.setEndAfter(cell.lastChild as ChildNode)
          const lines = [...words.getClientRects()].filter(({ width }) => width > 0)
          return sign !== undefined && lines.length > 0 && lines.every(({ left }) => left >= sign.right)
        }),
      )
      expect(besideSigns.length).toBeGreaterThan(8)
      expect(new Set(besideSigns)).toEqual(new Set([true]))

      const wide = element.locator('.history .wide')
      await wide.scrollIntoViewIfNeeded()
      /** The left and right edge above the headings, with the table scrolled to its start or end. */
      const edges = async (scrolled: number) => {
        await wide.evaluate((box, left) => {
          box.scrollLeft = left
        }, scrolled)
        const { x, y, width } = (await wide.boundingBox()) ?? { x: 0, y: 0, width: 0 }
        const shot = async (left: number) => {
          return (await page.screenshot({ clip: { x: left, y: y + 1, width: 6, height: 3 } })).toString('base64')
        }
        return [await shot(Math.ceil(x)), await shot(Math.floor(x + width) - 6)]
      }
      const [startLeft, startRight] = await edges(0)
      const [endLeft, endRight] = await edges(10_000)
      expect(startRight).not.toBe(startLeft)
      expect(endLeft).not.toBe(endRight)
      expect(endRight).toBe(startLeft)
    },
  )

  test.for(['light', 'dark'] as const)('everybody can read it, %s and narrow', async (scheme) => {
    const gates = checkGates(diff, { deny: ['**'], maxSize: 10_000 })
    await open(await htmlReport(diff, { gates, title: 'a' }), scheme, 320)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
    // The page's policy lets no script in; the inspector may look all the same.
    const context = await browser.newContext({
      bypassCSP: true,
      colorScheme: scheme,
      viewport: { width: 320, height: 800 },
    })
    const looked = await context.newPage()
    await looked.goto(page.url())
    await looked.locator('layer-diff[data-layerdiff-state=done]').waitFor()
    await looked.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)))
    await looked.addScriptTag({ content: axe })
    const violations = await looked.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } }
      return (await axe.run()).violations.map(({ id }) => id)
    })
    expect(violations).toEqual([])
    expect(complaints).toEqual([])
  })
})
