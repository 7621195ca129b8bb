// `layerdiff tree`: lists what an image shows, or what one of its layers holds.

import { readLayerEntries } from '../compose/layer-entries.js'
import { type Located, type MergedTree, readMergedTree } from '../compose/merged-tree.js'
import type { LayerEntry } from '../engine/index-entries.js'
import { type Change, type Entry, escapeText, LayerDiffError } from '../index.js'
import { type Listed, type TreeHead, treeJson, treeReport } from '../report/tree.js'
import { warningLines } from '../report/warnings.js'
import type { Cleanup, Label } from './diff-command.js'
import { UsageError } from './exit-codes.js'
import { tell } from './messages.js'
import { onStack, type StackWork } from './one-stack.js'
import type { TreeArguments } from './tree-arguments.js'
import { withNearest } from './tree-paths.js'

interface List {
  readonly head: TreeHead
  readonly paths: Iterable<Listed>
}

/** Gives the exit code. */
export function runTree(args: TreeArguments, cleanup: Cleanup, label: Label): Promise<number> {
  return onStack(args, { cleanup, label, again: false }, async (work) => {
    const { head, paths } = args.layer === null ? await mergedList(args, work) : await layerList(args, args.layer, work)
    work.clear()
    await work.output.write(args.format === 'json' ? treeJson(head, paths) : treeReport(paths))
  })
}

async function mergedList({ image, path, format }: TreeArguments, { stack, reading, clear }: StackWork): Promise<List> {
  const tree = await readMergedTree(stack.layers, image, { ...reading, contents: false })
  clear()
  if (format === 'text') {
    // There is but one stack.
    for (const line of warningLines(tree.diff.warnings)) {
      tell(`layerdiff: warning: ${line.replace(/(layer \d+) of the after side/, '$1')}\n`)
    }
  }
  const located = placeIn(tree, path)
  const { change } = located
  const one = change !== null && change.after?.type !== 'directory'
  const changes = one ? [change] : tree.below(located.path)
  const { path: below = '', pathBytes } = change ?? {}
  return { head: { path: below, pathBytes, layer: null }, paths: listedChanges(changes) }
}

function* listedChanges(changes: Iterable<Change>): Generator<Listed> {
  for (const { path, pathBytes, after } of changes) yield { path, pathBytes, entry: after as Entry }
}

/** What a directory's link leads to; any other link is listed itself. */
function placeIn(tree: MergedTree, path: string): Located {
  try {
    const kept = tree.locate(path, 'kept')
    if (kept.change?.after?.type !== 'symlink') return kept
    return directoryAt(tree, path) ?? kept
  } catch (error) {
    throw withNearest(error, tree)
  }
}

/** Null where a link leads to what is no directory, or nowhere. */
function directoryAt(tree: MergedTree, path: string): Located | null {
  try {
    const located = tree.locate(path)
    return located.change === null || located.change.after?.type === 'directory' ? located : null
  } catch (error) {
    if (error instanceof LayerDiffError) return null
    throw error
  }
}

async function layerList(
  { image, path: typed }: TreeArguments,
  layer: number,
  { stack, reading }: StackWork,
): Promise<List> {
  const { layers } = stack
  if (layer >= layers.length) {
    const layersHere = layers.length === 1 ? 'one layer, 0' : `${layers.length} layers, 0 to ${layers.length - 1}`
    const range = layers.length === 0 ? 'no layers' : layersHere
    throw new UsageError(`There is no layer ${layer}: ${escapeText(image)} has ${range}.`)
  }
  const entries = await readLayerEntries(layers, layer, reading)
  const path = cleaned(typed)
  const isBelow = (entry: LayerEntry) => path === '' || entry.path === path || entry.path.startsWith(`${path}/`)
  if (path !== '' && !hasAny(entries, isBelow)) {
    const words = `Layer ${layer} of ${escapeText(image)} has no entry for ${escapeText(path)}.`
    throw new LayerDiffError('PATH_NOT_FOUND', `${words} A layer's own links are not followed.`, { path })
  }
  return { head: { path, layer }, paths: listedEntries(entries, layer, isBelow) }
}

function hasAny(entries: Iterable<LayerEntry>, wanted: (entry: LayerEntry) => boolean): boolean {
  for (const entry of entries) if (wanted(entry)) return true
  return false
}

function* listedEntries(
  entries: Iterable<LayerEntry>,
  layer: number,
  wanted: (entry: LayerEntry) => boolean,
): Generator<Listed> {
  for (const listed of entries) {
    if (!wanted(listed)) continue
    const { path, pathBytes, marker, ...entry } = listed
    yield marker === null ? { path, pathBytes, entry: { ...entry, layer } } : { path, pathBytes, marker, layer }
  }
}

/** As an archive's names are cleaned: no link is looked at. */
function cleaned(typed: string): string {
  const components: string[] = []
  for (const name of typed.split('/')) {
    if (name === '..') components.pop()
    else if (name !== '' && name !== '.') components.push(name)
  }
  return components.join('/')
}
