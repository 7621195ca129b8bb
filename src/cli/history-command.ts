// `layerdiff history`: reads an image, writes the steps that built it.

import { escapeText, inspectImage } from '../index.js'
import { historyReport } from '../report/history.js'
import { jsonLine } from '../report/json.js'
import type { Cleanup } from './diff-command.js'
import { EXIT } from './exit-codes.js'
import type { HistoryArguments } from './history-arguments.js'
import { openOptions } from './image-options.js'
import { tell } from './messages.js'
import { refuseInputAsOutput, refuseMissing } from './operands.js'
import { openOutput } from './output.js'
import { ProgressLine } from './progress.js'
import { reportWidth } from './terminal.js'

/** Gives the exit code. */
export async function runHistory(args: HistoryArguments, cleanup: Cleanup): Promise<number> {
  const { image, opening, verify, noTrunc } = args
  await refuseMissing([image], opening.from)
  refuseInputAsOutput([image], args.output)
  const output = openOutput(args.output)
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  cleanup(() => {
    progress?.clear()
    output.discard()
  })
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
      await output.write(historyReport(report, { now: Date.now(), noTrunc, width: reportWidth(args.output) ?? null }))
    }
    output.finish()
    return EXIT.DONE
  } catch (error) {
    progress?.clear()
    output.discard()
    throw error
  }
}
