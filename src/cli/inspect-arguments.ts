// `layerdiff inspect` on the command line: its options, and what its --help says.

import { UsageError } from './exit-codes.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { choice, FORMATS, GENERAL, outputFile, parse } from './option-parser.js'

export interface InspectArguments {
  readonly command: 'inspect'
  readonly image: string
  readonly format: (typeof FORMATS)[number]
  /** Every wasted path gets its line. */
  readonly all: boolean
  readonly opening: ImageOptions
  readonly verify: boolean
  /** Null for standard output. */
  readonly output: string | null
}

export const OPTIONS = {
  ...GENERAL,
  ...IMAGE,
  format: { type: 'string', choices: FORMATS },
  all: { type: 'boolean' },
  verify: { type: 'boolean' },
  output: { type: 'string', short: 'o', value: 'file' },
} as const

/** @throws {UsageError} */
export function parseInspect(args: readonly string[]) {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) return { command: 'help', of: 'inspect' } as const
  if (values.version) return { command: 'version' } as const
  const [image, ...more] = positionals
  if (!image) throw new UsageError('An image is missing: layerdiff inspect IMAGE.')
  if (more.length > 0) {
    throw new UsageError(
      `${positionals.length} images were given, and inspect shows one. To compare images: layerdiff layers or diff.`,
    )
  }
  return {
    command: 'inspect',
    image,
    format: choice('format', values.format, FORMATS),
    all: values.all ?? false,
    opening: imageOptions(values),
    verify: values.verify ?? false,
    output: outputFile(values.output),
  } as const
}

export const INSPECT_HELP = `Shows what an image is made of, and what it stores for nothing.

Usage: layerdiff inspect IMAGE [OPTION]...

IMAGE is a docker save file, an OCI layout as folder or tar, or a name. Of each
layer, bottom first: its bytes as stored and on disk, the paths that it adds,
removes and changes, and the command that made it. Then what the image stores
and never shows: as dive counts it, which goes by names and knows no hard links,
and the bytes that a squash would save, with the paths that hold them.

Examples:
  layerdiff inspect app.tar
  layerdiff inspect nginx:1.27 --format json

      --format FORMAT   text or json; json is that of history
      --all             all wasted paths, not only the 20 largest
${IMAGE_HELP}      --verify          check each layer against its ID in the config too
  -o, --output FILE     write to a file, whole or not at all

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 an image that is missing, unreadable or
broken, or a file that cannot be written; 70 a fault of layerdiff; 130
interrupted.
`
