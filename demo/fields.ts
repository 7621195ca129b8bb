// One change in full: every field before and after, and which layer made it.

import { type Change, type ChangeField, type Entry, escapeText, type Side } from 'layerdiff'
import { el } from './dom.js'
import { formatBytes, formatCount, formatMode, formatRawBytes, formatTime, formatValue } from './format.js'

/** What to call a layer of a side. */
export type LayerName = (side: Side, layer: number) => string

interface Field {
  readonly name: string
  /** The field of a change that this one shows; the others never differ by themselves. */
  readonly of: ChangeField | null
  /** Null where an entry has no such thing. */
  read(entry: Entry, side: Side): string | null
}

const FIELDS: readonly Field[] = [
  {
    name: 'Type',
    of: 'type',
    read: ({ type, implicit }) => (implicit ? `${type}, without an entry of its own` : type),
  },
  { name: 'Mode', of: 'mode', read: ({ mode }) => formatMode(mode) },
  { name: 'Owner', of: 'owner', read: ({ uid, gid }) => `${uid}:${gid}` },
  {
    name: 'Size',
    of: 'content',
    read: ({ type, size }) => {
      if (type !== 'file') return null
      return size < 1000 ? formatBytes(size) : `${formatCount(size)} B (${formatBytes(size)})`
    },
  },
  {
    name: 'Content',
    of: 'content',
    read: ({ type, hash }) => (type === 'file' ? (hash ?? 'not read') : null),
  },
  { name: 'Mtime', of: 'mtime', read: ({ mtime, mtimeNanos }) => formatTime(mtime, mtimeNanos) },
  {
    name: 'Link target',
    of: 'link',
    read: ({ link, linkBytes }) => (linkBytes ? formatRawBytes(linkBytes) : link && escapeText(link)),
  },
  { name: 'First hard link', of: null, read: ({ hardlink }) => hardlink && escapeText(hardlink) },
  { name: 'Device', of: 'device', read: ({ device }) => device && `${device.major}, ${device.minor}` },
]

/** Builds what an opened change shows. */
export function fieldsOf(change: Change, layerName: LayerName): HTMLElement {
  const { path, pathBytes, before, after } = change
  const sides: [Side, Entry][] = []
  if (before) sides.push(['before', before])
  if (after) sides.push(['after', after])

  const row = (name: string, of: ChangeField | null, values: readonly (string | null)[]) => {
    if (values.every((value) => value === null)) return []
    const differs = sides.length === 2 && of !== null && change.fields.includes(of) && values[0] !== values[1]
    const head = el('th', { scope: 'row' }, ...(differs ? [el('span', { title: 'Differs' }, '≠ ')] : []), name)
    return [el('tr', { class: differs ? 'different' : '' }, head, ...values.map((value) => el('td', {}, value ?? '–')))]
  }
  const attributes = [...new Set(sides.flatMap(([, { xattrs }]) => Object.keys(xattrs)))].sort()
  const body = el(
    'tbody',
    {},
    ...FIELDS.flatMap(({ name, of, read }) =>
      row(
        name,
        of,
        sides.map(([side, entry]) => read(entry, side)),
      ),
    ),
    ...attributes.flatMap((attribute) =>
      row(
        escapeText(attribute),
        'xattrs',
        sides.map(([, { xattrs }]) => {
          const value = xattrs[attribute]
          return value ? formatValue(value) : null
        }),
      ),
    ),
    ...row(
      'Layer',
      null,
      sides.map(([side, { layer }]) => layerName(side, layer)),
    ),
  )
  const table = el(
    'table',
    {},
    el('thead', {}, el('tr', {}, el('td'), ...sides.map(([side]) => el('th', { scope: 'col' }, titleOf(side))))),
    body,
  )
  const shownPath = pathBytes ? `${formatRawBytes(pathBytes)} (not UTF-8)` : escapeText(path)
  return el(
    'div',
    { class: 'fields' },
    el('p', { class: 'path' }, `/${shownPath}`),
    el('p', { class: 'cause' }, causeOf(change, layerName)),
    el('div', { class: 'wide' }, table),
  )
}

const titleOf = (side: Side) => (side === 'before' ? 'Before' : 'After')

/** Why the after side is as it is, in a sentence. */
function causeOf({ kind, cause }: Change, layerName: LayerName): string {
  if (!cause) return 'No layer of the after side has this path.'
  const layer = `layer ${layerName('after', cause.layer)}`
  switch (cause.marker) {
    case 'whiteout':
      return `Removed by a whiteout in ${layer}.`
    case 'opaque':
      return `Removed by an opaque directory in ${layer}, which hides all that lies below it.`
    case 'replaced':
      return kind === 'removed'
        ? `Removed because something else took its place, or its parent’s, in ${layer}.`
        : `Something else took its place in ${layer}.`
    case 'entry':
      return `${kind === 'added' ? 'Added' : 'Written'} by ${layer}.`
  }
}
