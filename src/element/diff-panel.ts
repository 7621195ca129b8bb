// One diff on the screen, and all that its reader has set: filter, order, what is open, what is picked.
//
// Takes: a diff. Gives: a template, anew whenever something changed. Long work is done in slices, and a filter that is
// overtaken by the next one ends.

import { html, nothing, type TemplateResult } from 'lit-html'
import { guard } from 'lit-html/directives/guard.js'
import { ref } from 'lit-html/directives/ref.js'
import { shortCommand } from '../report/commands.js'
import type { Change, DirectoryNode, Side } from '../types.js'
import type { Context } from './context.js'
import { countByLayer, type Filter, filterChanges, letsAllThrough, NO_FILTER } from './filter.js'
import { type Findings, lookThrough } from './findings.js'
import { Rows, type Sort } from './rows.js'
import type { ShownDiff } from './shown-diff.js'
import { changeView } from './views/change.js'
import { configView } from './views/config.js'
import { type ContentState, contentView } from './views/content.js'
import { historyChangesView } from './views/history.js'
import { layersView } from './views/layers.js'
import { notableView, reasonsView } from './views/notable.js'
import { PACKAGES_AT_FIRST, PACKAGES_MORE, packagesView } from './views/packages.js'
import { renameView } from './views/renames.js'
import { summaryView } from './views/summary.js'
import { toolbarView } from './views/toolbar.js'
import { TreeView } from './views/tree.js'
import { wasteView } from './views/waste.js'

/** Time between a key and the filter's work, in milliseconds. */
const TYPING_PAUSE = 150
/** Directories are opened at first for as long as the rows stay below this number. */
const FIRST_ROWS = 48

export class DiffPanel {
  private filter: Filter = NO_FILTER
  private sort: Sort = 'path'
  /** What passes the filter; null before it is known. */
  private root: DirectoryNode | null = null
  private rows: Rows | null = null
  private filtering = new AbortController()
  private busy = false
  private selected: Change | null = null
  private content: ContentState = null
  private layerCounts: readonly number[] | null = null
  /** Null before all has been looked through. */
  private findings: Findings | null = null
  private packagesShown = PACKAGES_AT_FIRST
  /** What is to be shown once nothing hides it. */
  private awaited: Change | null = null
  private view: 'tree' | 'map' = 'tree'
  /** Loaded when it is first asked for. */
  private map: typeof import('./views/map.js') | null = null
  private trail: readonly DirectoryNode[] = []
  private typing: ReturnType<typeof setTimeout> | undefined
  private readonly tree: TreeView
  /** Ends what goes on beside filtering. */
  private readonly life = new AbortController()

  /**
   * @param layerNames what layers are called that no image tells of, by side
   * @param shape the whole diff; its changes alone, without what stands around them; or a tree of which nothing is a change
   */
  constructor(
    private readonly diff: ShownDiff,
    private readonly context: Context,
    private readonly layerNames: Readonly<Record<Side, readonly string[]>> | null = null,
    private readonly shape: 'whole' | 'changes' | 'tree' = 'whole',
  ) {
    this.tree = new TreeView(context, shape === 'tree', (change) => this.select(change))
    void this.applyFilter()
    if (diff.images !== null) void this.countLayers()
    // In a tree of which nothing is a change, nothing is notable.
    if (shape !== 'tree') void this.lookThrough()
  }

  /** Ends what is still being worked out. */
  dispose(): void {
    clearTimeout(this.typing)
    this.filtering.abort()
    this.life.abort()
    this.tree.attach(undefined)
  }

  /** Shows a path in the tree, and in full. False where no change that passes the filter has it. */
  reveal(path: string): boolean {
    const index = this.rows?.reveal(path) ?? -1
    if (index < 0 || !this.rows) return false
    this.view = 'tree'
    this.tree.activate(index, this.rows)
    this.select(this.rows.row(index)?.change ?? null)
    return true
  }

  /** Shows a change as `reveal` does, and lets go of the filter where that hides it; the keys then act on its row. */
  private readonly goTo = (index: number): void => {
    const change = this.diff.changes.at(index)
    if (change) this.lead(change)
  }

  private lead(change: Change): void {
    // A path that is no UTF-8 is not the only one that reads so.
    const shown = !change.pathBytes && this.reveal(change.path)
    const filtered = !letsAllThrough(this.filter)
    if (!shown && (filtered || this.rows === null)) {
      if (filtered) this.setFilter(NO_FILTER)
      this.awaited = change
      return
    }
    if (!shown) this.select(change)
    this.tree.focus()
  }

  private async lookThrough(): Promise<void> {
    const findings = await lookThrough(this.diff, this.life.signal)
    if (!findings) return
    this.findings = findings
    this.context.update()
  }

  private async countLayers(): Promise<void> {
    const counts = await countByLayer(this.diff.changes, this.life.signal)
    if (!counts) return
    this.layerCounts = counts
    this.context.update()
  }

  private async applyFilter(): Promise<void> {
    this.filtering.abort()
    this.filtering = new AbortController()
    const { signal } = this.filtering
    const { tree, changes } = this.diff
    let root: DirectoryNode | undefined
    if (letsAllThrough(this.filter) && tree !== null) {
      // What stands above it is shown first: all in one task would hold the page up.
      await pause()
      if (signal.aborted) return
      root = tree()
    } else {
      this.busy = true
      this.context.update()
      root = await filterChanges(changes, this.filter, signal, this.findings?.reasonsOf)
      if (!root) return
    }
    const rows = this.rowsOf(root)
    await pause()
    if (signal.aborted) return
    this.busy = false
    this.root = root
    this.trail = [root]
    this.show(rows)
    const { awaited } = this
    this.awaited = null
    if (awaited !== null) this.lead(awaited)
  }

  private rowsOf(root: DirectoryNode): Rows {
    const rows = new Rows(root, this.sort)
    rows.openWhile(FIRST_ROWS)
    return rows
  }

  private show(rows: Rows): void {
    this.rows = rows
    this.tree.reset()
    this.context.update()
  }

  private setFilter(filter: Filter, pause = 0): void {
    this.filter = filter
    this.awaited = null
    clearTimeout(this.typing)
    this.typing = setTimeout(() => void this.applyFilter(), pause)
    this.context.update()
  }

  private select(change: Change | null): void {
    this.selected = change
    this.content = null
    this.context.update()
    this.context.emit('layerdiff-select', { path: change?.path ?? null, change })
  }

  template(): TemplateResult {
    const { diff, context } = this
    const compact = this.shape !== 'whole'
    const { images } = diff
    const withLayers = images !== null && !compact
    return html`${compact ? nothing : guard([diff, context.speech], () => summaryView(diff, context))} ${this.notableView()}
      <div class=${withLayers ? 'columns' : ''}>
        ${
          withLayers
            ? guard([this.filter.layer, this.layerCounts, context.speech], () =>
                layersView(
                  images,
                  {
                    picked: this.filter.layer,
                    counts: this.layerCounts,
                    onPick: (layer) => this.setFilter({ ...this.filter, layer }),
                  },
                  context,
                ),
              )
            : nothing
        }
        <section class="files ${this.shape === 'tree' ? 'plain' : ''}" part="files">${this.filesView()}</section>
      </div>
      ${this.packagesView()}
      ${
        images === null || compact
          ? nothing
          : guard([diff, context.speech], () => [
              configView(images.config, context),
              historyChangesView(images.history, images, context),
              images.waste === null ? nothing : wasteView(images.waste, context, 'wasteAfter'),
            ])
      }`
  }

  private notableView(): unknown {
    const { findings, diff, context } = this
    if (findings === null) return nothing
    const onFilter = (notable: Filter['notable']) => {
      this.view = 'tree'
      this.setFilter({ ...NO_FILTER, notable })
      this.tree.focus()
    }
    return guard([findings, context.speech], () => notableView(findings, diff, { onGo: this.goTo, onFilter }, context))
  }

  private packagesView(): unknown {
    const { diff, context, packagesShown } = this
    const onMore = () => {
      this.packagesShown += PACKAGES_MORE
      context.update()
    }
    return guard([diff, packagesShown, context.speech], () =>
      packagesView(diff.packages, packagesShown, onMore, context),
    )
  }

  private filesView(): TemplateResult {
    const { context, diff, filter } = this
    const { speech } = context
    if (diff.changes.length === 0) return html`<p class="empty">${speech.say('noDifferences')}</p>`
    const toolbar = toolbarView(
      {
        filter,
        sort: this.sort,
        view: this.view,
        paths: this.shape === 'tree',
        busy: this.busy,
        totals: this.root?.totals ?? null,
        all: diff.changes.length,
        summary: diff.summary,
        findings: this.findings,
        onFilter: (next, typed) => this.setFilter(next, typed ? TYPING_PAUSE : 0),
        onSort: (sort) => {
          this.sort = sort
          if (this.root) this.show(this.rowsOf(this.root))
        },
        onView: (view) => void this.setView(view),
        onStep: (direction) => {
          if (this.rows) this.tree.step(this.rows, direction)
        },
      },
      context,
    )
    return html`${toolbar}
      <div class="content" aria-busy=${this.busy}>${this.listView()}</div>
      ${
        this.selected === null
          ? nothing
          : changeView(
              this.selected,
              (side, layer) => this.layerName(side, layer),
              () => this.select(null),
              this.notesOf(this.selected),
              this.contentOf(this.selected),
              context,
            )
      }`
  }

  private notesOf(change: Change): readonly (TemplateResult | typeof nothing)[] {
    const { findings, context } = this
    if (findings === null) return []
    const other = findings.otherNameOf(change)
    return [reasonsView(findings.reasonsOf(change), context), renameView(change, other, this.goTo, context)]
  }

  /** Of files, where there is something to read them from. */
  private contentOf(change: Change): TemplateResult | typeof nothing {
    const { before, after } = change
    if (this.diff.content === null || (before?.type !== 'file' && after?.type !== 'file')) return nothing
    return contentView(this.content, () => void this.readContent(change), this.context)
  }

  private async readContent(change: Change): Promise<void> {
    const read = this.diff.content
    if (read === null) return
    const { signal } = this.life
    const show = (state: ContentState) => {
      // Another change may have been picked meanwhile.
      if (signal.aborted || this.selected !== change) return
      this.content = state
      this.context.update()
    }
    show({ step: 'reading' })
    try {
      const { showContent } = await import('./content.js')
      const content = await showContent(change, (side, limit) => read(change, side, { limit, signal }))
      show({ step: 'there', content })
    } catch (error) {
      show({ step: 'failed', error })
    }
  }

  private async setView(view: 'tree' | 'map'): Promise<void> {
    if (view === 'map') {
      this.map ??= await import('./views/map.js')
      if (this.root) this.trail = this.map.trailTo(this.root, this.selected?.path ?? '')
    }
    this.view = view
    this.context.update()
  }

  private listView(): TemplateResult {
    const { context, rows, map } = this
    if (rows === null) return html`<p class="empty">${context.speech.say('filtering')}</p>`
    if (rows.length === 0) return html`<p class="empty">${context.speech.say('nothingPasses')}</p>`
    // What a filter let through, and JSON, tell of changes alone: how large a directory is as a whole, they do not.
    const whole = this.diff.tree !== null && letsAllThrough(this.filter)
    if (this.view === 'tree' || map === null) {
      const { selected, findings, goTo } = this
      return this.tree.template(rows, { selected, whole, findings, onGo: goTo }, ref)
    }
    const onSelect = (change: Change) => {
      rows.reveal(change.path)
      this.select(change)
    }
    const onGo = (trail: readonly DirectoryNode[]) => {
      this.trail = trail
      context.update()
    }
    return map.mapView({ trail: this.trail, onGo, onSelect }, context)
  }

  /** `3 · RUN make install`. */
  private layerName(side: Side, layer: number): string {
    const command = this.diff.images?.[side].layers[layer]?.createdBy
    const own = command == null ? this.layerNames?.[side][layer] : shortCommand(command)
    return own === undefined ? String(layer) : `${layer} · ${own}`
  }
}

/** Lets the page do what else there is to do. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
