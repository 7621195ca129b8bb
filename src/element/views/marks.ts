// Small things that recur in all views: signs, names, sizes. Whatever a layer chose is escaped.

import { html, nothing, type TemplateResult } from 'lit-html'
import { escapeText } from '../../text.js'
import type { Change, ChangeField, Entry, EntryType, Totals } from '../../types.js'
import type { Context } from '../context.js'
import { KINDS } from '../filter.js'
import type { TextKey } from '../words.js'

/** How each kind is marked: never by colour alone. */
export const SIGNS: Readonly<Record<Change['kind'], string>> = { added: '+', removed: '−', modified: '~' }

const FIELD_WORDS: Readonly<Record<ChangeField, TextKey>> = {
  content: 'fieldContent',
  type: 'fieldType',
  mode: 'fieldMode',
  owner: 'fieldOwner',
  link: 'fieldLink',
  device: 'fieldDevice',
  xattrs: 'fieldXattrs',
  mtime: 'fieldMtime',
}

const TYPE_WORDS: Readonly<Record<EntryType, TextKey>> = {
  file: 'typeFile',
  directory: 'typeDirectory',
  symlink: 'typeSymlink',
  char: 'typeChar',
  block: 'typeBlock',
  fifo: 'typeFifo',
}

export function fieldWord(field: ChangeField, { speech }: Context): string {
  return speech.say(FIELD_WORDS[field])
}

export function typeWord(type: EntryType, { speech }: Context): string {
  return speech.say(TYPE_WORDS[type])
}

export function signOf(kind: Change['kind'], { speech }: Context): TemplateResult {
  return html`<span class="sign ${kind}" part="sign sign-${kind}" aria-hidden="true">${SIGNS[kind]}</span
    ><span class="unseen">${speech.say(kind)} </span>`
}

/** A path from the root, exact: with `\xNN` for bytes that are not printable ASCII where they are no UTF-8. */
export function shownPath({
  path,
  pathBytes,
}: {
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
}): string {
  return `/${pathBytes ? formatRawBytes(pathBytes) : path}`
}

/** Bytes that are not all text, with `\xNN` for those that are not printable ASCII. */
export function formatRawBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

/** A name of a layer's own choosing. `bdi` keeps letters that run from right to left from turning their surroundings. */
export function nameOf(text: string): TemplateResult {
  return html`<bdi dir="ltr">${escapeText(text)}</bdi>`
}

export function linkOf(entry: Entry | null): TemplateResult | typeof nothing {
  return entry?.link == null ? nothing : html`<span class="link"> → ${nameOf(entry.link)}</span>`
}

/** Growth and shrinkage, told by the sign and by colour. */
export function deltaOf(bytes: number, { numbers }: Context): TemplateResult {
  const kind = bytes === 0 ? 'same' : bytes > 0 ? 'grew' : 'shrank'
  return html`<span class="delta ${kind}">${numbers.delta(bytes)}</span>`
}

/** `+3 −2 ~5`. */
export function totalsOf(totals: Totals, { speech, numbers }: Context): TemplateResult {
  return html`<span class="totals"
    >${KINDS.filter((kind) => totals[kind] > 0).map(
      (kind) =>
        html`<span class=${kind}
          ><span aria-hidden="true">${SIGNS[kind]}</span>${numbers.count(totals[kind])}<span class="unseen">
            ${speech.say(kind)}
          </span></span
        >`,
    )}</span
  >`
}
