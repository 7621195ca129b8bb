// What fuzzing brought up once: each case is read as it should be, by the checked build and by the others.
//
// Cases are built where they can be, and lie in test/fuzz/corpus/ where nothing but their bytes tells what they are.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { CONTAINER, PATH } from '../src/engine/abi.js'
import { layerEntries } from '../src/engine/index-entries.js'
import { openImage } from '../src/index.js'
import { CheckedCore } from './support/checked-core.js'
import { indexBytes, loadCore } from './support/core.js'
import { codeOf, LIMITS } from './support/fuzz.js'
import { named, TYPES } from './support/image-builder.js'
import { readTar } from './support/reference-tar.js'
import { TarAgreement } from './support/tar-agreement.js'
import {
  directory,
  file,
  globalHeader,
  gnuLong,
  hardlink,
  paxHeader,
  type TarPart,
  tar,
} from './support/tar-builder.js'

const INDEX_DAMAGED = 91
const core = new CheckedCore()

describe('streams', () => {
  const folder = join(import.meta.dirname, 'fuzz/corpus')
  const rows = [{ name: 'cut-in-a-long-code.gz', code: 'GZIP_TRUNCATED' }]

  it('has a row for every file', () => {
    expect(readdirSync(folder).sort()).toEqual(rows.map(({ name }) => name).sort())
  })
  test.for(rows)('$name', async ({ name, code }) => {
    const bytes = readFileSync(join(folder, name))
    // First where steps are counted: the others would not come back.
    expect(core.gunzip(bytes, 1 << 20).status).not.toBe(0)
    for (const build of ['simd', 'scalar'] as const) {
      expect(await codeOf(indexBytes(await loadCore(build), bytes))).toBe(code)
    }
  })
})

interface Case {
  name: string
  parts: (TarPart | Uint8Array)[]
  paths: string[]
}

// Each was read otherwise, and showed what no unpacker would have put there.
const archives: Case[] = [
  {
    name: 'an empty GNU long name says nothing',
    parts: [gnuLong('L', ''), file('shown', 'x')],
    paths: ['shown'],
  },
  {
    name: 'an empty GNU long link says nothing',
    parts: [file('a', 'x'), gnuLong('K', ''), hardlink('b', 'a')],
    paths: ['a', 'b'],
  },
  {
    name: 'an old directory has no content, whatever its size',
    parts: [{ path: 'dir/', type: 'old-file', dialect: 'v7', size: 1536 }, file('a', 'x'), file('b', 'y')],
    paths: ['dir', 'a', 'b'],
  },
  {
    name: 'a global header forgets the pax header before it',
    parts: [paxHeader([['path', 'harmless']]), globalHeader([['comment', 'x']]), file('evil', 'x')],
    paths: ['evil'],
  },
  {
    name: 'a global header forgets the long name before it',
    parts: [gnuLong('L', 'harmless'), globalHeader([['comment', 'x']]), file('evil', 'x')],
    paths: ['evil'],
  },
  {
    name: 'numbers of devices that are none count for devices only',
    parts: [file('a', 'x', { dialect: 'gnu', numbers: 'base256', device: { major: 2 ** 40, minor: 2 ** 40 } })],
    paths: ['a'],
  },
  {
    name: 'regions in pairs beat a map, wherever it stands',
    parts: [
      paxHeader([
        ['GNU.sparse.size', '4'],
        ['GNU.sparse.numblocks', '1'],
        ['GNU.sparse.map', '0,9'],
        ['GNU.sparse.offset', '1'],
        ['GNU.sparse.numbytes', '2'],
        ['GNU.sparse.map', '0,9'],
      ]),
      file('a', 'xy', { dialect: 'ustar' }),
    ],
    paths: ['a'],
  },
  {
    name: 'base64 as libarchive reads it',
    parts: [paxHeader([['LIBARCHIVE.xattr.user.k', 'd\ng=!?']]), file('a', 'x', { dialect: 'ustar' })],
    paths: ['a'],
  },
]

describe('archives', () => {
  test.for(archives)('$name', ({ parts, paths }) => {
    const archive = tar(parts)
    expect(core.tar(archive, LIMITS)).toBe(0)
    expect(new TarAgreement(core).difference(readTar(archive))).toBeNull()
    expect([...layerEntries(core.layerIndex())].map(({ path }) => path)).toEqual(paths)
  })

  const hides = archives.filter(({ parts }) =>
    parts.some((part) => !(part instanceof Uint8Array) && part.path === 'evil'),
  )
  test.for(hides)('of images too: $name', async ({ parts }) => {
    // The file that is read in the end is an index.json, which names what is not there.
    const manifest = { mediaType: TYPES.manifest, digest: `sha256:${'0'.repeat(64)}`, size: 2, ...named('app') }
    const content = JSON.stringify({ schemaVersion: 2, manifests: [manifest] })
    const layout = parts.map((part) =>
      part instanceof Uint8Array ? part : file('index.json', content, { dialect: 'ustar' }),
    )
    expect(await codeOf(openImage(tar([file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'), ...layout])))).toBe(
      'BLOB_MISSING',
    )
  })
})

describe('pax records', () => {
  const TAR_PAX_RECORD = 34
  it('a NUL in a key is refused in keys of sparse files too', () => {
    expect(core.tar(tar([paxHeader([['GNU.sparse.si\0ze', '0']]), file('a')]), LIMITS)).toBe(TAR_PAX_RECORD)
  })
})

describe('layer indexes', () => {
  const rows: { name: string; path: number; whole: number }[] = [
    { name: 'a path of 4 GiB', path: 1, whole: 2 ** 32 - 1 },
    { name: 'a root of 4 GiB', path: 0, whole: 2 ** 32 - 1 },
    { name: 'a path that is shorter than its name', path: 1, whole: 0 },
  ]
  test.for(rows)('$name', ({ path, whole }) => {
    expect(core.tar(tar([directory('a'), file('a/b', 'x')]), LIMITS)).toBe(0)
    const index = core.layerIndex()
    new DataView(index.buffer).setUint32(CONTAINER.HEADER + path * PATH.SIZE + PATH.WHOLE, whole, true)
    core.begin(LIMITS, index.byteLength)
    expect(core.diff([index], [], [0])).toBe(INDEX_DAMAGED)
  })

  it('claims of 2^32 records are refused', () => {
    core.tar(tar([file('a', 'x')]), LIMITS)
    for (let section = 0; section < 5; section++) {
      const index = core.layerIndex()
      new DataView(index.buffer).setUint32(CONTAINER.SECTIONS + section * 4, 2 ** 32 - 16, true)
      core.begin(LIMITS, index.byteLength)
      expect(core.diff([index], [], [0])).toBe(INDEX_DAMAGED)
      core.tar(tar([file('a', 'x')]), LIMITS)
    }
  })
})

describe('the checked build itself', () => {
  it('refuses to read past what was given', () => {
    core.begin(LIMITS, 0)
    core.wasm.beginLayer(10, 1e6, 1e6, 200)
    const at = core.put(new Uint8Array(700))
    expect(() => core.wasm.scan(at, 1024, 1024)).toThrow('belongs to nothing')
  })
  it('refuses to go on for ever', () => {
    core.begin(LIMITS, 0)
    core.wasm.beginLayer(10, 1e6, 1e6, 200)
    const at = core.put(new Uint8Array(4096).fill(7))
    core.wasm.allowSteps(10)
    expect(() => core.wasm.scan(at, 4096, 4096)).toThrow('more steps')
  })
  it('says so where memory is exhausted, and goes on with the next', () => {
    const path = 'x'.repeat(4000)
    const most = Array.from({ length: 9000 }, (_, i) => file(`${i}${path}`, '', { dialect: 'gnu' }))
    const OUT_OF_MEMORY = 1
    core.begin({ ...LIMITS, layerBytes: 2 ** 40 }, 1e6)
    core.wasm.allowSteps(1e12)
    core.wasm.beginLayer(1e6, 1e12, 1e6, 200)
    const status = core.status(() => {
      for (const part of most) {
        const piece = tar([part], { endBlocks: 0 })
        core.wasm.scan(core.put(piece), piece.byteLength, 1e9)
      }
    })
    expect(status).toBe(OUT_OF_MEMORY)
    expect(core.tar(tar([file('a', 'x')]), LIMITS)).toBe(0)
  })
})
