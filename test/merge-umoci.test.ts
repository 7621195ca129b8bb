// Stacks of layers as umoci unpacks them, and as the engine merges them with symlinks followed: the same trees. Random
// ones, and each point in which the two differ.
// The long campaign: FUZZ_SCALE=10 npm test -- merge-umoci

import { describe, expect, it } from 'vitest'
import { loadCore } from './support/core.js'
import { FIRST_SEED, SCALE } from './support/fuzz.js'
import { makesTrees, umociTrees } from './support/real-trees.js'
import type { Layer } from './support/stacks.js'
import { listing, stackForUmoci } from './support/tame-stacks.js'
import { directory, file, globalHeader, hardlink, tar, whiteout } from './support/tar-builder.js'
import {
  alike,
  engineTree,
  LATEST,
  type Tree,
  type TreeOutcome,
  withoutTraces,
  withUnsetTimes,
} from './support/tree-entry.js'

const STACKS = 1000 * SCALE
/** Unpacked together, so that the disk never holds them all. */
const BATCH = 100

const archives = (layers: readonly Layer[]) => layers.map((layer) => tar(layer))

function expectSame(real: TreeOutcome, ours: TreeOutcome, words: string): void {
  if (!(real instanceof Map && ours instanceof Map)) {
    expect(real, words).toEqual(ours)
    return
  }
  // umoci leaves a directory in which it made missing parents with the time of the unpacking.
  const kept = withUnsetTimes(withoutTraces(ours, real), real)
  expect(alike(kept, real), words).toEqual(alike(real, kept))
}

describe.skipIf(!makesTrees)('umoci raw unpack', () => {
  it(
    `${STACKS} random stacks are the trees that umoci makes of them`,
    async () => {
      const core = await loadCore('simd')
      let seed = FIRST_SEED * 1_000_000
      for (let done = 0; done < STACKS; ) {
        const batch: { seed: number; layers: Layer[] }[] = []
        for (; batch.length < Math.min(BATCH, STACKS - done); seed++) {
          const layers = await stackForUmoci(core, seed)
          if (layers) batch.push({ seed, layers })
        }
        const trees = await umociTrees(batch.map(({ layers }) => archives(layers)))
        for (const [index, { seed: of, layers }] of batch.entries()) {
          const ours = await engineTree(core, archives(layers), 'follow')
          expectSame(trees[index] as TreeOutcome, ours, `seed ${of}:\n${listing(layers)}\n`)
        }
        done += batch.length
      }
    },
    600_000 * SCALE,
  )
})

describe.skipIf(!makesTrees)('umoci differs', () => {
  interface Row {
    rule: string
    layers: Layer[]
    /** what umoci says, or the paths of its tree */
    umoci: RegExp | string[]
    /** the paths of ours */
    ours: string[]
  }
  const rows: Row[] = [
    {
      rule: 'a marker makes the parents that it misses, as moby and containerd have it; umoci makes none',
      layers: [[file('a')], [whiteout('b/c/d')]],
      umoci: ['a'],
      ours: ['a', 'b', 'b/c'],
    },
    {
      rule: 'a hard link may replace a directory that holds its target; umoci removes the directory first',
      layers: [[file('a/b', 'x')], [hardlink('a', 'a/b')]],
      umoci: /link: no such file or directory/,
      ours: ['a'],
    },
    {
      rule: 'a hard link to what is missing is left out; umoci refuses the image',
      layers: [[hardlink('a', 'b'), file('c')]],
      umoci: /link: no such file or directory/,
      ours: ['c'],
    },
    {
      rule: 'a file gives way to a directory that a path needs; umoci refuses the image',
      layers: [[file('a'), file('a/b')]],
      umoci: /not a directory/,
      ours: ['a', 'a/b'],
    },
    {
      rule: 'a lower layer’s file gives way to a directory that a path needs; umoci refuses the image',
      layers: [[file('a')], [file('a/b')]],
      umoci: /not a directory/,
      ours: ['a', 'a/b'],
    },
    {
      rule: 'a marker that names nothing is skipped; umoci refuses the image',
      layers: [[file('.wh.'), file('a')]],
      umoci: /no such file or directory/,
      ours: ['a'],
    },
    {
      rule: 'old GNU sparse files are files; umoci 0.4 refuses the image',
      layers: [[file('a', 'x', { sparse: { format: 'gnu', size: 9, map: [[0, 1]] } })]],
      umoci: /unknown typeflag '\\x53'/,
      ours: ['a'],
    },
    {
      rule: 'contiguous files are files; umoci 0.4 refuses the image',
      layers: [[file('a', 'x', { type: 'contiguous' })]],
      umoci: /unknown typeflag '\\x37'/,
      ours: ['a'],
    },
    {
      rule: 'entries of a type that nobody knows are files; umoci refuses the image',
      layers: [[file('a', 'x', { type: 'Z' })]],
      umoci: /unknown typeflag '\\x5a'/,
      ours: ['a'],
    },
    {
      rule: 'GNU’s dumped directories are directories; umoci refuses the image',
      layers: [[{ ...directory('a'), type: 'D', content: 'Nb\0' }]],
      umoci: /unknown typeflag '\\x44'/,
      ours: ['a'],
    },
    {
      rule: 'a global header says nothing; umoci 0.4 refuses the image',
      layers: [[globalHeader([['comment', 'x']]), file('a')]],
      umoci: /unknown typeflag '\\x67'/,
      ours: ['a'],
    },
    {
      rule: 'AUFS’s own files in the root are skipped, as moby has it; to umoci they are whiteouts and files',
      layers: [[directory('.wh..wh.plnk'), file('.wh..wh.plnk/1.2', 'x')]],
      umoci: ['.wh..wh.plnk', '.wh..wh.plnk/1.2'],
      ours: [],
    },
  ]
  it.for(rows)('$rule', async ({ layers, umoci, ours }) => {
    const core = await loadCore('simd')
    const [real] = await umociTrees([archives(layers)])
    if (umoci instanceof RegExp) expect(real).toEqual({ refused: expect.stringMatching(umoci) })
    else expect([...(real as Tree).keys()].sort()).toEqual(umoci)
    expect([...((await engineTree(core, archives(layers), 'follow')) as Tree).keys()].sort()).toEqual(ours)
  })

  it.for([
    ['libarchive’s', file('a', '', { pax: [['LIBARCHIVE.xattr.user.k', 'dg']] }), '76'],
    ['empty', file('a', '', { xattrs: { 'user.k': '' } }), ''],
  ] as const)('%s attributes are read; umoci reads SCHILY’s with a value alone', async ([, part, value]) => {
    const layer = tar([part])
    const attributes = (tree?: TreeOutcome) => (tree as Tree).get('a')?.attributes?.xattrs
    expect(attributes((await umociTrees([[layer]]))[0])).toEqual({})
    expect(attributes(await engineTree(await loadCore('simd'), [layer], 'follow'))).toEqual({ 'user.k': value })
  })

  it('a directory has the time of its entry; umoci’s of the unpacking, where it made missing parents in it', async () => {
    const stacks: Layer[][] = [
      [[directory('a', { mtime: 5 }), file('a/b/c')]],
      [[directory('a', { mtime: 5 })], [file('a/b')]],
    ]
    const timeOf = (tree?: TreeOutcome) => BigInt((tree as Tree).get('a')?.attributes?.mtime ?? 0)
    const [made, kept] = (await umociTrees(stacks.map(archives))).map(timeOf)
    expect([(made ?? 0n) > LATEST, kept]).toEqual([true, 5_000_000_000n])
    const core = await loadCore('simd')
    const ours = await Promise.all(stacks.map((layers) => engineTree(core, archives(layers), 'follow')))
    expect(ours.map(timeOf)).toEqual([5_000_000_000n, 5_000_000_000n])
  })
})
