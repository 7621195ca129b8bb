// Which layers a set of images shares: a row for each layer, a column for each image.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { SharingJson } from '../../image-types.js'
import { shortCommand, shortDigest } from '../../report/commands.js'
import type { Context } from '../context.js'
import { nameOf } from './marks.js'

export function sharingView(sharing: Omit<SharingJson, 'schema'>, context: Context): TemplateResult {
  const { speech, numbers } = context
  const { images, layers, storedBytes, sumBytes } = sharing
  const saved = sumBytes - storedBytes
  const stored = numbers.bytes(storedBytes)
  return html`<section class="sharing" part="sharing">
    <p class="headline">
      ${
        saved === 0
          ? speech.say('nothingShared', { stored })
          : speech.say('stored', {
              stored,
              sum: numbers.bytes(sumBytes),
              saved: numbers.bytes(saved),
              share: numbers.share(saved / sumBytes),
            })
      }
    </p>
    <div class="wide" tabindex="0" role="group" aria-label=${speech.say('layers')}>
      <table>
        <thead>
          <tr>
            ${images.map(({ name }) => html`<th scope="col" class="image">${nameOf(name ?? speech.say('unnamed'))}</th>`)}
            <th scope="col" class="figure">${speech.say('size')}</th>
            <th scope="col" class="figure">${speech.say('timesSaved')}</th>
            <th scope="col">${speech.say('layer')}</th>
            <th scope="col">${speech.say('historyCommand')}</th>
          </tr>
        </thead>
        <tbody>
          ${layers.map(
            ({ diffId, size, counts, images: users, createdBy }) => html`<tr class=${users > 1 ? 'shared' : ''}>
              ${counts.map(
                (count) => html`<td class="mark">
                  ${count === 0 ? html`<span class="unseen">–</span>` : count === 1 ? '●' : numbers.count(count)}
                </td>`,
              )}
              <td class="figure">${numbers.bytes(size)}</td>
              <td class="figure">${users > 1 ? `${numbers.count(users - 1)}×` : nothing}</td>
              <td><code>${shortDigest(diffId)}</code></td>
              <td>${createdBy === null ? speech.say('unknownCommand') : shortCommand(createdBy)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}
