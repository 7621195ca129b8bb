// The demo page in a real Chromium: built as static files and served from a sub-folder, and by the development server.
// Where no Chromium is found these tests are skipped, but never on CI.

import { truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { source as axe } from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { build, createServer, type PreviewServer, preview, type ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumArgs, findChromium } from '../scripts/chromium.mjs'
import { diffImages } from '../src/index.js'
import { hasRegistry, RealRegistry } from './support/real-registry.js'
import { file, type TarPart, tar } from './support/tar-builder.js'
import { fixtures } from './support/truth.js'

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
    expect(await page.locator('.sizes').innerText()).toMatch(
      /greeter:1\.0.*45\.8 kB.*greeter:1\.1.*40\.8 kB.*−5\.00 kB/s,
    )
    await expect.poll(() => rowText('healthcheck')).toBe('~ modified healthcheck ! new executable mode 44 B 44 B')
    expect(await rowText('config/')).toMatch(/^▾ ~ modified config\/ file → directory \+2/)
    expect(await page.locator('.match').count()).toBe(5)
    expect(await page.locator('.config tbody tr').count()).toBe(8)
  })

  test('a change opens to all its fields', async () => {
    await open()
    await filter('logo.png')
    await row('logo.png').click()
    const change = page.locator('.change')
    const cells = await change
      .locator('tr')
      .evaluateAll((rows) => rows.map((tr) => Array.from(tr.children, ({ textContent }) => textContent?.trim())))
    expect(await change.locator('.cause').innerText()).toBe('Written by layer 3 · COPY app /app.')
    expect(cells).toEqual([
      ['', 'Before', 'After'],
      ['Type', 'file', 'file'],
      ['Mode', '0644 rw-r--r--', '0644 rw-r--r--'],
      ['Owner', '0:0', '0:0'],
      ['Size ≠', '4,200 B (4.20 kB)', '2,900 B (2.90 kB)'],
      ['Content ≠', expect.stringMatching(/^blake3:[0-9a-f]{64}$/), expect.stringMatching(/^blake3:[0-9a-f]{64}$/)],
      ['Mtime', expect.stringMatching(/^Mar 3, 2025.*UTC$/), expect.stringMatching(/^Jun 2, 2025.*UTC$/)],
      ['user.comment ≠', '–', '“A waving hand”'],
      ['Layer', '2 · COPY app /app', '3 · COPY app /app'],
    ])
  })

  test('two dropped files take the place of the sample and are compared', async () => {
    await open()
    await drop('before', layer('old.tar', [file('a', 'one'), file('b', 'same')]))
    await expect.poll(() => page.locator('#status').innerText()).toBe('Add the after side to compare.')
    await expect.poll(counts).toEqual({ added: 2, removed: 0, modified: 0, unchanged: 0 })
    await drop('after', layer('new.tar.gz', [file('a', 'two'), file('b', 'same'), file('c', 'three')], gzipSync))
    await expect.poll(counts).toEqual({ added: 1, removed: 0, modified: 1, unchanged: 1 })
    await expect.poll(() => rowText('c')).toBe('+ added c 5 B +5 B 0644 0:0')

    await page.getByRole('button', { name: 'Show the sample again' }).click()
    await expect.poll(counts).toMatchObject({ removed: 25 })
  })

  test('one image is taken apart', async () => {
    await open()
    await page.locator('#after').getByRole('button', { name: 'Remove' }).click()
    await pick('before', await sample('1.1'))
    await page.getByText('What layer 3 changed').waitFor()
    expect(await page.locator('.match').count()).toBe(4)
    expect(await page.locator('.history tbody tr').count()).toBe(5)
  })

  test('picked layers make a stack that can be reordered', async () => {
    await open()
    const low = layer('low.tar', [file('a', 'low'), file('b', 'low')])
    const high = layer('high.tar', [file('a', 'high'), file('.wh.b')])
    await pick('before', low)
    await pick('after', low, high)
    await expect.poll(counts).toEqual({ added: 0, removed: 1, modified: 1, unchanged: 0 })

    await page.getByRole('button', { name: 'Move up the list: high.tar' }).click()
    await expect.poll(counts).toEqual({ added: 0, removed: 0, modified: 0, unchanged: 2 })
    expect(await page.locator('.frame').innerText()).toContain('No differences.')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Move down the list: high.tar',
    )
  })

  test('swap turns added into removed, and needs no network once the page is there', async () => {
    await open()
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Swap the two sides' }).click()
    await expect.poll(counts).toEqual({ added: 25, removed: 13, modified: 16, unchanged: 41 })
    await page.getByLabel('Compare mtimes').check()
    await expect.poll(async () => (await counts()).modified).toBeGreaterThan(16)
  })

  test('cancel ends the work, and the page goes on', async () => {
    const large = join(folder, 'large.tar')
    writeFileSync(large, tar([file('zeros', '', { size: 3e9, unpadded: true })], { endBlocks: 0 }))
    truncateSync(large, 512 + Math.ceil(3e9 / 512) * 512 + 1024) // a hole: it takes no room, but time to read
    await open()
    await pick('before', layer('a.tar', [file('a', 'one')]))
    await page.locator('#after input[type=file]').setInputFiles(large)
    await page.locator('layer-diff progress').first().waitFor()
    expect(await page.locator('layer-diff').getAttribute('data-layerdiff-state')).toBe('working')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await settled('idle')
    await expect.poll(() => page.locator('.frame').innerText()).toMatch(/^Cancelled\.\s+Start again$/)

    await page.getByRole('button', { name: 'Show the sample again' }).click()
    await expect.poll(counts).toMatchObject({ removed: 25 })
  })

  test('an image of 3 GB is compared', { timeout: 180_000 }, async () => {
    // A hole: it takes no room, but the page reads it all.
    const content = tar([file('zeros', '', { size: 3e9, unpadded: true })], { endBlocks: 0 })
    const size = 512 + Math.ceil(3e9 / 512) * 512 + 1024
    const head = [
      file(
        `${'0'.repeat(64)}.json`,
        JSON.stringify({
          os: 'linux',
          architecture: 'amd64',
          rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
        }),
      ),
      file(
        'manifest.json',
        JSON.stringify([{ Config: `${'0'.repeat(64)}.json`, RepoTags: ['large:1'], Layers: ['layer.tar'] }]),
      ),
      file('layer.tar', content, { size, unpadded: true }),
    ]
    const large = join(folder, 'large-image.tar')
    const start = tar(head, { endBlocks: 0 })
    writeFileSync(large, start)
    truncateSync(large, start.byteLength - content.byteLength + size + 1024)
    await open()
    await page.locator('#before input[type=file]').setInputFiles(join(root, 'build/sample/greeter-1.0.tar'))
    await page.locator('#after input[type=file]').setInputFiles(large)
    await expect.poll(counts, { timeout: 150_000 }).toEqual({ added: 1, removed: 82, modified: 0, unchanged: 0 })
    expect(await page.locator('.sizes').innerText()).toContain('3.00 GB')
  })

  test.for<[what: string, upload: () => Upload, says: RegExp]>([
    [
      'is no image and no layer',
      () => ({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(2000, 'not a layer ') }),
      /no tar archive.*TAR_CHECKSUM/s,
    ],
    ['is empty', () => ({ name: 'empty.tar', mimeType: 'application/x-tar', buffer: Buffer.alloc(0) }), /TAR_EMPTY/],
    [
      'was cut off',
      () => {
        const whole = layer('cut.tgz', [file('a', 'x'.repeat(5000))], gzipSync)
        return { ...whole, buffer: whole.buffer.subarray(0, 60) }
      },
      /GZIP_TRUNCATED/,
    ],
  ])('a file that %s is an error that says so, and the page goes on', async ([, upload, says]) => {
    await open()
    await pick('before', layer('good.tar', [file('a', 'one')]))
    await pick('after', upload())
    await settled('error')
    expect(await page.getByRole('alert').innerText()).toMatch(says)
    await pick('after', layer('good.tar', [file('a', 'one')]))
    await settled('done')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('a file that stands alone and cannot be read is named, and nothing is said of a comparison', async () => {
    await open()
    await pick('before', { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.alloc(2000, 'not a layer ') })
    await settled('error')
    const told = await page.getByRole('alert').innerText()
    expect(told).toMatch(/^This could not be read\s+photo\.png: A tar header was expected/)
    expect(told).not.toMatch(/after|layer\s/i)
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
    await expect
      .poll(() => page.locator('.tree .row .text').allInnerTexts())
      .toEqual(['<img src=x onerror=alert(1)>', 'bytes\\x07', 'invoice\\u{202e}fdp.exe', 'two\\nlines'])
    await row('invoice\\u{202e}fdp.exe').click()
    await expect.poll(() => page.locator('.cause').innerText()).toBe('Added by layer 0 · <b>.tar.')
    expect(await page.locator('main img, main b').count()).toBe(0)
  })

  test('a report is exported, and read back', async () => {
    await open()
    const json = JSON.parse(await exported('JSON'))
    expect(json).toMatchObject({ schema: 'layerdiff/1', summary: { added: 13 } })
    expect(await exported('Markdown')).toMatch(/^### -5\.00 kB.*`greeter:1\.0` → `greeter:1\.1`/s)
    const path = join(folder, 'report.html')
    writeFileSync(path, await exported('HTML'))
    await context.setOffline(true)
    await page.goto(`file://${path}`)
    await settled('done')
    expect(await counts()).toEqual({ added: 13, removed: 25, modified: 16, unchanged: 41 })
    expect(await page.title()).toBe('greeter:1.0 → greeter:1.1')
    await page.getByRole('searchbox').fill('logo.png')
    await row('logo.png').click()
    await expect.poll(() => page.locator('.cause').innerText()).toBe('Written by layer 3 · COPY app /app.')
    await page.evaluate((report) => {
      const element = document.querySelector('layer-diff')
      if (element) element.report = report
    }, json)
    await page.getByText('54 changes').waitFor()
  })

  test('320 pixels are enough, and so is half the size at twice the zoom', async () => {
    const wide = page.viewportSize()
    for (const width of [320, 640]) {
      await page.setViewportSize({ width, height: 640 })
      await open()
      await filter('logo.png')
      await row('logo.png').click()
      await page.locator('.change').waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
    if (wide) await page.setViewportSize(wide)
  })

  test('axe finds nothing wrong, light or dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await open()
      await page.evaluate(axe)
      const violations = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))')
      expect(violations).toEqual([])
    }
    await page.emulateMedia({ colorScheme: null })
  })

  test.for(['index', 'react', 'vue'])('a dashboard has the element in it: %s', async (name) => {
    await open(`${url}embed/${name}.html`)
    expect(await counts()).toEqual({ added: 13, removed: 25, modified: 16, unchanged: 41 })
    await filter('logo.png')
    await row('logo.png').click()
    await expect.poll(() => page.locator('.said').innerText()).toBe('Picked /app/public/logo.png')
  })

  describe('with the development server', () => {
    let development: ViteDevServer
    let registry: RealRegistry | null = null

    beforeAll(async () => {
      if (hasRegistry && fixtures !== null) {
        registry = await RealRegistry.start()
        for (const name of ['small-1', 'small-2']) {
          registry.fill(`oci:${join(fixtures, 'images', name, 'oci-gzip')}`, `team/${name}`)
        }
      }
      development = await createServer({ configFile, server: { host: '127.0.0.1', port: 0 }, logLevel: 'error' })
      await development.listen()
    })

    afterAll(async () => {
      await page.goto('about:blank') // its own line to the server would be cut
      await development.close()
      await registry?.stop()
    })

    test('the page works too', async () => {
      await open(development.resolvedUrls?.local[0])
      expect(await counts()).toEqual({ added: 13, removed: 25, modified: 16, unchanged: 41 })
    })

    test.skipIf(!hasRegistry || fixtures === null)(
      'a permalink leads to two images of a registry that sends no CORS',
      async () => {
        const name = (tag: string) => `${registry?.host}/team/small-${tag}`
        const query = new URLSearchParams({ before: name('1'), after: name('2') })
        await open(`${development.resolvedUrls?.local[0]}?${query}`)
        const archive = (tag: string) => join(fixtures ?? '', `images/small-${tag}/oci-archive.tar`)
        const { added, removed, modified, unchanged } = (await diffImages(archive('1'), archive('2'))).summary
        expect(await counts()).toEqual({ added, removed, modified, unchanged })
        expect(await page.getByRole('button', { name: 'Copy link' }).isVisible()).toBe(true)

        await page.getByLabel('Name of the image after').fill(name('none'))
        await page.keyboard.press('Enter')
        await settled('error')
        expect(await page.getByRole('alert').innerText()).toContain('IMAGE_NOT_FOUND')
        complaints = complaints.filter((complaint) => !complaint.includes('404'))
        await page.goBack()
        await expect.poll(counts).toEqual({ added, removed, modified, unchanged })
      },
    )

    test('the proxy is for its own page', async () => {
      const address = `${development.resolvedUrls?.local[0]}registry/127.0.0.1:9/v2/`
      const foreign = await fetch(address, { headers: { 'sec-fetch-site': 'cross-site' } })
      expect(foreign.status).toBe(400)
      expect((await fetch(address, { method: 'POST' })).status).toBe(400)
      expect((await fetch(address.replace('127.0.0.1:9', 'user@host'))).status).toBe(400)
      expect((await fetch(address)).status).toBe(502)
    })
  })

  interface Upload {
    name: string
    mimeType: string
    buffer: Buffer
  }

  function layer(name: string, parts: TarPart[], pack: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Upload {
    return { name, mimeType: 'application/x-tar', buffer: Buffer.from(pack(tar(parts))) }
  }

  async function sample(tag: string): Promise<Upload> {
    const name = `greeter-${tag}.tar`
    return { name, mimeType: 'application/x-tar', buffer: await readFile(join(root, 'build/sample', name)) }
  }

  async function open(address = url): Promise<void> {
    await page.goto(address)
    await settled('done')
  }

  async function settled(state: string): Promise<void> {
    await page.locator(`layer-diff[data-layerdiff-state=${state}]`).waitFor()
  }

  async function pick(side: 'before' | 'after', ...files: Upload[]): Promise<void> {
    await page.locator(`#${side} input[type=file]`).setInputFiles(files)
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

  async function exported(kind: string): Promise<string> {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: kind }).click()
    return readFile(await (await download).path(), 'utf8')
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
    return page.locator('.tree .row').filter({ has: page.locator('.text').getByText(name, { exact: true }) })
  }

  /** Leaves one row of changes, so that it is in sight. */
  async function filter(text: string): Promise<void> {
    await page.getByRole('searchbox').fill(text)
    await page.getByText(/^1 of [\d,]+ changes$/).waitFor()
  }

  async function rowText(name: string): Promise<string> {
    return (await row(name).innerText()).replace(/\s+/g, ' ').trim()
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
    const diff = await diffImages(
      join(root, 'build/sample/greeter-1.0.tar'),
      join(root, 'build/sample/greeter-1.1.tar'),
    )
    changes = new Map(Array.from(diff.changes, (change) => [change.path, change]))
  })

  test.for(cases)('%s', ([, path, expected]) => {
    expect(changes.get(path)).toMatchObject(expected)
  })

  test('a new mtime alone is no change', () => {
    expect(changes.has('etc/hosts')).toBe(false)
  })
})
