// A real Chromium that visits pages.
//
// Takes: the address of a page that writes JSON into a <pre> when it has done its work. Gives: that JSON, and all that went on
// meanwhile. What the page could not do rejects with what it said.

import { type Browser, chromium } from 'playwright'
import { chromiumArgs, findChromium } from '../../../scripts/chromium.mjs'

export interface Visit<Result> {
  readonly result: Result
  /** What it wrote on the console: `error: text`. */
  readonly messages: readonly string[]
  /** Requests that had no good answer: `404 http://…`. */
  readonly failed: readonly string[]
  /** The addresses of the dedicated workers that it started. */
  readonly workers: readonly string[]
  /** All requests, of workers too. */
  readonly requests: readonly string[]
}

export interface VisitOptions {
  /** Where the <pre> is, in a page that shows another one in a frame. */
  readonly frame?: string
  /** What stands behind the address's #. */
  readonly hash?: string
}

/** How long a page may take: far longer than any does. */
const TIMEOUT = 240_000

export class Visitor {
  private readonly browser: Browser

  private constructor(browser: Browser) {
    this.browser = browser
  }

  static async start(): Promise<Visitor> {
    return new Visitor(await chromium.launch({ executablePath: findChromium(), args: chromiumArgs }))
  }

  async visit<Result>(url: string, { frame, hash = '' }: VisitOptions = {}): Promise<Visit<Result>> {
    // A context of its own: nothing that another page kept, no service worker of it.
    const context = await this.browser.newContext()
    try {
      const messages: string[] = []
      const failed: string[] = []
      const workers: string[] = []
      const requests: string[] = []
      const page = await context.newPage()
      page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`))
      page.on('worker', (worker) => workers.push(worker.url()))
      context.on('request', (request) => requests.push(request.url()))
      context.on('requestfailed', (request) => failed.push(`${request.failure()?.errorText} ${request.url()}`))
      context.on('response', (response) => {
        if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`)
      })
      const error = new Promise<never>((_, reject) => page.on('pageerror', reject))
      error.catch(() => {}) // it is looked at below, and may come before
      await page.goto(`${url}#${hash}`)
      const shown = (frame ? page.frameLocator(frame) : page).locator('pre')
      try {
        const text = await Promise.race([shown.textContent({ timeout: TIMEOUT }), error])
        return { result: JSON.parse(text ?? ''), messages, failed, workers, requests }
      } catch (cause) {
        const said = [...messages, ...failed].map((line) => `\n  ${line}`).join('')
        throw new Error(`${url} did not do its work: ${cause instanceof Error ? cause.message : cause}${said}`, {
          cause,
        })
      }
    } finally {
      await context.close()
    }
  }

  close(): Promise<void> {
    return this.browser.close()
  }
}
