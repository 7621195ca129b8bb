// The truth beside the fixtures' images: what a kernel's overlayfs mount shows of them, in the words of a diff's JSON.
// Reads the folder named by LAYERDIFF_FIXTURES, by default ../shared/fixtures beside the repository.
// Node only. Where the folder is absent `fixtures` is null, and the tests that need it are to be skipped.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChangeJson, EntryJson } from '../../src/types.js'
import type { Field, JsonEntry } from './reference.js'

export type ImageName = 'small-1' | 'small-2' | 'small-3'
export type Pair = 'small-1-small-2' | 'small-1-small-3'
export type LayoutForm = 'oci-gzip' | 'oci-zstd' | 'oci-zstd-chunked'

/** A path as the mount shows it. It hashes with SHA-256, and knows no layers. */
export interface TrueEntry extends Pick<JsonEntry, 'type' | 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'mtimeNanos'> {
  link: string | null
  hardlink: string | null
  device: { major: number; minor: number } | null
  /** values in base64 */
  xattrs: Record<string, string>
  /** hex, null for what is no regular file */
  sha256: string | null
}

export interface TrueChange {
  path: string
  /** base64, where the path is not valid UTF-8 */
  pathBytes?: string
  kind: 'added' | 'removed' | 'modified'
  /** with mtime compared */
  fields: Field[]
  before: TrueEntry | null
  after: TrueEntry | null
}

/** Files whose mtime the store that was mounted clips to zero. */
export const CLIPPED_TIMES = ['srv/t/times/old', 'srv/t/times/future']

export interface TrueCounts {
  added: number
  removed: number
  /** type, content, link or device */
  substance: number
  /** nothing but mode, owner or xattrs, and perhaps mtime */
  metadata: number
  mtime: number
}

/** The README's table of counts, without the root, which counts there as one path that differs only in mtime. */
export const TRUE_COUNTS: Record<Pair, TrueCounts> = {
  'small-1-small-2': { added: 8, removed: 17, substance: 20, metadata: 13, mtime: 12 },
  'small-1-small-3': { added: 25, removed: 715, substance: 291, metadata: 13, mtime: 90 },
}

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = resolve(repository, process.env.LAYERDIFF_FIXTURES ?? '../shared/fixtures')

/** The fixtures' folder, null where there is none. */
export const fixtures: string | null = existsSync(resolve(folder, 'truth')) ? folder : null

export function fixturePath(...parts: string[]): string {
  if (fixtures === null) throw new Error(`no fixtures in ${folder}: set LAYERDIFF_FIXTURES`)
  return resolve(fixtures, ...parts)
}

/** The blobs of an image's layers, bottom first. */
export function layerPaths(image: ImageName, form: LayoutForm): string[] {
  const layout = fixturePath('images', image, form)
  const blob = (digest: string) => resolve(layout, 'blobs', ...digest.split(':'))
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  const manifest = json(blob(json(resolve(layout, 'index.json')).manifests[0].digest))
  return manifest.layers.map((layer: { digest: string }) => blob(layer.digest))
}

/** Every path of an image but the root; the key is the path's bytes, a UTF-16 unit each. */
export function trueTree(image: ImageName): Map<string, TrueEntry> {
  const rows = readRows(`${image}.jsonl`).filter((row) => row.path !== '.')
  const linked = severalNames(rows)
  return new Map(rows.map((row) => [pathKey(row), trueEntry(row, linked)]))
}

/** Every change but the root's, in byte order of the paths. */
export function trueDiff(pair: Pair): TrueChange[] {
  const [linkedBefore, linkedAfter] = (pair.match(/small-./g) ?? []).map((image) =>
    severalNames(readRows(`${image}.jsonl`)),
  )
  const rows = readRows(`diff-${pair}.jsonl`).filter((row) => row.path !== '.')
  const keyed = rows.map((row): [string, TrueChange] => {
    const key = pathKey(row.old?.path_hex ? row.old : row.new?.path_hex ? row.new : row)
    const bytes = Buffer.from(key, 'latin1')
    const valid = Buffer.from(bytes.toString('utf8')).equals(bytes)
    return [
      key,
      {
        path: bytes.toString('utf8'),
        ...(valid ? {} : { pathBytes: bytes.toString('base64') }),
        kind: row.status as TrueChange['kind'],
        fields: fieldsOf(row.attrs ?? []),
        before: row.old ? trueEntry(row.old, linkedBefore) : null,
        after: row.new ? trueEntry(row.new, linkedAfter) : null,
      },
    ]
  })
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change)
}

interface Row {
  path: string
  path_hex?: string
  status?: string
  attrs?: string[]
  old?: Row
  new?: Row
  type: string
  mode: string
  uid: number
  gid: number
  mtime: number
  mtime_ns: number
  size?: number
  sha256?: string
  linkname?: string
  hardlink_first?: string
  dev?: string
  xattrs?: Record<string, string>
}

function readRows(name: string): Row[] {
  return readFileSync(fixturePath('truth', name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

function pathKey(row: Pick<Row, 'path' | 'path_hex'>): string {
  const bytes = row.path_hex ? Buffer.from(row.path_hex, 'hex') : Buffer.from(row.path)
  return bytes.toString('latin1')
}

/** First names of inodes with several: the kernel counts hidden names too, and so calls some lone ones linked. */
function severalNames(rows: Row[]): Set<string> {
  const firsts = rows.flatMap((row) => row.hardlink_first ?? [])
  return new Set(firsts.filter((first, index) => firsts.indexOf(first) !== index))
}

function trueEntry(row: Row, linked = new Set<string>()): TrueEntry {
  const [major, minor] = row.dev?.split(':').map(Number) ?? []
  return {
    type: row.type === 'dir' ? 'directory' : (row.type as TrueEntry['type']),
    mode: Number.parseInt(row.mode, 8),
    uid: row.uid,
    gid: row.gid,
    size: row.size ?? 0,
    mtime: row.mtime,
    mtimeNanos: row.mtime_ns,
    link: row.linkname ?? null,
    hardlink: row.hardlink_first && linked.has(row.hardlink_first) ? row.hardlink_first : null,
    device: major !== undefined && minor !== undefined ? { major, minor } : null,
    xattrs: Object.fromEntries(
      Object.entries(row.xattrs ?? {}).map(([key, hex]) => [key, Buffer.from(hex, 'hex').toString('base64')]),
    ),
    sha256: row.sha256 ?? null,
  }
}

/**
 * What both a diff (made with mtime compared) and the mount know of changes: the mount has no layers and another hash, and its
 * xattrs hold the store's own. Files whose times it clips are left out.
 */
export function comparable(changes: readonly (ChangeJson | TrueChange)[]) {
  return changes
    .filter(({ path }) => !CLIPPED_TIMES.includes(path))
    .map(({ path, pathBytes, kind, fields, before, after }) => {
      return { path, pathBytes, kind, fields, before: comparableEntry(before), after: comparableEntry(after) }
    })
}

function comparableEntry(entry: EntryJson | TrueEntry | null) {
  if (!entry) return null
  const { type, mode, uid, gid, size, mtime, mtimeNanos, link, hardlink, device, xattrs } = entry
  return { type, mode, uid, gid, size, mtime, mtimeNanos, link, hardlink, device, xattrs }
}

/** Changes (made with mtime compared) counted as the README's table does it. */
export function countsOf(changes: readonly { kind: TrueChange['kind']; fields: readonly Field[] }[]): TrueCounts {
  const counts = { added: 0, removed: 0, substance: 0, metadata: 0, mtime: 0 }
  for (const { kind, fields } of changes) {
    if (kind !== 'modified') counts[kind]++
    else if (fields.some((field) => ['type', 'content', 'link', 'device'].includes(field))) counts.substance++
    else if (fields.some((field) => field !== 'mtime')) counts.metadata++
    else counts.mtime++
  }
  return counts
}

const FIELD_OF: Record<string, Field> = {
  size: 'content',
  sha256: 'content',
  type: 'type',
  mode: 'mode',
  uid: 'owner',
  gid: 'owner',
  linkname: 'link',
  dev: 'device',
  xattrs: 'xattrs',
  mtime: 'mtime',
}
const FIELD_ORDER: Field[] = ['content', 'type', 'mode', 'owner', 'link', 'device', 'xattrs', 'mtime']

/** A type that differs stands alone, whatever else does. */
function fieldsOf(attrs: string[]): Field[] {
  const fields = new Set(attrs.map((attr) => FIELD_OF[attr]))
  return fields.has('type') ? ['type'] : FIELD_ORDER.filter((field) => fields.has(field))
}
