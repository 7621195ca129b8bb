// The merged tree of one stack of layers, to be asked for paths as a container would see them.
//
// Takes: layers, bottom first. Gives: any path with what is there, through symlinks where that is wanted; what lies below a
// directory; and what a file holds. The tree is the diff from nothing: every path is an added change, and they stand in the order of
// their bytes, so that all is found by halving. Path resolution follows path_resolution(7), the root being the image's.

import type { DiffOptions } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { resolveDiffOptions } from '../options.js'
import { decodeText, escapeText } from '../text.js'
import type { Change, Entry, LayerDiff, LayerInput } from '../types.js'
import { compareBytes } from './byte-order.js'
import { type ReadStacksOptions, withoutSide } from './layers.js'
import { diffStacks } from './stacks.js'

export interface MergedTreeOptions extends DiffOptions, Partial<Pick<ReadStacksOptions, 'cache'>> {
  /**
   * Whether contents will be asked for: all are hashed then, so that what is read once more is known to be what it was. Without it
   * plain layers are read by their headers alone.
   */
  readonly contents: boolean
}

/** A path without symlinks, and what is there. */
export interface Located {
  /** Empty for the root. */
  readonly path: Uint8Array
  /** Null for the root, which no entry need describe. */
  readonly change: Change | null
}

/** As many as an unpacker follows, see SYMLINK_LOOP. */
const MOST_HOPS = 255
/** Components that may be walked in all: hostile links have two thousand each, and each costs a search. */
const MOST_STEPS = 16_384
const SLASH = 0x2f

/** @throws {LayerDiffError} what reading and merging layers throw, with the number of the layer */
export async function readMergedTree(
  layers: readonly LayerInput[],
  called: string,
  { contents, cache, ...given }: MergedTreeOptions,
): Promise<MergedTree> {
  try {
    const options = { ...resolveDiffOptions(given), cache, headersOnly: !contents }
    const { diff } = await diffStacks([], layers, options)
    return new MergedTree(diff, called)
  } catch (error) {
    throw withoutSide(error)
  }
}

export class MergedTree {
  private readonly encoder = new TextEncoder()

  /** @param called what messages call the stack */
  constructor(
    readonly diff: Pick<LayerDiff, 'changes' | 'content' | 'warnings'>,
    private readonly called: string,
  ) {}

  /** What is at a path, no link followed; undefined where nothing is. */
  find(path: Uint8Array): Change | undefined {
    const change = this.diff.changes.at(this.lowerBound(path))
    return change && compareBytes(this.bytesOf(change), path) === 0 ? change : undefined
  }

  /**
   * Where a path leads, as it may be typed: with or without a slash before it, `.` and `..` in it. Links in parents are followed, and a
   * link that stands last unless it is `kept`.
   *
   * @throws {LayerDiffError} PATH_NOT_FOUND, its `path` the one without links that is missing; SYMLINK_LOOP; LIMIT_RESOLUTION
   */
  locate(path: string, last: 'followed' | 'kept' = 'followed'): Located {
    return new Walk(this, path, this.called).to(last === 'followed')
  }

  /** All that lies below a directory, in byte order; all there is, for the root. */
  *below(directory: Uint8Array): Generator<Change> {
    const { changes } = this.diff
    if (directory.byteLength === 0) {
      yield* changes
      return
    }
    const prefix = asPrefix(directory)
    for (let index = this.lowerBound(prefix); index < changes.length; index++) {
      const change = changes.at(index) as Change
      if (!startsWith(this.bytesOf(change), prefix)) return
      yield change
    }
  }

  /** Names of what lies right in a directory, in byte order; no other path is looked at. */
  *names(directory: Uint8Array): Generator<string> {
    const { changes } = this.diff
    const prefix = asPrefix(directory)
    for (let index = this.lowerBound(prefix); index < changes.length; ) {
      const path = this.bytesOf(changes.at(index) as Change)
      if (!startsWith(path, prefix)) return
      const slash = path.indexOf(SLASH, prefix.byteLength)
      if (slash < 0) {
        yield decodeText(path.subarray(prefix.byteLength)).text
        index++
      } else {
        // Past all that begins with this name and a slash: a digit 0 is what comes after a slash.
        const next = path.slice(0, slash + 1)
        next[slash] = SLASH + 1
        index = this.lowerBound(next)
      }
    }
  }

  /**
   * The file that a path leads to.
   *
   * @throws {LayerDiffError} PATH_NOT_A_FILE, and what {@link locate} throws
   */
  file(path: string): { change: Change; entry: Entry } {
    const { change } = this.locate(path)
    const entry = change?.after
    if (change && entry?.type === 'file') return { change, entry }
    const name = escapeText(path)
    const place = { path: change?.path ?? '' }
    if (!entry || entry.type === 'directory') {
      throw new LayerDiffError('PATH_NOT_A_FILE', `${name} is a directory of ${escapeText(this.called)}.`, place)
    }
    throw new LayerDiffError('PATH_NOT_A_FILE', `${name} is a ${KINDS[entry.type]}, which holds no content.`, place)
  }

  bytesOf({ path, pathBytes }: Change): Uint8Array {
    return pathBytes ?? this.encoder.encode(path)
  }

  /** Index of the first path that is not before the given one. */
  private lowerBound(path: Uint8Array): number {
    const { changes } = this.diff
    let [low, high] = [0, changes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareBytes(this.bytesOf(changes.at(middle) as Change), path) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

const KINDS = { symlink: 'symlink', char: 'character device', block: 'block device', fifo: 'named pipe', file: 'file' }

/** One path on its way through the links. */
class Walk {
  private readonly encoder = new TextEncoder()
  /** Where it is: real names, from the root down. */
  private at: Located[] = [{ path: new Uint8Array(0), change: null }]
  private hops = 0
  private steps = 0

  constructor(
    private readonly tree: MergedTree,
    private readonly typed: string,
    private readonly called: string,
  ) {}

  to(followLast: boolean): Located {
    /** What is still to be walked, the next one last. */
    const ahead = componentsOf(this.encoder.encode(this.typed)).reverse()
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      if (++this.steps > MOST_STEPS)
        throw this.fault(
          'LIMIT_RESOLUTION',
          'leads through so many links and directories that following them was given up',
        )
      const text = decodeText(name).text
      if (text === '..') {
        // Above the root is the root.
        if (this.at.length > 1) this.at.pop()
        continue
      }
      const here = this.here
      if (here.change && here.change.after?.type !== 'directory') throw this.missing(name)
      const path = joined(here.path, name)
      const change = this.tree.find(path)
      if (!change) throw this.missing(name)
      const entry = change.after as Entry
      if (entry.type !== 'symlink' || (ahead.length === 0 && !followLast)) {
        this.at.push({ path, change })
        continue
      }
      if (++this.hops > MOST_HOPS)
        throw this.fault('SYMLINK_LOOP', `leads through a loop of symlinks, or through more than ${MOST_HOPS}`)
      const target = entry.linkBytes ?? this.encoder.encode(entry.link ?? '')
      if (target[0] === SLASH) this.at.length = 1
      ahead.push(...componentsOf(target).reverse())
    }
    return this.here
  }

  private get here(): Located {
    return this.at.at(-1) as Located
  }

  private missing(name: Uint8Array): LayerDiffError {
    const here = this.here
    const path = decodeText(joined(here.path, name)).text
    const typed = this.typed.replace(/^[./]*\/|\/+$/g, '')
    const parts = [`There is no ${escapeText(typed)} in ${escapeText(this.called)}`]
    const place = decodeText(here.path).text
    if (here.change && here.change.after?.type !== 'directory') parts.push(`${escapeText(place)} is no directory`)
    else if (this.hops > 0) parts.push(`its links lead to ${escapeText(path)}`)
    return new LayerDiffError('PATH_NOT_FOUND', `${parts.join(': ')}.`, { path })
  }

  private fault(code: 'SYMLINK_LOOP' | 'LIMIT_RESOLUTION', what: string): LayerDiffError {
    const words = `${escapeText(this.typed)} ${what}: nothing can open it.`
    return new LayerDiffError(code, words, { path: decodeText(this.here.path).text })
  }
}

/** Empty ones and `.` left out. */
function componentsOf(path: Uint8Array): Uint8Array[] {
  const components: Uint8Array[] = []
  for (let start = 0; start < path.byteLength; ) {
    const slash = path.indexOf(SLASH, start)
    const end = slash < 0 ? path.byteLength : slash
    const name = path.subarray(start, end)
    if (name.byteLength > 0 && decodeText(name).text !== '.') components.push(name)
    start = end + 1
  }
  return components
}

function joined(directory: Uint8Array, name: Uint8Array): Uint8Array {
  const prefix = asPrefix(directory)
  const path = new Uint8Array(prefix.byteLength + name.byteLength)
  path.set(prefix)
  path.set(name, prefix.byteLength)
  return path
}

/** What all paths below a directory begin with. */
function asPrefix(directory: Uint8Array): Uint8Array {
  if (directory.byteLength === 0) return directory
  const prefix = new Uint8Array(directory.byteLength + 1)
  prefix.set(directory)
  prefix[directory.byteLength] = SLASH
  return prefix
}

function startsWith(path: Uint8Array, prefix: Uint8Array): boolean {
  return path.byteLength >= prefix.byteLength && compareBytes(path.subarray(0, prefix.byteLength), prefix) === 0
}
