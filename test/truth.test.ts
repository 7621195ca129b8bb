// What the kernel shows of real images, and what the engine says of their blobs, in every form they come in.

import { describe, expect, it } from 'vitest'
import { type ChangeJson, diffLayers, type EntryJson } from '../src/index.js'
import {
  CLIPPED_TIMES,
  countsOf,
  fixtures,
  type ImageName,
  layerPaths,
  TRUE_COUNTS,
  type TrueEntry,
  trueDiff,
} from './support/truth.js'

const PAIRS = [
  ['small-1', 'small-2'],
  ['small-1', 'small-3'],
] as const
const FORMS = ['oci-gzip', 'oci-zstd', 'oci-zstd-chunked'] as const

/** What both know of an entry: the mount has no layers and another hash, and its xattrs hold the store's own. */
function comparable(entry: EntryJson | TrueEntry | null) {
  if (!entry) return null
  const { type, mode, uid, gid, size, mtime, mtimeNanos, link, hardlink, device, xattrs } = entry
  return { type, mode, uid, gid, size, mtime, mtimeNanos, link, hardlink, device, xattrs }
}

function comparableChange(change: ChangeJson | ReturnType<typeof trueDiff>[number]) {
  const { path, pathBytes, kind, fields, before, after } = change
  return { path, pathBytes, kind, fields, before: comparable(before), after: comparable(after) }
}

describe.skipIf(fixtures === null)('real images, against what an overlayfs mount of them shows', () => {
  for (const [before, after] of PAIRS) {
    for (const form of FORMS) {
      it(`${before} to ${after}, ${form} blobs: every change and every field`, async () => {
        const stack = (image: ImageName) => layerPaths(image, form)
        const diff = await diffLayers(stack(before), stack(after), { compare: { mtime: true } })
        const changes = diff.toJSON().changes.filter(({ path }) => !CLIPPED_TIMES.includes(path))
        const truth = trueDiff(`${before}-${after}`).filter(({ path }) => !CLIPPED_TIMES.includes(path))
        expect(changes.map(comparableChange)).toEqual(truth.map(comparableChange))
        expect(countsOf(diff.toJSON().changes as never)).toEqual(TRUE_COUNTS[`${before}-${after}`])
        expect(diff.warnings).toEqual([])
      })
    }
  }
})
