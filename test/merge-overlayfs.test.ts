// Stacks of layers as the kernel's overlayfs shows them, their layers unpacked by GNU tar and their whiteouts made as
// containerd makes them, and as the engine merges them: the same trees. Random ones, and each point in which they differ.
// The long campaign: FUZZ_SCALE=10 npm test -- merge-overlayfs

import { describe, expect, it } from 'vitest'
import { loadCore } from './support/core.js'
import { FIRST_SEED, SCALE } from './support/fuzz.js'
import { overlayLayer } from './support/overlay-layer.js'
import { stackForOverlay } from './support/overlay-stacks.js'
import { mountsOverlays, overlayTrees } from './support/real-trees.js'
import type { Layer } from './support/stacks.js'
import { listing } from './support/tame-stacks.js'
import { device, directory, file, hardlink, opaque, tar, whiteout } from './support/tar-builder.js'
import { alike, engineTree, type Tree, type TreeOutcome, withUnsetTimes } from './support/tree-entry.js'

const STACKS = 1000 * SCALE
/** Made together, so that the disk never holds them all. */
const BATCH = 100

const archives = (layers: readonly Layer[]) => layers.map((layer) => tar(layer))

describe.skipIf(!(await mountsOverlays()))('overlayfs', () => {
  it(
    `${STACKS} random stacks are the trees that the kernel shows`,
    async () => {
      const core = await loadCore('simd')
      for (let from = 0; from < STACKS; from += BATCH) {
        const seeds = Array.from(
          { length: Math.min(BATCH, STACKS - from) },
          (_, i) => FIRST_SEED * 1_000_000 + from + i,
        )
        const stacks = seeds.map(stackForOverlay)
        const trees = await overlayTrees(stacks.map((layers) => layers.map(overlayLayer)))
        for (const [index, layers] of stacks.entries()) {
          const words = `seed ${seeds[index]}:\n${listing(layers)}\n`
          const ours = await engineTree(
            core,
            layers.map((layer) => tar(layer)),
            'overlay',
          )
          const real = trees[index] as TreeOutcome
          for (const tree of [real, ours])
            if (!(tree instanceof Map)) throw new Error(`${words}refused: ${tree.refused}`)
          // GNU tar makes links that lead out of the archive last, after it has set the times of directories.
          const timed = withUnsetTimes(ours as Tree, real as Tree)
          expect(alike(timed, real as Tree), words).toEqual(alike(real as Tree, timed))
        }
      }
    },
    600_000 * SCALE,
  )
})

describe.skipIf(!(await mountsOverlays()))('overlayfs differs', () => {
  const keys = (tree?: TreeOutcome) => [...(tree as Tree).keys()].sort()
  interface Row {
    rule: string
    layers: Layer[]
    overlayfs: string[]
    ours: string[]
  }
  const rows: Row[] = [
    {
      rule: 'an opaque root hides all lower layers, as the image-spec has it; the kernel reads no mark on a root',
      layers: [[file('a')], [opaque(''), file('b')]],
      overlayfs: ['a', 'b'],
      ours: ['b'],
    },
    {
      rule: 'a character device 0:0 is a device; to the kernel it is a whiteout',
      layers: [[file('a'), file('b')], [device('a', 'char', 0, 0)]],
      overlayfs: ['b'],
      ours: ['a', 'b'],
    },
  ]
  it.for(rows)('$rule', async ({ layers, overlayfs, ours }) => {
    const [real] = await overlayTrees([layers.map(overlayLayer)])
    expect(keys(real)).toEqual(overlayfs)
    expect(keys(await engineTree(await loadCore('simd'), archives(layers), 'overlay'))).toEqual(ours)
  })

  it('a directory beside its own whiteout hides what lies below; a whiteout that is made for it has no place', async () => {
    const layers = [[file('d/a')], [whiteout('d'), directory('d'), file('d/b')]]
    const [real] = await overlayTrees([layers.map(overlayLayer)])
    expect(real).toEqual({ refused: expect.stringContaining('File exists') })
    expect(keys(await engineTree(await loadCore('simd'), archives(layers), 'overlay'))).toEqual(['d', 'd/b'])
  })

  it('a hard link to a file of a lower layer is bound; what is unpacked beside the lower layers cannot be', async () => {
    const layers = [[file('a', 'x')], [hardlink('b', 'a')]]
    const [real] = await overlayTrees([layers.map(overlayLayer)])
    expect(real).toEqual({ refused: expect.stringContaining('Cannot hard link') })
    expect(keys(await engineTree(await loadCore('simd'), archives(layers), 'overlay'))).toEqual(['a', 'b'])
  })
})
