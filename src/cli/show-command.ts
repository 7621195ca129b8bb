// `layerdiff show`: writes what one file of an image holds.

import { type MergedTree, readMergedTree } from '../compose/merged-tree.js'
import { escapeText, LayerDiffError } from '../index.js'
import { formatBytes } from '../report/figures.js'
import { fileText } from '../report/file-text.js'
import type { Cleanup, Label } from './diff-command.js'
import { UsageError } from './exit-codes.js'
import { onStack } from './one-stack.js'
import type { Piece } from './output.js'
import type { ShowArguments } from './show-arguments.js'
import { leadsToTerminal } from './terminal.js'
import { withNearest } from './tree-paths.js'

/** A file is held in memory whole. */
const MOST_BYTES = 2 ** 30

/** Gives the exit code. */
export function runShow(args: ShowArguments, cleanup: Cleanup, label: Label): Promise<number> {
  const { image, path } = args
  return onStack(args, { cleanup, label, again: true }, async ({ stack, reading, output, clear }) => {
    const tree = await readMergedTree(stack.layers, image, { ...reading, contents: true })
    const { change, entry } = fileIn(tree, args)
    if (entry.size > MOST_BYTES) {
      throw new LayerDiffError(
        'INPUT_UNSUPPORTED',
        `${escapeText(path)} has ${formatBytes(entry.size)}, and show writes files of up to 1 GiB. It is in layer ${entry.layer}: take it from there with tar.`,
      )
    }
    const { bytes } = await tree.diff.content(change, 'after', { limit: entry.size }).catch((error) => {
      throw withReason(error, path, entry.layer)
    })
    clear()
    await output.write(leadsToTerminal(args.output) ? textOf(bytes, path) : [bytes])
  })
}

/** Where there is no such file, what is to be done about that is said. */
function fileIn(tree: MergedTree, { image, path }: ShowArguments) {
  try {
    return tree.file(path)
  } catch (error) {
    if (!(error instanceof LayerDiffError) || error.code !== 'PATH_NOT_A_FILE') throw withNearest(error, tree)
    const type = tree.locate(path).change?.after?.type ?? 'directory'
    if (type !== 'directory') throw error
    const { code, message } = error
    throw new LayerDiffError(code, `${message} layerdiff tree ${escapeText(`${image} ${path}`)} lists it.`)
  }
}

/** Its layer was read a moment ago, so that mostly the file is to blame. */
function withReason(error: unknown, path: string, layer: number): unknown {
  if (!(error instanceof LayerDiffError) || error.code !== 'INPUT_UNREADABLE') return error
  const words = `${escapeText(path)} cannot be read by itself: it is stored with holes, as a sparse file, or its layer has changed since it was read. Take it from layer ${layer} with tar.`
  return new LayerDiffError(error.code, words, {}, error)
}

/** @throws {UsageError} for what is no text */
function textOf(bytes: Uint8Array, path: string): Iterable<Piece> {
  const text = fileText(bytes)
  if (text) return text
  throw new UsageError(
    `${escapeText(path)} is no text, which a terminal could show. Write it to a file with -o FILE, or into a pipe.`,
  )
}
