// The same changes as a plain list: an element for each, as a page would write it at first.

import { diffLayers } from 'layerdiff'
import { framesWhile, nextFrame } from './frames.mjs'

/** @import { Prepared } from '../benchmark.mjs' */

/**
 * @param {{ layer: string }} options address of a layer of which all is new
 * @returns {Promise<Prepared<HTMLElement>>}
 */
export async function prepare({ layer }) {
  const report = await diffLayers([], [await (await fetch(layer)).blob()])
  const list = document.createElement('ul')
  list.style.cssText = 'height: 32rem; overflow: auto; font: 14px/28px monospace'
  return {
    async run() {
      for (const { path, kind, bytesBefore, bytesAfter } of report.changes) {
        const item = document.createElement('li')
        item.textContent = `${kind} ${path} ${bytesAfter - bytesBefore}`
        list.append(item)
      }
      document.body.append(list)
      await nextFrame()
      return list
    },
    async outcome() {
      const { facts } = await framesWhile((part) => {
        list.scrollTop = part * (list.scrollHeight - list.clientHeight)
      })
      return { equal: `${report.changes.length} changes`, facts: { ...facts, rows: list.children.length } }
    },
  }
}
