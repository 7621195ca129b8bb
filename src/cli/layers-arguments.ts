// `layerdiff layers` on the command line: its options, and what its --help says.

import { UsageError } from './exit-codes.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { choice, FORMATS, GENERAL, outputFile, parse } from './option-parser.js'

export interface LayersArguments {
  readonly command: 'layers'
  readonly images: readonly string[]
  readonly format: (typeof FORMATS)[number]
  readonly opening: ImageOptions
  /** Null for standard output. */
  readonly output: string | null
}

export const OPTIONS = {
  ...GENERAL,
  ...IMAGE,
  format: { type: 'string', choices: FORMATS },
  output: { type: 'string', short: 'o', value: 'file' },
} as const

/** @throws {UsageError} */
export function parseLayers(args: readonly string[]) {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) return { command: 'help', of: 'layers' } as const
  if (values.version) return { command: 'version' } as const
  if (positionals.length === 0) throw new UsageError('Images are missing: layerdiff layers IMAGE...')
  if (positionals.includes('')) throw new UsageError('"" names no image.')
  return {
    command: 'layers',
    images: positionals,
    format: choice('format', values.format, FORMATS),
    opening: imageOptions(values),
    output: outputFile(values.output),
  } as const
}

export const LAYERS_HELP = `Shows which layers images share, and what that saves.

Usage: layerdiff layers IMAGE... [OPTION]...

Each IMAGE is a docker save file, an OCI layout as folder or tar, or a name. No
layer is read: manifests and configs tell. A row is a layer, in the order in
which they are stacked; a column is an image, with ● where it has the layer and
a number where it has it several times. SIZE is as stored.

Examples:
  layerdiff layers app.tar worker.tar
  layerdiff layers oci:build:web oci:build:api --format json

      --format FORMAT   text or json
${IMAGE_HELP}  -o, --output FILE     write to a file, whole or not at all

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 an image that is missing, unreadable or
broken, or a file that cannot be written; 70 a fault of layerdiff; 130
interrupted.
`
