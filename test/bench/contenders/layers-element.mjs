// Two layers compared by <layer-diff>, and how free its page is to answer meanwhile.

import 'layerdiff/element'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ before: string, after: string }} urls
 * @returns {Promise<Prepared<import('layerdiff').LayerDiff>>}
 */
export async function prepare(urls) {
  const [before, after] = await Promise.all([urls.before, urls.after].map(async (url) => (await fetch(url)).blob()))
  const element = document.createElement('layer-diff')
  document.body.append(element)
  /** @type {number[]} */
  const tasks = []
  // The browser tells of tasks from 50 ms on.
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
  })
  return {
    run: () =>
      new Promise((resolve, reject) => {
        element.addEventListener('layerdiff-done', ({ detail }) => resolve(/** @type {any} */ (detail.report)))
        element.addEventListener('layerdiff-error', ({ detail }) => reject(detail.error))
        element.inputs = { before, after }
      }),
    async outcome({ changes }) {
      // They are told of a little later.
      await new Promise((resolve) => setTimeout(resolve, 300))
      return { equal: `${changes.length} changes`, facts: { tasks: tasks.length, longest: Math.max(0, ...tasks) } }
    },
  }
}
