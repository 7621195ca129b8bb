// The report for scripts: a path a line, as `git diff --name-status` writes it.
//
// Takes: a diff. Gives: `A`, `M` or `D`, a tab and the path; of renames, where they were asked for, `R100` and both. A name with
// characters that would mislead stands in quotation marks, with escapes as git has them; ended by NULs names are the bytes that
// they are, and no line breaks: then whoever reads them must know what they do.

import type { Change, LayerDiff, Rename } from '../types.js'
import { pathKey } from './names.js'
import { quotedName } from './quoted-name.js'
import { RenameIndex } from './rename-index.js'

export interface PathsOptions {
  /** Fields end with a NUL, names are not quoted. Default false. */
  readonly nul?: boolean | undefined
}

const LETTERS: Readonly<Record<Change['kind'], string>> = { added: 'A', removed: 'D', modified: 'M' }

/** A diff with `renames` shows them in place of what was removed and added. */
export function* pathsReport(diff: LayerDiff, { nul = false }: PathsOptions = {}): Generator<string | Uint8Array> {
  const renames = new RenameIndex(diff.renames)
  const halves = wholeRenames(diff, renames)
  for (const change of diff.changes) {
    const { path, pathBytes, kind } = change
    const rename = halves.has(pathKey(change)) ? renames.of(change) : null
    if (rename === null) yield* row(LETTERS[kind], [bytesOf(path, pathBytes)], nul)
    else if (kind === 'added')
      yield* row('R100', [bytesOf(rename.from, rename.fromBytes), bytesOf(path, pathBytes)], nul)
  }
}

/** Keys of the paths of renames of which both halves are shown. */
function wholeRenames(diff: LayerDiff, renames: RenameIndex): ReadonlySet<string> {
  const seen = new Map<Rename, string>()
  const paths = new Set<string>()
  if (!diff.renames?.length) return paths
  for (const change of diff.changes) {
    const rename = renames.of(change)
    const other = rename && seen.get(rename)
    if (other) paths.add(other).add(pathKey(change))
    else if (rename) seen.set(rename, pathKey(change))
  }
  return paths
}

function bytesOf(path: string, bytes: Uint8Array | undefined): Uint8Array {
  return bytes ?? new TextEncoder().encode(path)
}

function* row(status: string, names: readonly Uint8Array[], nul: boolean): Generator<string | Uint8Array> {
  if (!nul) {
    yield `${[status, ...names.map(quotedName)].join('\t')}\n`
    return
  }
  yield `${status}\0`
  for (const name of names) {
    yield name
    yield '\0'
  }
}
