// Histories: what differs between two, and one as `docker history` shows it.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { HistoryChange, HistoryRow, ImageFacts } from '../../image-types.js'
import { shortCommand, shortDigest } from '../../report/commands.js'
import { escapeText } from '../../text.js'
import type { Context } from '../context.js'
import { signOf } from './marks.js'

export function historyChangesView(
  changes: readonly HistoryChange[],
  { before, after }: { readonly before: ImageFacts; readonly after: ImageFacts },
  context: Context,
): TemplateResult | typeof nothing {
  if (changes.length === 0) return nothing
  const { speech, numbers } = context
  return html`<section class="history" part="history">
    <h2>${speech.say('history')}</h2>
    <div class="wide" tabindex="0" role="group" aria-label=${speech.say('history')}>
      <table>
        <thead>
          <tr>
            <th scope="col">${speech.say('historyCommand')}</th>
            <th scope="col">${speech.say('historyCreated')}</th>
            <th scope="col">${speech.say('layer')}</th>
            <th scope="col">${speech.say('historyComment')}</th>
          </tr>
        </thead>
        <tbody>
          ${changes.map(({ kind, index }) => {
            const line = (kind === 'removed' ? before : after).history[index]
            return html`<tr class=${kind}>
              <th scope="row">${signOf(kind, context)} <code>${shortCommand(line?.createdBy ?? null)}</code></th>
              <td>${line?.created ? escapeText(numbers.moment(line.created)) : '–'}</td>
              <td>${line?.layer ?? '–'}</td>
              <td>${escapeText(line?.comment ?? '')}</td>
            </tr>`
          })}
        </tbody>
      </table>
    </div>
  </section>`
}

export function historyView(rows: readonly HistoryRow[], context: Context): TemplateResult {
  const { speech, numbers } = context
  return html`<section class="history" part="history">
    <h2>${speech.say('history')}</h2>
    <div class="wide" tabindex="0" role="group" aria-label=${speech.say('history')}>
      <table>
        <thead>
          <tr>
            <th scope="col">${speech.say('historyImage')}</th>
            <th scope="col">${speech.say('historyCreated')}</th>
            <th scope="col">${speech.say('historyCommand')}</th>
            <th scope="col" class="figure">${speech.say('historySize')}</th>
            <th scope="col">${speech.say('historyComment')}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ image, created, createdBy, size, comment }) => html`<tr>
              <th scope="row">
                ${image === null ? html`<span class="note">${speech.say('missing')}</span>` : shortDigest(image)}
              </th>
              <td>${created === null ? '–' : escapeText(numbers.moment(created))}</td>
              <td><code>${escapeText(createdBy ?? '')}</code></td>
              <td class="figure">${size === null ? '–' : numbers.bytes(size)}</td>
              <td>${escapeText(comment ?? '')}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}
