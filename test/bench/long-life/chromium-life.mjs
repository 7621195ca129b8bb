// One engine's long life in a page of Chromium.
//
// Takes: marks. Gives: what the page and its workers hold at each, as Chromium's own inspector tells, garbage collected.

import { chromium } from 'playwright'
import { chromiumArgs, ensureChromium } from '../../../scripts/chromium.mjs'
import { serveFiles } from '../file-server.mjs'
import { memoryBelow } from '../process-tree.mjs'

/** @import { CDPSession, Page } from 'playwright' */
/** @import { PageLife } from './page-life.mjs' */

/**
 * @typedef {object} ChromiumLife
 * @property {'workers' | 'inline'} where the work is done: `inline` is the package's build without workers
 * @property {number[]} marks diffs after which is looked
 * @property {number} [leak] bytes that are kept of every diff, to see whether it is seen
 *
 * @typedef {object} Mark
 * @property {number} diffs made so far
 * @property {number} seconds since the first one
 * @property {number} held bytes of the heaps and buffers of the page and its workers, garbage collected
 * @property {number | null} resident bytes of all processes of the browser; null where the system does not tell
 * @property {number} workers of the page, as the browser counts them
 *
 * @param {ChromiumLife} life
 * @returns {Promise<Mark[]>} at each mark, and after `dispose()`
 * @throws {Error} where there is no browser, or a diff is wrong
 */
export async function liveInChromium({ where, marks, leak = 0 }) {
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumArgs })
  const server = await serveFiles()
  try {
    const page = await browser.newPage()
    const heaps = await openHeaps(page)
    await page.goto(server.url('test/bench/page/index.html'))
    await page.addScriptTag({ type: 'module', url: server.url('test/bench/long-life/page-life.mjs') })
    const life = await page.evaluateHandle(
      () => /** @type {{ pageLife: PageLife }} */ (/** @type {unknown} */ (globalThis)).pageLife,
    )
    const entry = server.url(where === 'inline' ? 'dist/inline.js' : 'dist/index.js')
    await life.evaluate((life, entry) => life.begin(entry), entry)
    const start = performance.now()
    /** @type {Mark[]} */
    const found = []
    /** @param {number} diffs */
    const look = async (diffs) => {
      const seconds = (performance.now() - start) / 1000
      const held = await heaps.held()
      found.push({ diffs, seconds, held, resident: memoryBelow(process.pid), workers: page.workers().length })
    }
    for (const mark of marks) {
      await life.evaluate((life, { mark, leak }) => life.go(mark, leak), { mark, leak })
      await look(mark)
    }
    await life.evaluate((life) => life.dispose())
    await look(marks.at(-1) ?? 0)
    return found
  } finally {
    await browser.close()
    await server.close()
  }
}

/**
 * The heaps of a page and of the workers that it starts.
 * @param {Page} page
 */
async function openHeaps(page) {
  const session = await page.context().newCDPSession(page)
  const workers = new Map()
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') workers.set(sessionId, workerSession(session, sessionId))
  })
  session.on('Target.detachedFromTarget', ({ sessionId }) => {
    workers.get(sessionId)?.end()
    workers.delete(sessionId)
  })
  return {
    async held() {
      // The workers first: what came from the page and is garbage there still counts as the page's.
      let bytes = 0
      for (const { send, ended } of workers.values()) bytes += await Promise.race([heldBy(send), ended])
      return bytes + (await heldBy((method) => session.send(/** @type {'Runtime.getHeapUsage'} */ (method))))
    },
  }
}

/** @param {(method: string) => Promise<any>} send */
async function heldBy(send) {
  // What finalizers let go of is there for the next collection only.
  for (let turn = 0; turn < 3; turn++) await send('HeapProfiler.collectGarbage')
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await send('Runtime.getHeapUsage')
  return usedSize + embedderHeapUsedSize + backingStorageSize
}

/**
 * Sends to a worker, by way of its page.
 * @param {CDPSession} session
 * @param {string} sessionId
 */
function workerSession(session, sessionId) {
  let last = 0
  /** @type {Map<number, (result: unknown) => void>} */
  const waiting = new Map()
  session.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId !== sessionId) return
    const { id, result } = JSON.parse(event.message)
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  /** @type {(bytes: 0) => void} */
  let settle
  /** @type {Promise<0>} what a worker holds that has ended */
  const ended = new Promise((resolve) => {
    settle = resolve
  })
  return {
    ended,
    // A message on its way to a worker that ends is lost without a word.
    end: () => settle(0),
    /** @param {string} method */
    send: (method) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, resolve)
        session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) }).catch(reject)
      }),
  }
}
