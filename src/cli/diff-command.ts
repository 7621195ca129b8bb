// `layerdiff diff`: reads both stacks, writes the report.

import { statSync } from 'node:fs'
import { type DiffOptions, diffLayers, escapeText, type LayerDiff, type LayerDiffError } from '../index.js'
import { jsonReport } from '../report/json.js'
import { textReport } from '../report/text.js'
import { warningLines } from '../report/warnings.js'
import type { DiffArguments } from './arguments.js'
import { EXIT, UsageError } from './exit-codes.js'
import { type Operand, openStack, pathOf } from './operands.js'
import { type Output, openOutput } from './output.js'
import { ProgressLine } from './progress.js'

/** Lines of a report are for reading: on a terminal wider than this they are not drawn out further. */
const MOST_COLUMNS = 120

/** What must be undone when the process is told to stop: called at once, while the work is still going on. */
export type Cleanup = (undo: () => void) => void

/** Told, once the stacks are known, how to name the layer that an error is about. */
export type Label = (labelOf: (error: LayerDiffError) => string | undefined) => void

/** Gives the exit code. */
export async function runDiff(args: DiffArguments, cleanup: Cleanup, label: Label): Promise<number> {
  refuseInputAsOutput(args)
  // Before the work: a place that cannot be written to should not cost the wait for what was to be written.
  const output = openOutput(args.output)
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  cleanup(() => {
    progress?.clear()
    output.discard()
  })
  const stacks: Operand[] = []
  try {
    for (const given of [args.before, args.after]) stacks.push(await openStack(given, { from: args.from }))
    const [before, after] = stacks as [Operand, Operand]
    label(({ side, layer }) => {
      if (side === undefined || layer === undefined) return undefined
      return (side === 'before' ? before : after).labels[layer]
    })
    const diff = await diffLayers(before.layers, after.layers, diffOptions(args, progress))
    progress?.clear()
    await report(diff, args, output)
    output.finish()
    return args.exitCode && diff.changes.length > 0 ? EXIT.DIFFERENT : EXIT.DONE
  } catch (error) {
    progress?.clear()
    output.discard()
    throw error
  } finally {
    await Promise.all(stacks.map((stack) => stack.close()))
  }
}

/** A report written over a layer would be the end of the layer. */
function refuseInputAsOutput({ before, after, output }: DiffArguments): void {
  const place = output === null ? undefined : statSync(output, { throwIfNoEntry: false })
  if (!place?.isFile()) return
  for (const given of [...before, ...after]) {
    const file = pathOf(given)
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat?.dev === place.dev && stat.ino === place.ino) {
      throw new UsageError(`The report would be written over ${escapeText(file)}, which is to be compared.`)
    }
  }
}

function diffOptions(args: DiffArguments, progress: ProgressLine | null): DiffOptions {
  const { ignore, mtime, strict, symlinkParents } = args
  return {
    ignore,
    strict,
    symlinkParents,
    compare: { mtime },
    onProgress: progress ? (event) => progress.update(event) : undefined,
  }
}

async function report(diff: LayerDiff, args: DiffArguments, output: Output): Promise<void> {
  if (args.format === 'json') return output.write(jsonReport(diff))
  for (const line of warningLines(diff.warnings)) process.stderr.write(`layerdiff: warning: ${line}\n`)
  const onTerminal = args.output === null && process.stdout.isTTY
  const width = onTerminal ? Math.min(process.stdout.columns || 80, MOST_COLUMNS) : undefined
  await output.write(textReport(diff, { all: args.all, color: wantsColor(args.color, onTerminal), width }))
}

/** NO_COLOR as https://no-color.org has it: any value but the empty one. What was asked for by name beats it. */
function wantsColor(when: DiffArguments['color'], onTerminal: boolean): boolean {
  if (when !== 'auto') return when === 'always'
  return onTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}
