// `layerdiff inspect`: reads an image, writes what it is made of and what it wastes.

import { escapeText, inspectImage } from '../index.js'
import { inspectReport } from '../report/inspect.js'
import { jsonLine } from '../report/json.js'
import type { Cleanup, Label } from './diff-command.js'
import { EXIT } from './exit-codes.js'
import { openOptions } from './image-options.js'
import type { InspectArguments } from './inspect-arguments.js'
import { tell } from './messages.js'
import { refuseInputAsOutput, refuseMissing } from './operands.js'
import { openOutput } from './output.js'
import { ProgressLine } from './progress.js'
import { reportWidth } from './terminal.js'

/** Gives the exit code. */
export async function runInspect(args: InspectArguments, cleanup: Cleanup, label: Label): Promise<number> {
  const { image, opening, verify, all } = args
  await refuseMissing([image], opening.from)
  refuseInputAsOutput([image], args.output)
  const output = openOutput(args.output)
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  cleanup(() => {
    progress?.clear()
    output.discard()
  })
  label(({ layer }) => (layer === undefined ? undefined : `layer ${layer} of ${image}`))
  try {
    const report = await inspectImage(image, {
      ...(await openOptions(opening, [image])),
      verify,
      onProgress: progress ? (event) => progress.update(event) : undefined,
    })
    progress?.clear()
    if (args.format === 'json') await output.write([jsonLine(report.toJSON())])
    else {
      if (report.historyProblem !== null) tell(`layerdiff: ${escapeText(report.historyProblem)}\n`)
      await output.write(inspectReport(report, { name: image, all, width: reportWidth(args.output) }))
    }
    output.finish()
    return EXIT.DONE
  } catch (error) {
    progress?.clear()
    output.discard()
    throw error
  }
}
