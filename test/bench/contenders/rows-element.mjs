// Changes on a page by <layer-diff>: from the report to the first row, and how it scrolls.

import 'layerdiff/element'
import { diffLayers } from 'layerdiff'
import { framesWhile, nextFrame } from './frames.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ layer: string }} options address of a layer of which all is new
 * @returns {Promise<Prepared<HTMLElement>>}
 */
export async function prepare({ layer }) {
  const report = await diffLayers([], [await (await fetch(layer)).blob()])
  const element = document.createElement('layer-diff')
  document.body.append(element)
  /** @type {(selector: string) => HTMLElement | null | undefined} */
  const find = (selector) => element.shadowRoot?.querySelector(selector)
  return {
    async run() {
      element.report = report
      while (!find('.tree .row')) await nextFrame()
      return /** @type {HTMLElement} */ (find('.tree'))
    },
    async outcome(tree) {
      tree.focus()
      // The first row is the one directory that there is.
      if (find('.tree .row')?.ariaExpanded === 'false') {
        tree.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }))
        await nextFrame()
        await nextFrame()
      }
      const { facts } = await framesWhile((part) => {
        tree.scrollTop = part * (tree.scrollHeight - tree.clientHeight)
      })
      return { equal: `${report.changes.length} changes`, facts: { ...facts, rows: Number(tree.ariaRowCount) - 1 } }
    },
  }
}
