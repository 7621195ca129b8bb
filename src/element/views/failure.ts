// What went wrong, where, and what can be done about it.

import { html, nothing, type TemplateResult } from 'lit-html'
import { LayerDiffError } from '../../errors.js'
import { escapeText } from '../../text.js'
import type { Context } from '../context.js'

export function failureView(
  error: unknown,
  heading: 'failed' | 'unread',
  onRetry: (() => void) | null,
  { speech, numbers }: Context,
): TemplateResult {
  const known = error instanceof LayerDiffError
  const message = error instanceof Error ? error.message : String(error)
  const facts: [string, string][] = []
  if (known) {
    const { code, side, layer, path, offset } = error
    if (side !== undefined) facts.push([speech.say('errorSide'), speech.say(side)])
    if (layer !== undefined) facts.push([speech.say('errorLayer'), numbers.count(layer)])
    if (path !== undefined) facts.push([speech.say('errorPath'), `/${escapeText(path)}`])
    if (offset !== undefined) facts.push([speech.say('errorOffset'), numbers.count(offset)])
    facts.push([speech.say('errorCode'), code])
  }
  return html`<section class="failure" part="failure" role="alert">
    <h2>${speech.say(known ? heading : 'fault')}</h2>
    <p>${escapeText(message)}</p>
    <dl>
      ${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
    </dl>
    ${onRetry === null ? nothing : html`<button type="button" @click=${onRetry}>${speech.say('retry')}</button>`}
  </section>`
}
