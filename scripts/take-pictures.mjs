// Takes the pictures of the README and the docs: the main views, light and dark, wide and narrow, of the built demo page.
//
// Gives: docs/pictures/*.png. `node scripts/take-pictures.mjs`; look at them before they are kept.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { build, preview } from 'vite'
import { build as buildLibrary } from './build.mjs'
import { chromiumArgs, ensureChromium } from './chromium.mjs'
import { root } from './files.mjs'

/** @import { Page } from 'playwright' */

/**
 * @typedef {object} Picture
 * @property {string} name
 * @property {string} [path] of the page, the demo page by default
 * @property {number} width
 * @property {number} [height]
 * @property {'light' | 'dark'} scheme
 * @property {(page: Page) => Promise<void>} [prepare]
 */

const openChange = async (/** @type {Page} */ page) => {
  await page.getByRole('searchbox').fill('logo.png')
  await page.locator('.tree .row').filter({ hasText: 'logo.png' }).click()
  await page.locator('.change').waitFor()
}
const showMap = async (/** @type {Page} */ page) => {
  await page.getByRole('button', { name: 'Map' }).click()
  await page.locator('.map .box').first().waitFor()
}
const showOne = async (/** @type {Page} */ page) => {
  await page.locator('#before').getByRole('button', { name: 'Remove' }).click()
  await page.locator('#after input[type=file]').setInputFiles(join(root, 'build/sample/greeter-1.1.tar'))
  await page.locator('.history').waitFor()
}

/** @type {Picture[]} */
const pictures = [
  { name: 'diff-light', width: 1280, scheme: 'light' },
  { name: 'diff-dark', width: 1280, scheme: 'dark' },
  { name: 'diff-narrow', width: 360, height: 1700, scheme: 'light' },
  { name: 'change-light', width: 1280, scheme: 'light', prepare: openChange },
  { name: 'map-dark', width: 1280, scheme: 'dark', prepare: showMap },
  { name: 'image-light', width: 1280, scheme: 'light', prepare: showOne },
  { name: 'dashboard-dark', path: 'embed/index.html', width: 1280, scheme: 'dark' },
]

await buildLibrary()
const folder = mkdtempSync(join(tmpdir(), 'layerdiff-pictures-'))
const outDir = join(folder, 'site')
await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'error', build: { outDir } })
const server = await preview({ configFile: false, root, build: { outDir }, preview: { port: 0 }, logLevel: 'error' })
const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumArgs })
try {
  for (const { name, path = '', width, height = 960, scheme, prepare } of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme })
    await page.goto(`${server.resolvedUrls?.local[0]}${path}`)
    await page.locator('layer-diff[data-layerdiff-state=done]').waitFor()
    await prepare?.(page)
    // The counts of the layers come a moment later.
    await page.waitForTimeout(300)
    await page.screenshot({ path: join(root, `docs/pictures/${name}.png`) })
    await page.close()
  }
} finally {
  await browser.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}
