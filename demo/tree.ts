// The tree of changes: directories that open on demand, changes that open to all their fields.
//
// Takes: a DirectoryNode. Gives: nested lists of `details`. Nothing is built before it is opened, and of a large directory
// only a page at a time, so that the size of a diff never shows in the time that a click takes.

import { type Change, type DirectoryNode, escapeText, type Totals } from 'layerdiff'
import { el } from './dom.js'
import { fieldsOf, type LayerName } from './fields.js'
import { formatBytes, formatCount, formatDelta, KINDS, SIGNS } from './format.js'

/** Rows that are built at a time. */
const PAGE = 200
/** Directories are opened at first for as long as the rows stay below this number. */
const FIRST_ROWS = 48

/** A line of the tree. A directory with changes below it carries its own change too, if it has one. */
type Row =
  | { readonly kind: 'directory'; readonly node: DirectoryNode; readonly own: Change | undefined }
  | { readonly kind: 'change'; readonly change: Change; readonly self?: true }

/** Gives a row's inside when it is opened, once. */
type Filler = () => void

export class TreeView {
  private readonly fillers = new WeakMap<HTMLDetailsElement, Filler>()

  constructor(
    private readonly root: HTMLElement,
    private readonly layerName: LayerName,
  ) {
    // `toggle` does not bubble, so it is caught on its way down.
    root.addEventListener('toggle', ({ target }) => target instanceof HTMLDetailsElement && this.fill(target), true)
    root.addEventListener('keydown', (event) => this.moveFocus(event))
  }

  show(node: DirectoryNode): void {
    const list = el('ul', { class: 'tree' })
    this.fillList(list, rowsOf(node))
    this.root.replaceChildren(list)
    this.openFirst(list)
  }

  /** Opens directories, the upper ones first, while there is room on a screen or two. */
  private openFirst(list: HTMLElement): void {
    let rows = list.children.length
    const closed = Array.from(list.querySelectorAll<HTMLDetailsElement>(':scope > li > details.directory'))
    for (const details of closed) {
      const count = Number(details.dataset.rows)
      if (rows + count > FIRST_ROWS) continue
      rows += count
      details.open = true
      this.fill(details)
      closed.push(...details.querySelectorAll<HTMLDetailsElement>(':scope > ul > li > details.directory'))
    }
  }

  private fill(details: HTMLDetailsElement): void {
    if (!details.open) return
    const filler = this.fillers.get(details)
    this.fillers.delete(details)
    filler?.()
  }

  private fillList(list: HTMLElement, rows: Iterable<Row>): void {
    const pages = pagesOf(rows)
    const first = pages.next()
    if (!first.done) this.appendPage(list, first.value, pages)
  }

  /** Appends a page of rows and, where more are left, a button for the next page. */
  private appendPage(list: HTMLElement, page: readonly Row[], pages: Iterator<readonly Row[], void>): void {
    list.append(...page.map((row) => el('li', {}, this.makeRow(row))))
    const next = pages.next()
    if (next.done) return
    const more = el('button', { type: 'button', class: 'more' }, 'Show more')
    const item = el('li', {}, more)
    more.addEventListener('click', () => {
      this.appendPage(list, next.value, pages)
      item.nextElementSibling?.querySelector('summary')?.focus()
      item.remove()
    })
    list.append(item)
  }

  private makeRow(row: Row): HTMLDetailsElement {
    if (row.kind === 'directory') return this.makeDirectory(row.node, row.own)
    const { change } = row
    const name = row.self ? 'the directory itself' : nameOf(change.path) + suffixOf(change)
    const delta = hasBytes(change) ? deltaElement(change.bytesAfter - change.bytesBefore) : el('span')
    const summary = el(
      'summary',
      {},
      signOf(change.kind),
      nameElement(name, row.self ? 'self' : '', linkOf(change)),
      el('span', { class: 'facts' }, wordsElement(change)),
      delta,
    )
    const details = el('details', { class: 'change', 'data-kind': change.kind }, summary)
    this.fillers.set(details, () => details.append(fieldsOf(change, this.layerName)))
    return details
  }

  private makeDirectory(node: DirectoryNode, own: Change | undefined): HTMLDetailsElement {
    // A chain of directories that hold nothing but the next one is one row.
    let last = node
    let name = node.name
    for (let only = own ? undefined : onlyDirectory(last); only; only = onlyDirectory(last)) {
      last = only
      name += `/${only.name}`
    }
    const { totals } = node
    const summary = el(
      'summary',
      {},
      own ? signOf(own.kind) : el('span', { class: 'folder' }),
      nameElement(`${name}/`),
      el('span', { class: 'facts' }, ...(own ? [wordsElement(own)] : []), totalsElement(totals)),
      deltaElement(totals.bytesAfter - totals.bytesBefore),
    )
    const count = last.directories.length + last.changes.length
    const details = el('details', { class: 'directory', 'data-rows': count }, summary)
    this.fillers.set(details, () => {
      const list = el('ul')
      this.fillList(list, rowsOf(last, own))
      details.append(list)
    })
    return details
  }

  /** Arrow keys, as in any tree: up and down along the rows, right and left open, close and climb. */
  private moveFocus(event: KeyboardEvent): void {
    const { target: summary, key } = event
    if (!(summary instanceof HTMLElement) || summary.localName !== 'summary') return
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const details = summary.parentElement
    if (!(details instanceof HTMLDetailsElement)) return
    if (key === 'ArrowRight' && !details.open) {
      details.open = true
    } else if (key === 'ArrowLeft' && details.open) {
      details.open = false
    } else if (key === 'ArrowLeft') {
      details.parentElement?.closest('details')?.querySelector('summary')?.focus()
    } else if (key === 'ArrowDown' || key === 'ArrowUp' || key === 'ArrowRight' || key === 'Home' || key === 'End') {
      const rows = Array.from(this.root.querySelectorAll<HTMLElement>('summary, button.more')).filter((row) =>
        row.checkVisibility(),
      )
      const at = rows.indexOf(summary)
      const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key]
      rows[to]?.focus()
    } else {
      return
    }
    event.preventDefault()
  }
}

/**
 * What lies right in a directory, in the order of names, and before it the directory's own change. Only what is asked for
 * is decoded. A directory takes the change of the same path along, unless the path is not UTF-8: such ones may read alike.
 */
function* rowsOf({ directories, changes }: DirectoryNode, own?: Change): Generator<Row, void> {
  if (own) yield { kind: 'change', change: own, self: true }
  let nextDirectory = 0
  let nextChange = 0
  for (;;) {
    const node = directories[nextDirectory]
    const change = changes.at(nextChange)
    if (node && change && node.path === change.path && !change.pathBytes) {
      yield { kind: 'directory', node, own: change }
      nextDirectory++
      nextChange++
    } else if (node && (!change || node.path < change.path)) {
      yield { kind: 'directory', node, own: undefined }
      nextDirectory++
    } else if (change) {
      yield { kind: 'change', change }
      nextChange++
    } else {
      return
    }
  }
}

function* pagesOf(rows: Iterable<Row>): Generator<readonly Row[], void> {
  let page: Row[] = []
  for (const row of rows) {
    if (page.length === PAGE) {
      yield page
      page = []
    }
    page.push(row)
  }
  if (page.length > 0) yield page
}

function onlyDirectory({ directories, changes }: DirectoryNode): DirectoryNode | undefined {
  return directories.length === 1 && changes.length === 0 ? directories[0] : undefined
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function suffixOf({ before, after }: Change): string {
  return (after ?? before)?.type === 'directory' ? '/' : ''
}

function linkOf({ before, after }: Change): string | null {
  return (after ?? before)?.link ?? null
}

/** The kind in words, and what differs or what sort of thing came or went. */
function wordsOf({ kind, fields, before, after }: Change): string {
  if (kind === 'modified') {
    const types = fields.includes('type') ? `: ${before?.type} to ${after?.type}` : `: ${fields.join(', ')}`
    return `${kind}${types}`
  }
  const entry = after ?? before
  if (entry?.hardlink) return `${kind}: hard link`
  return entry && entry.type !== 'file' && entry.type !== 'directory' ? `${kind}: ${entry.type}` : kind
}

function wordsElement(change: Change): HTMLElement {
  return el('span', { class: change.kind }, wordsOf(change))
}

/** Whether a change is about content, so that its bytes say something even when their number is the same. */
function hasBytes({ kind, fields, before, after }: Change): boolean {
  if (kind === 'modified' && !fields.includes('content') && !fields.includes('type')) return false
  return before?.type === 'file' || after?.type === 'file'
}

function signOf(kind: Change['kind']): HTMLElement {
  return el('span', { class: `sign ${kind}`, 'aria-hidden': 'true' }, SIGNS[kind])
}

function nameElement(name: string, kind = '', link: string | null = null): HTMLElement {
  // `bdi` keeps letters that run from right to left from turning their surroundings.
  const element = el('span', { class: `name ${kind}` }, el('bdi', { dir: 'ltr' }, escapeText(name)))
  if (link !== null) element.append(el('span', { class: 'link' }, ' → ', el('bdi', { dir: 'ltr' }, escapeText(link))))
  return element
}

function totalsElement(totals: Totals): HTMLElement {
  const words = KINDS.filter((kind) => totals[kind] > 0)
  return el(
    'span',
    { class: 'totals', title: words.map((kind) => `${formatCount(totals[kind])} ${kind}`).join(', ') },
    ...words.map((kind) =>
      el(
        'span',
        { class: kind },
        SIGNS[kind] + formatCount(totals[kind]),
        el('span', { class: 'hidden' }, ` ${kind} `),
      ),
    ),
  )
}

function deltaElement(delta: number): HTMLElement {
  const kind = delta === 0 ? 'none' : delta > 0 ? 'added' : 'removed'
  return el(
    'span',
    {
      class: `delta ${kind}`,
      title: delta === 0 ? 'Same size' : `${formatBytes(Math.abs(delta))} ${delta > 0 ? 'more' : 'less'}`,
    },
    formatDelta(delta),
  )
}
