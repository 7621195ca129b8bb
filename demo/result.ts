// The result of a comparison: summary, warnings, the filter and the tree that it applies to.

import { escapeText, type LayerDiff, type Totals, type Warning } from 'layerdiff'
import { el } from './dom.js'
import type { LayerName } from './fields.js'
import { filterChanges } from './filter.js'
import { formatBytes, formatCount, formatDelta, formatPlural, KINDS, SIGNS } from './format.js'
import { TreeView } from './tree.js'

/** Time between a key and the filter's work, in milliseconds. */
const TYPING_PAUSE = 120
/** Warnings that are listed; a broken layer can have thousands. */
const LISTED_WARNINGS = 200

export class ResultView {
  private readonly summary = el('div', { class: 'summary' })
  private readonly warnings = el('div')
  private readonly text = el('input', { type: 'search', placeholder: 'Filter by path', 'aria-label': 'Filter by path' })
  private readonly kinds = KINDS.map((kind) => ({
    kind,
    box: el('input', { type: 'checkbox', checked: true }),
    count: el('span', { class: 'count' }),
  }))
  private readonly shown = el('p', { class: 'shown', role: 'status' })
  private readonly toolbar: HTMLElement
  private readonly treeRoot = el('div')
  private readonly tree: TreeView
  private diff: LayerDiff | undefined
  private filtering = new AbortController()

  constructor(
    private readonly root: HTMLElement,
    private readonly layerName: LayerName,
  ) {
    this.tree = new TreeView(this.treeRoot, layerName)
    this.toolbar = el(
      'div',
      { class: 'toolbar', role: 'search' },
      this.text,
      ...this.kinds.map(({ kind, box, count }) =>
        el(
          'label',
          { class: `chip ${kind}` },
          box,
          el('span', { class: `sign ${kind}` }, SIGNS[kind]),
          `${kind} `,
          count,
        ),
      ),
      this.shown,
    )
    let timer: ReturnType<typeof setTimeout> | undefined
    this.text.addEventListener('input', () => {
      clearTimeout(timer)
      timer = setTimeout(() => this.applyFilter(), TYPING_PAUSE)
    })
    for (const { box } of this.kinds) box.addEventListener('change', () => this.applyFilter())
    root.append(this.summary, this.warnings, this.toolbar, this.treeRoot)
  }

  show(diff: LayerDiff): void {
    this.diff = diff
    this.summary.replaceChildren(...summaryOf(diff.summary))
    this.warnings.replaceChildren(...this.warningsOf(diff.warnings))
    for (const { kind, count } of this.kinds) count.textContent = formatCount(diff.summary[kind])
    this.toolbar.hidden = diff.changes.length === 0
    this.root.hidden = false
    this.setStale(false)
    void this.applyFilter()
  }

  /** Dims what is shown while a new result is on its way. */
  setStale(stale: boolean): void {
    this.root.classList.toggle('stale', stale)
    this.root.setAttribute('aria-busy', String(stale))
  }

  hide(): void {
    this.filtering.abort()
    this.diff = undefined
    this.root.hidden = true
    this.treeRoot.replaceChildren()
  }

  private async applyFilter(): Promise<void> {
    this.filtering.abort()
    this.filtering = new AbortController()
    const { signal } = this.filtering
    const { diff } = this
    if (!diff) return
    if (diff.changes.length === 0) {
      const { unchanged } = diff.summary
      this.say(`No differences: both sides come to the same ${formatPlural(unchanged, 'path')}.`)
      return
    }
    const text = this.text.value.trim()
    const kinds = new Set(this.kinds.filter(({ box }) => box.checked).map(({ kind }) => kind))
    const all = text === '' && kinds.size === KINDS.length
    if (!all) this.shown.textContent = 'Filtering…'
    const node = all ? diff.tree() : await filterChanges(diff.changes, { text, kinds }, signal)
    if (!node) return
    const { added, removed, modified } = node.totals
    const passed = added + removed + modified
    const total = formatPlural(diff.changes.length, 'change')
    this.shown.textContent = all ? total : `${formatCount(passed)} of ${total}`
    if (passed > 0) this.tree.show(node)
    else this.say('No change passes the filter.')
  }

  private say(words: string): void {
    this.treeRoot.replaceChildren(el('p', { class: 'empty' }, words))
  }

  private warningsOf(warnings: readonly Warning[]): HTMLElement[] {
    if (warnings.length === 0) return []
    const items = warnings.slice(0, LISTED_WARNINGS).map(({ code, message, side, layer, path, offset }) => {
      const place = [`${side} side, layer ${this.layerName(side, layer)}`]
      if (path !== null) place.push(`/${escapeText(path)}`)
      if (offset !== null) place.push(`byte ${formatCount(offset)} of the tar`)
      return el('li', {}, escapeText(message), el('span', { class: 'place' }, place.join(', ')), el('code', {}, code))
    })
    const left = warnings.length - items.length
    if (left > 0) items.push(el('li', {}, `And ${formatCount(left)} more.`))
    const summary = el('summary', {}, formatPlural(warnings.length, 'warning'), ': odd, but the answer is clear')
    return [el('details', { class: 'warnings' }, summary, el('ul', {}, ...items))]
  }
}

function summaryOf(totals: Totals): HTMLElement[] {
  const { added, removed, modified, unchanged, bytesBefore, bytesAfter, bytesAdded, bytesRemoved } = totals
  const delta = bytesAfter - bytesBefore
  const sizes = el(
    'dl',
    { class: 'sizes' },
    el('div', {}, el('dt', {}, 'Size before'), el('dd', {}, formatBytes(bytesBefore))),
    el('div', {}, el('dt', {}, 'Size after'), el('dd', {}, formatBytes(bytesAfter))),
    el(
      'div',
      {},
      el('dt', {}, 'Difference'),
      el(
        'dd',
        { class: delta > 0 ? 'grew' : delta < 0 ? 'shrank' : '' },
        formatDelta(delta),
        el('small', {}, `${formatDelta(bytesAdded)} ${formatDelta(-bytesRemoved)}`),
      ),
    ),
  )
  const counts: [name: keyof Totals & string, count: number][] = [
    ['added', added],
    ['removed', removed],
    ['modified', modified],
    ['unchanged', unchanged],
  ]
  const paths = el(
    'dl',
    { class: 'counts' },
    ...counts.map(([name, count]) => el('div', { class: name }, el('dt', {}, name), el('dd', {}, formatCount(count)))),
  )
  return [sizes, shareBar(counts), paths]
}

/** The four counts as lengths; an SVG, because a content security policy forbids style attributes. */
function shareBar(counts: readonly [name: string, count: number][]): HTMLElement {
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  const namespace = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(namespace, 'svg')
  svg.setAttribute('viewBox', '0 0 100 1')
  svg.setAttribute('preserveAspectRatio', 'none')
  let x = 0
  for (const [name, count] of counts) {
    if (count === 0) continue
    const part = document.createElementNS(namespace, 'rect')
    const width = (count / all) * 100
    part.setAttribute('class', name)
    part.setAttribute('x', String(x))
    part.setAttribute('width', String(width))
    part.setAttribute('height', '1')
    svg.append(part)
    x += width
  }
  return el('div', { class: 'share', 'aria-hidden': 'true' }, svg)
}
