// What commands about one image have in common: it is inspected with a progress line, and the report is written.

import { escapeText, type Image, type ImageReport, inspectImage, openImage } from '../index.js'
import { jsonLine } from '../report/json.js'
import type { Cleanup, Label } from './diff-command.js'
import { EXIT } from './exit-codes.js'
import { type ImageOptions, openOptions } from './image-options.js'
import { tell } from './messages.js'
import { ofOperand } from './operand-error.js'
import { refuseInputAsOutput, refuseMissing } from './operands.js'
import { openOutput } from './output.js'
import { ProgressLine } from './progress.js'

export interface OneImage {
  readonly image: string
  readonly format: 'text' | 'json'
  readonly opening: ImageOptions
  readonly verify: boolean
  /** Null for standard output. */
  readonly output: string | null
}

/** Writes an image's report, as JSON or as the lines that `textOf` makes of it. Gives the exit code. */
export async function onImage(
  { image, format, opening, verify, output: path }: OneImage,
  { cleanup, label }: { cleanup: Cleanup; label: Label },
  textOf: (report: ImageReport) => Iterable<string>,
): Promise<number> {
  await refuseMissing([image], opening.from)
  refuseInputAsOutput([image], path)
  const output = openOutput(path, format)
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  cleanup(() => {
    progress?.clear()
    output.discard()
  })
  label(({ layer }) => (layer === undefined ? undefined : `layer ${layer} of ${image}`))
  let opened: Image | undefined
  try {
    const options = { ...(await openOptions(opening, [image])), verify }
    opened = await openImage(image, options).catch(ofOperand(image))
    const report = await inspectImage(opened, {
      ...options,
      onProgress: progress ? (event) => progress.update(event) : undefined,
    })
    progress?.clear()
    if (format === 'json') await output.write([jsonLine(report.toJSON())])
    else {
      if (report.historyProblem !== null) tell(`layerdiff: ${escapeText(report.historyProblem)}\n`)
      await output.write(textOf(report))
    }
    output.finish()
    return EXIT.DONE
  } catch (error) {
    progress?.clear()
    output.discard()
    throw error
  } finally {
    await opened?.close()
  }
}
