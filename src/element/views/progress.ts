// Work under way: each layer with how far it is, how fast it comes, and a button that ends it all.

import { html, nothing, type TemplateResult } from 'lit-html'
import { escapeText } from '../../text.js'
import type { LayerProgress } from '../../types.js'
import type { Context } from '../context.js'

/** A layer's progress, and since when it has been read: milliseconds. */
export interface LayerStep extends LayerProgress {
  readonly since: number
  readonly now: number
}

export function progressView(
  steps: readonly LayerStep[],
  nameOf: (step: LayerStep) => string,
  onCancel: () => void,
  context: Context,
): TemplateResult {
  const { speech, numbers } = context
  const done = steps.filter(({ phase }) => phase === 'done').length
  const words =
    steps.length === 0
      ? speech.say('opening')
      : done === steps.length
        ? speech.say('comparing')
        : speech.say('reading', { done: numbers.count(done), all: numbers.count(steps.length) })
  return html`<section class="progress" part="progress">
    <header>
      <p role="status">${words}</p>
      <button type="button" @click=${onCancel}>${speech.say('cancel')}</button>
    </header>
    ${
      steps.length === 0
        ? nothing
        : html`<ul>
          ${steps.map((step) => {
            const name = escapeText(nameOf(step))
            return html`<li data-phase=${step.phase}>
              <span class="name">${name}</span>
              <span class="note">${phaseWords(step, context)}</span>
              <progress
                max="1"
                .value=${step.phase === 'done' ? 1 : step.bytesTotal ? step.bytesIn / step.bytesTotal : 0}
                aria-label=${name}
              ></progress>
            </li>`
          })}
        </ul>`
    }
  </section>`
}

function phaseWords({ phase, bytesIn, bytesTotal, entries, since, now }: LayerStep, context: Context): string {
  const { speech, numbers } = context
  if (phase === 'waiting') return speech.say('phaseWaiting')
  if (phase === 'done') {
    return speech.say('phaseDone', { bytes: numbers.bytes(bytesIn), entries: speech.many('entries', entries) })
  }
  const speed = numbers.bytes(now > since ? Math.round((bytesIn * 1000) / (now - since)) : 0)
  const bytes = numbers.bytes(bytesIn)
  if (bytesTotal === null) return speech.say('phaseReadingOpen', { bytes, speed })
  return speech.say('phaseReading', { bytes, all: numbers.bytes(bytesTotal), speed })
}
