// `layerdiff layers`: looks at images, writes which layers they share.

import { shareImages } from '../compose/compare-layers.js'
import { jsonLine } from '../report/json.js'
import { layersReport } from '../report/layers.js'
import type { Cleanup } from './diff-command.js'
import { EXIT } from './exit-codes.js'
import { openOptions } from './image-options.js'
import type { LayersArguments } from './layers-arguments.js'
import { ofOperand } from './operand-error.js'
import { refuseInputAsOutput, refuseMissing } from './operands.js'
import { openOutput } from './output.js'
import { reportWidth } from './terminal.js'

/** Gives the exit code. */
export async function runLayers(args: LayersArguments, cleanup: Cleanup): Promise<number> {
  const { images, opening } = args
  await refuseMissing(images, opening.from)
  refuseInputAsOutput(images, args.output)
  const output = openOutput(args.output, args.format)
  cleanup(() => {
    output.discard()
  })
  try {
    const sharing = await shareImages(images, await openOptions(opening, []), (error, image) => ofOperand(image)(error))
    await output.write(
      args.format === 'json'
        ? [jsonLine(sharing.toJSON())]
        : layersReport(sharing, { names: images, width: reportWidth(args.output) }),
    )
    output.finish()
    return EXIT.DONE
  } catch (error) {
    output.discard()
    throw error
  }
}
