// The rules by which layers are merged, one row each: docs/semantics.md tells where they come from.
// A row's layers, bottom first, are diffed against nothing, so that the changes are the merged tree.

import { describe, expect, it } from 'vitest'
import { diffLayers, type EntryJson, LayerDiffError } from '../../src/index.js'
import { engineOutcome, referenceOutcome } from '../support/agreement.js'
import {
  directory,
  fifo,
  file,
  hardlink,
  opaque,
  symlink,
  type TarPart,
  tar,
  whiteout,
} from '../support/tar-builder.js'

type Parts = readonly (TarPart | Uint8Array)[]

interface Row {
  rule: string
  layers: readonly Parts[]
  /** Path to what it is, as `describeEntry` puts it. */
  tree: Record<string, string>
  warnings?: string[]
  symlinkParents?: 'follow'
}

/** `file 3 @1` is a file of 3 bytes put there by layer 1. */
function describeEntry(entry: EntryJson): string {
  const facts: string[] = [entry.type]
  if (entry.implicit) facts.push('implicit')
  if (entry.type === 'file') facts.push(String(entry.size))
  if (entry.link !== null) facts.push(`-> ${entry.link}`)
  if (entry.mode !== (entry.type === 'directory' ? 0o755 : 0o644) && entry.type !== 'symlink') {
    facts.push(`mode ${entry.mode.toString(8)}`)
  }
  if (entry.hardlink !== null) facts.push(`= ${entry.hardlink}`)
  return `${facts.join(' ')} @${entry.layer}`
}

const rows: Row[] = [
  {
    rule: 'a whiteout deletes a file of a lower layer, and is never shown',
    layers: [[file('a', '1'), file('b', '22')], [whiteout('a')]],
    tree: { b: 'file 2 @0' },
  },
  {
    rule: 'a whiteout deletes a directory and all below it',
    layers: [[directory('d'), directory('d/e'), file('d/e/f', '1'), file('g', '1')], [whiteout('d')]],
    tree: { g: 'file 1 @0' },
  },
  {
    rule: 'a whiteout that stands before its own layer’s file of the same name spares it',
    layers: [[file('a', '1')], [whiteout('a'), file('a', '22')]],
    tree: { a: 'file 2 @1' },
  },
  {
    rule: 'a whiteout that stands after its own layer’s file of the same name spares it',
    layers: [[file('a', '1')], [file('a', '22'), whiteout('a')]],
    tree: { a: 'file 2 @1' },
  },
  {
    rule: 'a directory that its own layer whites out keeps what the layer puts into it, before the marker',
    layers: [
      [directory('d', { mode: 0o700 }), file('d/old', '1')],
      [file('d/new', '22'), whiteout('d')],
    ],
    tree: { d: 'directory implicit @1', 'd/new': 'file 2 @1' },
  },
  {
    rule: 'a directory that its own layer whites out keeps what the layer puts into it, after the marker',
    layers: [
      [directory('d', { mode: 0o700 }), file('d/old', '1')],
      [whiteout('d'), file('d/new', '22')],
    ],
    tree: { d: 'directory implicit @1', 'd/new': 'file 2 @1' },
  },
  {
    rule: 'an ancestor kept only by its children loses its lower attributes',
    layers: [
      [directory('a', { mode: 0o700 }), directory('a/b', { mode: 0o711 }), file('a/b/old', '1')],
      [directory('a/b', { mode: 0o750 }), whiteout('a')],
    ],
    tree: { a: 'directory implicit @1', 'a/b': 'directory mode 750 @1' },
  },
  {
    rule: 'an opaque directory hides all lower children, and keeps itself and its own layer’s',
    layers: [
      [directory('d', { mode: 0o700 }), file('d/a', '1'), directory('d/s'), file('d/s/b', '1')],
      [file('d/c', '22'), opaque('d'), file('d/e', '333')],
    ],
    tree: { d: 'directory mode 700 @0', 'd/c': 'file 2 @1', 'd/e': 'file 3 @1' },
  },
  {
    rule: 'an opaque marker in the root hides everything lower',
    layers: [
      [file('a', '1'), directory('d')],
      [file('.wh..wh..opq'), file('b', '22')],
    ],
    tree: { b: 'file 2 @1' },
  },
  {
    rule: 'a name longer than the opaque marker’s is an ordinary whiteout',
    layers: [[directory('d'), file('d/.wh..opqX', '1'), file('d/a', '1')], [file('d/.wh..wh..opqX')]],
    tree: { d: 'directory @0', 'd/a': 'file 1 @0' },
  },
  {
    rule: 'a marker that is no regular file is a marker all the same',
    layers: [
      [file('a', '1'), file('b', '1')],
      [directory('.wh.a'), symlink('.wh.b', 'x')],
    ],
    tree: {},
    warnings: ['MARKER_NOT_A_FILE', 'MARKER_NOT_A_FILE'],
  },
  {
    rule: 'AUFS’s own file twice serves hard links all the same, and is nobody’s concern',
    layers: [[file('.wh..wh.plnk/1.2', '1'), file('.wh..wh.plnk/1.2', '22'), hardlink('a', '.wh..wh.plnk/1.2')]],
    tree: { a: 'file 2 @0' },
  },
  {
    rule: 'a marker of a type that nobody knows is a regular file, and of an old archive’s directory is none',
    layers: [
      [file('a', '1'), file('b', '1')],
      [file('.wh.a', '', { type: 'Z' }), file('.wh.b/', '', { type: 'old-file' })],
    ],
    tree: {},
    warnings: ['UNKNOWN_TYPE', 'MARKER_NOT_A_FILE'],
  },
  {
    rule: 'a marker that names nothing is skipped',
    layers: [[file('a', '1')], [file('.wh.'), file('.wh..'), file('.wh...')]],
    tree: { a: 'file 1 @0' },
    warnings: ['MARKER_NAMELESS', 'MARKER_NAMELESS', 'MARKER_NAMELESS'],
  },
  {
    rule: 'markers in the bottom layer delete nothing and are not shown',
    layers: [[file('a', '1'), whiteout('a'), directory('d'), file('d/x', '1'), opaque('d')]],
    tree: { a: 'file 1 @0', d: 'directory @0', 'd/x': 'file 1 @0' },
  },
  {
    rule: 'only the last component makes a marker',
    layers: [[file('.wh.dir/file', '1'), file('dir', '1')]],
    tree: { '.wh.dir': 'directory implicit @0', '.wh.dir/file': 'file 1 @0', dir: 'file 1 @0' },
  },
  {
    rule: 'AUFS metadata in the root is skipped, with all below it',
    layers: [[file('.wh..wh.aufs'), directory('.wh..wh.orph'), file('.wh..wh.orph/x', '1'), directory('.wh..wh.plnk')]],
    tree: {},
  },
  {
    rule: 'AUFS pseudo-links serve the hard links of their layer, and are not shown',
    layers: [[file('.wh..wh.plnk/1.2', '333'), hardlink('a', '.wh..wh.plnk/1.2'), hardlink('b', '.wh..wh.plnk/1.2')]],
    tree: { a: 'file 3 = a @0', b: 'file 3 = a @0' },
  },
  {
    rule: 'AUFS pseudo-links are known by their own name, and serve no other layer',
    layers: [
      [file('.wh..wh.plnk/x/1.2', '333'), file('.wh..wh.plnk/.wh.3', '1'), hardlink('a', '.wh..wh.plnk/1.2')],
      [hardlink('b', '.wh..wh.plnk/1.2'), hardlink('c', '.wh..wh.plnk/.wh.3')],
    ],
    tree: { a: 'file 3 @0' },
    warnings: ['HARDLINK_TARGET_MISSING', 'HARDLINK_TARGET_MISSING'],
  },
  {
    rule: 'of AUFS’s pseudo-links regular files alone are any: what else lies there is skipped',
    layers: [
      [
        ...[file('a', '1'), directory('.wh..wh.plnk/d'), symlink('.wh..wh.plnk/s', '/a')],
        ...[hardlink('.wh..wh.plnk/h', 'a'), hardlink('b', '.wh..wh.plnk/s'), hardlink('c', '.wh..wh.plnk/h')],
      ],
    ],
    tree: { a: 'file 1 @0' },
    warnings: ['HARDLINK_TARGET_MISSING', 'HARDLINK_TARGET_MISSING'],
  },
  {
    rule: 'a directory that a symlink makes of AUFS’s name is one like any other',
    layers: [
      [symlink('up', '/'), file('up/.wh..wh.plnk/a', '1')],
      [file('.wh..wh.plnk/a', '22'), hardlink('b', '.wh..wh.plnk/a')],
    ],
    tree: {
      up: 'symlink -> / @0',
      '.wh..wh.plnk': 'directory implicit @0',
      '.wh..wh.plnk/a': 'file 1 @0',
      b: 'file 2 @1',
    },
  },
  {
    rule: 'names of AUFS metadata below the root are ordinary whiteouts',
    layers: [[directory('d'), file('d/.wh.aufs', '1'), file('d/x', '1')], [file('d/.wh..wh.aufs')]],
    tree: { d: 'directory @0', 'd/x': 'file 1 @0' },
  },
  {
    rule: 'an attribute by which overlayfs hides files is one like any other, and a warning',
    layers: [
      [file('d/a', '1')],
      [
        directory('d', { xattrs: { 'trusted.overlay.opaque': 'y' } }),
        file('e', '1', { xattrs: { 'user.overlay.redirect': 'd', 'user.overlays': '1', 'trusted.overlay': '1' } }),
        file('f', '1', { xattrs: { 'user.overlays': '1', 'trusted.overlay': '1' } }),
      ],
    ],
    tree: { d: 'directory @1', 'd/a': 'file 1 @0', e: 'file 1 @1', f: 'file 1 @1' },
    warnings: ['OVERLAY_ATTRIBUTE', 'OVERLAY_ATTRIBUTE'],
  },
  {
    rule: 'a directory over a directory replaces attributes and keeps children',
    layers: [[directory('d'), file('d/a', '1')], [directory('d', { mode: 0o700 })]],
    tree: { d: 'directory mode 700 @1', 'd/a': 'file 1 @0' },
  },
  {
    rule: 'a file over a directory takes the old subtree away',
    layers: [[directory('d'), file('d/a', '1')], [file('d', '22')]],
    tree: { d: 'file 2 @1' },
  },
  {
    rule: 'a directory over a symlink replaces it',
    layers: [[symlink('d', 'e'), directory('e'), file('e/x', '1')], [directory('d')]],
    tree: { d: 'directory @1', e: 'directory @0', 'e/x': 'file 1 @0' },
  },
  {
    rule: 'a file used as a parent is replaced by a directory',
    layers: [[file('a', '1')], [file('a/b', '22')]],
    tree: { a: 'directory implicit @1', 'a/b': 'file 2 @1' },
    warnings: ['FILE_AS_PARENT'],
  },
  {
    rule: 'of one path twice in a layer the last wins',
    layers: [[file('a', '1'), file('a', '22')]],
    tree: { a: 'file 2 @0' },
    warnings: ['DUPLICATE_PATH'],
  },
  {
    rule: 'a missing parent is made with mode 0755',
    layers: [[file('a/b/c', '1')]],
    tree: { a: 'directory implicit @0', 'a/b': 'directory implicit @0', 'a/b/c': 'file 1 @0' },
  },
  {
    rule: 'a parent that a lower layer has keeps its attributes',
    layers: [[directory('a', { mode: 0o700 })], [file('a/b', '1')]],
    tree: { a: 'directory mode 700 @0', 'a/b': 'file 1 @1' },
  },
  {
    rule: 'a symlink made earlier in the layer is followed as a parent',
    layers: [[directory('real'), symlink('link', 'real'), file('link/x', '1')]],
    tree: { link: 'symlink -> real @0', real: 'directory @0', 'real/x': 'file 1 @0' },
  },
  {
    rule: 'an absolute target starts at the root, and .. is held there',
    layers: [[symlink('link', '/../../real'), file('link/x', '1')]],
    tree: { link: 'symlink -> /../../real @0', real: 'directory implicit @0', 'real/x': 'file 1 @0' },
  },
  {
    rule: 'a hard link’s target is found through symlinks of its layer',
    layers: [[directory('real'), file('real/x', '333'), symlink('link', 'real'), hardlink('h', 'link/x')]],
    tree: { h: 'file 3 = h @0', link: 'symlink -> real @0', real: 'directory @0', 'real/x': 'file 3 = h @0' },
  },
  {
    rule: 'a symlink of a lower layer is replaced by an implicit directory (overlay)',
    layers: [[directory('usr'), directory('usr/bin'), symlink('bin', 'usr/bin')], [file('bin/foo', '1')]],
    tree: { bin: 'directory implicit @1', 'bin/foo': 'file 1 @1', usr: 'directory @0', 'usr/bin': 'directory @0' },
  },
  {
    rule: 'a symlink of a lower layer is replaced also when only a whiteout names it (overlay)',
    layers: [[directory('usr'), file('usr/foo', '1'), symlink('bin', 'usr')], [whiteout('bin/foo')]],
    tree: { bin: 'directory implicit @1', usr: 'directory @0', 'usr/foo': 'file 1 @0' },
  },
  {
    rule: 'a symlink of a lower layer is written through (follow)',
    symlinkParents: 'follow',
    layers: [[directory('usr'), directory('usr/bin'), symlink('bin', 'usr/bin')], [file('bin/foo', '1')]],
    tree: { bin: 'symlink -> usr/bin @0', usr: 'directory @0', 'usr/bin': 'directory @0', 'usr/bin/foo': 'file 1 @1' },
  },
  {
    rule: 'a marker whose parents are missing creates them',
    layers: [[file('x', '1')], [whiteout('a/b')]],
    tree: { a: 'directory implicit @1', x: 'file 1 @0' },
  },
  {
    rule: 'a hard link is bound to its inode: the loss of the other name changes nothing',
    layers: [[file('a', '333'), hardlink('b', 'a')], [whiteout('a')]],
    tree: { b: 'file 3 @0' },
  },
  {
    rule: 'a hard link’s own header is ignored, and a warning where it says something else',
    layers: [
      [
        ...[file('a', '333', { mode: 0o600 }), hardlink('b', 'a', { mode: 0o777, uid: 7 })],
        ...[file('c', '1', { mode: 0o600 }), hardlink('d', 'c', { mode: 0o600 })],
        ...[
          file('e', '1', { xattrs: { 'user.a': '1' } }),
          hardlink('f', 'e'),
          hardlink('g', 'e', { xattrs: { 'user.a': '1' } }),
        ],
        hardlink('h', 'e', { xattrs: { 'security.capability': '1' } }),
        ...[symlink('i', 'x'), hardlink('j', 'i', { mode: 0o600 }), hardlink('k', 'i', { gid: 7 })],
      ],
    ],
    tree: {
      ...{
        a: 'file 3 mode 600 = a @0',
        b: 'file 3 mode 600 = a @0',
        c: 'file 1 mode 600 = c @0',
        d: 'file 1 mode 600 = c @0',
      },
      ...{ e: 'file 1 = e @0', f: 'file 1 = e @0', g: 'file 1 = e @0', h: 'file 1 = e @0' },
      ...{ i: 'symlink -> x = i @0', j: 'symlink -> x = i @0', k: 'symlink -> x = i @0' },
    },
    warnings: ['HARDLINK_ATTRIBUTES', 'HARDLINK_ATTRIBUTES', 'HARDLINK_ATTRIBUTES'],
  },
  {
    rule: 'a hard link’s target may lie in a lower layer',
    layers: [[file('a', '333')], [hardlink('b', '/a')]],
    tree: { a: 'file 3 = a @0', b: 'file 3 = a @1' },
  },
  {
    rule: 'a new file over one name of a hard link leaves the other as it was',
    layers: [[file('a', '333'), hardlink('b', 'a')], [file('a', '1')]],
    tree: { a: 'file 1 @1', b: 'file 3 @0' },
  },
  {
    rule: 'a hard link whose target is missing or comes later is left out',
    layers: [[hardlink('b', 'a'), file('a', '1')]],
    tree: { a: 'file 1 @0' },
    warnings: ['HARDLINK_TARGET_MISSING'],
  },
  {
    rule: 'a hard link to a directory is left out',
    layers: [[directory('d'), hardlink('b', 'd')]],
    tree: { d: 'directory @0' },
    warnings: ['HARDLINK_TARGET_MISSING'],
  },
  {
    rule: 'paths are cleaned: leading / and ./, empty and . components, .. within',
    layers: [[file('/a', '1'), file('./b', '1'), file('c//./d', '1'), file('e/../f', '1')]],
    tree: { a: 'file 1 @0', b: 'file 1 @0', c: 'directory implicit @0', 'c/d': 'file 1 @0', f: 'file 1 @0' },
  },
  {
    rule: '.. above the root is held there',
    layers: [[file('../../a', '1')]],
    tree: { a: 'file 1 @0' },
    warnings: ['PATH_ESCAPES_ROOT'],
  },
  {
    rule: 'types 1 to 6 carry no data, whatever their size says',
    layers: [[{ ...directory('d'), size: 512 }, { ...fifo('p', { mode: 0o644 }), size: 1024 }, file('a', '1')]],
    tree: { a: 'file 1 @0', d: 'directory @0', p: 'fifo @0' },
  },
  {
    rule: 'type 7 is a regular file, and so is an unknown one, which warns',
    layers: [[file('a', '1', { type: '7' }), file('b', '22', { type: 'Z' })]],
    tree: { a: 'file 1 @0', b: 'file 2 @0' },
    warnings: ['UNKNOWN_TYPE'],
  },
  {
    rule: 'an entry for the root that is no directory is skipped',
    layers: [[file('./', '1', { type: '0' }), file('a', '1')]],
    tree: { a: 'file 1 @0' },
    warnings: ['ROOT_NOT_DIRECTORY'],
  },
  {
    rule: 'end blocks alone are an empty layer',
    layers: [[]],
    tree: {},
  },
]

describe('the rules of the merge', () => {
  for (const { rule, layers, tree, warnings = [], symlinkParents } of rows) {
    it(rule, async () => {
      const stack = layers.map((parts) => tar(parts))
      const diff = await diffLayers([], stack, { symlinkParents })
      const found = Object.fromEntries(
        diff.toJSON().changes.map(({ path, after }) => [path, describeEntry(after as EntryJson)]),
      )
      expect(found).toEqual(tree)
      expect(diff.warnings.map(({ code }) => code)).toEqual(warnings)
      expect(await engineOutcome([], stack, { symlinkParents })).toEqual(
        await referenceOutcome([], stack, symlinkParents ? { symlinkParents } : {}),
      )
    })
  }

  it('a loop of symlinks as a parent is an error', async () => {
    const stack = [tar([symlink('a', 'b'), symlink('b', 'a'), file('a/x', '1')])]
    const error = await diffLayers([], stack).catch((caught) => caught)
    expect(error).toBeInstanceOf(LayerDiffError)
    expect(error).toMatchObject({ code: 'SYMLINK_LOOP', side: 'after', layer: 0, path: 'a/x' })
  })
})

interface DiffRow {
  rule: string
  before: readonly Parts[]
  after: readonly Parts[]
  /** `kind path fields` and the cause. */
  changes: string[]
  mtime?: boolean
}

const content = (parts: Parts): readonly Parts[] => [parts]

const diffRows: DiffRow[] = [
  {
    rule: 'a removed directory lists every path it took with it',
    before: content([directory('d'), file('d/a', '1'), file('d/b', '1')]),
    after: [[directory('d'), file('d/a', '1'), file('d/b', '1')], [whiteout('d')]],
    changes: ['removed d by whiteout of 1', 'removed d/a by whiteout of 1', 'removed d/b by whiteout of 1'],
  },
  {
    rule: 'a directory replaced by a file lists its children as removed',
    before: content([directory('d'), file('d/a', '1')]),
    after: [[directory('d'), file('d/a', '1')], [file('d', '1')]],
    changes: ['modified d type by entry of 1', 'removed d/a by replaced of 1'],
  },
  {
    rule: 'what an opaque directory hides is removed by it',
    before: content([directory('d'), file('d/a', '1')]),
    after: [[directory('d'), file('d/a', '1')], [opaque('d')]],
    changes: ['removed d/a by opaque of 1'],
  },
  {
    rule: 'a path that the after side never had has no cause',
    before: content([file('a', '1')]),
    after: content([file('b', '1')]),
    changes: ['removed a', 'added b by entry of 0'],
  },
  {
    rule: 'every differing field is named, in order',
    before: content([file('a', '1', { mode: 0o644, uid: 0, mtime: 1, xattrs: { 'user.a': '1' } })]),
    after: content([file('a', '2', { mode: 0o600, uid: 1, mtime: 2, xattrs: { 'user.a': '2' } })]),
    mtime: true,
    changes: ['modified a content,mode,owner,xattrs,mtime by entry of 0'],
  },
  {
    rule: 'mtime is compared only when asked for',
    before: content([file('a', '1', { mtime: 1 })]),
    after: content([file('a', '1', { mtime: 2 })]),
    changes: [],
  },
  {
    rule: 'a time without a fraction equals any fraction of its second',
    before: content([file('a', '1', { mtime: 5 }), file('b', '1', { mtime: 5, nanos: 1 })]),
    after: content([file('a', '1', { mtime: 5, nanos: 7 }), file('b', '1', { mtime: 5, nanos: 2 })]),
    mtime: true,
    changes: ['modified b mtime by entry of 0'],
  },
  {
    rule: 'an implicit directory’s attributes are never a change',
    before: content([file('d/a', '1')]),
    after: content([directory('d', { mode: 0o700, uid: 5 }), file('d/a', '1')]),
    changes: [],
  },
  {
    rule: 'a hard link retargeted to equal content is no change',
    before: content([file('a', '1'), hardlink('b', 'a')]),
    after: content([file('a', '1'), file('b', '1')]),
    changes: [],
  },
  {
    rule: 'a retargeted symlink is a change of its link',
    before: content([symlink('a', 'x')]),
    after: content([symlink('a', 'y')]),
    changes: ['modified a link by entry of 0'],
  },
  {
    rule: 'paths are compared as bytes: another normal form is another path',
    before: content([file('caf\u00e9', '1')]),
    after: content([file('cafe\u0301', '1')]),
    changes: ['added cafe\u0301 by entry of 0', 'removed caf\u00e9'],
  },
  {
    rule: 'changes come in byte order of the whole path, parents first',
    before: content([]),
    after: content([file('a/b', '1'), file('a-b', '1'), file('a.b', '1'), file('a0', '1'), file('B', '1')]),
    changes: ['B', 'a', 'a-b', 'a.b', 'a/b', 'a0'].map((path) => `added ${path} by entry of 0`),
  },
]

describe('the rules of the diff', () => {
  for (const { rule, before, after, changes, mtime = false } of diffRows) {
    it(rule, async () => {
      const options = { compare: { mtime } }
      const [a, b] = [before, after].map((stack) => stack.map((parts) => tar(parts))) as [Uint8Array[], Uint8Array[]]
      const diff = await diffLayers(a, b, options)
      const found = Array.from(diff.changes, ({ kind, path, fields, cause }) => {
        const by = cause ? ` by ${cause.marker} of ${cause.layer}` : ''
        return `${kind} ${path}${fields.length ? ` ${fields.join()}` : ''}${by}`
      })
      expect(found).toEqual(changes)
      expect(await engineOutcome(a, b, options)).toEqual(await referenceOutcome(a, b, options))
    })
  }
})

// Not of the reference's: what is meant, not what is there.
describe('a whole image in place of a layer', () => {
  const config = `${'0a'.repeat(32)}.json`
  it.each<[string, string[][], number]>([
    ['manifest.json beside repositories, and more', [['manifest.json', 'repositories', 'oci-layout']], 1],
    ['a config by its digest beside manifest.json', [[config, './manifest.json']], 1],
    ['oci-layout alone', [['oci-layout']], 1],
    ['once for each layer', [['oci-layout'], ['manifest.json', config]], 2],
    ['manifest.json beside a file of another name', [['manifest.json', 'package.json']], 0],
    ['the names elsewhere', [['manifest.json', 'a/repositories', 'a/oci-layout', 'oci-layout/a']], 0],
    ['the names in two layers', [['manifest.json'], ['repositories']], 0],
    ['names of the same length', [['oci-layouT', 'manifest.jso_', 'repositorieZ', 'manifesT.json', config]], 0],
  ])('%s', async (_, layers, warnings) => {
    const stack = layers.map((names) => tar(names.map((name) => file(name, '1'))))
    const diff = await diffLayers([], stack)
    expect(diff.warnings.map(({ code }) => code)).toEqual(Array(warnings).fill('LOOKS_LIKE_IMAGE'))
    const strict = diffLayers([], stack, { strict: true })
    if (warnings > 0) await expect(strict).rejects.toMatchObject({ code: 'LOOKS_LIKE_IMAGE', layer: 0 })
    else await strict
  })
})
