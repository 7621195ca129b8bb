// `layerdiff history` on the command line: its options, and what its --help says.

import { UsageError } from './exit-codes.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { choice, FORMATS, GENERAL, outputFile, parse } from './option-parser.js'

export interface HistoryArguments {
  readonly command: 'history'
  readonly image: string
  readonly format: (typeof FORMATS)[number]
  /** Ids and commands in full. */
  readonly noTrunc: boolean
  readonly opening: ImageOptions
  readonly verify: boolean
  /** Null for standard output. */
  readonly output: string | null
}

export const OPTIONS = {
  ...GENERAL,
  ...IMAGE,
  format: { type: 'string', choices: FORMATS },
  'no-trunc': { type: 'boolean' },
  verify: { type: 'boolean' },
  output: { type: 'string', short: 'o', value: 'file' },
} as const

/** @throws {UsageError} */
export function parseHistory(args: readonly string[]) {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) return { command: 'help', of: 'history' } as const
  if (values.version) return { command: 'version' } as const
  const [image, ...more] = positionals
  if (!image) throw new UsageError('An image is missing: layerdiff history IMAGE.')
  if (more.length > 0) {
    throw new UsageError(
      `${positionals.length} images were given, and history shows one. To compare images: layerdiff layers or diff.`,
    )
  }
  return {
    command: 'history',
    image,
    format: choice('format', values.format, FORMATS),
    noTrunc: values['no-trunc'] ?? false,
    opening: imageOptions(values),
    verify: values.verify ?? false,
    output: outputFile(values.output),
  } as const
}

export const HISTORY_HELP = `Shows the steps that built an image, newest first, as docker history does.

Usage: layerdiff history IMAGE [OPTION]...

IMAGE is a docker save file, an OCI layout as folder or tar, or a name. Its
layers are read: SIZE is what their files measure, 0B for a step that made no
layer.

Examples:
  layerdiff history app.tar
  layerdiff history oci:build:latest --platform linux/arm64 --format json

      --format FORMAT   text or json; json has the totals of each layer too
      --no-trunc        ids and commands in full
${IMAGE_HELP}      --verify          check each layer against its ID in the config too
  -o, --output FILE     write to a file, whole or not at all

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 an image that is missing, unreadable or
broken, or a file that cannot be written; 70 a fault of layerdiff; 130
interrupted.
`
