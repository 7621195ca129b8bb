// The tree of changes: a treegrid of which only the rows in sight are in the page.
//
// The grid itself holds the focus and names its active row (aria-activedescendant): rows come and go while it is scrolled,
// and a focus in one of them would go with it. Spec: ARIA Authoring Practices, "Treegrid".

import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import type { Change, Entry } from '../../types.js'
import type { Context } from '../context.js'
import type { Findings } from '../findings.js'
import type { Row, Rows } from '../rows.js'
import { deltaOf, fieldWord, linkOf, nameOf, signOf, totalsOf, typeWord } from './marks.js'
import { reasonsMark } from './notable.js'
import { renameMark } from './renames.js'

/** Rows above and below those in sight, so that a quick flick shows no gaps. */
const OVERSCAN = 8
/** What browsers lay out without losing count; beyond it the way that the thumb goes stands for more. */
const TALLEST = 8_000_000
const COLUMNS = 7

/** How rows are shown. */
export interface ShownRows {
  readonly selected: Change | null
  /** Whether the totals of directories count all that is in them, and not only what changed. */
  readonly whole: boolean
  readonly findings: Findings | null
  /** Leads to the change of an index. */
  onGo(index: number): void
}

export class TreeView {
  /** The row that keys act on. */
  private active = 0
  private scrollTop = 0
  /** Height in sight without the heading, until the grid is there to be measured. */
  private height = 600
  private grid: HTMLElement | null = null
  private readonly resized: ResizeObserver

  constructor(
    private readonly context: Context,
    /** Whether nothing in it is a change, so that it has one size. */
    private readonly plain: boolean,
    private readonly onSelect: (change: Change | null) => void,
  ) {
    this.resized = new ResizeObserver(() => this.measure())
  }

  /** Called when the grid has come into the page, or has left it. */
  readonly attach = (grid: Element | undefined): void => {
    this.resized.disconnect()
    this.grid = (grid as HTMLElement | undefined) ?? null
    if (!this.grid) return
    this.resized.observe(this.grid)
    // Once there are rows in it, it stands where one was that has gone.
    queueMicrotask(() => {
      if (this.grid) this.grid.scrollTop = this.scrollTop
    })
  }

  private measure(): void {
    const { clientHeight = this.height } = this.grid ?? {}
    if (clientHeight === this.height) return
    this.height = clientHeight
    this.context.update()
  }

  /** Other rows than before: from their top. */
  reset(): void {
    this.active = 0
    this.scrollTop = 0
    if (this.grid) this.grid.scrollTop = 0
  }

  /** Makes a row the active one and brings it into sight. */
  activate(index: number, rows: Rows): void {
    this.active = Math.max(0, Math.min(index, rows.length - 1))
    const { rowHeight } = this.context
    const [top, bottom] = [this.active * rowHeight, (this.active + 1) * rowHeight]
    // The heading stands over the first row in sight.
    const room = this.height - rowHeight
    const from = this.offsetOf(rows)
    const to = top < from ? top : bottom > from + room ? bottom - room : from
    if (to !== from) this.scrollTo(to, rows)
    this.context.update()
  }

  /** How far the rows are scrolled, in their own pixels. */
  private offsetOf(rows: Rows): number {
    const { whole, shown } = this.extent(rows)
    const way = shown - this.height + this.context.rowHeight
    return whole === shown || way <= 0 ? this.scrollTop : (this.scrollTop / way) * (whole - shown + way)
  }

  private scrollTo(offset: number, rows: Rows): void {
    const { whole, shown } = this.extent(rows)
    const way = shown - this.height + this.context.rowHeight
    this.scrollTop = whole === shown || way <= 0 ? offset : (offset / (whole - shown + way)) * way
    if (this.grid) this.grid.scrollTop = this.scrollTop
  }

  private extent(rows: Rows): { whole: number; shown: number } {
    const whole = rows.length * this.context.rowHeight
    return { whole, shown: Math.min(whole, TALLEST) }
  }

  template(rows: Rows, shown: ShownRows, ref: (attach: TreeView['attach']) => unknown): TemplateResult {
    const { speech, rowHeight } = this.context
    const height = this.extent(rows).shown
    const offset = this.offsetOf(rows)
    const first = Math.max(0, Math.floor(offset / rowHeight) - OVERSCAN)
    const last = Math.min(rows.length, Math.ceil((offset + this.height) / rowHeight) + OVERSCAN)
    const places = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index)
    const shift = this.scrollTop - offset
    const active = this.active >= first && this.active < last ? `row-${this.active}` : nothing
    return html`<div
      class="tree"
      part="tree"
      role="treegrid"
      tabindex="0"
      aria-label=${speech.say('files')}
      aria-rowcount=${rows.length + 1}
      aria-colcount=${COLUMNS}
      aria-activedescendant=${active}
      .style=${`--rows: ${rows.length + 1}`}
      @scroll=${(event: Event) => this.onScroll(event)}
      @keydown=${(event: KeyboardEvent) => this.onKey(event, rows)}
      ${ref(this.attach)}
    >
      <div role="rowgroup" class="head">
        <div role="row" aria-rowindex="1">
          <span role="columnheader">${speech.say('name')}</span>
          <span role="columnheader" class="what">${speech.say('kind')}</span>
          <span role="columnheader" class="figure before">${speech.say('sizeBefore')}</span>
          <span role="columnheader" class="figure after">${speech.say(this.plain ? 'size' : 'sizeAfter')}</span>
          <span role="columnheader" class="figure growth">${speech.say('delta')}</span>
          <span role="columnheader" class="mode">${speech.say('mode')}</span>
          <span role="columnheader" class="owner">${speech.say('owner')}</span>
        </div>
      </div>
      <div role="rowgroup" class="rows" .style=${`height: ${height}px`}>
        ${repeat(
          places,
          (index) => index,
          (index) => this.rowView(rows, index, shift, shown),
        )}
      </div>
    </div>`
  }

  private rowView(rows: Rows, index: number, shift: number, shown: ShownRows): TemplateResult | typeof nothing {
    const row = rows.row(index)
    if (row === null) return nothing
    const { context } = this
    const { level, directory, change, open, position, setSize } = row
    const isSelected = shown.selected !== null && change?.path === shown.selected.path
    const classes = ['row', change?.kind ?? 'passed', ...(index === this.active ? ['active'] : [])].join(' ')
    return html`<div
      role="row"
      id="row-${index}"
      part="row"
      class=${classes}
      .style=${`transform: translateY(${index * context.rowHeight + shift}px); --level: ${level - 1}`}
      aria-level=${level}
      aria-posinset=${position}
      aria-setsize=${setSize}
      aria-rowindex=${index + 2}
      aria-expanded=${directory ? open : nothing}
      aria-selected=${change ? isSelected : nothing}
      @click=${() => this.onClick(rows, index)}
    >
      <span role="gridcell" class="name"
        ><span class="twisty" aria-hidden="true">${directory ? (open ? '▾' : '▸') : ''}</span>${
          change ? signOf(change.kind, context) : html`<span class="sign"></span>`
        }<span class="text" title=${row.name}
          >${nameOf(directory ? `${row.name}/` : row.name)}${isDirectory(row) ? '/' : nothing}${linkOf(
            change?.after ?? change?.before ?? null,
          )}</span
        >${change && shown.findings ? this.marks(change, shown.findings, shown) : nothing}</span
      >
      ${this.cells(row, shown.whole || this.plain)}
    </div>`
  }

  /** What there is to say of a change that no column tells. */
  private marks(change: Change, findings: Findings, { onGo }: ShownRows): TemplateResult {
    return html`${reasonsMark(findings.reasonsOf(change), this.context)}${renameMark(
      change,
      findings.otherNameOf(change),
      onGo,
      this.context,
    )}`
  }

  private cells({ directory, change }: Row, whole: boolean): TemplateResult {
    const { context } = this
    const { numbers } = context
    const { before = null, after = null } = change ?? {}
    const totals = directory?.totals
    const sizes = totals
      ? [whole ? totals.bytesBefore : null, whole ? totals.bytesAfter : null]
      : [before?.type === 'file' ? before.size : null, after?.type === 'file' ? after.size : null]
    const size = (bytes: number | null | undefined) => (bytes == null ? '' : numbers.bytes(bytes))
    const delta = totals
      ? totals.bytesAfter - totals.bytesBefore
      : change && hasBytes(change)
        ? change.bytesAfter - change.bytesBefore
        : null
    return html`<span role="gridcell" class="what"
        >${change ? whatOf(change, context) : nothing} ${totals ? totalsOf(totals, context) : nothing}</span
      ><span role="gridcell" class="figure before">${size(sizes[0])}</span
      ><span role="gridcell" class="figure after">${size(sizes[1])}</span
      ><span role="gridcell" class="figure growth">${delta === null ? nothing : deltaOf(delta, context)}</span
      ><span role="gridcell" class="mode">${pairOf(change, 'mode', modeOf)}</span
      ><span role="gridcell" class="owner">${pairOf(change, 'owner', ownerOf)}</span>`
  }

  private onScroll(event: Event): void {
    const { scrollTop } = event.currentTarget as HTMLElement
    if (scrollTop === this.scrollTop) return
    this.scrollTop = scrollTop
    this.context.update()
  }

  private onClick(rows: Rows, index: number): void {
    const row = rows.row(index)
    if (row === null) return
    this.active = index
    // A directory that changed itself opens and is shown in full, both.
    if (row.directory) rows.setOpen(index, !row.open)
    this.onSelect(row.change)
    this.context.update()
  }

  focus(): void {
    // It may only come into the page with what is shown next.
    queueMicrotask(() => this.grid?.focus())
  }

  /** To the next change, or the one before. */
  step(rows: Rows, direction: 1 | -1): void {
    const next = rows.changeFrom(this.active, direction)
    if (next < 0) return
    this.activate(next, rows)
    this.onSelect(rows.row(next)?.change ?? null)
    this.grid?.focus()
  }

  private onKey(event: KeyboardEvent, rows: Rows): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const row = rows.row(this.active)
    if (row === null) return
    const page = Math.max(1, Math.floor(this.height / this.context.rowHeight) - 2)
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: rows.length - 1,
    }
    const to = moves[event.key]
    if (to !== undefined) this.activate(to, rows)
    else if (event.key === 'ArrowRight') this.goIn(row, rows)
    else if (event.key === 'ArrowLeft') this.goOut(row, rows)
    else if (event.key === 'Enter' || event.key === ' ') this.onClick(rows, this.active)
    else if (event.key === 'Escape') this.onSelect(null)
    else if (event.key === 'n' || event.key === 'p') this.step(rows, event.key === 'n' ? 1 : -1)
    else return
    event.preventDefault()
  }

  private goIn(row: Row, rows: Rows): void {
    if (!row.directory) return
    if (row.open) this.activate(this.active + 1, rows)
    else rows.setOpen(this.active, true)
    this.context.update()
  }

  private goOut(row: Row, rows: Rows): void {
    if (row.open) rows.setOpen(this.active, false)
    else if (row.level > 1) this.activate(rows.parentOf(this.active), rows)
    this.context.update()
  }
}

/** A directory of which nothing below changed has no slash of its own yet. */
function isDirectory({ directory, change }: Row): boolean {
  return !directory && (change?.after ?? change?.before)?.type === 'directory'
}

/** What differs, or what sort of thing came or went. */
function whatOf({ kind, fields, before, after }: Change, context: Context): string {
  const entry = after ?? before
  if (kind === 'modified' && before && after) {
    if (fields.includes('type')) return `${typeWord(before.type, context)} → ${typeWord(after.type, context)}`
    const words = fields.map((field) => fieldWord(field, context))
    // Its bytes count at another path then, which the sizes alone would not explain.
    if (before.hardlink !== after.hardlink) words.push(context.speech.say('hardLink'))
    return words.join(', ')
  }
  if (entry?.hardlink) return context.speech.say('hardLink')
  return entry && entry.type !== 'file' && entry.type !== 'directory' ? typeWord(entry.type, context) : ''
}

/** Whether a change is about content, so that its bytes say something even where their number is the same. */
function hasBytes({ kind, fields, before, after }: Change): boolean {
  if (kind === 'modified' && !fields.includes('content') && !fields.includes('type')) return false
  return before?.type === 'file' || after?.type === 'file'
}

function pairOf(change: Change | null, field: 'mode' | 'owner', read: (entry: Entry) => string): string {
  if (change === null) return ''
  const { before, after, fields } = change
  if (before && after && fields.includes(field)) return `${read(before)} → ${read(after)}`
  const entry = after ?? before
  return entry ? read(entry) : ''
}

const modeOf = ({ mode }: Entry) => mode.toString(8).padStart(4, '0')
const ownerOf = ({ uid, gid }: Entry) => `${uid}:${gid}`
