// `layerdiff diff` on the command line: its options, and what its --help says.

import type { Change, ChangeField } from '../index.js'
import { UsageError } from './exit-codes.js'
import { GATE_HELP, GATES, type GateArguments, gateArguments } from './gate-arguments.js'
import { IMAGE, IMAGE_HELP, type ImageOptions, imageOptions } from './image-options.js'
import { choice, choices, GENERAL, outputFile, parse } from './option-parser.js'

export const DIFF_FORMATS = ['text', 'json', 'markdown', 'html', 'paths'] as const
const COLORS = ['auto', 'always', 'never'] as const
const SYMLINK_PARENTS = ['overlay', 'follow'] as const
const KINDS = ['added', 'removed', 'modified'] as const
export const FIELDS = ['content', 'type', 'mode', 'owner', 'link', 'device', 'xattrs', 'mtime'] as const
const SORTS = ['delta', 'path'] as const

export type DiffFormat = (typeof DIFF_FORMATS)[number]

export interface DiffArguments {
  readonly command: 'diff'
  /** What makes up the two stacks, bottom first, as it was typed. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly opening: ImageOptions
  readonly verify: boolean
  readonly strict: boolean
  readonly symlinkParents: (typeof SYMLINK_PARENTS)[number]
  readonly ignore: readonly string[]
  /** Null for all but times. */
  readonly fields: readonly ChangeField[] | null
  readonly mtime: boolean
  readonly semantic: boolean
  readonly renames: boolean
  readonly packages: boolean
  readonly format: DiffFormat
  readonly color: (typeof COLORS)[number]
  /** Null for standard output. */
  readonly output: string | null
  readonly all: boolean
  /** A column for the layer that made each change. */
  readonly layers: boolean
  /** Null for all. */
  readonly only: readonly Change['kind'][] | null
  readonly layer: number | null
  readonly top: number | null
  /** Null for what the format has by itself. */
  readonly sort: (typeof SORTS)[number] | null
  /** Fields end with a NUL. */
  readonly nul: boolean
  /** Which files' texts are compared; null for none. */
  readonly patch: { readonly glob: string | null } | null
  readonly exitCode: boolean
  readonly gates: GateArguments
}

export const DIFF = {
  ...GENERAL,
  ...IMAGE,
  ...GATES,
  before: { type: 'string', multiple: true, value: 'image' },
  after: { type: 'string', multiple: true, value: 'image' },
  verify: { type: 'boolean' },
  strict: { type: 'boolean' },
  'symlink-parents': { type: 'string', choices: SYMLINK_PARENTS },
  ignore: { type: 'string', multiple: true },
  fields: { type: 'string', multiple: true, choices: FIELDS },
  mtime: { type: 'boolean' },
  semantic: { type: 'boolean' },
  renames: { type: 'boolean' },
  'no-renames': { type: 'boolean' },
  packages: { type: 'boolean' },
  'no-packages': { type: 'boolean' },
  format: { type: 'string', choices: DIFF_FORMATS },
  color: { type: 'string', choices: COLORS },
  output: { type: 'string', short: 'o', value: 'file' },
  all: { type: 'boolean' },
  layers: { type: 'boolean' },
  only: { type: 'string', multiple: true, choices: KINDS },
  layer: { type: 'string' },
  top: { type: 'string' },
  sort: { type: 'string', choices: SORTS },
  null: { type: 'boolean', short: 'z' },
  patch: { type: 'boolean', optionalValue: true },
  'exit-code': { type: 'boolean' },
} as const

/** @throws {UsageError} */
export function parseDiff(
  args: readonly string[],
): DiffArguments | { command: 'help'; of: 'diff' } | { command: 'version' } {
  const { values, positionals, optional } = parse(args, DIFF)
  if (values.help) return { command: 'help', of: 'diff' }
  if (values.version) return { command: 'version' }
  const typed = values.before === undefined && values.after === undefined ? 2 : 0
  const patch = patchOf(optional.patch, positionals, typed)
  const { before, after } = stacks(values.before ?? [], values.after ?? [], patch.positionals)
  const format = choice('format', values.format, DIFF_FORMATS)
  const found: DiffArguments = {
    command: 'diff',
    before,
    after,
    opening: imageOptions(values),
    verify: values.verify ?? false,
    strict: values.strict ?? false,
    symlinkParents: choice('symlink-parents', values['symlink-parents'], SYMLINK_PARENTS),
    ignore: values.ignore ?? [],
    fields: choices('fields', values.fields, FIELDS),
    mtime: values.mtime ?? false,
    semantic: values.semantic ?? false,
    // Scripts that read paths read what changed, and not what it may mean.
    renames: either('renames', values.renames, values['no-renames']) ?? format !== 'paths',
    // Under --strict what cannot be read is an error, which nobody who did not ask for packages expects.
    packages: either('packages', values.packages, values['no-packages']) ?? (format !== 'paths' && !values.strict),
    format,
    color: choice('color', values.color, COLORS),
    output: outputFile(values.output),
    all: values.all ?? false,
    layers: values.layers ?? false,
    only: choices('only', values.only, KINDS),
    // As reports write it too: L2.
    layer: wholeNumber('layer', values.layer?.replace(/^L(?=\d)/i, ''), 0),
    top: wholeNumber('top', values.top, 1),
    sort: values.sort === undefined ? null : choice('sort', values.sort, SORTS),
    nul: values.null ?? false,
    patch: patch.patch,
    exitCode: values['exit-code'] ?? false,
    gates: gateArguments(values),
  }
  refuseContradictions(found)
  return found
}

function refuseContradictions({ format, layers, packages, fields, mtime, semantic, nul, patch }: DiffArguments): void {
  if (packages && format === 'paths') throw new UsageError('--format paths tells of no packages.')
  if (layers && format !== 'text') throw new UsageError('--layers is about --format text.')
  if (nul && format !== 'paths') throw new UsageError('-z is about --format paths.')
  if (patch && format !== 'text' && format !== 'markdown') {
    throw new UsageError('--patch goes with --format text or markdown.')
  }
  if (semantic && (mtime || fields?.includes('mtime'))) {
    throw new UsageError('--semantic leaves times out, which --mtime asks for: choose one.')
  }
}

function either(name: string, on: boolean | undefined, off: boolean | undefined): boolean | undefined {
  if (on && off) throw new UsageError(`--${name} and --no-${name} exclude each other.`)
  return on ? true : off ? false : undefined
}

function wholeNumber(name: string, value: string | undefined, least: 0 | 1): number | null {
  if (value === undefined) return null
  if (/^\d{1,15}$/.test(value) && Number(value) >= least) return Number(value)
  throw new UsageError(`--${name} takes a whole number from ${least} on, not "${value}".`)
}

/** `--patch`, `--patch=GLOB`, and `--patch GLOB` where GLOB would be one operand too many. */
function patchOf(
  optional: { readonly value: string | null; readonly next: number | null } | undefined,
  positionals: readonly string[],
  operands: number,
) {
  if (!optional) return { patch: null, positionals }
  const { value, next } = optional
  if (value === '') throw new UsageError('--patch needs a glob after =, or no =.')
  if (value !== null || next === null || positionals.length <= operands) return { patch: { glob: value }, positionals }
  const glob = positionals[next] ?? null
  return { patch: { glob }, positionals: positionals.filter((_, index) => index !== next) }
}

function stacks(before: readonly string[], after: readonly string[], positionals: readonly string[]) {
  const [old, now, ...more] = positionals
  if (before.length + after.length > 0) {
    if (old !== undefined) {
      throw new UsageError(
        `"${old}" stands alone: give each image or layer after --before or --after, or just OLD and NEW.`,
      )
    }
    if (before.length === 0) throw new UsageError('--after needs something to compare with: give --before FILE.')
    if (after.length === 0) throw new UsageError('--before needs something to compare with: give --after FILE.')
    return { before: before.map(operand), after: after.map(operand) }
  }
  if (old === undefined) throw new UsageError('What is to be compared is missing: layerdiff diff OLD NEW.')
  if (now === undefined) throw new UsageError(`A second image or layer is missing: layerdiff diff ${old} NEW.`)
  if (more.length > 0) {
    throw new UsageError(
      `${positionals.length} images or layers were given, and diff compares two. For stacks repeat --before FILE and --after FILE, bottom first.`,
    )
  }
  return { before: [operand(old)], after: [operand(now)] }
}

/** What it is, operands.ts finds out. */
function operand(text: string): string {
  if (/^((layer|docker-archive|oci|oci-archive|docker-daemon):|docker:\/\/)?$/.test(text))
    throw new UsageError(`"${text}" names no file.`)
  return text
}

export const DIFF_HELP = `Tells what turns one image, layer or stack of layers into another.

Usage: layerdiff diff OLD NEW [OPTION]...
       layerdiff diff --before FILE [--before FILE]...
                      --after FILE [--after FILE]... [OPTION]...

OLD, NEW and FILE are images (docker save files, OCI layouts as folder or tar)
or layers (tars), plain or compressed with gzip or zstd. A stack is given bottom
first, an option for each part. What a file is, is seen by looking, or said:
layer:FILE, docker-archive:FILE[:TAG], oci:FOLDER[:TAG], oci-archive:FILE[:TAG].
What is no file is the name of an image in a registry, as is docker://NAME;
what docker login left is used to log in. docker-daemon:NAME, or an ID, is an
image of the container engine on this machine, Docker or Podman.
Of two images the report tells layers, config and history too.

Examples:
  layerdiff diff app-1.0.tar app-1.1.tar
  layerdiff diff nginx:1.25 nginx:1.27 --semantic --top 20
  layerdiff diff app:1.0 app:1.1 --format html -o diff.html
  layerdiff diff app:1.0 app:1.1 --format markdown --max-growth 5% --deny-setuid
  layerdiff diff app:1.0 app:1.1 --patch 'etc/**'
  layerdiff diff --before base.tar --after base.tar --after app.tar

What is compared:
      --before FILE     a part of the old stack
      --after FILE      a part of the new stack
      --ignore GLOB     leave paths out; repeat it for more. As in .gitignore:
                        *.pyc anywhere, var/cache with all that is below. Globs
                        in the file .layerdiffignore here are left out too
      --mtime           modification times count as changes too
      --semantic        leave out what every rebuild changes: logs, caches,
                        compiled Python and the like
      --symlink-parents overlay|follow
                        where a layer writes below a symlink of a lower layer,
                        replace it as a container sees it, or write through it
      --renames, --no-renames
                        pair removed and added files of equal content; on
                        unless the format is paths
      --packages, --no-packages
                        read what dpkg, apk, rpm, Python and node say is
                        installed; on unless the format is paths, or --strict
${IMAGE_HELP}      --verify          check each layer of two images against its ID too;
                        gates and --strict do so anyway
      --strict          warnings are errors

What is shown, gates apart, which look at all there is:
      --only KIND,...   added, removed, modified
      --fields FIELD,...
                        of modified paths what differs: content, type, mode,
                        owner, link, device, xattrs, mtime
      --layer N         what layer N of the new side did; L0 is the bottom
      --top N           the N paths that grew or shrank most
      --sort HOW        delta, which is how text shows it, or path, which is how
                        the other formats do
      --patch [GLOB]    compare texts too, of files that match: unified, in a
                        form that patch -p1 takes
      --all             a line for every path, also where a directory came or
                        went whole
      --layers          a column for the layer that made each change

How it is shown:
      --format FORMAT   text; json; markdown, a comment for a pull request;
                        html, a page that needs nothing else; or paths, a path
                        a line with A, M or D before it
  -o, --output FILE     write the report to a file, whole or not at all
  -z, --null            of paths, end names with a NUL, and quote none
      --color WHEN      auto, always or never
      --exit-code       exit with 1 when the report shows differences; that of
                        paths shows none of config and history

${GATE_HELP}
  -h, --help            this text
      --version         the version

Exit codes: 0 done; 1 differences, with --exit-code; 2 bad usage; 3 a file that
is missing, unreadable, broken or cannot be written; 4 a gate failed; 70 a fault
of layerdiff; 130 interrupted.
`
