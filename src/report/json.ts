// The report for programs: schema layerdiff/1, a change a line.
//
// Takes: a diff. Gives: JSON in pieces that together say what `toJSON()` says, without ever holding all changes at once.
// Characters that could mislead a terminal are written as \uXXXX, which is the same to a parser.

import type { ImageDiff } from '../image-types.js'
import { changeJson, notableJson, renameJson } from '../json.js'
import type { GateResult, LayerDiff } from '../types.js'

export interface JsonOptions {
  /** What rules found; left out where there are none. */
  readonly gates?: readonly GateResult[] | undefined
  /** Globs of paths that were left out; left out where there are none. */
  readonly ignored?: readonly string[] | undefined
}

/** The report in pieces, each of whole lines. */
export function* jsonReport(diff: LayerDiff | ImageDiff, { gates, ignored = [] }: JsonOptions = {}): Generator<string> {
  const { summary, packages } = diff
  yield `{"schema":"layerdiff/1",\n"summary":${toLine(summary)},\n`
  if ('layerBytes' in diff) yield* imageLines(diff)
  yield `"renames":${toLine(diff.renames === null ? null : diff.renames.map(renameJson))},\n`
  yield `"packages":${toLine(packages)},\n`
  if (gates !== undefined) yield `"gates":${toLine(gates)},\n`
  if (ignored.length > 0) yield `"ignored":${toLine(ignored)},\n`
  function* changes() {
    for (const change of diff.changes) yield changeJson(change)
  }
  yield* list('changes', diff.changes.length, changes())
  yield ',\n'
  const notable = diff.notable()
  yield* list('notable', notable.length, notable.map(notableJson))
  yield ',\n'
  yield* list('warnings', diff.warnings.length, diff.warnings)
  yield '}\n'
}

/** A line for each item. */
function* list(name: string, length: number, items: Iterable<object>): Generator<string> {
  yield `"${name}":[\n`
  let index = 0
  for (const item of items) yield `${toLine(item)}${++index < length ? ',' : ''}\n`
  yield ']'
}

/** A line for each of the properties that only diffs of images have. */
function* imageLines(diff: ImageDiff): Generator<string> {
  const { before, after, layers, layerBytes, config, history, verified, bytesRead, waste } = diff
  const properties = { images: { before, after }, layers, layerBytes, config, history, verified, bytesRead, waste }
  for (const [name, value] of Object.entries(properties)) yield `"${name}":${toLine(value)},\n`
}

/** One value as a line that no terminal can be misled by. */
export function jsonLine(value: object): string {
  return `${toLine(value)}\n`
}

/** What JSON.stringify leaves as it is: C1 controls, separators, and format characters such as direction overrides. */
const MISLEADING = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu

/** Most lines hold nothing else, and are not searched for what misleads. */
const PLAIN = /^[\x20-\x7e]*$/

/** One value without a line's end. */
export function toLine(value: object | boolean | number | null): string {
  const line = JSON.stringify(value)
  if (PLAIN.test(line)) return line
  return line.replace(MISLEADING, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
