// A diff as the views take it: one that was just made, or one that comes back from its JSON.
//
// Takes: a LayerDiff, an ImageDiff, or what their toJSON gave, which may have come from anywhere. Gives: the same shape for
// all four. Of JSON the shape of each change is checked when it is looked at, and the rest at once.

import { LayerDiffError } from '../errors.js'
import type {
  ConfigChange,
  HistoryChange,
  ImageDiff,
  ImageDiffJson,
  ImageFacts,
  ImageWaste,
  LayerMatch,
} from '../image-types.js'
import { ownBytes } from '../json.js'
import type {
  Change,
  ChangeJson,
  Changes,
  DirectoryNode,
  Entry,
  EntryJson,
  LayerDiff,
  LayerDiffJson,
  NotableChange,
  NotableChangeJson,
  PackageChange,
  Rename,
  RenameJson,
  Totals,
  Warning,
} from '../types.js'

export type Report = LayerDiff | ImageDiff | LayerDiffJson | ImageDiffJson

/** What only diffs of images have. */
export interface ShownImages {
  readonly before: ImageFacts
  readonly after: ImageFacts
  readonly layers: readonly LayerMatch[]
  readonly layerBytes: ImageDiff['layerBytes']
  readonly config: readonly ConfigChange[]
  readonly history: readonly HistoryChange[]
  /** Of the after image; null where nobody asked for it. */
  readonly waste: ImageWaste | null
}

/** What can be looked at one by one. */
export interface List<Value> {
  readonly length: number
  at(index: number): Value | undefined
}

export interface ShownDiff {
  readonly changes: Omit<Changes, typeof Symbol.iterator> & Iterable<Change>
  readonly summary: Totals
  readonly warnings: readonly Warning[]
  /** As a JSON tells them; null where the changes have to be looked through. */
  readonly notable: List<NotableChange> | null
  /** Null where nobody asked for them, as packages. */
  readonly renames: List<Rename> | null
  readonly packages: readonly PackageChange[] | null
  /** All changes by directory; null where that has to be worked out first. */
  readonly tree: (() => DirectoryNode) | null
  readonly images: ShownImages | null
  /** Reads what a file held; null of JSON, which has no contents. */
  readonly content: LayerDiff['content'] | null
}

/** @throws {LayerDiffError} INVALID_ARGUMENT where it is no report */
export function shownDiff(report: Report): ShownDiff {
  if (typeof report !== 'object' || report === null || typeof report.summary !== 'object' || report.summary === null) {
    throw noReport('it has no summary')
  }
  if ('schema' in report) return fromJson(report)
  const { changes, summary, warnings, renames, packages, content } = report
  return {
    changes,
    summary,
    warnings,
    notable: null,
    renames,
    packages,
    tree: () => report.tree(),
    images: imagesOf(report),
    content,
  }
}

function fromJson(json: LayerDiffJson | ImageDiffJson): ShownDiff {
  if (json.schema !== 'layerdiff/1') throw noReport(`its schema is ${JSON.stringify(json.schema)}, not "layerdiff/1"`)
  if (!Array.isArray(json.changes)) throw noReport('it has no list of changes')
  const images =
    'images' in json && json.images
      ? { ...json.images, ...pick(json, ['layers', 'layerBytes', 'config', 'history']), waste: json.waste ?? null }
      : null
  return {
    changes: new Decoded(json.changes, changeOf),
    summary: json.summary,
    warnings: json.warnings ?? [],
    // Older versions tell none of these.
    notable: json.notable ? new Decoded(json.notable, notableOf) : null,
    renames: json.renames ? new Decoded(json.renames, renameOf) : null,
    packages: json.packages ?? null,
    tree: null,
    images,
    content: null,
  }
}

function imagesOf(report: LayerDiff | ImageDiff): ShownImages | null {
  if (!('layerOf' in report)) return null
  return pick(report, ['before', 'after', 'layers', 'layerBytes', 'config', 'history', 'waste'])
}

function pick<Whole, Key extends keyof Whole>(whole: Whole, keys: readonly Key[]): Pick<Whole, Key> {
  return Object.fromEntries(keys.map((key) => [key, whole[key]])) as Pick<Whole, Key>
}

function noReport(why: string): LayerDiffError {
  return new LayerDiffError(
    'INVALID_ARGUMENT',
    `The report is none: ${why}. Give what diffLayers or diffImages gave, or the JSON of it.`,
  )
}

/** A list of a JSON, made into what it was one by one. */
class Decoded<Json, Value> implements List<Value>, Iterable<Value> {
  constructor(
    private readonly list: readonly Json[],
    private readonly decode: (json: Json) => Value,
  ) {}

  get length(): number {
    return this.list.length
  }

  at(index: number): Value | undefined {
    const json = this.list.at(index)
    return json && this.decode(json)
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (const json of this.list) yield this.decode(json)
  }
}

function notableOf({ pathBytes, ...rest }: NotableChangeJson): NotableChange {
  return { ...rest, ...(pathBytes !== undefined && { pathBytes: decodeBase64(pathBytes) }) }
}

function renameOf({ fromBytes, toBytes, ...rest }: RenameJson): Rename {
  return {
    ...rest,
    ...(fromBytes !== undefined && { fromBytes: decodeBase64(fromBytes) }),
    ...(toBytes !== undefined && { toBytes: decodeBase64(toBytes) }),
  }
}

function changeOf({ pathBytes, before, after, ...rest }: ChangeJson): Change {
  const { bytesBefore = ownBytes(before), bytesAfter = ownBytes(after) } = rest
  return {
    ...rest,
    ...(pathBytes !== undefined && { pathBytes: decodeBase64(pathBytes) }),
    before: entryOf(before),
    after: entryOf(after),
    bytesBefore,
    bytesAfter,
  }
}

function entryOf(entry: EntryJson | null): Entry | null {
  if (entry === null) return null
  const { linkBytes, xattrs, ...rest } = entry
  // Without a prototype: an attribute may be called __proto__.
  const decoded: Record<string, Uint8Array> = Object.create(null)
  for (const [name, value] of Object.entries(xattrs)) decoded[name] = decodeBase64(value)
  return { ...rest, ...(linkBytes !== undefined && { linkBytes: decodeBase64(linkBytes) }), xattrs: decoded }
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
