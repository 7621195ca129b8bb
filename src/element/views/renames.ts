// The other name of a file that only changed its name: in its row, and in its details.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Change } from '../../types.js'
import type { Context } from '../context.js'
import type { OtherName } from '../findings.js'
import type { TextKey } from '../words.js'
import { nameOf, shownPath } from './marks.js'
import { pathButton } from './notable.js'

/** In a row of the tree, of which Tab does not reach what is in it: keys find the same button in the details. */
export function renameMark(
  change: Change,
  other: OtherName | undefined,
  onGo: (index: number) => void,
  { speech }: Context,
): TemplateResult | typeof nothing {
  if (other === undefined) return nothing
  const onClick = (event: Event) => {
    event.stopPropagation()
    onGo(other.index)
  }
  const words = html`${speech.say(wordOf(change))} ${nameOf(shortPath(change, other))}`
  if (other.index < 0) return html`<span class="renamed">${words}</span>`
  return html`<button type="button" tabindex="-1" class="renamed" title=${shownPath(other)} @click=${onClick}>
    ${words}
  </button>`
}

export function renameView(
  change: Change,
  other: OtherName | undefined,
  onGo: (index: number) => void,
  { speech }: Context,
): TemplateResult | typeof nothing {
  if (other === undefined) return nothing
  return html`<p class="renamed">
    ${speech.say(wordOf(change))}
    ${other.index < 0 ? nameOf(shownPath(other)) : pathButton(other, () => onGo(other.index))}
  </p>`
}

function wordOf({ kind }: Change): TextKey {
  return kind === 'removed' ? 'renamedTo' : 'renamedFrom'
}

/** The name alone where the folder is the same. */
function shortPath({ path }: Change, other: OtherName): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const near = other.pathBytes === undefined && other.path.lastIndexOf('/') + 1 === folder.length
  return near && other.path.startsWith(folder) ? other.path.slice(folder.length) : shownPath(other)
}
