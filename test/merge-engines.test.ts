// Stacks of layers as moby and containerd unpack them, with each way that they have to store them, and as the engine merges
// them: the same trees. Random ones, and each point in which they differ.
// The long campaign: FUZZ_SCALE=10 npm test -- merge-engines

import { afterAll, describe, expect, it } from 'vitest'
import { ContainerEngine } from './support/container-engine.js'
import { loadCore } from './support/core.js'
import { FIRST_SEED, SCALE } from './support/fuzz.js'
import { stackForEngines } from './support/overlay-stacks.js'
import type { Layer } from './support/stacks.js'
import { listing } from './support/tame-stacks.js'
import {
  device,
  directory,
  file,
  globalHeader,
  hardlink,
  opaque,
  symlink,
  tar,
  whiteout,
} from './support/tar-builder.js'
import {
  alike,
  engineTree,
  LATEST,
  type Tree,
  type TreeOutcome,
  withoutMade,
  withoutTraces,
  withUnsetTimes,
} from './support/tree-entry.js'
import { treesOf, UNPACKERS } from './support/unpackers.js'

const STACKS = 12 * SCALE
/** Unpacked one after another, and listed together. */
const BATCH = 12

const archives = (layers: readonly Layer[]) => layers.map((layer) => tar(layer))

const withoutXattrs = (layers: readonly Layer[]): Layer[] =>
  layers.map((layer) => layer.map((part) => (part instanceof Uint8Array ? part : { ...part, xattrs: undefined })))

interface Row {
  rule: string
  layers: Layer[]
  /** the paths of ours, in overlay's way and in that of copies, where the two differ */
  ours: string | [overlay: string, follow: string]
  /** what is seen with each way to store: paths, or words of a refusal */
  overlay2: string | RegExp
  vfs: string | RegExp
  overlayfs: string | RegExp
  native: string | RegExp
}
const all = <T>(outcome: T) => ({ overlay2: outcome, vfs: outcome, overlayfs: outcome, native: outcome })

const rows: Row[] = [
  {
    rule: 'a hard link may lead to a file of a lower layer; what is unpacked beside the lower layers has none',
    layers: [[file('a', 'x')], [hardlink('b', 'a')]],
    ours: 'a b',
    ...all('a b'),
    overlay2: /link.*no such file/,
    overlayfs: /link.*no such file/,
  },
  {
    rule: 'a hard link may replace a directory that holds its target; they remove the directory first',
    layers: [[file('a/b', 'x'), hardlink('a', 'a/b')]],
    ours: 'a',
    ...all(/link.*no such file/),
  },
  {
    rule: 'a hard link to what is missing is left out; they refuse the image',
    layers: [[hardlink('a', 'b'), file('c')]],
    ours: 'c',
    ...all(/link.*no such file/),
  },
  {
    rule: 'of a path that a layer has twice the last counts; moby refuses the image',
    layers: [[file('a', '1'), file('a', '22')]],
    ours: 'a',
    ...all('a'),
    overlay2: /duplicates of file paths/,
    vfs: /duplicates of file paths/,
  },
  {
    rule: 'a file gives way to a directory that a path of its layer needs; they refuse the image',
    layers: [[file('a'), file('a/b')]],
    ours: 'a a/b',
    ...all(/not a directory/),
  },
  {
    rule: 'a lower layer’s file gives way to a directory that a path needs; what unpacks over it refuses the image',
    layers: [[file('a')], [file('a/b')]],
    ours: 'a a/b',
    ...all('a a/b'),
    vfs: /not a directory/,
    native: /not a directory/,
  },
  {
    rule: 'a path may lead through what a lower layer has deleted; containerd’s overlayfs refuses the image',
    layers: [[directory('a'), file('a/b/c')], [whiteout('a/b')], [file('a/b/d/e')]],
    ours: 'a a/b a/b/d a/b/d/e',
    ...all('a a/b a/b/d a/b/d/e'),
    overlayfs: /not a directory/,
  },
  {
    rule: 'a lower layer’s symlink is replaced by a directory that a path needs, or followed, as they do',
    layers: [[directory('d'), symlink('l', 'd')], [file('l/x')]],
    ours: ['d l l/x', 'd d/x l'],
    ...all('d l l/x'),
    vfs: 'd d/x l',
    native: 'd d/x l',
  },
  {
    rule: 'a symlink of the same layer that leads to nothing has it made; moby refuses the image',
    layers: [[symlink('l', 'd'), file('l/x')]],
    ours: 'd d/x l',
    ...all('d d/x l'),
    overlay2: /no such file/,
    vfs: /no such file/,
  },
  {
    rule: 'a layer’s own files stay beside their whiteout; moby’s overlay2 refuses the image, the others remove them',
    layers: [[file('a'), whiteout('a'), file('b')]],
    ours: 'a b',
    ...all('b'),
    overlay2: /mknod.*file exists/,
  },
  {
    rule: 'a directory behind its own whiteout hides what lies below; in an overlay it does not',
    layers: [[file('d/a')], [whiteout('d'), directory('d'), file('d/b')]],
    ours: 'd d/b',
    ...all('d d/b'),
    overlay2: 'd d/a d/b',
    overlayfs: 'd d/a d/b',
  },
  {
    rule: 'a layer’s own files stay before an opaque marker; copies lose those in directories without an entry',
    layers: [[file('c/x')], [file('c/d/e'), file('c/f'), opaque('c')]],
    ours: 'c c/d c/d/e c/f',
    ...all('c c/d c/d/e c/f'),
    vfs: 'c c/f',
    native: 'c c/f',
  },
  {
    rule: 'files before an opaque marker stay in the bottom layer too; containerd’s overlayfs copies there, and loses some',
    layers: [[file('c/d/e'), file('c/f'), opaque('c')]],
    ours: 'c c/d c/d/e c/f',
    ...all('c c/f'),
    overlay2: 'c c/d c/d/e c/f',
  },
  {
    rule: 'a marker makes the parents that it misses, as they do',
    layers: [[file('a')], [whiteout('b/c/d')]],
    ours: 'a b b/c',
    ...all('a b b/c'),
  },
  {
    rule: 'a marker may stand behind a directory of its own name; moby’s overlay2 removes the directory',
    layers: [[file('a')], [file('.wh.a/b'), whiteout('a')]],
    ours: '.wh.a .wh.a/b',
    ...all('.wh.a .wh.a/b'),
    overlay2: '',
  },
  {
    rule: 'a global header says nothing, as they have it',
    layers: [[globalHeader([['comment', 'x']]), file('a')]],
    ours: 'a',
    ...all('a'),
  },
  {
    rule: 'an opaque root hides all lower layers; the kernel reads no mark on a root',
    layers: [[file('a')], [opaque(''), file('b')]],
    ours: 'b',
    ...all('b'),
    overlay2: 'a b',
    overlayfs: 'a b',
  },
  {
    rule: 'a character device 0:0 is a device; to the kernel it is a whiteout',
    layers: [[file('a'), file('b')], [device('a', 'char', 0, 0)]],
    ours: 'a b',
    ...all('a b'),
    overlay2: 'b',
    overlayfs: 'b',
  },
  {
    rule: 'a marker that names nothing is skipped; they refuse the image',
    layers: [[file('.wh.'), file('a')]],
    ours: 'a',
    ...all(/mknod|unlinkat|invalid whiteout/),
  },
  {
    rule: 'AUFS’s own files are skipped, as moby’s vfs does, which leaves their directories; to the others they are files',
    layers: [[file('.wh..wh.plnk/1.2', 'x'), hardlink('a', '.wh..wh.plnk/1.2'), file('.wh..wh.orph/x')]],
    ours: 'a',
    ...all('.wh..wh.orph .wh..wh.orph/x .wh..wh.plnk .wh..wh.plnk/1.2 a'),
    vfs: '.wh..wh.orph .wh..wh.plnk a',
  },
  {
    rule: 'other names of the root that begin like AUFS’s are files in a directory; moby’s vfs skips them',
    layers: [[file('.wh..wh.x/b'), file('a')]],
    ours: '.wh..wh.x .wh..wh.x/b a',
    ...all('.wh..wh.x .wh..wh.x/b a'),
    vfs: '.wh..wh.x a',
  },
  ...[
    { what: 'old GNU sparse files', part: file('a', 'x', { sparse: { format: 'gnu', size: 9, map: [[0, 1]] } }) },
    { what: 'contiguous files', part: file('a', 'x', { type: 'contiguous' }) },
    { what: 'dumped directories', part: { ...directory('a'), type: 'D', content: 'Nb\0' } },
    { what: 'entries of a type that nobody knows', part: file('a', 'x', { type: 'Z' }) },
  ].map(({ what, part }) => ({
    rule: `${what} are read; they refuse the image`,
    layers: [[part]],
    ours: 'a',
    ...all(/unhandled tar header type/),
  })),
]

for (const unpacker of UNPACKERS) {
  const { name, store, stores } = unpacker
  const engine = await ContainerEngine.start(unpacker.kind)
  afterAll(() => engine?.stop())
  const unpacked = (stacks: readonly (readonly Layer[])[]) =>
    treesOf(unpacker, engine as ContainerEngine, stacks.map(archives))
  const follows = stores === 'changes' ? 'overlay' : 'follow'
  const merged = async (layers: readonly Layer[]) => engineTree(await loadCore('simd'), archives(layers), follows)

  describe.skipIf(engine === null)(name, () => {
    it(
      `${STACKS} random stacks are the trees that it unpacks`,
      async () => {
        for (let done = 0; done < STACKS; done += BATCH) {
          const seeds = Array.from({ length: BATCH }, (_, i) => FIRST_SEED * 1_000_000 + done + i)
          // What overlay2 puts beside the lower layers, it puts there whatever they have.
          const given = seeds.map((seed) => stackForEngines(seed, store !== 'overlay2'))
          // Copies lose attributes of users, or keep those of a directory that comes again without.
          const stacks = stores === 'copies' ? given.map(withoutXattrs) : given
          const trees = await unpacked(stacks)
          for (const [index, layers] of stacks.entries()) {
            const words = `seed ${seeds[index]}:\n${listing(layers)}\n`
            const [tree, ours] = [trees[index] as TreeOutcome, await merged(layers)]
            for (const one of [tree, ours])
              if (!(one instanceof Map)) throw new Error(`${words}refused: ${one.refused}`)
            // Directories that overlay2 makes on the way hide those below, with attributes of their own.
            const real = store === 'overlay2' ? withoutMade(tree as Tree) : (tree as Tree)
            const kept = withUnsetTimes(withoutTraces(ours as Tree, real), real)
            expect(alike(kept, real), words).toEqual(alike(real, kept))
          }
        }
      },
      600_000 * SCALE,
    )

    it.for(rows)('$rule', async (row) => {
      const keys = (tree: TreeOutcome) => (tree instanceof Map ? [...tree.keys()].sort().join(' ') : tree.refused)
      const [real] = await unpacked([row.layers])
      const expected = row[store]
      expect(keys(real as TreeOutcome)).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected)
      const [overlay, follow] = typeof row.ours === 'string' ? [row.ours, row.ours] : row.ours
      expect(keys(await merged(row.layers))).toBe(stores === 'changes' ? overlay : follow)
    })

    it('attributes that it takes otherwise', async () => {
      const stacks = [
        [[file('a', '1', { mtime: 5 }), hardlink('b', 'a', { uid: 7, mtime: 9 })]],
        [[file('a', '1', { mtime: -5, dialect: 'pax' })]],
        [[file('a', '', { pax: [['LIBARCHIVE.xattr.user.k', 'dg']] })]],
        [[file('a', '', { xattrs: { 'user.k': '' } })]],
        [[directory('a', { mode: 0o700, uid: 5 })], [file('a/b')]],
        [[directory('a', { xattrs: { 'user.k': 'v' } })], [directory('a')]],
        [[directory('a', { mtime: 5 }), file('a/b/c')]],
        [[directory('a', { mtime: 5 })], [file('a/b')]],
      ] as Layer[][]
      const attributes = (trees: readonly TreeOutcome[]) => trees.map((tree) => (tree as Tree).get('a')?.attributes)
      const [link, old, foreign, empty, parent, again, told, untold] = attributes(await unpacked(stacks))
      const [ourLink, ourOld, ourForeign, ourEmpty, ourParent, ourAgain, ourTold, ourUntold] = attributes(
        await Promise.all(stacks.map(merged)),
      )
      // Of two names of a file the last one's owner and time; ours are the file's own.
      expect([link, ourLink]).toMatchObject([
        { uid: 7, mtime: '9000000000' },
        { uid: 0, mtime: '5000000000' },
      ])
      expect([old?.mtime, ourOld?.mtime]).toEqual(['0', '-5000000000'])
      // libarchive's attributes, and for moby those without a value, are not read.
      expect([foreign?.xattrs, ourForeign?.xattrs]).toEqual([{}, { 'user.k': '76' }])
      const moby = name.startsWith('moby')
      expect([empty?.xattrs, ourEmpty?.xattrs]).toEqual([moby ? {} : { 'user.k': '' }, { 'user.k': '' }])
      // A directory that a path needs keeps what lower layers say of it; but moby's overlay2 makes it anew.
      const kept = store === 'overlay2' ? { mode: 0o755, uid: 0 } : { mode: 0o700, uid: 5 }
      expect([parent, ourParent]).toMatchObject([kept, { mode: 0o700, uid: 5 }])
      // A directory that comes again without attributes has none; but containerd's native never takes one away.
      expect([again?.xattrs, ourAgain?.xattrs]).toEqual([store === 'native' ? { 'user.k': '76' } : {}, {}])
      // A directory that a layer puts something into, and has no entry for, has the time of the unpacking.
      expect([told?.mtime, ourTold?.mtime, ourUntold?.mtime]).toEqual(['5000000000', '5000000000', '5000000000'])
      expect(BigInt(untold?.mtime ?? 0) > LATEST).toBe(true)
    })
  })
}
