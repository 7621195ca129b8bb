// `layerdiff inspect`: reads an image, writes what it is made of and what it wastes.

import { inspectReport } from '../report/inspect.js'
import type { Cleanup, Label } from './diff-command.js'
import type { InspectArguments } from './inspect-arguments.js'
import { onImage } from './one-image.js'
import { reportWidth } from './terminal.js'

/** Gives the exit code. */
export function runInspect(args: InspectArguments, cleanup: Cleanup, label: Label): Promise<number> {
  const { image, all, output } = args
  return onImage(args, { cleanup, label }, (report) =>
    inspectReport(report, { name: image, all, width: reportWidth(output) }),
  )
}
