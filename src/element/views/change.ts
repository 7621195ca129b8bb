// One change in full: every field before and after, and which layer and which line of the history made it.

import { html, nothing, type TemplateResult } from 'lit-html'
import { escapeText } from '../../text.js'
import type { Change, ChangeField, Entry, Side } from '../../types.js'
import type { Context } from '../context.js'
import { formatMode } from '../numbers.js'
import { formatRawBytes, nameOf, shownPath, signOf, typeWord } from './marks.js'

/** What to call a layer of a side: its place, and what made it. */
export type LayerName = (side: Side, layer: number) => string

interface Field {
  readonly name: 'type' | 'mode' | 'owner' | 'size' | 'content' | 'mtime' | 'linkTarget' | 'firstHardLink' | 'device'
  /** The field of a change that this one shows; null where it never differs by itself. */
  readonly of: ChangeField | null
  /** Null where an entry has no such thing. */
  read(entry: Entry, context: Context): string | null
}

const FIELDS: readonly Field[] = [
  {
    name: 'type',
    of: 'type',
    read({ type, implicit }, context) {
      const word = typeWord(type, context)
      return implicit ? context.speech.say('implicit', { type: word }) : word
    },
  },
  { name: 'mode', of: 'mode', read: ({ mode }) => formatMode(mode) },
  { name: 'owner', of: 'owner', read: ({ uid, gid }) => `${uid}:${gid}` },
  {
    name: 'size',
    of: 'content',
    read: ({ type, size }, { numbers }) => (type === 'file' ? numbers.exactBytes(size) : null),
  },
  {
    name: 'content',
    of: 'content',
    read: ({ type, hash }, { speech }) => (type === 'file' ? (hash ?? speech.say('contentNotRead')) : null),
  },
  { name: 'mtime', of: 'mtime', read: ({ mtime, mtimeNanos }, { numbers }) => numbers.time(mtime, mtimeNanos) },
  {
    name: 'linkTarget',
    of: 'link',
    read: ({ link, linkBytes }) => (linkBytes ? formatRawBytes(linkBytes) : link && escapeText(link)),
  },
  { name: 'firstHardLink', of: null, read: ({ hardlink }) => hardlink && escapeText(hardlink) },
  { name: 'device', of: 'device', read: ({ device }) => device && `${device.major}, ${device.minor}` },
]

/** @param notes what more there is to say of it */
export function changeView(
  change: Change,
  layerName: LayerName,
  onClose: () => void,
  notes: readonly (TemplateResult | typeof nothing)[],
  content: TemplateResult | typeof nothing,
  context: Context,
): TemplateResult {
  const { speech } = context
  const { pathBytes, before, after, kind } = change
  const sides = (['before', 'after'] as const).flatMap((side): [Side, Entry][] => {
    const entry = side === 'before' ? before : after
    return entry ? [[side, entry]] : []
  })
  const shown = pathBytes ? speech.say('notUtf8', { path: shownPath(change) }) : shownPath(change)
  const onKey = ({ key }: KeyboardEvent) => {
    if (key === 'Escape') onClose()
  }
  return html`<section class="change" part="change" aria-label=${escapeText(shown)} @keydown=${onKey}>
    <header>
      <h3>${signOf(kind, context)} ${nameOf(shown)}</h3>
      <button type="button" class="quiet" @click=${onClose}>${speech.say('close')}</button>
    </header>
    <p class="cause">${causeOf(change, layerName, context)}</p>
    ${notes}
    <div class="wide" tabindex="0" role="group" aria-label=${escapeText(shown)}>
      <table>
        <thead>
          <tr>
            <td></td>
            ${sides.map(([side]) => html`<th scope="col">${speech.say(side)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rowsOf(change, sides, layerName, context).map(
            ({ name, values, differs }) => html`<tr class=${differs ? 'different' : ''}>
              <th scope="row">
                ${name}${differs ? html`<span class="differs" title=${speech.say('differs')}> ≠</span>` : nothing}
              </th>
              ${values.map((value) => html`<td>${value ?? '–'}</td>`)}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${content}
  </section>`
}

interface FieldRow {
  readonly name: string
  readonly values: readonly (string | null)[]
  readonly differs: boolean
}

function rowsOf(
  change: Change,
  sides: readonly [Side, Entry][],
  layerName: LayerName,
  context: Context,
): readonly FieldRow[] {
  const row = (name: string, of: ChangeField | null, values: readonly (string | null)[]): FieldRow => ({
    name,
    values,
    differs: values.length === 2 && of !== null && change.fields.includes(of) && values[0] !== values[1],
  })
  const attributes = [...new Set(sides.flatMap(([, { xattrs }]) => Object.keys(xattrs)))].sort()
  return [
    ...FIELDS.map(({ name, of, read }) =>
      row(
        context.speech.say(name),
        of,
        sides.map(([, entry]) => read(entry, context)),
      ),
    ),
    ...attributes.map((name) =>
      row(
        escapeText(name),
        'xattrs',
        sides.map(([, { xattrs }]) => (xattrs[name] ? formatValue(xattrs[name]) : null)),
      ),
    ),
    row(
      context.speech.say('layer'),
      null,
      sides.map(([side, { layer }]) => layerName(side, layer)),
    ),
  ].filter(({ values }) => values.some((value) => value !== null))
}

/** Why the after side is as it is, in a sentence. */
function causeOf({ kind, cause }: Change, layerName: LayerName, { speech }: Context): string {
  if (!cause) return speech.say('causeNone')
  const layer = speech.say('layerPlace', { place: layerName('after', cause.layer) })
  switch (cause.marker) {
    case 'whiteout':
      return speech.say('causeWhiteout', { layer })
    case 'opaque':
      return speech.say('causeOpaque', { layer })
    case 'replaced':
      return speech.say('causeReplaced', { layer })
    case 'entry':
      return speech.say(kind === 'added' ? 'causeAdded' : 'causeWritten', { layer })
  }
}

const SHOWN_BYTES = 96

/** The value of an extended attribute: quoted where it is plain text, else hexadecimal; the beginning of a long one. */
function formatValue(bytes: Uint8Array): string {
  const rest = bytes.length > SHOWN_BYTES ? ` … (${bytes.length} B)` : ''
  const head = bytes.subarray(0, SHOWN_BYTES)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(head)
    if (escapeText(text) === text) return `“${text}”${rest}`
  } catch {
    // Not UTF-8, or cut inside a character.
  }
  return `0x${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('')}${rest}`
}
