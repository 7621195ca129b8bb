// What the kernel shows of real images, and what the engine says of their blobs, in every form they come in.

import { describe, expect, it } from 'vitest'
import { shownDiff } from '../src/element/shown-diff.js'
import { diffLayers } from '../src/index.js'
import { comparable, countsOf, fixtures, type ImageName, layerPaths, TRUE_COUNTS, trueDiff } from './support/truth.js'

const PAIRS = [
  ['small-1', 'small-2'],
  ['small-1', 'small-3'],
] as const
const FORMS = ['oci-gzip', 'oci-zstd', 'oci-zstd-chunked'] as const

describe.skipIf(fixtures === null)('real images, against what an overlayfs mount of them shows', () => {
  for (const [before, after] of PAIRS) {
    for (const form of FORMS) {
      it(`${before} to ${after}, ${form} blobs: every change and every field`, async () => {
        const stack = (image: ImageName) => layerPaths(image, form)
        const diff = await diffLayers(stack(before), stack(after), { compare: { mtime: true } })
        expect(comparable(diff.toJSON().changes)).toEqual(comparable(trueDiff(`${before}-${after}`)))
        expect(countsOf(diff.toJSON().changes as never)).toEqual(TRUE_COUNTS[`${before}-${after}`])
        expect(diff.warnings).toEqual([])
        expect([...shownDiff(JSON.parse(JSON.stringify(diff))).changes]).toEqual([...diff.changes])
      })
    }
  }
})
