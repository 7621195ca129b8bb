// `layerdiff show` on the command line: its options, and what its --help says.

import { UsageError } from './exit-codes.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { GENERAL, outputFile, parse } from './option-parser.js'

export interface ShowArguments {
  readonly command: 'show'
  /** An image or a layer, as it was typed. */
  readonly image: string
  /** In the image, as it was typed. */
  readonly path: string
  readonly opening: ImageOptions
  /** Null for standard output. */
  readonly output: string | null
}

export const OPTIONS = {
  ...GENERAL,
  ...IMAGE,
  output: { type: 'string', short: 'o', value: 'file' },
} as const

/** @throws {UsageError} */
export function parseShow(args: readonly string[]) {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) return { command: 'help', of: 'show' } as const
  if (values.version) return { command: 'version' } as const
  const [image, path, ...more] = positionals
  if (!image) throw new UsageError('An image is missing: layerdiff show IMAGE PATH.')
  if (!path) throw new UsageError(`A path is missing: layerdiff show ${image} PATH.`)
  if (more.length > 0) throw new UsageError(`${positionals.length - 1} paths were given, and show writes one file.`)
  return {
    command: 'show',
    image,
    path,
    opening: imageOptions(values),
    output: outputFile(values.output),
  } as const
}

export const SHOW_HELP = `Writes what a file of an image holds.

Usage: layerdiff show IMAGE PATH [-o FILE]

IMAGE is an image or a layer, as diff takes it. PATH is a file as a container of
the image sees it: symlinks and hard links are followed, absolute ones from the
image's root. Into a pipe or a file its bytes go as they are; on a terminal text
is shown, control characters as escapes, and what is no text is refused.

Examples:
  layerdiff show app.tar etc/os-release
  layerdiff show nginx:1.27 /usr/sbin/nginx -o nginx

  -o, --output FILE     write to a file, whole or not at all
${IMAGE_HELP}
  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 an image or a path that is missing, what is
no file, an image that is broken, or a file that cannot be written; 70 a fault
of layerdiff; 130 interrupted.
`
