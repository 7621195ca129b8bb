// What follows `layerdiff pull`, taken apart and checked, and what its --help says.

import { UsageError } from './exit-codes.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { GENERAL, parse } from './option-parser.js'

export interface PullArguments {
  readonly command: 'pull'
  readonly name: string
  /** Null for the cache alone. */
  readonly output: string | null
  readonly opening: ImageOptions
  readonly quiet: boolean
  /** Null for the default. */
  readonly parallel: number | null
}

export const PULL = {
  ...GENERAL,
  ...IMAGE,
  output: { type: 'string', short: 'o', value: 'file' },
  quiet: { type: 'boolean', short: 'q' },
  parallel: { type: 'string' },
} as const

/** @throws {UsageError} */
export function parsePull(
  args: readonly string[],
): PullArguments | { command: 'help'; of: 'pull' } | { command: 'version' } {
  const { values, positionals } = parse(args, PULL)
  if (values.help) return { command: 'help', of: 'pull' }
  if (values.version) return { command: 'version' }
  const [name, ...more] = positionals
  if (name === undefined || name === '') throw new UsageError('An image name is missing: layerdiff pull NAME.')
  if (more.length > 0) throw new UsageError(`${positionals.length} names were given: pull takes one at a time.`)
  const output = archiveFile(values.output)
  const opening = imageOptions(values)
  if (opening.cache === null && output === null) {
    throw new UsageError('--no-cache leaves the image nowhere to go: write it to a file with -o FILE.')
  }
  return {
    command: 'pull',
    name,
    output,
    opening,
    quiet: values.quiet ?? false,
    parallel: count(values.parallel),
  }
}

function archiveFile(value: string | undefined): string | null {
  if (value === undefined) return null
  if (value === '') throw new UsageError('--output needs the name of a file.')
  if (value === '-' || value === '/dev/stdout') {
    throw new UsageError('An archive goes into a file, not to standard output: give -o FILE.')
  }
  return value
}

function count(value: string | undefined): number | null {
  if (value === undefined) return null
  if (/^[1-9]\d?$/.test(value)) return Number(value)
  throw new UsageError(`--parallel takes a number from 1 to 99, not "${value}".`)
}

export const PULL_HELP = `Fetches an image, layer by layer, into the cache or into a file.

Usage: layerdiff pull NAME [OPTION]...

NAME is an image as docker pull names it, or anything that layerdiff diff takes
for an image. With -o it is written as an OCI archive, which \`docker load -i\`,
\`skopeo copy oci-archive:FILE\` and podman read. Every blob is verified.

Examples:
  layerdiff pull nginx:1.27
  layerdiff pull ghcr.io/acme/app:2 --platform linux/arm64 -o app.tar

  -o, --output FILE     write an OCI archive, whole or not at all
${IMAGE_HELP}      --parallel N      layers that are fetched at a time, by default 3
  -q, --quiet           print only where the image is

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 3 an image that cannot be had or is broken, a
place that cannot be written to; 70 a fault of layerdiff; 130 interrupted.
`
