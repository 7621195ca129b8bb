// One image on the screen: its stack, what the picked layer changed, and its history.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { ImageReport, InspectedLayer } from '../image-types.js'
import { shortCommand, shortDigest } from '../report/commands.js'
import { escapeText } from '../text.js'
import type { Context } from './context.js'
import { DiffPanel } from './diff-panel.js'
import { shownDiff } from './shown-diff.js'
import { historyView } from './views/history.js'
import { totalsOf } from './views/marks.js'
import { imageLine } from './views/summary.js'

export class ImagePanel {
  private picked: number
  private panel: DiffPanel | null = null

  constructor(
    private readonly report: ImageReport,
    private readonly context: Context,
  ) {
    this.picked = report.layers.length - 1
    this.pick(this.picked)
  }

  dispose(): void {
    this.panel?.dispose()
  }

  reveal(path: string): boolean {
    return this.panel?.reveal(path) ?? false
  }

  private pick(index: number): void {
    this.panel?.dispose()
    this.picked = index
    const layer = this.report.layers[index]
    const names = this.report.layers.map(({ createdBy }) => shortCommand(createdBy))
    this.panel =
      layer === undefined
        ? null
        : new DiffPanel(shownDiff(layer.diff), this.context, { before: names, after: names }, true)
    this.context.update()
  }

  template(): TemplateResult {
    const { report, context, picked } = this
    const { speech, numbers } = context
    const { layers, rows, historyProblem } = report
    const size = layers.reduce((sum, { unpackedBytes }) => sum + (unpackedBytes ?? 0), 0)
    return html`<section class="summary" part="summary">
        <dl class="sizes">
          <div>
            <dt>${imageLine(report, context)}</dt>
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
        <section class="files" part="files">
          <h2>${speech.say('layerOnly', { place: String(picked) })}</h2>
          ${this.panel?.template() ?? nothing}
        </section>
      </div>
      ${historyView(rows, context)}`
  }

  private layerView({ createdBy, unpackedBytes, size, diffId, diff }: InspectedLayer, index: number): TemplateResult {
    const { context, picked } = this
    const { speech, numbers } = context
    return html`<li class="match shared" part="layer">
      <button
        type="button"
        aria-pressed=${picked === index}
        title=${speech.say('showLayer', { place: String(index) })}
        @click=${() => this.pick(index)}
      >
        <span class="place">${index}</span>
        <span class="command">${createdBy === null ? speech.say('unknownCommand') : shortCommand(createdBy)}</span>
        <span class="facts">${numbers.bytes(unpackedBytes ?? size)} ${totalsOf(diff.summary, context)}</span>
        <code class="digest">${shortDigest(diffId)}</code>
      </button>
    </li>`
  }
}
