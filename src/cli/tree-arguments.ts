// `layerdiff tree` on the command line: its options, and what its --help says.

import { UsageError } from './exit-codes.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { choice, FORMATS, GENERAL, outputFile, parse } from './option-parser.js'

export interface TreeArguments {
  readonly command: 'tree'
  /** An image or a layer, as it was typed. */
  readonly image: string
  /** In the image, as it was typed; empty for all. */
  readonly path: string
  /** Whose own entries are listed; null for the merged tree. */
  readonly layer: number | null
  readonly format: (typeof FORMATS)[number]
  readonly opening: ImageOptions
  /** Null for standard output. */
  readonly output: string | null
}

export const OPTIONS = {
  ...GENERAL,
  ...IMAGE,
  layer: { type: 'string' },
  format: { type: 'string', choices: FORMATS },
  output: { type: 'string', short: 'o', value: 'file' },
} as const

/** @throws {UsageError} */
export function parseTree(args: readonly string[]) {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) return { command: 'help', of: 'tree' } as const
  if (values.version) return { command: 'version' } as const
  const [image, path = '', ...more] = positionals
  if (!image) throw new UsageError('An image is missing: layerdiff tree IMAGE [PATH].')
  if (more.length > 0) throw new UsageError(`${positionals.length - 1} paths were given, and tree lists one.`)
  return {
    command: 'tree',
    image,
    path,
    layer: layerNumber(values.layer),
    format: choice('format', values.format, FORMATS),
    opening: imageOptions(values),
    output: outputFile(values.output),
  } as const
}

/** Also as reports write it: L3. */
function layerNumber(value: string | undefined): number | null {
  if (value === undefined) return null
  if (/^L?\d{1,5}$/i.test(value)) return Number(value.replace(/^L/i, ''))
  throw new UsageError(`--layer takes the number of a layer, 0 for the bottom one, not "${value}".`)
}

export const TREE_HELP = `Lists the files of an image, or what one of its layers holds.

Usage: layerdiff tree IMAGE [PATH] [OPTION]...

IMAGE is an image or a layer, as diff takes it. Without --layer the tree is as a
container of the image sees it, all of it or what is below PATH. Columns are
those of ls -l: type and mode, owner as uid:gid, bytes of a file, time in UTC.
With --layer it is what the layer itself has, in the order of its archive:
whiteouts and opaque directories, which delete what lower layers have, too.

Examples:
  layerdiff tree app.tar etc
  layerdiff tree app.tar --layer 2
  layerdiff tree nginx:1.27 /usr/share/nginx --format json

      --layer N         the entries of one layer, 0 for the bottom one
      --format FORMAT   text or json; json has extended attributes too
  -o, --output FILE     write to a file, whole or not at all
${IMAGE_HELP}
  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 an image or a path that is missing, an image
that is broken, or a file that cannot be written; 70 a fault of layerdiff; 130
interrupted.
`
