// What an image stores and never shows: how much, and the paths that it is stored for.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { ImageWaste } from '../../image-types.js'
import type { Context } from '../context.js'
import { nameOf } from './marks.js'

/** Paths that are listed. */
const LISTED = 20

/** @param title of whose waste it is */
export function wasteView(
  { actual, dive }: ImageWaste,
  { speech, numbers }: Context,
  title: 'waste' | 'wasteAfter' = 'waste',
): TemplateResult {
  const { wastedBytes, wastedPercent, paths } = actual
  const left = paths.length - LISTED
  return html`<section class="waste" part="waste">
    <h2>${speech.say(title)}</h2>
    <p class="note">
      ${
        wastedBytes === 0
          ? speech.say('nothingWasted')
          : speech.say('wasted', { bytes: numbers.bytes(wastedBytes), share: numbers.share(wastedPercent) })
      }
      ${speech.say('diveScore', { efficiency: numbers.share(dive.efficiency) })}
    </p>
    ${
      paths.length === 0
        ? nothing
        : html`<div class="wide" tabindex="0" role="group" aria-label=${speech.say(title)}>
          <table>
            <thead>
              <tr>
                <th scope="col">${speech.say('name')}</th>
                <th scope="col" class="figure">${speech.say('size')}</th>
                <th scope="col">${speech.say('storedBy')}</th>
              </tr>
            </thead>
            <tbody>
              ${paths.slice(0, LISTED).map(
                ({ path, bytes, layers }) => html`<tr>
                  <th scope="row"><code>/${nameOf(path)}</code></th>
                  <td class="figure">${numbers.bytes(bytes)}</td>
                  <td>${layers.map((layer) => numbers.count(layer)).join(', ')}</td>
                </tr>`,
              )}
            </tbody>
          </table>
          ${left > 0 ? html`<p class="note">${speech.say('more', { n: numbers.count(left) })}</p>` : nothing}
        </div>`
    }
  </section>`
}
