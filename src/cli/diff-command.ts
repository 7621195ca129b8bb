// `layerdiff diff`: reads both stacks, writes the report.

import {
  type DiffOptions,
  diffImages,
  diffLayers,
  escapeText,
  type ImageDiff,
  type ImageDiffOptions,
  type LayerDiff,
  type LayerDiffError,
} from '../index.js'
import { jsonReport } from '../report/json.js'
import { textReport } from '../report/text.js'
import { warningLines } from '../report/warnings.js'
import type { DiffArguments } from './arguments.js'
import { EXIT, UsageError } from './exit-codes.js'
import { openOptions } from './image-options.js'
import { tell } from './messages.js'
import { type Operand, openStack, refuseInputAsOutput, refuseMissing } from './operands.js'
import { type Output, openOutput } from './output.js'
import { ProgressLine } from './progress.js'
import { reportWidth } from './terminal.js'

/** What must be undone when the process is told to stop: called at once, while the work is still going on. */
export type Cleanup = (undo: () => void) => void

/** Told, once the stacks are known, how to name the layer that an error is about. */
export type Label = (labelOf: (error: LayerDiffError) => string | undefined) => void

/** Gives the exit code. */
export async function runDiff(args: DiffArguments, cleanup: Cleanup, label: Label): Promise<number> {
  const given = [...args.before, ...args.after]
  await refuseMissing(given, args.opening.from)
  refuseInputAsOutput(given, args.output)
  // Before the work: a place that cannot be written to should not cost the wait for what was to be written.
  const output = openOutput(args.output)
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  cleanup(() => {
    progress?.clear()
    output.discard()
  })
  const stacks: Operand[] = []
  try {
    const options = { ...(await openOptions(args.opening, [...args.before, ...args.after])), verify: args.verify }
    for (const given of [args.before, args.after]) stacks.push(await openStack(given, options))
    const [before, after] = stacks as [Operand, Operand]
    refuseIdleOptions(args, stacks)
    const note = args.format === 'text' ? filesOnly(args, before, after) : null
    if (note !== null) tell(`layerdiff: note: ${note}\n`)
    label(({ side, layer }) => {
      if (side === undefined || layer === undefined) return undefined
      return (side === 'before' ? before : after).labels[layer]
    })
    const diff = await compare(before, after, { ...diffOptions(args, progress), cache: options.cache })
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

/** What only images have is not passed over in silence where there is none. */
function refuseIdleOptions({ opening: { platform }, verify }: DiffArguments, stacks: readonly Operand[]): void {
  const idle = platform !== undefined ? '--platform' : verify ? '--verify' : null
  if (idle === null || stacks.some(({ hasImages }) => hasImages)) return
  throw new UsageError(`${idle} is about images, and what was given are layers.`)
}

/** Whoever gives one image may expect what only two can give. */
function filesOnly(args: DiffArguments, before: Operand, after: Operand): string | null {
  if ((before.image === null) === (after.image === null)) return null
  const parts = before.image === null ? args.before : args.after
  const what = parts.length === 1 ? `${escapeText(parts[0] ?? '')} is a layer` : 'one side is a stack of parts'
  return `${what}, so only files are compared, not layers, config and history.`
}

/** Two images are compared as such; where one side is a layer or a stack of several parts, it is trees alone. */
function compare(
  before: Operand,
  after: Operand,
  { cache, ...options }: ImageDiffOptions,
): Promise<LayerDiff | ImageDiff> {
  if (before.image && after.image) return diffImages(before.image, after.image, { ...options, cache })
  return diffLayers(before.layers, after.layers, options)
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

async function report(diff: LayerDiff | ImageDiff, args: DiffArguments, output: Output): Promise<void> {
  if (args.format === 'json') return output.write(jsonReport(diff))
  for (const line of warningLines(diff.warnings)) tell(`layerdiff: warning: ${line}\n`)
  const width = reportWidth(args.output)
  const { all, layers, before, after } = args
  const names = [before[0] ?? null, after[0] ?? null] as const
  const color = wantsColor(args.color, width !== undefined)
  await output.write(textReport(diff, { all, layers, color, width, names }))
}

/** NO_COLOR as https://no-color.org has it: any value but the empty one. What was asked for by name beats it. */
function wantsColor(when: DiffArguments['color'], onTerminal: boolean): boolean {
  if (when !== 'auto') return when === 'always'
  return onTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}
