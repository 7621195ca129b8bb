// What deserves a second look: by reason above the tree, as a mark in a row, and in words at one change.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Change, NotableReason } from '../../types.js'
import type { Context } from '../context.js'
import type { Filter } from '../filter.js'
import type { Findings } from '../findings.js'
import type { ShownDiff } from '../shown-diff.js'
import type { TextKey } from '../words.js'
import { nameOf, shownPath } from './marks.js'

/** A reason with no more changes than these is open at first. */
const OPEN = 3
/** Changes that are listed; of others the tree tells. */
const LISTED = 20

const REASON_WORDS: Readonly<Record<NotableReason, TextKey>> = {
  setuid: 'reasonSetuid',
  setgid: 'reasonSetgid',
  capability: 'reasonCapability',
  'world-writable': 'reasonWorldWritable',
  device: 'reasonDevice',
  credential: 'reasonCredential',
  'escaping-symlink': 'reasonEscapingSymlink',
  'root-owner': 'reasonRootOwner',
  executable: 'reasonExecutable',
}

export function reasonWord(reason: NotableReason, { speech }: Context): string {
  return speech.say(REASON_WORDS[reason])
}

export interface NotableActions {
  /** Leads to the change of an index. */
  onGo(index: number): void
  /** Shows only what a reason speaks of. */
  onFilter(reason: Filter['notable']): void
}

export function notableView(
  { groups }: Findings,
  { changes }: Pick<ShownDiff, 'changes'>,
  { onGo, onFilter }: NotableActions,
  context: Context,
): TemplateResult | typeof nothing {
  if (groups.size === 0) return nothing
  const { speech, numbers } = context
  return html`<section class="notable" part="notable">
    <header>
      <h2>${speech.say('notable')}</h2>
      <p class="note">${speech.say('notableHint')}</p>
    </header>
    <ul class="reasons">
      ${[...groups].map(
        ([reason, indices]) => html`<li>
          <details ?open=${indices.length <= OPEN}>
            <summary>
              ${signOfReasons([reason])} ${reasonWord(reason, context)}&nbsp;<span class="count"
                >${numbers.count(indices.length)}</span
              >
            </summary>
            <ul>
              ${indices.slice(0, LISTED).map((index) => {
                const change = changes.at(index)
                return change && html`<li>${pathButton(change, () => onGo(index))}</li>`
              })}
            </ul>
            ${
              indices.length <= OPEN
                ? nothing
                : html`<button type="button" class="quiet" @click=${() => onFilter(reason)}>
                  ${speech.say('showReason', { n: numbers.count(indices.length) })}
                </button>`
            }
          </details>
        </li>`,
      )}
    </ul>
  </section>`
}

/** A path that leads to its change. */
export function pathButton(path: Pick<Change, 'path' | 'pathBytes'>, onGo: () => void): TemplateResult {
  return html`<button type="button" class="quiet path" @click=${onGo}>${nameOf(shownPath(path))}</button>`
}

/** In a row of the tree. */
export function reasonsMark(reasons: readonly NotableReason[], context: Context): TemplateResult | typeof nothing {
  if (reasons.length === 0) return nothing
  const words = reasons.map((reason) => reasonWord(reason, context)).join(', ')
  return html`<span class="flag" title=${words}>${signOfReasons(reasons)}<span class="unseen"> ${words}</span></span>`
}

/** In the details of a change. */
export function reasonsView(reasons: readonly NotableReason[], context: Context): TemplateResult | typeof nothing {
  if (reasons.length === 0) return nothing
  return html`<ul class="reasons" aria-label=${context.speech.say('notable')}>
    ${reasons.map((reason) => html`<li>${signOfReasons([reason])} ${reasonWord(reason, context)}</li>`)}
  </ul>`
}

/** New programs are by the dozen in every update, and are marked more quietly. */
function signOfReasons(reasons: readonly NotableReason[]): TemplateResult {
  const mild = reasons.every((reason) => reason === 'executable')
  return html`<span class=${mild ? 'sign mild' : 'sign alarm'} aria-hidden="true">!</span>`
}
