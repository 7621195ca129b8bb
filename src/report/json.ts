// The report for programs: schema layerdiff/1, a change a line.
//
// Takes: a diff. Gives: JSON in pieces that together say what `toJSON()` says, without ever holding all changes at once.
// Characters that could mislead a terminal are written as \uXXXX, which is the same to a parser.

import type { ImageDiff } from '../image-types.js'
import { changeJson } from '../json.js'
import type { LayerDiff } from '../types.js'

/** The report in pieces, each of whole lines. */
export function* jsonReport(diff: LayerDiff | ImageDiff): Generator<string> {
  yield `{"schema":"layerdiff/1",\n"summary":${toLine(diff.summary)},\n`
  if ('layerBytes' in diff) yield* imageLines(diff)
  yield '"changes":[\n'
  const last = diff.changes.length - 1
  let index = 0
  for (const change of diff.changes) yield `${toLine(changeJson(change))}${index++ < last ? ',' : ''}\n`
  yield '],\n"warnings":[\n'
  for (const [at, warning] of diff.warnings.entries()) {
    yield `${toLine(warning)}${at < diff.warnings.length - 1 ? ',' : ''}\n`
  }
  yield ']}\n'
}

/** A line for each of the properties that only diffs of images have. */
function* imageLines(diff: ImageDiff): Generator<string> {
  const { before, after, layers, layerBytes, config, history, verified, bytesRead } = diff
  const properties = { images: { before, after }, layers, layerBytes, config, history, verified, bytesRead }
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
export function toLine(value: object | boolean | number): string {
  const line = JSON.stringify(value)
  if (PLAIN.test(line)) return line
  return line.replace(MISLEADING, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}
