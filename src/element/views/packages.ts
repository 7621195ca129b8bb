// What package managers say was installed, removed or came in another version, as a table.

import { html, nothing, type TemplateResult } from 'lit-html'
import { packageGrowth } from '../../report/package-words.js'
import { escapeText } from '../../text.js'
import type { PackageChange } from '../../types.js'
import type { Context } from '../context.js'
import { deltaOf, nameOf, signOf } from './marks.js'

/** Packages that are shown at first, and how many more at a time. */
export const PACKAGES_AT_FIRST = 10
export const PACKAGES_MORE = 200

/** @param shown how many of them */
export function packagesView(
  packages: readonly PackageChange[] | null,
  shown: number,
  onMore: () => void,
  context: Context,
): TemplateResult | typeof nothing {
  if (packages === null || packages.length === 0) return nothing
  const { speech } = context
  const more = Math.min(packages.length - shown, PACKAGES_MORE)
  return html`<section class="packages" part="packages">
    <header>
      <h2>${speech.say('packages')}</h2>
      <span class="note">${speech.many('packagesChanged', packages.length)}</span>
    </header>
    <div class="wide" tabindex="0" role="group" aria-label=${speech.say('packages')}>
      <table>
        <thead>
          <tr>
            <th scope="col">${speech.say('package')}</th>
            <th scope="col">${speech.say('version')}</th>
            <th scope="col" class="figure">${speech.say('delta')}</th>
          </tr>
        </thead>
        ${groupsOf(packages.slice(0, shown)).map(
          ({ manager, members }) => html`<tbody>
            <tr class="manager">
              <th scope="rowgroup" colspan="3">${escapeText(manager)}</th>
            </tr>
            ${members.map((one, index) => packageRow(one, isTwin(one, members[index - 1], members[index + 1]), context))}
          </tbody>`,
        )}
      </table>
    </div>
    ${
      more > 0
        ? html`<button type="button" class="quiet more" @click=${onMore}>
          ${speech.many('morePackages', more)}
        </button>`
        : nothing
    }
  </section>`
}

function packageRow(change: PackageChange, twin: boolean, context: Context): TemplateResult {
  const { kind, name, architecture, before, after } = change
  const versions = [kind === 'added' ? [] : [before], kind === 'removed' ? [] : [after]].flat()
  const growth = packageGrowth(change)
  return html`<tr class=${kind}>
    <th scope="row">
      ${signOf(kind, context)}
      ${nameOf(name)}${twin && architecture !== null ? html` <span class="note">${escapeText(architecture)}</span>` : nothing}
    </th>
    <td class="version">
      ${versions.map(
        (version, index) =>
          html`<span class="one"
            >${index === 0 ? nothing : html`<span class="to">→</span> `}<bdi dir="ltr"
              >${version === null ? '–' : escapeText(version)}</bdi
            ></span
          > `,
      )}
    </td>
    <td class="figure">${growth === null ? '–' : deltaOf(growth, context)}</td>
  </tr>`
}

/** Neighbours of one manager. */
function groupsOf(packages: readonly PackageChange[]): { manager: string; members: PackageChange[] }[] {
  const groups: { manager: string; members: PackageChange[] }[] = []
  for (const one of packages) {
    const last = groups.at(-1)
    if (last?.manager === one.manager) last.members.push(one)
    else groups.push({ manager: one.manager, members: [one] })
  }
  return groups
}

/** Whether it takes the architecture to tell a package from its neighbours. */
function isTwin({ name }: PackageChange, ...neighbours: readonly (PackageChange | undefined)[]): boolean {
  return neighbours.some((one) => one?.name === name)
}
