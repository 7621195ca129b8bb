// A pull, live: docker's words for each layer, with a bar while it is downloaded.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { PullProgress } from '../../image-types.js'
import { shortDigest } from '../../report/commands.js'
import { escapeText } from '../../text.js'
import type { Context } from '../context.js'

export function pullView(
  name: string,
  layers: readonly PullProgress[],
  onCancel: (() => void) | null,
  { speech, numbers }: Context,
): TemplateResult {
  return html`<section class="progress" part="progress pull">
    <header>
      <p role="status">${speech.say(onCancel === null ? 'pulled' : 'pulling', { name: escapeText(name) })}</p>
      ${onCancel === null ? nothing : html`<button type="button" @click=${onCancel}>${speech.say('cancel')}</button>`}
    </header>
    <ul>
      ${layers.map(({ digest, status, bytes, bytesTotal }) => {
        const loading = status === 'Downloading'
        return html`<li data-phase=${status}>
          <span class="name"><code>${shortDigest(digest)}</code></span>
          <span class="note"
            >${status}${loading ? ` ${numbers.bytes(bytes)} / ${numbers.bytes(bytesTotal)}` : ''}</span
          >
          <progress
            max="1"
            .value=${loading ? (bytesTotal > 0 ? bytes / bytesTotal : 0) : /^(Waiting|Pulling)/.test(status) ? 0 : 1}
            aria-label=${shortDigest(digest)}
          ></progress>
        </li>`
      })}
    </ul>
  </section>`
}
