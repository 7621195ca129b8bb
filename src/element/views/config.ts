// What differs in two images' configs, as a table.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { ConfigChange, ConfigValue } from '../../image-types.js'
import { configLabel, configValue } from '../../report/config.js'
import { escapeText } from '../../text.js'
import type { Context } from '../context.js'
import { signOf } from './marks.js'

export function configView(changes: readonly ConfigChange[], context: Context): TemplateResult | typeof nothing {
  if (changes.length === 0) return nothing
  const { speech } = context
  // Ports and volumes are there, or not; they have no value.
  const value = (of: ConfigValue, named: boolean) =>
    of === null ? html`<span class="note">${speech.say(named ? 'set' : 'unset')}</span>` : configValue(of)
  return html`<section class="config" part="config">
    <h2>${speech.say('config')}</h2>
    <div class="wide" tabindex="0" role="group" aria-label=${speech.say('config')}>
      <table>
        <thead>
          <tr>
            <th scope="col">${speech.say('setting')}</th>
            <th scope="col">${speech.say('before')}</th>
            <th scope="col">${speech.say('after')}</th>
          </tr>
        </thead>
        <tbody>
          ${changes.map(
            ({ field, name, kind, before, after }) => html`<tr class=${kind}>
              <th scope="row">
                ${signOf(kind, context)} ${configLabel(field)}${name === null ? nothing : html` ${escapeText(name)}`}
              </th>
              <td>${kind === 'added' ? nothing : value(before, name !== null)}</td>
              <td>${kind === 'removed' ? nothing : value(after, name !== null)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}
