// Runs examples in pages of a real Chromium, which asks no host but the server of the tests. Node only.

import { type Browser, chromium, type Page } from 'playwright'
import { chromiumArgs, findChromium } from '../../scripts/chromium.mjs'
import type { DocWorld } from './doc-world.js'

/** What a bundler would find; pages of examples have none, so they get the library in one file. */
const DIST = '/node_modules/layerdiff/dist'
const IMPORT_MAP = `<script type="importmap">${JSON.stringify({
  imports: {
    layerdiff: `${DIST}/layerdiff.js`,
    'layerdiff/element': `${DIST}/element/element.js`,
    'layerdiff/report/gates': `${DIST}/report/gates.js`,
    'layerdiff/report/html': `${DIST}/report/html.js`,
    'layerdiff/report/markdown': `${DIST}/report/markdown.js`,
    '#platform': `${DIST}/platform.browser.js`,
  },
})}</script>`

export class DocPages {
  private constructor(
    private readonly browser: Browser,
    private readonly world: DocWorld,
  ) {}

  static async open(world: DocWorld): Promise<DocPages> {
    const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs })
    return new DocPages(browser, world)
  }

  close(): Promise<void> {
    return this.browser.close()
  }

  /** Runs a module of the world's folder in a page that has what it looks for; gives what went wrong. */
  async runModule(name: string, text: string): Promise<string[]> {
    const element = text.includes("querySelector('layer-diff')") ? '<layer-diff></layer-diff>' : ''
    await this.world.write(`${name}.html`, `<!doctype html>${IMPORT_MAP}<input type="file" multiple>${element}`)
    return this.inPage(`/${name}.html`, async (page) => {
      await page
        .locator('input')
        .setInputFiles(['base.tar.gz', 'new.tar.gz'].map((file) => `${this.world.folder}/${file}`))
      // As text: what is compiled here would not know `import`.
      await page.evaluate(`import('/${name}.js')`)
      await elementsDone(page)
    })
  }

  /**
   * Shows a page, which imports the element where it has no script, and waits for what it is for: that each `<layer-diff>` is done, and that its title begins as a comment in it says
   * (`<!-- title: worker -->`).
   */
  async runPage(name: string, html: string): Promise<string[]> {
    const scripted = html.includes('<script')
      ? html
      : `<script type="module">import 'layerdiff/element'</script>\n${html}`
    const whole = /importmap|Content-Security-Policy/.test(html) ? html : `${IMPORT_MAP}\n${scripted}`
    await this.world.write(`${name}.html`, `<!doctype html>${whole}`)
    const [, title] = /<!-- title: (.+?) -->/.exec(html) ?? []
    return this.inPage(`/${name}.html`, async (page) => {
      if (title !== undefined) await page.waitForFunction((start) => document.title.startsWith(start), title)
      await elementsDone(page)
    })
  }

  private async inPage(path: string, work: (page: Page) => Promise<void>): Promise<string[]> {
    const { origin } = this.world
    const context = await this.browser.newContext()
    const faults: string[] = []
    await context.route(
      (url) => url.protocol.startsWith('http') && url.origin !== origin,
      async (route) => {
        const { pathname, search } = new URL(route.request().url())
        const response = await route.fetch({ url: `${origin}${pathname}${search}` })
        await route.fulfill({
          response,
          headers: { ...response.headers(), 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' },
        })
      },
    )
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => faults.push(error.message))
    try {
      await page.goto(`${origin}${path}`)
      await work(page)
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error))
      const shown = await page.evaluate(() => document.querySelector('layer-diff')?.shadowRoot?.textContent ?? '')
      if (shown !== '') faults.push(shown)
    } finally {
      // What the page still waits for, when the example is done, is of no interest.
      await context.unrouteAll({ behavior: 'ignoreErrors' })
      await context.close()
    }
    return faults
  }
}

async function elementsDone(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('layer-diff')].every(
      (element) =>
        element.dataset.layerdiffState === 'done' ||
        // One that was given nothing has nothing to do.
        (element.dataset.layerdiffState === 'idle' && element.report === null && element.attributes.length <= 1),
    ),
  )
}
