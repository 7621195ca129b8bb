// Two stacks of layers side by side, the topmost first: what both share stands joined, the rest apart.

import { html, nothing, type TemplateResult } from 'lit-html'
import type { LayerBytesTotal, LayerFacts, LayerMatch } from '../../image-types.js'
import { shortCommand, shortDigest } from '../../report/commands.js'
import type { Side } from '../../types.js'
import type { Context } from '../context.js'
import type { Filter } from '../filter.js'
import type { ShownImages } from '../shown-diff.js'
import { SIGNS } from './marks.js'

export interface LayersState {
  readonly picked: Filter['layer']
  /** Changes that each layer of the after side made; null while they are counted. */
  readonly counts: readonly number[] | null
  onPick(layer: Filter['layer']): void
}

export function layersView(images: ShownImages, state: LayersState, context: Context): TemplateResult {
  const { speech, numbers } = context
  const { layers, layerBytes } = images
  const shared = layers.filter(({ kind }) => kind === 'shared' || kind === 'moved').length
  const bytes = (label: string, { stored, unpacked }: LayerBytesTotal) => html`<tr>
    <th scope="row">${label}</th>
    <td>${numbers.bytes(stored)}</td>
    <td>${unpacked === null ? '–' : numbers.bytes(unpacked)}</td>
  </tr>`
  return html`<section class="layers" part="layers">
    <header>
      <h2>${speech.say('layers')}</h2>
      <span class="note">${speech.many('layersShared', shared)}</span>
    </header>
    ${
      state.picked === null
        ? nothing
        : html`<button type="button" class="all" @click=${() => state.onPick(null)}>
          ${speech.say('allLayers')}
        </button>`
    }
    <ol class="stacks" reversed>
      ${layers.toReversed().map((match) => matchView(match, images, state, context))}
    </ol>
    <table class="bytes">
      <thead>
        <tr>
          <td></td>
          <th scope="col">${speech.say('overTheWire')}</th>
          <th scope="col">${speech.say('onDisk')}</th>
        </tr>
      </thead>
      <tbody>
        ${bytes(speech.say('sharedBytes'), layerBytes.shared)} ${bytes(speech.say('removedBytes'), layerBytes.removed)}
        ${bytes(speech.say('addedBytes'), layerBytes.added)}
      </tbody>
    </table>
  </section>`
}

function matchView(
  { kind, before, after, claimed }: LayerMatch,
  images: ShownImages,
  state: LayersState,
  context: Context,
): TemplateResult {
  const { speech, numbers } = context
  const [side, index]: [Side, number] = after === null ? ['before', before ?? 0] : ['after', after]
  const facts = images[side].layers[index]
  const picked = state.picked?.side === side && state.picked.index === index
  const count = side === 'after' ? (state.counts?.[index] ?? (state.counts === null ? null : 0)) : null
  const notes = {
    shared: speech.say('layerShared'),
    moved: speech.say('layerMoved', { place: String(before) }),
    removed: speech.say('layerRemoved'),
    added: speech.say('layerAdded'),
  }
  const sign = kind === 'moved' ? SIGNS.modified : kind === 'shared' ? '=' : SIGNS[kind]
  return html`<li class="match ${kind}" part="layer layer-${kind}">
    <button
      type="button"
      aria-pressed=${picked}
      title=${speech.say('showLayer', { place: String(index) })}
      @click=${() => state.onPick(picked ? null : { side, index })}
    >
      <span class="place"><span class="sign" aria-hidden="true">${sign}</span> ${index}</span>
      <span class="command">${layerCommand(facts, context)}</span>
      <span class="facts">
        ${notes[kind]}${claimed ? html` · ${speech.say('layerClaimed')}` : nothing} ·
        ${numbers.bytes(facts?.size ?? 0)}${count ? html` · ${speech.many('layerChanges', count)}` : nothing}
      </span>
      <code class="digest">${facts ? shortDigest(facts.diffId) : ''}</code>
    </button>
  </li>`
}

function layerCommand(facts: LayerFacts | undefined, { speech }: Context): string {
  return facts?.createdBy == null ? speech.say('unknownCommand') : shortCommand(facts.createdBy)
}
