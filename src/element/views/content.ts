// The content of one change: asked for, on its way, or there.

import { html, nothing, type TemplateResult } from 'lit-html'
import { escapeText } from '../../text.js'
import type { Line, ShownContent } from '../content.js'
import type { Context } from '../context.js'

/** Null before somebody asked for it. */
export type ContentState =
  | null
  | { readonly step: 'reading' }
  | { readonly step: 'failed'; readonly error: unknown }
  | { readonly step: 'there'; readonly content: ShownContent }

export function contentView(state: ContentState, onAsk: () => void, context: Context): TemplateResult {
  const { speech } = context
  if (state === null) {
    return html`<button type="button" class="ask" @click=${onAsk}>${speech.say('showContent')}</button>`
  }
  switch (state.step) {
    case 'reading':
      return html`<p class="note" role="status">${speech.say('readingContent')}</p>`
    case 'failed': {
      const { error } = state
      return html`<p class="note" role="alert">${escapeText(error instanceof Error ? error.message : String(error))}</p>`
    }
    case 'there':
      return html`<div class="file" part="content">
        ${state.content.lines === null ? hexView(state.content, context) : linesView(state.content.lines, context)}
        ${state.content.cut ? html`<p class="note">${speech.say('contentCut')}</p>` : nothing}
      </div>`
  }
}

const CLASSES = { '+': 'added', '-': 'removed', ' ': '', '@': 'gap' } as const

function linesView(lines: readonly Line[], { speech }: Context): TemplateResult {
  if (lines.length === 0) return html`<p class="note">${speech.say('contentEmpty')}</p>`
  return html`<div class="wide" tabindex="0" role="group" aria-label=${speech.say('content')}>
    <table class="lines">
      <tbody>
        ${lines.map(
          ({ sign, before, after, text }) => html`<tr class=${CLASSES[sign]}>
            <td class="number">${before ?? ''}</td>
            <td class="number">${after ?? ''}</td>
            <td class="mark">${sign === '@' ? '⋯' : sign === '-' ? '−' : sign}</td>
            <td class="line">${lineText(text)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** Tabs stay; whatever else could mislead is escaped. */
function lineText(text: string): string {
  return text.split('\t').map(escapeText).join('\t')
}

function hexView({ hex }: ShownContent, { speech }: Context): TemplateResult {
  return html`${(['before', 'after'] as const).map((side) => {
    const rows = hex[side]
    return rows === undefined
      ? nothing
      : html`<div class="wide" tabindex="0" role="group" aria-label=${speech.say(side)}>
          <h4>${speech.say(side)}</h4>
          <table class="hex">
            <tbody>
              ${rows.map(({ offset, bytes, text }) => html`<tr><td>${offset}</td><td>${bytes}</td><td>${text}</td></tr>`)}
            </tbody>
          </table>
        </div>`
  })}`
}
