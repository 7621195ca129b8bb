// What commands about one stack have in common: an image or a layer is opened, read with a progress line, and closed again.

import type { Cache, DiffOptions } from '../index.js'
import type { Cleanup, Label } from './diff-command.js'
import { EXIT, UsageError } from './exit-codes.js'
import { type ImageOptions, openOptions } from './image-options.js'
import { type Operand, openStack, refuseInputAsOutput, refuseMissing } from './operands.js'
import { type Output, openOutput } from './output.js'
import { ProgressLine } from './progress.js'

export interface OneStack {
  /** An image or a layer, as it was typed. */
  readonly image: string
  readonly opening: ImageOptions
  /** Null for standard output. */
  readonly output: string | null
  /** What is written: text, unless it says otherwise. */
  readonly format?: 'text' | 'json'
}

export interface StackWork {
  readonly stack: Operand
  /** What reading the stack takes. */
  readonly reading: Pick<DiffOptions, 'onProgress' | 'limits'> & { readonly cache: Cache | undefined }
  readonly output: Output
  /** Takes the progress line back: to be called before anything is written. */
  clear(): void
}

/** Gives the exit code. With `again` a layer that comes through a pipe is kept, so that it can be read twice. */
export async function onStack(
  { image, opening, output: path, format }: OneStack,
  { cleanup, label, again }: { cleanup: Cleanup; label: Label; again: boolean },
  work: (given: StackWork) => Promise<void>,
): Promise<number> {
  await refuseMissing([image], opening.from)
  refuseInputAsOutput([image], path)
  const output = openOutput(path, format)
  const progress = process.stderr.isTTY ? new ProgressLine(process.stderr) : null
  const clear = () => progress?.clear()
  cleanup(() => {
    clear()
    output.discard()
  })
  let stack: Operand | undefined
  try {
    const options = await openOptions(opening, [image])
    stack = await openStack([image], options, again)
    const { labels, hasImages } = stack
    if (opening.platform !== undefined && !hasImages) {
      throw new UsageError('--platform is about images, and what was given is a layer.')
    }
    label(({ layer }) => (layer === undefined ? undefined : labels[layer]))
    const onProgress: DiffOptions['onProgress'] = progress ? (event) => progress.update(event) : undefined
    await work({ stack, reading: { cache: options.cache, limits: options.limits, onProgress }, output, clear })
    output.finish()
    return EXIT.DONE
  } catch (error) {
    clear()
    output.discard()
    throw error
  } finally {
    await stack?.close()
  }
}
