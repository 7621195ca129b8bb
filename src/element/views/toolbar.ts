// What the reader can set above the tree: filter, order, tree or map.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { ChangeField, NotableReason, Totals } from '../../types.js'
import type { Context } from '../context.js'
import { type Filter, KINDS } from '../filter.js'
import type { Findings } from '../findings.js'
import type { Sort } from '../rows.js'
import { fieldWord, SIGNS } from './marks.js'
import { reasonWord } from './notable.js'

const FIELDS: readonly ChangeField[] = ['content', 'type', 'mode', 'owner', 'link', 'device', 'xattrs', 'mtime']

export interface ToolbarState {
  readonly filter: Filter
  readonly sort: Sort
  readonly view: 'tree' | 'map'
  /** Whether what is shown are paths, and no changes. */
  readonly paths: boolean
  readonly busy: boolean
  /** Of what passes; null before it is known. */
  readonly totals: Totals | null
  /** How many changes there are in all. */
  readonly all: number
  readonly summary: Totals
  /** Null before they are known, and where nobody looks for any. */
  readonly findings: Findings | null
  /** `typed` where more keys may follow. */
  onFilter(filter: Filter, typed: boolean): void
  onSort(sort: Sort): void
  onView(view: 'tree' | 'map'): void
  onStep(direction: 1 | -1): void
}

export function toolbarView(state: ToolbarState, context: Context): TemplateResult {
  const { speech, numbers } = context
  const { filter, sort, view } = state
  const onText = ({ target }: Event) =>
    state.onFilter({ ...filter, text: (target as HTMLInputElement).value.trim() }, true)
  const onField = ({ target }: Event) => {
    const { value } = target as HTMLSelectElement
    state.onFilter({ ...filter, field: value === '' ? null : (value as ChangeField) }, false)
  }
  const onSort = ({ target }: Event) => state.onSort((target as HTMLSelectElement).value as Sort)
  return html`<div class="toolbar" part="toolbar" role="search">
    <input
      type="search"
      placeholder=${speech.say('filter')}
      aria-label=${speech.say('filter')}
      .value=${filter.text}
      @input=${onText}
    />
    <fieldset>
      <legend class="unseen">${speech.say('filterKinds')}</legend>
      ${KINDS.map((kind) => {
        const toggle = () => {
          const kinds = new Set(filter.kinds)
          if (!kinds.delete(kind)) kinds.add(kind)
          state.onFilter({ ...filter, kinds }, false)
        }
        return html`<label class="chip ${kind}">
          <input type="checkbox" .checked=${filter.kinds.has(kind)} @change=${toggle} />
          <span class="sign ${kind}" aria-hidden="true">${SIGNS[kind]}</span>
          <span class="word">${speech.say(kind)}</span> <span class="note">${numbers.count(state.summary[kind])}</span>
        </label>`
      })}
    </fieldset>
    <select aria-label=${speech.say('filterField')} @change=${onField}>
      <option value="" ?selected=${filter.field === null}>${speech.say('anyField')}</option>
      ${FIELDS.map((field) => html`<option value=${field} ?selected=${filter.field === field}>${fieldWord(field, context)}</option>`)}
    </select>
    ${notableSelect(state, context)}
    <select aria-label=${speech.say('sort')} @change=${onSort}>
      <option value="path" ?selected=${sort === 'path'}>${speech.say('sortByPath')}</option>
      <option value="delta" ?selected=${sort === 'delta'}>${speech.say('sortByDelta')}</option>
    </select>
    <div class="views" role="group">
      ${(['tree', 'map'] as const).map(
        (one) => html`<button type="button" aria-pressed=${view === one} @click=${() => state.onView(one)}>
          ${speech.say(one === 'tree' ? 'asTree' : 'asMap')}
        </button>`,
      )}
    </div>
    ${
      view === 'map' || state.paths
        ? nothing
        : html`<button type="button" class="quiet" @click=${() => state.onStep(1)}>${speech.say('nextChange')}</button>`
    }
    <p class="shown" role="status">${shownWords(state, context)}</p>
  </div>`
}

function notableSelect(
  { filter, findings, onFilter }: ToolbarState,
  context: Context,
): TemplateResult | typeof nothing {
  if (findings === null || findings.groups.size === 0) return nothing
  const { speech, numbers } = context
  const onChange = ({ target }: Event) => {
    const { value } = target as HTMLSelectElement
    onFilter({ ...filter, notable: value === '' ? null : (value as NotableReason | 'any') }, false)
  }
  const option = (value: NotableReason | 'any', word: string, count: number) =>
    html`<option value=${value} ?selected=${filter.notable === value}>${word} (${numbers.count(count)})</option>`
  return html`<select aria-label=${speech.say('filterNotable')} @change=${onChange}>
    <option value="" ?selected=${filter.notable === null}>${speech.say('anyNotable')}</option>
    ${option('any', speech.say('allNotable'), findings.notable)}
    ${[...findings.groups].map(([reason, { length }]) => option(reason, reasonWord(reason, context), length))}
  </select>`
}

function shownWords({ busy, totals, all, paths }: ToolbarState, { speech, numbers }: Context): string {
  if (busy || totals === null) return speech.say('filtering')
  const passed = totals.added + totals.removed + totals.modified
  if (passed === all) return speech.many(paths ? 'shownPaths' : 'shownChanges', all)
  return speech.say(paths ? 'shownOfPaths' : 'shownOf', { n: numbers.count(passed), all: numbers.count(all) })
}
