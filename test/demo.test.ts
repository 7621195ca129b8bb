// The demo page in a real Chromium: built as static files and served from a sub-folder, and by the development server.
// Where no Chromium is found these tests are skipped, but never on CI.

import { truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { build, createServer, type PreviewServer, preview } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumArgs, findChromium } from '../scripts/chromium.mjs'
import { diffLayers } from '../src/index.js'
import { directory, file, type TarPart, tar } from './support/tar-builder.js'

const root = join(import.meta.dirname, '..')
const configFile = join(root, 'vite.config.ts')
const executablePath = findChromium()

let folder: string
let browser: Browser
let context: BrowserContext
let server: PreviewServer
let url: string
let page: Page
/** What the browser complained about: errors, blocked requests, violations of the page's security policy. */
let complaints: string[]

describe.skipIf(executablePath === undefined && !process.env.CI)('the demo page', { timeout: 30_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layerdiff-demo-'))
    const outDir = join(folder, 'site')
    await build({ configFile, logLevel: 'error', build: { outDir } })
    server = await preview({
      configFile: false,
      root,
      base: '/some/where/',
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0 },
      logLevel: 'error',
    })
    url = server.resolvedUrls?.local[0] ?? ''
    browser = await chromium.launch({ executablePath, args: chromiumArgs })
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    if (folder) await rm(folder, { recursive: true })
  })

  beforeEach(() => {
    complaints = []
  })

  afterEach(async () => {
    await context.setOffline(false)
    expect(complaints).toEqual([])
  })

  test('opens with the sample diff, from any folder', async () => {
    expect(new URL(url).pathname).toBe('/some/where/')
    await open()
    expect(await counts()).toEqual({ added: 13, removed: 25, modified: 16, unchanged: 41 })
    expect(await page.locator('.sizes').innerText()).toMatch(/45\.8 kB\s.*40\.8 kB\s.*−5\.0 kB/s)
    expect(await rowText('healthcheck')).toBe('~ healthcheck modified: mode')
    expect(await rowText('config/')).toBe('~ config/ modified: file to directory +2 added +98 B')
    expect(await rowText('it.json')).toBe('− it.json removed −76 B')
    expect(await rowText('start')).toBe('~ start → main.js modified: link')
    expect(await page.locator('#before .badge').count()).toBe(2)
  })

  test('a change opens to all its fields', async () => {
    await open()
    await row('logo.png').click()
    const fields = page.locator('.fields')
    const cells = await fields
      .locator('tr')
      .evaluateAll((rows) => rows.map((tr) => Array.from(tr.children, ({ textContent }) => textContent)))
    expect(await fields.locator('.cause').innerText()).toBe('Written by layer 3 · app-1.1.tgz.')
    expect(cells).toEqual([
      ['', 'Before', 'After'],
      ['Type', 'file', 'file'],
      ['Mode', '0644 rw-r--r--', '0644 rw-r--r--'],
      ['Owner', '0:0', '0:0'],
      ['≠ Size', '4,200 B (4.2 kB)', '2,900 B (2.9 kB)'],
      ['≠ Content', expect.stringMatching(/^blake3:[0-9a-f]{64}$/), expect.stringMatching(/^blake3:[0-9a-f]{64}$/)],
      ['Mtime', '2025-03-03 09:00:00 UTC', '2025-06-02 09:00:00 UTC'],
      ['≠ user.comment', '–', '“A waving hand”'],
      ['Layer', '2 · app-1.0.tgz', '3 · app-1.1.tgz'],
    ])
  })

  test('two dropped files take the place of the sample and are compared', async () => {
    await open()
    await drop('before', layer('old.tar', [file('a', 'one'), file('b', 'same')]))
    expect(await page.locator('#status').innerText()).toBe('Add the layers of the after side.')
    expect(await page.locator('#result').isVisible()).toBe(false)
    await drop('after', layer('new.tar.gz', [file('a', 'two'), file('b', 'same'), file('c', 'three')], gzipSync))
    await settled('done')
    expect(await counts()).toEqual({ added: 1, removed: 0, modified: 1, unchanged: 1 })
    expect(await rowText('c')).toBe('+ c added +5 B')

    await page.getByRole('button', { name: 'Show the sample again' }).click()
    await settled('done')
    expect(await counts()).toMatchObject({ removed: 25 })
  })

  test('picked layers make a stack that can be reordered and shortened', async () => {
    await open()
    const low = layer('low.tar', [file('a', 'low'), file('b', 'low')])
    const high = layer('high.tar', [file('a', 'high'), file('.wh.b')])
    await pick('before', low)
    await pick('after', low, high)
    await settled('done')
    expect(await counts()).toEqual({ added: 0, removed: 1, modified: 1, unchanged: 0 })

    await page.getByRole('button', { name: 'Move up the list: high.tar' }).click()
    await settled('done')
    expect(await counts()).toEqual({ added: 0, removed: 0, modified: 0, unchanged: 2 })
    expect(await page.locator('#result').innerText()).toContain('No differences: both sides come to the same 2 paths.')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Move down the list: high.tar',
    )

    await page.locator('#after').getByRole('button', { name: 'Remove: low.tar' }).click()
    await settled('done')
    expect(await counts()).toMatchObject({ removed: 1 })
  })

  test('swap turns added into removed, and needs no network once the page is there', async () => {
    await open()
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Swap the two sides' }).click()
    await settled('done')
    expect(await counts()).toEqual({ added: 25, removed: 13, modified: 16, unchanged: 41 })
    await page.getByLabel('Compare mtimes').check()
    await settled('done')
    expect(Number((await counts()).modified)).toBeGreaterThan(16)
  })

  test('cancel ends the work, and the page goes on', async () => {
    const large = join(folder, 'large.tar')
    writeFileSync(large, tar([file('zeros', '', { size: 3e9, unpadded: true })], { endBlocks: 0 }))
    truncateSync(large, 512 + Math.ceil(3e9 / 512) * 512 + 1024) // a hole: it takes no room, but time to read
    await open()
    await pick('before', layer('a.tar', [file('a', 'one')]))
    await page.locator('#after input').setInputFiles(large)
    await page.locator('#after progress').waitFor()
    expect(await page.locator('#page').getAttribute('data-state')).toBe('working')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await settled('idle')
    expect(await page.locator('#status').innerText()).toBe('Cancelled.')

    await page.getByRole('button', { name: 'Show the sample again' }).click()
    await settled('done')
    expect(await counts()).toMatchObject({ removed: 25 })
  })

  test('a file that is no layer is named, with what is wrong, and the page goes on', async () => {
    await open()
    await pick('before', layer('good.tar', [file('a', 'one')]))
    await pick('after', { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(2000, 'not a layer ') })
    await settled('error')
    const alert = await page.getByRole('alert').innerText()
    expect(alert).toContain('These layers could not be compared')
    expect(alert).toContain('no tar archive')
    expect(alert).toContain('0 · photo.jpg, on the after side')
    expect(alert).toContain('TAR_CHECKSUM')
    expect(await page.locator('#after li').innerText()).toContain('Could not be read')

    await page.getByRole('button', { name: 'Remove: photo.jpg' }).click()
    await pick('after', layer('good.tar', [file('a', 'one')]))
    await settled('done')
    expect(await page.getByRole('alert').isVisible()).toBe(false)
  })

  test('strict refuses what is otherwise a warning', async () => {
    await open()
    await pick('before', layer('a.tar', [file('a', 'one')]))
    await pick('after', layer('b.tar', [file('a', 'one'), file('a', 'two')]))
    await settled('done')
    await page.getByText('1 warning: odd, but the answer is clear').click()
    expect(await page.locator('.warnings li').innerText()).toContain('after side, layer 0 · b.tar, /a')
    await page.getByLabel('Strict').check()
    await settled('error')
    expect(await page.getByRole('alert').innerText()).toContain('DUPLICATE_PATH')
  })

  test('the filter takes text and kinds', async () => {
    await open()
    await page.getByRole('searchbox').fill('GREETINGS/')
    await page.getByText('5 of 54 changes').waitFor()
    await expect.poll(() => page.locator('details.change').count()).toBe(5)
    await page.getByRole('checkbox', { name: 'added' }).uncheck()
    await page.getByText('2 of 54 changes').waitFor()
    await expect
      .poll(() => page.locator('.tree .name').allInnerTexts())
      .toEqual(['app/greetings/', 'de.json', 'it.json'])
    await page.getByRole('searchbox').fill('nowhere')
    await page.getByText('No change passes the filter.').waitFor()
  })

  test('the tree is worked by the keyboard alone', async () => {
    await open()
    const closed = row('lib/runtime/')
    expect(await row('core.bin').count()).toBe(0)
    await closed.focus()
    await page.keyboard.press('ArrowRight')
    await row('core.bin').waitFor()
    await page.keyboard.press('ArrowDown')
    await expect.poll(focusedName).toBe('core.bin')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(focusedName).toBe('lib/runtime/')
    await page.keyboard.press('Enter')
    await row('core.bin').waitFor({ state: 'hidden' })
    await page.keyboard.press('Tab')
    await expect.poll(focusedName).toBe('share/doc/')
    await page.keyboard.press('Home')
    await expect.poll(focusedName).toBe('app/')
  })

  test('names are shown as text, with what would mislead escaped', async () => {
    await open()
    const names = ['<img src=x onerror=alert(1)>', 'invoice\u202efdp.exe', 'two\nlines', 'bytes\u0007']
    await pick('before', layer('a.tar', []))
    await pick(
      'after',
      layer(
        '<b>.tar',
        names.map((name) => file(name, 'x')),
      ),
    )
    await settled('done')
    await expect
      .poll(() => page.locator('.tree .name').allInnerTexts())
      .toEqual(['<img src=x onerror=alert(1)>', 'bytes\\x07', 'invoice\\u{202e}fdp.exe', 'two\\nlines'])
    await row('invoice\\u{202e}fdp.exe').click()
    expect(await page.locator('.fields').innerText()).toContain('Added by layer 0 · <b>.tar.')
    expect(await page.locator('main img, main b').count()).toBe(0)
  })

  test('a directory of ten thousand changes is shown a page at a time', async () => {
    await open()
    const files = Array.from({ length: 10_000 }, (_, i) => file(`many/${String(i).padStart(5, '0')}`, ''))
    await pick('before', layer('a.tar', [directory('many')]))
    await pick('after', layer('b.tar.gz', [directory('many'), ...files], gzipSync))
    await settled('done')
    expect(await rowText('many/')).toBe('many/ +10,000 added ±0 B')
    await row('many/').click()
    await expect.poll(() => page.locator('details.change').count()).toBe(200)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(() => page.locator('details.change').count()).toBe(400)
    await expect.poll(focusedName).toBe('00200')
    await page.getByRole('searchbox').fill('9999')
    await page.getByText('1 of 10,000 changes').waitFor()
    await expect.poll(() => page.locator('details.change').count()).toBe(1)
  })

  test('320 pixels are enough', async () => {
    const wide = page.viewportSize()
    await page.setViewportSize({ width: 320, height: 640 })
    await open()
    await row('logo.png').click()
    await page.locator('.fields').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    if (wide) await page.setViewportSize(wide)
  })

  test('the development server serves it too', async () => {
    const development = await createServer({ configFile, server: { host: '127.0.0.1', port: 0 }, logLevel: 'error' })
    try {
      await development.listen()
      await open(development.resolvedUrls?.local[0])
      expect(await counts()).toEqual({ added: 13, removed: 25, modified: 16, unchanged: 41 })
      expect(complaints).toEqual([])
    } finally {
      await development.close()
      complaints.length = 0 // the page's own line to the server was cut
    }
  })

  interface Upload {
    name: string
    mimeType: string
    buffer: Buffer
  }

  function layer(name: string, parts: TarPart[], pack: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Upload {
    return { name, mimeType: 'application/x-tar', buffer: Buffer.from(pack(tar(parts))) }
  }

  async function open(address = url): Promise<void> {
    await page.goto(address)
    await settled('done')
  }

  async function settled(state: string): Promise<void> {
    await page.locator(`#page[data-state=${state}]`).waitFor()
  }

  async function pick(side: 'before' | 'after', ...files: Upload[]): Promise<void> {
    await page.locator(`#${side} input`).setInputFiles(files)
  }

  async function drop(side: 'before' | 'after', { name, buffer }: Upload): Promise<void> {
    const dataTransfer = await page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer()
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
        transfer.items.add(new File([bytes], name))
        return transfer
      },
      [name, buffer.toString('base64')] as const,
    )
    for (const type of ['dragenter', 'dragover', 'drop']) {
      await page.dispatchEvent(`#${side}`, type, { dataTransfer })
    }
  }

  async function counts(): Promise<Record<string, number>> {
    const pairs = page.locator('.counts div')
    const found = await pairs.evaluateAll((divs) =>
      divs.map((div) => [
        div.querySelector('dt')?.textContent,
        Number(div.querySelector('dd')?.textContent?.replace(/,/g, '')),
      ]),
    )
    return Object.fromEntries(found)
  }

  function row(name: string) {
    return page.locator('summary').filter({ has: page.locator('.name bdi').first().getByText(name, { exact: true }) })
  }

  async function rowText(name: string): Promise<string> {
    return (await row(name).innerText()).replace(/\s+/g, ' ').trim()
  }

  function focusedName(): Promise<string | null | undefined> {
    return page.evaluate(() => document.activeElement?.querySelector('.name')?.textContent)
  }
})

describe('the sample shows one of everything', () => {
  const cases: [what: string, path: string, expected: object][] = [
    ['an added file', 'app/main.js', { kind: 'added', cause: { layer: 3, marker: 'entry' } }],
    ['an added tree', 'app/workers/templates/welcome.txt', { kind: 'added' }],
    ['a file that the new stack never had', 'app/server.js', { kind: 'removed', cause: null }],
    ['a whiteout', 'usr/bin/now', { kind: 'removed', cause: { layer: 2, marker: 'whiteout' } }],
    [
      'a whiteout of a tree',
      'opt/installer/steps/10-users',
      { kind: 'removed', cause: { layer: 2, marker: 'whiteout' } },
    ],
    ['an opaque directory', 'usr/share/doc/toolbox', { kind: 'removed', cause: { layer: 2, marker: 'opaque' } }],
    ['new content', 'usr/lib/runtime/core.bin', { kind: 'modified', fields: ['content'] }],
    ['another mode', 'app/bin/healthcheck', { kind: 'modified', fields: ['mode'] }],
    ['another owner', 'app/data', { kind: 'modified', fields: ['owner'] }],
    ['another type', 'app/config', { kind: 'modified', fields: ['type'] }],
    ['a retargeted symlink', 'etc/localtime', { kind: 'modified', fields: ['link'] }],
    ['a new hard link', 'app/greetings/default.json', { after: { hardlink: 'app/greetings/default.json' } }],
    ['a new capability', 'usr/bin/run', { kind: 'modified', fields: ['xattrs'] }],
  ]
  let changes: ReadonlyMap<string, object>

  beforeAll(async () => {
    const stack = (...names: string[]) => names.map((name) => join(root, `build/sample/${name}.tgz`))
    const diff = await diffLayers(stack('base', 'runtime', 'app-1.0'), stack('base', 'runtime', 'patch-1.1', 'app-1.1'))
    changes = new Map(Array.from(diff.changes, (change) => [change.path, change]))
  })

  test.for(cases)('%s', ([, path, expected]) => {
    expect(changes.get(path)).toMatchObject(expected)
  })

  test('a new mtime alone is no change', () => {
    expect(changes.has('etc/hosts')).toBe(false)
  })
})
