// What must hold of every diff, whatever the layers: on random stacks.

import { describe, expect, it } from 'vitest'
import {
  createEngine,
  diffLayers,
  type Engine,
  type EntryJson,
  type LayerDiff,
  type LayerInput,
} from '../../src/index.js'
import { gzip, zstd } from '../support/compress.js'
import { Random, randomPair } from '../support/stacks.js'

const SEEDS = Array.from({ length: 60 }, (_, i) => 10_000 + i)

/** The key of a path: its bytes where its text does not tell them. */
const keyOf = (change: { path: string; pathBytes?: string }) => change.pathBytes ?? change.path

async function tryDiff(before: LayerInput[], after: LayerInput[], engine?: Engine): Promise<LayerDiff | null> {
  // Stacks whose symlinks lead in circles are refused as they should be.
  return diffLayers(before, after, { engine }).catch((error) => {
    if (error.code === 'SYMLINK_LOOP') return null
    throw error
  })
}

/** A merged tree: what is compared of every path. An implicit directory has no attributes worth comparing. */
function treeOf(diff: LayerDiff): Map<string, EntryJson> {
  return new Map(diff.toJSON().changes.map((change) => [keyOf(change), change.after as EntryJson]))
}

function substance(entry: EntryJson, loose: boolean) {
  const { type, mode, uid, gid, size, link, linkBytes, device, xattrs, hash } = entry
  return loose ? { type } : { type, mode, uid, gid, size, link, linkBytes, device, xattrs, hash }
}

function inPieces(bytes: Uint8Array, random: Random): ReadableStream<Uint8Array> {
  const most = random.pick([1, 600, 50_000])
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.byteLength) return controller.close()
      const piece = bytes.slice(at, at + 1 + random.int(most))
      at += piece.byteLength
      controller.enqueue(piece)
    },
  })
}

describe('properties of every diff', () => {
  it('applying the changes to before gives after', async () => {
    for (const seed of SEEDS) {
      const { before, after } = randomPair(seed)
      const [diff, old, now] = [await tryDiff(before, after), await tryDiff([], before), await tryDiff([], after)]
      if (!diff || !old || !now) continue
      const tree = treeOf(old)
      for (const change of diff.toJSON().changes) {
        if (change.after === null) tree.delete(keyOf(change))
        else tree.set(keyOf(change), change.after)
      }
      const expected = treeOf(now)
      expect([...tree.keys()].sort(), `seed ${seed}`).toEqual([...expected.keys()].sort())
      for (const [path, entry] of expected) {
        const found = tree.get(path) as EntryJson
        const loose = found.implicit === true || entry.implicit === true
        expect(substance(found, loose), `seed ${seed}, ${path}`).toEqual(substance(entry, loose))
      }
    }
  })

  it('swapping the sides swaps added and removed, and what was before and after', async () => {
    for (const seed of SEEDS) {
      const { before, after } = randomPair(seed)
      const [there, back] = [await tryDiff(before, after), await tryDiff(after, before)]
      if (!there || !back) continue
      const swap = { added: 'removed', removed: 'added', modified: 'modified' } as const
      const mirrored = back.toJSON().changes.map(({ cause: _, ...change }) => {
        const { kind, before, after, bytesBefore, bytesAfter } = change
        const bytes = { bytesBefore: bytesAfter, bytesAfter: bytesBefore }
        return { ...change, kind: swap[kind], before: after, after: before, ...bytes }
      })
      expect(there.toJSON().changes.map(({ cause: _, ...change }) => change)).toEqual(mirrored)
      const { added, removed, modified, unchanged, bytesBefore, bytesAfter, bytesAdded, bytesRemoved } = there.summary
      expect(back.summary).toEqual({
        added: removed,
        removed: added,
        modified,
        unchanged,
        bytesBefore: bytesAfter,
        bytesAfter: bytesBefore,
        bytesAdded: bytesRemoved,
        bytesRemoved: bytesAdded,
      })
    }
  })

  it('a stack against itself has no changes', async () => {
    for (const seed of SEEDS) {
      const { before } = randomPair(seed)
      // The same objects are one layer, and copies are not.
      for (const other of [before, before.map((layer) => layer.slice())]) {
        const diff = await tryDiff(before, other)
        if (diff) expect(diff.changes.length, `seed ${seed}`).toBe(0)
      }
    }
  })

  it('bytes and counts add up, in every directory', async () => {
    for (const seed of SEEDS) {
      const { before, after } = randomPair(seed)
      const diff = await tryDiff(before, after)
      if (!diff) continue
      const { summary } = diff
      expect(summary.bytesAfter - summary.bytesBefore).toBe(summary.bytesAdded - summary.bytesRemoved)
      let seen = 0
      const visit = (node: ReturnType<LayerDiff['tree']>): number => {
        seen += node.changes.length
        const below = node.directories.reduce((sum, child) => sum + visit(child), node.changes.length)
        const { added, removed, modified, bytesBefore, bytesAfter, bytesAdded, bytesRemoved } = node.totals
        expect(added + removed + modified).toBe(below)
        expect(bytesAfter - bytesBefore).toBe(bytesAdded - bytesRemoved)
        return below
      }
      visit(diff.tree())
      expect(seen).toBe(diff.changes.length)
    }
  })

  it('a diff is the same however its layers come, and however many workers read them', async () => {
    const random = new Random(1)
    const forms: ((bytes: Uint8Array) => Promise<LayerInput>)[] = [
      async (bytes) => bytes.slice(),
      async (bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]),
      async (bytes) => inPieces(bytes, random),
      async (bytes) => inPieces(await gzip(bytes), random),
      async (bytes) => inPieces(zstd(bytes), random),
      async (bytes) => one.loadIndex((await one.index(bytes)).bytes),
    ]
    const one = createEngine({ workers: 1 })
    const several = createEngine({ workers: 3 })
    for (const [index, seed] of SEEDS.slice(0, 12).entries()) {
      const { before, after } = randomPair(seed)
      // A layer that both sides share is one object, and told of once; each form gives it twice.
      const twice = after.map((layer) => layer.slice())
      const expected = (await tryDiff(before, twice, one))?.toJSON()
      for (const [number, form] of forms.entries()) {
        const engine = (index + number) % 2 ? one : several
        const given = (layers: Uint8Array[]) => Promise.all(layers.map(form))
        const diff = await tryDiff(await given(before), await given(after), engine)
        expect(diff?.toJSON(), `seed ${seed}, form ${number}`).toEqual(expected)
      }
    }
    for (const engine of [one, several]) await engine.dispose()
  })
})
