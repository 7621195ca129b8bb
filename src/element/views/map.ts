// Where the bytes went: a treemap of what grew and shrank in one directory, into which one can go deeper.

import { html, nothing, type TemplateResult } from 'lit-html'
import { escapeText } from '../../text.js'
import type { Change, DirectoryNode } from '../../types.js'
import type { Context } from '../context.js'
import { type Box, squarify } from '../treemap.js'
import { deltaOf, nameOf } from './marks.js'

/** Boxes that are shown by themselves; what is left is one more. */
const MOST = 60
/** As wide as it is high, in the units of the layout: it is stretched over the place that it has. */
const [WIDTH, HEIGHT] = [200, 100]
/** What a box needs for its own words, and for those that lie in it. */
const LEGIBLE: Pick<Box, 'width' | 'height'> = { width: 12, height: 10 }
const ROOMY: Pick<Box, 'width' | 'height'> = { width: 28, height: 26 }
/** What stays of a box around those that lie in it. */
const EDGE = 0.75
const HEADING = 11

/** What one box stands for. */
interface Part {
  readonly name: string
  readonly path: string
  readonly directory: DirectoryNode | null
  readonly change: Change | null
  /** Bytes that came and bytes that went, together. */
  readonly weight: number
  readonly delta: number
}

export interface MapState {
  /** From the root down. */
  readonly trail: readonly DirectoryNode[]
  onGo(trail: readonly DirectoryNode[]): void
  onSelect(change: Change): void
}

/** Boxes of a box, and what stands for the ones that are too small. */
interface Layout {
  readonly shown: readonly { readonly part: Part; readonly box: Box }[]
  readonly rest: { readonly count: number; readonly box: Box } | null
}

export function mapView({ trail, onGo, onSelect }: MapState, context: Context): TemplateResult {
  const { speech } = context
  const here = trail.at(-1)
  if (!here) return html``
  const layout = layOut(partsOf(here), { x: 0, y: 0, width: WIDTH, height: HEIGHT })
  const box = (part: Part, where: Box, above: readonly DirectoryNode[]): TemplateResult => {
    const inner = innerOf(part, where)
    const go = () => {
      if (part.directory) onGo([...above, part.directory])
      else if (part.change) onSelect(part.change)
    }
    return html`${boxView(part, where, inner !== null, go, context)}${
      inner === null
        ? nothing
        : inner.shown.map((one) => box(one.part, one.box, part.directory ? [...above, part.directory] : above))
    }`
  }
  return html`<section class="map" part="map" aria-label=${speech.say('map')}>
    <nav aria-label=${speech.say('map')}>
      ${trail.map((node, index) => {
        const name = index === 0 ? speech.say('mapRoot') : escapeText(node.name)
        return index === trail.length - 1
          ? html`<span aria-current="location">${name}</span>`
          : html`<button type="button" class="quiet" @click=${() => onGo(trail.slice(0, index + 1))}>${name}</button>
              <span aria-hidden="true">/</span>`
      })}
    </nav>
    ${
      layout.shown.length === 0
        ? html`<p class="empty">${speech.say('mapEmpty')}</p>`
        : html`<div class="boxes">
          ${layout.shown.map((one) => box(one.part, one.box, trail))}
          ${
            layout.rest === null
              ? nothing
              : html`<div class="box rest" .style=${placeOf(layout.rest.box)}>
                <span class="text">${speech.many('mapRest', layout.rest.count)}</span>
              </div>`
          }
        </div>`
    }
  </section>`
}

function boxView(
  { name, path, directory, delta }: Part,
  box: Box,
  hasInner: boolean,
  go: () => void,
  context: Context,
): TemplateResult {
  const grew = delta > 0 ? 'grew' : delta < 0 ? 'shrank' : 'same'
  const legible = box.width >= LEGIBLE.width && box.height >= LEGIBLE.height
  return html`<button
    type="button"
    class="box ${grew} ${directory ? 'directory' : ''} ${hasInner ? 'outer' : ''}"
    part="box box-${grew}"
    .style=${placeOf(box)}
    title="${escapeText(path)}: ${context.numbers.delta(delta)}"
    aria-label="${escapeText(path)}: ${context.numbers.delta(delta)}"
    @click=${go}
  >
    ${
      legible
        ? html`<span class="text">${nameOf(directory ? `${name}/` : name)}</span> ${deltaOf(delta, context)}`
        : nothing
    }
  </button>`
}

function layOut(parts: readonly Part[], box: Box): Layout {
  const few = parts.slice(0, MOST)
  const many = parts.slice(MOST)
  const left = many.reduce((sum, { weight }) => sum + weight, 0)
  const boxes = squarify([...few.map(({ weight }) => weight), ...(left > 0 ? [left] : [])], box)
  const shown = few.map((part, index) => ({ part, box: boxes[index] as Box }))
  return { shown, rest: left > 0 ? { count: many.length, box: boxes.at(-1) as Box } : null }
}

/** What lies in a directory whose box has room for it, below the box's own words. */
function innerOf({ directory }: Part, { x, y, width, height }: Box): Layout | null {
  if (directory === null || width < ROOMY.width || height < ROOMY.height) return null
  const inside = { x: x + EDGE, y: y + HEADING, width: width - 2 * EDGE, height: height - HEADING - EDGE }
  const { shown } = layOut(partsOf(directory), inside)
  return { shown: shown.filter(({ box }) => box.width >= EDGE && box.height >= EDGE), rest: null }
}

/** The trail to the directory that a path lies in. */
export function trailTo(root: DirectoryNode, path: string): readonly DirectoryNode[] {
  const trail = [root]
  for (let here: DirectoryNode | undefined = root; here; ) {
    here = here.directories.find((one) => path.startsWith(one.path) && path[one.path.length] === '/')
    if (here) trail.push(here)
  }
  return trail
}

/** What lies right in a directory, the largest first; only what has bytes. */
function partsOf({ directories, changes }: DirectoryNode): Part[] {
  const parts: Part[] = directories.map((directory) => {
    const { bytesAdded, bytesRemoved, bytesBefore, bytesAfter } = directory.totals
    const { name, path } = directory
    return { name, path, directory, change: null, weight: bytesAdded + bytesRemoved, delta: bytesAfter - bytesBefore }
  })
  for (const change of changes) {
    const delta = change.bytesAfter - change.bytesBefore
    const { path } = change
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (delta !== 0) parts.push({ name, path, directory: null, change, weight: Math.abs(delta), delta })
  }
  return parts.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)
}

/** As a style's text. */
function placeOf(box: Box | undefined): string {
  const { x, y, width, height } = box ?? { x: 0, y: 0, width: 0, height: 0 }
  const part = (length: number, whole: number) => `${(length / whole) * 100}%`
  return `left: ${part(x, WIDTH)}; top: ${part(y, HEIGHT)}; width: ${part(width, WIDTH)}; height: ${part(height, HEIGHT)}`
}
