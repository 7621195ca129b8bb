// One image on the screen: its stack, what the picked layer changed, and its history.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { ImageReport, InspectedLayer } from '../image-types.js'
import { shortCommand, shortDigest } from '../report/commands.js'
import { escapeText } from '../text.js'
import type { Context } from './context.js'
import { DiffPanel } from './diff-panel.js'
import { mergedTree } from './merged-tree.js'
import { shownDiff } from './shown-diff.js'
import { historyView } from './views/history.js'
import { totalsOf } from './views/marks.js'
import { imageLine } from './views/summary.js'
import { wasteView } from './views/waste.js'

export class ImagePanel {
  private picked: number
  /** What its layer changed, or all that there is with it. */
  private view: 'changes' | 'merged' = 'changes'
  private withHidden = false
  private panel: DiffPanel | null = null
  private merging = new AbortController()

  constructor(
    private readonly report: ImageReport,
    private readonly context: Context,
  ) {
    this.picked = report.layers.length - 1
    void this.show()
  }

  dispose(): void {
    this.merging.abort()
    this.panel?.dispose()
  }

  reveal(path: string): boolean {
    return this.panel?.reveal(path) ?? false
  }

  private set(what: Partial<{ picked: number; view: 'changes' | 'merged'; withHidden: boolean }>): void {
    Object.assign(this, what)
    void this.show()
  }

  private async show(): Promise<void> {
    this.dispose()
    this.panel = null
    this.merging = new AbortController()
    const { report, picked, view, withHidden, context } = this
    const layer = report.layers[picked]
    context.update()
    if (layer === undefined) return
    const diff =
      view === 'changes' ? shownDiff(layer.diff) : await mergedTree(report, picked, withHidden, this.merging.signal)
    if (!diff) return
    const names = report.layers.map(({ createdBy }) => shortCommand(createdBy))
    this.panel = new DiffPanel(diff, context, { before: names, after: names }, view === 'changes' ? 'changes' : 'tree')
    context.update()
  }

  template(): TemplateResult {
    const { report, context, picked } = this
    const { speech, numbers } = context
    const { layers, rows, historyProblem, waste } = report
    const size = layers.reduce((sum, { unpackedBytes }) => sum + (unpackedBytes ?? 0), 0)
    return html`<section class="summary" part="summary">
        <dl class="sizes">
          <div>
            <dt>${imageLine(report, context)} · ${speech.say('layersTogether')}</dt>
            <dd>${numbers.bytes(size)}</dd>
          </div>
        </dl>
        ${historyProblem === null ? nothing : html`<p class="note">${escapeText(historyProblem)}</p>`}
      </section>
      <div class="columns">
        <section class="layers" part="layers">
          <header><h2>${speech.say('stack')}</h2></header>
          <ol class="stacks" reversed>
            ${layers.map((layer, index) => this.layerView(layer, index)).toReversed()}
          </ol>
        </section>
        <section class="inspected">
          <header>
            <h2>${speech.say(this.view === 'changes' ? 'layerOnly' : 'wholeImage', { place: String(picked) })}</h2>
            ${this.viewButtons()}
          </header>
          ${this.panel?.template() ?? html`<p class="empty">${speech.say('filtering')}</p>`}
        </section>
      </div>
      ${wasteView(waste, context)} ${historyView(rows, context)}`
  }

  private viewButtons(): TemplateResult {
    const { speech } = this.context
    const { view, withHidden } = this
    return html`<div class="views" role="group">
        ${(['changes', 'merged'] as const).map(
          (one) => html`<button type="button" aria-pressed=${view === one} @click=${() => this.set({ view: one })}>
            ${speech.say(one === 'changes' ? 'showChanges' : 'showMerged')}
          </button>`,
        )}
      </div>
      ${
        view === 'changes'
          ? nothing
          : html`<label class="hidden">
            <input
              type="checkbox"
              .checked=${withHidden}
              @change=${() => this.set({ withHidden: !withHidden })}
            />
            ${speech.say('showHidden')}
          </label>`
      }`
  }

  private layerView({ createdBy, unpackedBytes, size, diffId, diff }: InspectedLayer, index: number): TemplateResult {
    const { context, picked } = this
    const { speech, numbers } = context
    return html`<li class="match shared" part="layer">
      <button
        type="button"
        aria-pressed=${picked === index}
        title=${speech.say('showLayer', { place: String(index) })}
        @click=${() => this.set({ picked: index })}
      >
        <span class="place">${index}</span>
        <span class="command">${createdBy === null ? speech.say('unknownCommand') : shortCommand(createdBy)}</span>
        <span class="facts">${numbers.bytes(unpackedBytes ?? size)} ${totalsOf(diff.summary, context)}</span>
        <code class="digest">${shortDigest(diffId)}</code>
      </button>
    </li>`
  }
}
