// `layerdiff diff`: reads both stacks, writes the report.

import {
  type DiffOptions,
  diffImages,
  diffLayers,
  escapeText,
  type GateResult,
  type ImageDiff,
  type ImageDiffOptions,
  type LayerDiff,
  type LayerDiffError,
} from '../index.js'
import { checkGates } from '../report/gates.js'
import { htmlReport } from '../report/html.js'
import { jsonReport } from '../report/json.js'
import { leftOutLine } from '../report/left-out.js'
import { COMMENT_LIMIT, markdownReport } from '../report/markdown.js'
import { pathsReport } from '../report/paths.js'
import { selectChanges } from '../report/selection.js'
import { textReport } from '../report/text.js'
import { warningLines } from '../report/warnings.js'
import type { DiffArguments } from './diff-arguments.js'
import { EXIT, UsageError } from './exit-codes.js'
import { failedGateLines } from './gates.js'
import { openOptions } from './image-options.js'
import { tell, tellRunner } from './messages.js'
import { type Operand, openStack, refuseInputAsOutput, refuseMissing } from './operands.js'
import { type Output, openOutput } from './output.js'
import { ProgressLine } from './progress.js'
import { gateRules, ignoredGlobs } from './project-files.js'
import { reportWidth } from './terminal.js'

/** What must be undone when the process is told to stop: called at once, while the work is still going on. */
export type Cleanup = (undo: () => void) => void

/** Told, once the stacks are known, how to name the layer that an error is about. */
export type Label = (labelOf: (error: LayerDiffError) => string | undefined) => void

/** Gives the exit code. */
export async function runDiff(args: DiffArguments, cleanup: Cleanup, label: Label): Promise<number> {
  const given = [...args.before, ...args.after]
  if (args.nul && args.output === null && process.stdout.isTTY) {
    throw new UsageError('-z writes names as they are, which no terminal should get: use a pipe, or -o FILE.')
  }
  await refuseMissing(given, args.opening.from)
  refuseInputAsOutput(given, args.output)
  // Before the work: a place that cannot be written to should not cost the wait for what was to be written.
  const output = openOutput(args.output, args.format === 'json' ? 'json' : args.nul ? 'data' : 'text')
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  cleanup(() => {
    progress?.clear()
    output.discard()
  })
  const stacks: Operand[] = []
  try {
    const rules = gateRules(args.gates, '.')
    const ignore = [...(args.gates.config === null ? [] : ignoredGlobs('.')), ...args.ignore]
    // What a build is stopped for must have been read: a hostile image may claim that its layers are others.
    const verify = args.verify || args.strict || Object.keys(rules).length > 0
    const options = { ...(await openOptions(args.opening, [...args.before, ...args.after])), verify }
    // Both read files of a layer once more, which a pipe gives but once.
    const again = args.packages || args.patch !== null
    for (const given of [args.before, args.after]) stacks.push(await openStack(given, options, again))
    const [before, after] = stacks as [Operand, Operand]
    refuseIdleOptions(args, stacks)
    label(({ side, layer }) => {
      if (side === undefined || layer === undefined) return undefined
      return (side === 'before' ? before : after).labels[layer]
    })
    const waste = rules.minEfficiency !== undefined || rules.maxWaste !== undefined
    if (waste && !(before.image && after.image)) {
      throw new UsageError('--min-efficiency and --max-waste are about images, and two must be given.')
    }
    const diff = await compare(before, after, { ...diffOptions(args, ignore, progress), cache: options.cache, waste })
    progress?.clear()
    // Not before: what could not be read may be no layer at all.
    const note = args.format === 'text' ? filesOnly(args, before, after) : null
    if (note !== null) tell(`layerdiff: note: ${note}\n`)
    refuseLayer(args, after)
    const gates = Object.keys(rules).length > 0 ? checkGates(diff, rules) : undefined
    const shown = selected(diff, args)
    await writeReport(
      shown,
      { gates, ignored: ignore, semantic: args.semantic, selectedOf: diff.changes.length },
      args,
      output,
    )
    output.finish()
    const onGitHub = process.env.GITHUB_ACTIONS === 'true'
    const failed = failedGateLines(gates ?? [], onGitHub)
    // Who reads the text on a terminal has just read the same.
    if (args.format !== 'text' || reportWidth(args.output) === undefined)
      for (const line of failed) (onGitHub ? tellRunner : tell)(line)
    if (failed.length > 0) return EXIT.GATE
    return args.exitCode && differs(shown, args) ? EXIT.DIFFERENT : EXIT.DONE
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

/** A layer that is not there made no change, which would be no answer. */
function refuseLayer({ layer }: DiffArguments, { layers }: Operand): void {
  if (layer === null || layer < layers.length) return
  const there = layers.length === 0 ? 'no layers' : `layers 0 to ${layers.length - 1}`
  throw new UsageError(`--layer ${layer} is not there: the new side has ${there}.`)
}

/** Two images are compared as such; where one side is a layer or a stack of several parts, it is trees alone. */
function compare(
  before: Operand,
  after: Operand,
  { cache, waste, ...options }: ImageDiffOptions,
): Promise<LayerDiff | ImageDiff> {
  if (before.image && after.image) return diffImages(before.image, after.image, { ...options, cache, waste })
  return diffLayers(before.layers, after.layers, options)
}

function diffOptions(args: DiffArguments, ignore: readonly string[], progress: ProgressLine | null): DiffOptions {
  const { fields, mtime, semantic, renames, packages, strict, symlinkParents, opening } = args
  return {
    ignore,
    // Of the fields only some are shown, and all are compared: gates and packages must miss nothing.
    compare: { mtime: mtime || (fields?.includes('mtime') ?? false) },
    semantic,
    renames,
    packages,
    strict,
    symlinkParents,
    limits: opening.limits,
    onProgress: progress ? (event) => progress.update(event) : undefined,
  }
}

/** Whether the report shows any difference: of images config and history are two more. */
function differs(diff: LayerDiff | ImageDiff, { format }: DiffArguments): boolean {
  if (diff.changes.length > 0) return true
  return format !== 'paths' && 'layerBytes' in diff && diff.config.length + diff.history.length > 0
}

/** The part of a diff that the report is to show. */
function selected(diff: LayerDiff | ImageDiff, args: DiffArguments): LayerDiff | ImageDiff {
  const { format, only, layer, top } = args
  const fields = args.fields === null ? null : [...args.fields, ...(args.mtime ? (['mtime'] as const) : [])]
  // The text's tree sorts by itself.
  const sort = format === 'text' ? 'path' : (args.sort ?? 'path')
  return selectChanges(diff, { kinds: only, fields, layer, top, sort })
}

/** What a report tells of how it was made. */
interface ReportFacts {
  readonly gates: readonly GateResult[] | undefined
  /** Globs of paths that were left out, build noise not counted. */
  readonly ignored: readonly string[]
  readonly semantic: boolean
  /** Changes there are in all. */
  readonly selectedOf: number
}

async function writeReport(
  diff: LayerDiff | ImageDiff,
  facts: ReportFacts,
  args: DiffArguments,
  output: Output,
): Promise<void> {
  const { format, nul, before, after } = args
  const names = [before[0] ?? null, after[0] ?? null] as const
  if (format === 'json') return output.write(jsonReport(diff, facts))
  for (const line of warningLines(diff.warnings)) tell(`layerdiff: warning: ${line}\n`)
  switch (format) {
    case 'paths': {
      // The list itself has no place for it, and a gate that looked past something must not pass in silence.
      const leftOut = leftOutLine(facts)
      if (facts.gates !== undefined && leftOut !== '') tell(`layerdiff: note: ${leftOut}\n`)
      return output.write(pathsReport(diff, { nul }))
    }
    case 'html':
      return output.write([await htmlReport(diff, { ...facts, title: names.join(' → ') })])
    case 'markdown':
      return output.write([markdownReport(diff, { ...facts, names, ...(await patchTexts(diff, args)) })])
  }
  const width = reportWidth(args.output)
  const color = wantsColor(args.color, width !== undefined)
  const { all, layers } = args
  const report = textReport(diff, { ...facts, all, layers, color, width, names, sort: args.sort ?? 'delta' })
  await output.write(report)
  if (args.patch === null) return
  const { patchesOf, patchForTerminal } = await import('./patches.js')
  let found = false
  for await (const patches of patchesOf(diff, args.patch.glob)) {
    if (!found) await output.write(['\n'])
    found = true
    // What a program reads must be what the files hold; on a terminal nothing of a layer is shown as it is.
    const shown =
      width === undefined
        ? patches.map(({ text }) => text)
        : patches.flatMap((one) => [...patchForTerminal(one, color)])
    await output.write(shown)
  }
  if (!found) tellNoPatch(args.patch)
}

function tellNoPatch({ glob }: NonNullable<DiffArguments['patch']>): void {
  const which = glob === null ? 'no file has' : `no file that matches ${escapeText(glob)} has`
  tell(`layerdiff: note: --patch: ${which} changes of its text that are shown.\n`)
}

/** As many as a comment may hold; the report says how many were left out. */
async function patchTexts(diff: LayerDiff, { patch }: DiffArguments) {
  const patches: string[] = []
  let morePatches = 0
  if (patch === null) return { patches, morePatches }
  const { patchesOf } = await import('./patches.js')
  let length = 0
  for await (const group of patchesOf(diff, patch.glob)) {
    for (const { text } of group) {
      length += text.length
      if (length <= COMMENT_LIMIT) patches.push(text)
      else morePatches++
    }
  }
  if (patches.length + morePatches === 0) tellNoPatch(patch)
  return { patches, morePatches }
}

/** NO_COLOR as https://no-color.org has it: any value but the empty one. What was asked for by name beats it. */
function wantsColor(when: DiffArguments['color'], onTerminal: boolean): boolean {
  if (when !== 'auto') return when === 'always'
  return onTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
}
