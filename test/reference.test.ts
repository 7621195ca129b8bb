// Holds the reference to the truth: it is what the engine's tests believe.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { blake3 } from 'hash-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { type JsonDiff, type JsonEntry, referenceDiff, referenceTree } from './support/reference.js'
import type { Tree } from './support/reference-merge.js'
import { contentOf, RefusedError, readTar } from './support/reference-tar.js'
import { isMarker, type Layer, Random, randomLayers, randomPair, randomStack } from './support/stacks.js'
import * as builder from './support/tar-builder.js'
import * as truth from './support/truth.js'

const { file, directory, symlink, hardlink, whiteout, opaque, tar, paxHeader, gnuLong } = builder

describe.skipIf(truth.fixtures === null)('the truth of the fixtures', { timeout: 60_000 }, () => {
  /** The truth knows files by SHA-256, the reference by BLAKE3. */
  const sha256 = new Map<string, string>()
  const layers = new Map<truth.ImageName, Uint8Array[]>()

  beforeAll(async () => {
    for (const image of ['small-1', 'small-2', 'small-3'] as const) {
      const archives = truth.layerPaths(image, 'oci-gzip').map((path) => new Uint8Array(gunzipSync(readFileSync(path))))
      layers.set(image, archives)
      for (const entry of archives.flatMap((archive) => readTar(archive).entries)) {
        if (entry.type !== 'file') continue
        const content = builder.concat([...contentOf(entry)])
        sha256.set(`blake3:${await blake3(content)}`, createHash('sha256').update(content).digest('hex'))
      }
    }
  }, 60_000)

  const asTruth = (entry: JsonEntry | null): truth.TrueEntry | null => {
    if (entry === null) return null
    expect(entry.implicit).toBeUndefined()
    const { layer: _, hash, implicit: __, linkBytes: ___, ...rest } = entry
    return { ...rest, sha256: hash === null ? null : (sha256.get(hash) ?? 'unknown') }
  }

  test.each(['small-1', 'small-2', 'small-3'] as const)('every path of %s', async (image) => {
    const { changes, warnings } = await referenceDiff([], layers.get(image) ?? [])
    expect(warnings).toEqual([])
    const shown = new Map(
      changes.map(({ path, pathBytes, after }) => {
        const key = pathBytes ? atob(pathBytes) : Buffer.from(path).toString('latin1')
        return [key, asTruth(after)]
      }),
    )
    const expected = truth.trueTree(image)
    for (const path of truth.CLIPPED_TIMES) {
      expect(expected.get(path)?.mtime).toBe(0)
      const entry = shown.get(path)
      if (entry) entry.mtime = 0
    }
    expect([...shown.keys()]).toEqual([...expected.keys()].sort())
    for (const [path, entry] of expected) expect(shown.get(path), path).toEqual(entry)
  })

  test.each(['small-1-small-2', 'small-1-small-3'] as const)('every change of %s', async (pair) => {
    const [before, after] = pair.match(/small-./g) as truth.ImageName[]
    const diff = await referenceDiff(layers.get(before) ?? [], layers.get(after) ?? [], { compare: { mtime: true } })
    const shown = diff.changes.map(({ cause: _, bytesBefore: __, bytesAfter: ___, ...change }) => {
      return { ...change, before: asTruth(change.before), after: asTruth(change.after) }
    })
    const expected = truth.trueDiff(pair)
    expect(shown.map(({ path }) => path)).toEqual(expected.map(({ path }) => path))
    for (const [index, change] of expected.entries()) {
      const fields = change.kind === 'modified' ? change.fields : []
      expect(shown[index], change.path).toEqual({ ...change, fields })
    }
    expect(truth.countsOf(diff.changes)).toEqual(truth.TRUE_COUNTS[pair])
  })
})

describe('the tar reader', () => {
  const paths = (archive: Uint8Array) => readTar(archive).entries.map(({ path }) => path)
  const one = (archive: Uint8Array) => {
    const { entries, error } = readTar(archive)
    expect(error).toBeNull()
    expect(entries).toHaveLength(1)
    return entries[0] as (typeof entries)[0]
  }
  const long = `${'d/'.repeat(60)}${'n'.repeat(90)}`

  test.each(['ustar', 'gnu', 'pax', 'star'] as const)('a long path in %s', (dialect) => {
    expect(
      paths(tar([file(dialect === 'star' || dialect === 'ustar' ? long : long.repeat(9), 'x', { dialect })])),
    ).toEqual([dialect === 'star' || dialect === 'ustar' ? long : long.repeat(9)])
  })
  test.each(['v7', 'ustar', 'gnu', 'pax', 'star'] as const)('the fields of %s', (dialect) => {
    const more = { mode: 0o4751, uid: 7, gid: 8, mtime: 9, dialect }
    expect(one(tar([file('a', 'abc', more)]))).toMatchObject({
      type: 'file',
      size: 3,
      mode: 0o4751,
      uid: 7,
      gid: 8,
      mtime: 9,
    })
  })
  test.each([
    ['gnu', [[3, 5]]],
    ['gnu', Array.from({ length: 70 }, (_, index) => [index * 10, 3])],
    ['0.0', [[3, 5]]],
    [
      '0.1',
      [
        [3, 5],
        [600, 1],
      ],
    ],
    ['1.0', Array.from({ length: 70 }, (_, index) => [index * 10, 3])],
    ['1.0', []],
  ] as ['gnu', [number, number][]][])('sparse %s with these pieces: %j', (format, map) => {
    const stored = map.reduce((sum, [, length]) => sum + length, 0)
    const data = new Uint8Array(stored).map((_, index) => index + 1)
    const entry = one(tar([file('s', data, { sparse: { format, map, size: 1000 } })]))
    const expanded = new Uint8Array(1000)
    let used = 0
    for (const [offset, length] of map) {
      expanded.set(data.subarray(used, used + length), offset)
      used += length
    }
    expect(entry).toMatchObject({ path: 's', size: 1000 })
    expect(builder.concat([...contentOf(entry)])).toEqual(expanded)
  })
  test.each([
    [-2, 500_000_000],
    [-1, 500_000_000],
    [-1, 999_999_999],
    [-1, 0],
    [0, 1],
    [1_700_000_000, 123_000_000],
  ])('the time %d and %d nanoseconds', (mtime, nanos) => {
    expect(one(tar([file('a', '', { mtime, nanos })]))).toMatchObject({ mtime, mtimeNanos: nanos })
  })
  test('numbers in base 256', () => {
    const more = { uid: 3_000_000, gid: 4_000_000_000, mtime: -5, dialect: 'gnu' } as const
    expect(one(tar([file('a', 'x', { ...more, numbers: 'base256' })]))).toMatchObject({
      ...one(tar([file('a', 'x', more)])),
    })
    expect(one(tar([file('a', 'x', more)]))).toMatchObject({ uid: 3_000_000, gid: 4_000_000_000, mtime: -5 })
  })
  test('extended attributes: SCHILY beats LIBARCHIVE, which may lack its padding', () => {
    const pax: [string, string][] = [
      ['SCHILY.xattr.user.both', 'schily'],
      ['LIBARCHIVE.xattr.user.both', 'eA'],
      ['LIBARCHIVE.xattr.user.%3d', 'AP8'],
      ['SCHILY.xattr.user.empty', ''],
    ]
    expect([...one(tar([file('a', '', { pax })])).xattrs]).toEqual([
      ['user.both', 'schily'],
      ['user.=', '\0\xff'],
      ['user.empty', ''],
    ])
  })
  test('a signed checksum', () => {
    expect(paths(tar([file(new Uint8Array([0x61, 0xe9]), '', { checksum: 'signed', dialect: 'ustar' })]))).toEqual([
      'a\xe9',
    ])
  })

  const block = new Uint8Array(512)
  const plain = tar([file('a', 'x')])
  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'TAR_EMPTY'],
    ['a wrong checksum', tar([file('a', '', { checksum: 'bad' })]), 'TAR_CHECKSUM'],
    ['text', block.map(() => 0x20), 'TAR_CHECKSUM'],
    ['a zero block inside', builder.concat([block, plain]), 'TAR_CHECKSUM'],
    ['half a header', plain.subarray(0, 100), 'TAR_TRUNCATED'],
    ['half the content', plain.subarray(0, 512), 'TAR_TRUNCATED'],
    ['a size that lies', tar([file('a', 'x', { size: 5000 })]), 'TAR_TRUNCATED'],
    ['a size of 2^63', tar([file('a', 'x', { size: 1n << 63n, dialect: 'gnu' })]), 'TAR_NUMBER'],
    ['a negative size', tar([file('a', 'x', { size: -1, dialect: 'gnu' })]), 'TAR_NUMBER'],
    ['a number with an 8', tar([file('a', '', { patch: (header) => header.set([0x38], 101) })]), 'TAR_NUMBER'],
    ['an x header at the end', tar([paxHeader([['path', 'b']])]), 'TAR_TRUNCATED'],
    ['a long name at the end', tar([gnuLong('L', 'b')]), 'TAR_TRUNCATED'],
    ['a record that lies', tar([paxHeader(builder.bytes('99 path=b\n')), file('a')]), 'TAR_PAX_RECORD'],
    ['a record without a key', tar([paxHeader([['', 'x']]), file('a')]), 'TAR_PAX_RECORD'],
    ['NUL in a path', tar([paxHeader([['path', 'a\0b']]), file('a')]), 'TAR_PAX_RECORD'],
    ['a bad time', tar([paxHeader([['mtime', '1.x']]), file('a')]), 'TAR_PAX_RECORD'],
    ['an owner of 41 bits', tar([file('a', '', { gid: 2 ** 40, dialect: 'gnu' })]), 'TAR_NUMBER'],
    ['endless records', tar([paxHeader(new Uint8Array((1 << 20) + 1)), file('a')]), 'LIMIT_META_BYTES'],
    ['a path of 4097 bytes', tar([file('a'.repeat(4097))]), 'LIMIT_PATH_BYTES'],
    ['many volumes', tar([{ path: 'a', type: 'M' }]), 'TAR_VOLUME'],
    [
      'pieces that overlap',
      tar([
        file('a', '12', {
          sparse: {
            format: 'gnu',
            size: 9,
            map: [
              [1, 1],
              [1, 1],
            ],
          },
        }),
      ]),
      'TAR_SPARSE',
    ],
    [
      'a piece past the end',
      tar([file('a', '12', { sparse: { format: '0.1', size: 1, map: [[0, 2]] } })]),
      'TAR_SPARSE',
    ],
    ['data left over', tar([file('a', '123', { sparse: { format: '1.0', size: 9, map: [[0, 2]] } })]), 'TAR_SPARSE'],
  ])('refuses %s', (_, archive, code) => {
    expect(readTar(archive).error?.code).toBe(code)
  })
  test.each<[string, Uint8Array, string[], string[]]>([
    ['end blocks alone', tar([]), [], []],
    ['no end blocks', tar([file('a')], { endBlocks: 0 }), ['a'], ['TRAILING_BLOCKS_MISSING']],
    [
      'no end blocks and no padding before them',
      tar([file('a', 'x')], { endBlocks: 0 }).subarray(0, 513),
      ['a'],
      ['TRAILING_BLOCKS_MISSING'],
    ],
    ['one end block', tar([file('a')], { endBlocks: 1 }), ['a'], ['TRAILING_BLOCKS_MISSING']],
    ['bytes after the end', tar([file('a')], { trailing: block.map(() => 9) }), ['a'], []],
    ['a volume label', tar([{ path: 'v', type: 'V', content: 'x' }, file('a')]), ['a'], ['VOLUME_LABEL']],
    ['an unknown type', tar([{ path: 'v', type: 'Z', content: 'x' }, file('a')]), ['v', 'a'], ['UNKNOWN_TYPE']],
    ['GNU over PAX names', tar([paxHeader([['path', 'p']]), gnuLong('L', 'g'), file('a')]), ['g'], []],
    ['the last of two x headers', tar([paxHeader([['path', 'p']]), paxHeader([['uid', '1']]), file('a')]), ['a'], []],
    ['a global header that is none', tar([builder.globalHeader(builder.bytes('nonsense')), file('a')]), ['a'], []],
    [
      // As Go, which forgets what came before it.
      'a global header between',
      tar([paxHeader([['path', 'p']]), builder.globalHeader([['path', 'g']]), file('a')]),
      ['a'],
      [],
    ],
    ['data of a link', tar([hardlink('a', 'b', { size: 99 }), file('b')]), ['a', 'b'], []],
    ['data of a dumped directory', tar([{ path: 'd', type: 'D', content: 'x' }, file('a')]), ['d', 'a'], []],
  ])('takes %s', (_, archive, expected, codes) => {
    const { entries, warnings, error } = readTar(archive)
    expect(error).toBeNull()
    expect(entries.map(({ path }) => path)).toEqual(expected)
    expect(warnings.map(({ code }) => code)).toEqual(codes)
  })

  describe.skipIf(truth.fixtures === null)("as Go's archive/tar has its corpus", () => {
    const go = (name: string) => readTar(readFileSync(truth.fixturePath('tar/go', name)))
    test.each([
      ['gnu.tar', ['small.txt', 'small2.txt']],
      ['star.tar', ['small.txt', 'small2.txt']],
      ['v7.tar', ['small.txt', 'small2.txt']],
      ['sparse-formats.tar', ['sparse-gnu', 'sparse-posix-0.0', 'sparse-posix-0.1', 'sparse-posix-1.0', 'end']],
      ['gnu-multi-hdrs.tar', ['GNU2/GNU2/long-path-name']],
      ['pax-multi-hdrs.tar', ['bar']],
      ['gnu-incremental.tar', ['test2/', 'test2/foo', 'test2/sparse']],
      ['gnu-long-nul.tar', ['0123456789']],
      ['nil-uid.tar', ['P1050238.JPG.log']],
      ['pax-pos-size-file.tar', ['foo']],
      ['gnu-nil-sparse-data.tar', ['sparse.db']],
      ['gnu-nil-sparse-hole.tar', ['sparse.db']],
      ['pax-nil-sparse-data.tar', ['sparse.db']],
      ['pax-nil-sparse-hole.tar', ['sparse.db']],
    ])('%s', (name, expected) => {
      const { entries, error } = go(name)
      expect(error).toBeNull()
      expect(entries.map(({ path }) => path)).toEqual(expected)
    })
    test.each([
      ['pax-bad-hdr-file.tar', 'TAR_PAX_RECORD'],
      ['pax-bad-mtime-file.tar', 'TAR_PAX_RECORD'],
      ['pax-nul-xattrs.tar', 'TAR_PAX_RECORD'],
      ['pax-nul-path.tar', 'TAR_PAX_RECORD'],
      ['issue10968.tar', 'TAR_'],
      ['issue11169.tar', 'TAR_'],
      ['issue12435.tar', 'TAR_'],
    ])('%s is refused', (name, code) => {
      expect(go(name).error?.code).toContain(code)
    })
    test('neg-size.tar is refused', () => {
      const archive = Buffer.from(readFileSync(truth.fixturePath('tar/go/neg-size.tar.base64'), 'latin1'), 'base64')
      expect(readTar(archive).error?.code).toBe('TAR_NUMBER')
    })
    test('hdr-only.tar: what carries no data is as long with a size as without', () => {
      const { entries, error } = go('hdr-only.tar')
      expect(error).toBeNull()
      const bare = entries.map(({ offset: _, data: __, size: ___, ...entry }) => entry)
      expect(bare.slice(8)).toEqual(bare.slice(0, 8))
    })
    test('sparse-formats.tar holds one file four times', () => {
      const [first, ...others] = go('sparse-formats.tar')
        .entries.slice(0, 4)
        .map((entry) => builder.concat([...contentOf(entry)]))
      expect(
        createHash('md5')
          .update(first ?? '')
          .digest('hex'),
      ).toBe('6f53234398c2449fe67c1812d993012f')
      for (const other of others) expect(other).toEqual(first)
    })
  })
})

describe('what holds for every stack', { timeout: 60_000 }, () => {
  const attempt = async <T>(run: () => Promise<T>): Promise<T | string> => {
    try {
      return await run()
    } catch (error) {
      if (error instanceof RefusedError) return error.code
      throw error
    }
  }
  const shape = (tree: Tree) => [...tree.nodes].sort(([a], [b]) => (a < b ? -1 : 1))

  test('a stack does not differ from itself, and sides that swap swap the changes', async () => {
    let compared = 0
    for (let seed = 1; seed <= 150; seed++) {
      const { before, after } = randomPair(seed)
      const there = await attempt(() => referenceDiff(before, after, { compare: { mtime: true } }))
      const back = await attempt(() => referenceDiff(after, before, { compare: { mtime: true } }))
      if (typeof there === 'string' || typeof back === 'string') continue
      compared++
      const opposite = { added: 'removed', removed: 'added', modified: 'modified' }
      expect(back.changes.map(({ path, kind }) => [path, kind])).toEqual(
        there.changes.map(({ path, kind }) => [path, opposite[kind]]),
      )
      const { bytesBefore, bytesAfter, bytesAdded, bytesRemoved } = there.summary
      expect(bytesAfter - bytesBefore).toBe(bytesAdded - bytesRemoved)
      const same = await referenceDiff(after, after, { compare: { mtime: true } })
      expect(same.changes).toEqual([])
    }
    expect(compared).toBeGreaterThan(120)
  })

  test('every path of a merged tree lies in a directory', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      for (const symlinkParents of ['overlay', 'follow'] as const) {
        const tree = await attempt(() => referenceTree(randomStack(seed), { symlinkParents }))
        if (typeof tree === 'string') continue
        for (const path of tree.nodes.keys()) {
          const parent = tree.nodes.get(path.slice(0, Math.max(path.lastIndexOf('/'), 0)))
          expect(parent?.inode.type).toBe('directory')
        }
      }
    }
  })

  test('markers act the same wherever they stand in their layer', async () => {
    const codes = ['FILE_AS_PARENT', 'DUPLICATE_PATH']
    let compared = 0
    for (let seed = 1; seed <= 400; seed++) {
      // A hard link is bound to what is there when it comes, before a marker or after: links are left out.
      const layers = randomLayers(new Random(seed), { entries: 9 }).map((layer) =>
        layer.filter((part) => !(part instanceof Uint8Array) && part.type !== 'hardlink' && part.type !== 'symlink'),
      )
      const orders: ((markers: Layer, others: Layer) => Layer)[] = [
        (markers, others) => [...markers, ...others],
        (markers, others) => [...others, ...markers],
        (markers, others) => [...[...markers].reverse(), ...others],
      ]
      const trees: Tree[] = []
      for (const order of orders) {
        const stack = layers.map((layer) => {
          return tar(
            order(
              layer.filter(isMarker),
              layer.filter((part) => !isMarker(part)),
            ),
          )
        })
        trees.push(await referenceTree(stack))
      }
      // Nor can it be the same where a layer's own entries undo each other's work, or what a marker made.
      if (trees.some(({ warnings }) => warnings.some(({ code }) => codes.includes(code)))) continue
      compared++
      for (const tree of trees) expect(shape(tree)).toEqual(shape(trees[0] as Tree))
    }
    expect(compared).toBeGreaterThan(60)
  })
})

describe('what a merge means', () => {
  /** The paths, those of implicit directories with a slash. */
  const shown = async (layers: Layer[]) => {
    const archives = layers.map((layer) => tar(layer))
    const { changes } = await referenceDiff([], archives)
    return changes.map(({ path, after }) => (after?.implicit ? `${path}/` : path))
  }
  test.each<[string, Layer[], string[]]>([
    [
      'a whiteout deletes lower names only',
      [
        [file('a'), file('b')],
        [file('b'), whiteout('a'), whiteout('b')],
      ],
      ['b'],
    ],
    [
      'a lower directory above what stays is implicit',
      [
        [directory('d'), file('d/x')],
        [file('d/new'), whiteout('d')],
      ],
      ['d/', 'd/new'],
    ],
    [
      'in the other order too',
      [
        [directory('d'), file('d/x')],
        [whiteout('d'), file('d/new')],
      ],
      ['d/', 'd/new'],
    ],
    [
      'a marker below a whiteout keeps its directory',
      [
        [directory('d'), file('d/x')],
        [whiteout('d/x'), whiteout('d')],
      ],
      ['d/'],
    ],
    [
      'an opaque directory',
      [
        [directory('d'), file('d/x'), file('d/y')],
        [file('d/y'), opaque('d')],
      ],
      ['d', 'd/y'],
    ],
    ['a symlink of the same layer is followed', [[symlink('l', 'd'), file('l/x')]], ['d/', 'd/x', 'l']],
    [
      'a symlink of a lower layer is replaced',
      [[directory('d'), symlink('l', 'd')], [file('l/x')]],
      ['d', 'l/', 'l/x'],
    ],
    ['AUFS links', [[file('.wh..wh.plnk/1.2', 'x'), hardlink('a', '.wh..wh.plnk/1.2'), file('.wh..wh.aufs')]], ['a']],
  ])('%s', async (_, layers, expected) => {
    expect(await shown(layers)).toEqual(expected)
  })

  test.each<[string, Layer, JsonDiff['changes'][0]['cause']]>([
    ['a whiteout', [whiteout('d/x')], { layer: 1, marker: 'whiteout' }],
    ['a whiteout above', [whiteout('d')], { layer: 1, marker: 'whiteout' }],
    ['an opaque directory', [opaque('d')], { layer: 1, marker: 'opaque' }],
    ['a file instead of its directory', [file('d')], { layer: 1, marker: 'replaced' }],
  ])('%s is the cause', async (_, upper, cause) => {
    const base = tar([file('d/x')])
    const { changes } = await referenceDiff([base], [base, tar(upper)])
    expect(changes.find(({ path }) => path === 'd/x')).toMatchObject({ kind: 'removed', cause })
  })
  test('a path that after never had has no cause', async () => {
    expect((await referenceDiff([tar([file('x')])], [tar([])])).changes).toMatchObject([{ path: 'x', cause: null }])
  })
  test('a name more or less is neither growth nor shrinkage', async () => {
    const base = tar([file('b', '12345'), hardlink('c', 'b')])
    const { summary } = await referenceDiff([base], [base, tar([hardlink('a', 'b'), whiteout('b')])])
    const bytes = { bytesBefore: 5, bytesAfter: 5, bytesAdded: 0, bytesRemoved: 0 }
    // Both sides have c: there the bytes count on both.
    expect(summary).toMatchObject({ added: 1, removed: 1, unchanged: 1 })
    expect(summary).toMatchObject(bytes)
  })
  test('strict: the first warning ends it', async () => {
    const archive = tar([file('a'), file('a')])
    await expect(referenceDiff([], [archive], { strict: true })).rejects.toMatchObject({ code: 'DUPLICATE_PATH' })
  })
  test('follow: a symlink of a lower layer is written through', async () => {
    const layers = [
      [directory('d'), symlink('l', 'd')],
      [file('l/x'), hardlink('h', 'l/x')],
    ].map((layer) => tar(layer))
    const { changes } = await referenceDiff([], layers, { symlinkParents: 'follow' })
    expect(changes.map(({ path, after }) => [path, after?.hardlink])).toEqual([
      ['d', null],
      ['d/x', 'd/x'],
      ['h', 'd/x'],
      ['l', null],
    ])
  })
})
