// A list of paths, as `ls -l` shows them: of a merged tree, or of one layer with its markers.
//
// Takes: paths one by one. Gives: lines, or JSON of schema layerdiff-tree/1 with a path a line, while they come: a million of them is
// never held at once. Names are never cut.
//
//   drwxr-xr-x 0:0     - 2024-01-02 03:04 etc
//   -rw-r--r-- 0:42 1204 2024-01-02 03:04 etc/shadow
//   lrwxrwxrwx 0:0     - 2024-01-02 03:04 etc/mtab -> ../proc/mounts
//   whiteout                              etc/motd

import { encodeBase64, entryJson } from '../json.js'
import type { Entry, EntryType } from '../types.js'
import { formatMinute } from './figures.js'
import { toLine } from './json.js'
import { safeText } from './names.js'

/** Of a merged tree, or of a layer, where a hard link is a type of its own and has its target in `hardlink`. */
export interface ListedEntry extends Omit<Entry, 'type'> {
  readonly type: EntryType | 'hardlink'
}

interface Path {
  /** Empty for the root. */
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
}

/** One line: an entry, or a layer's marker, which has nothing but its path. */
export type Listed =
  | (Path & { readonly entry: ListedEntry })
  | (Path & { readonly marker: 'whiteout' | 'opaque'; readonly layer: number })

/** Lines that are looked at before the first is written, to know how wide their columns are. Later ones push what is wider. */
const LOOKED_AT = 1000

interface Row {
  readonly mode: string
  readonly owner: string
  readonly size: string
  readonly time: string
  readonly name: string
}

/** The list in pieces, each of whole lines. */
export function* treeReport(paths: Iterable<Listed>): Generator<string> {
  let first: Row[] | null = []
  let widths = { owner: 0, size: 0, time: 0 }
  for (const path of paths) {
    const row = rowOf(path)
    if (first === null) {
      yield lineOf(row, widths)
      continue
    }
    first.push(row)
    widths = widest(widths, row)
    if (first.length < LOOKED_AT) continue
    for (const one of first) yield lineOf(one, widths)
    first = null
  }
  for (const one of first ?? []) yield lineOf(one, widths)
}

function widest<T extends Pick<Row, 'owner' | 'size' | 'time'>>(widths: Widths, { owner, size, time }: T): Widths {
  return {
    owner: Math.max(widths.owner, owner.length),
    size: Math.max(widths.size, size.length),
    time: Math.max(widths.time, time.length),
  }
}

type Widths = Readonly<Record<'owner' | 'size' | 'time', number>>

function lineOf({ mode, owner, size, time, name }: Row, widths: Widths): string {
  const columns = [
    mode.padEnd(10),
    owner.padEnd(widths.owner),
    size.padStart(widths.size),
    time.padStart(widths.time),
    name,
  ]
  return `${columns.join(' ')}\n`
}

function rowOf(listed: Listed): Row {
  const path = safeText(listed.path, listed.pathBytes) || '.'
  if ('marker' in listed) return { mode: listed.marker, owner: '', size: '', time: '', name: path }
  const { entry } = listed
  return {
    mode: modeLetters(entry),
    owner: `${entry.uid}:${entry.gid}`,
    size: sizeText(entry),
    time: formatMinute(entry.mtime),
    name: path + leadsTo(entry, listed.path),
  }
}

const LETTERS: Readonly<Record<ListedEntry['type'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
  // As `tar -tv` has it.
  hardlink: 'h',
}

/** `drwxr-sr-t`: setuid, setgid and sticky stand where the right to execute does, in capitals where that is missing. */
export function modeLetters({ type, mode }: Pick<ListedEntry, 'type' | 'mode'>): string {
  const classes = [
    [6, 0o4000, 's'],
    [3, 0o2000, 's'],
    [0, 0o1000, 't'],
  ] as const
  const letters = classes.map(([shift, special, letter]) => {
    const bits = (mode >> shift) & 7
    const execute = bits & 1 ? 'x' : '-'
    const last = mode & special ? (bits & 1 ? letter : letter.toUpperCase()) : execute
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`
  })
  return LETTERS[type] + letters.join('')
}

/** Only files and devices have any. */
function sizeText({ type, size, device }: ListedEntry): string {
  if (device) return `${device.major}:${device.minor}`
  return type === 'file' ? String(size) : '-'
}

/** Of names that share a file all but the first say which that is. */
function leadsTo({ link, linkBytes, hardlink }: ListedEntry, path: string): string {
  if (link !== null) return ` -> ${safeText(link, linkBytes)}`
  return hardlink === null || hardlink === path ? '' : ` link to ${safeText(hardlink, undefined)}`
}

/** What the list is of: below which path, and of which layer, or of the merged tree. */
export interface TreeHead {
  readonly path: string
  readonly pathBytes?: Uint8Array | undefined
  readonly layer: number | null
}

/** The list as JSON, in pieces of whole lines. */
export function* treeJson({ layer, ...below }: TreeHead, paths: Iterable<Listed>): Generator<string> {
  const head = toLine({ schema: 'layerdiff-tree/1', ...pathJson(below), layer })
  yield `${head.slice(0, -1)},\n"entries":[\n`
  let line: string | null = null
  for (const listed of paths) {
    if (line !== null) yield `${line},\n`
    line = listedLine(listed)
  }
  yield line === null ? ']}\n' : `${line}\n]}\n`
}

function pathJson({ path, pathBytes }: Path) {
  return { path, ...(pathBytes && { pathBytes: encodeBase64(pathBytes) }) }
}

function listedLine(listed: Listed): string {
  if ('marker' in listed) return toLine({ ...pathJson(listed), marker: listed.marker, layer: listed.layer })
  // Two texts joined: one object spread into another took two thirds of the time of a million entries.
  return `${toLine(pathJson(listed)).slice(0, -1)},${toLine(entryJson(listed.entry)).slice(1)}`
}
