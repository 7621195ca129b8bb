// `layerdiff history`: reads an image, writes the steps that built it.

import { historyReport } from '../report/history.js'
import type { Cleanup, Label } from './diff-command.js'
import type { HistoryArguments } from './history-arguments.js'
import { onImage } from './one-image.js'
import { reportWidth } from './terminal.js'

/** Gives the exit code. */
export function runHistory(args: HistoryArguments, cleanup: Cleanup, label: Label): Promise<number> {
  const { noTrunc, output } = args
  return onImage(args, { cleanup, label }, (report) =>
    historyReport(report, { now: Date.now(), noTrunc, width: reportWidth(output) ?? null }),
  )
}
