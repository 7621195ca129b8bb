// What is small as it comes and large when it is believed: an error that says which limit, or an answer in memory that is in
// proportion to what came. Nothing is timed; what is read and the pages of memory are counted.

import { deflateRawSync } from 'node:zlib'
import { describe, expect, it, test } from 'vitest'
import { CONTAINER, type CoreExports } from '../src/engine/abi.js'
import { unpack } from '../src/engine/embedded.js'
import { openZstd } from '../src/engine/load-zstd.js'
import type { Core } from '../src/engine/wasm.js'
import type { Limits } from '../src/engine-types.js'
import { LayerDiffError } from '../src/errors.js'
import { openImage } from '../src/index.js'
import { DEFAULT_LIMITS } from '../src/options.js'
import { indexBytes, loadCore, plainJob } from './support/core.js'
import { member } from './support/gzip-builder.js'
import {
  bytes,
  concat,
  file,
  hardlink,
  paxHeader,
  type Sparse,
  symlink,
  type TarPart,
  tar,
} from './support/tar-builder.js'

const MIB = 2 ** 20

interface Outcome {
  code: string | null
  message: string
  /** stored bytes that were read */
  read: number
  /** bytes of the instance's memory afterwards */
  memory: number
  index: Uint8Array | null
}

function memoryOf(core: Core): number {
  return (core as unknown as { wasm: CoreExports }).wasm.memory.buffer.byteLength
}

/** Reads what `pieces` gives, for as long as it is asked. */
async function read(pieces: Iterable<Uint8Array>, limits: Partial<Limits> = {}): Promise<Outcome> {
  const core = await loadCore('simd')
  const source = pieces[Symbol.iterator]()
  let held = new Uint8Array(0)
  let count = 0
  const reader = {
    size: null,
    read(into: Uint8Array) {
      if (held.byteLength === 0) held = (source.next().value ?? held) as Uint8Array<ArrayBuffer>
      const taken = held.subarray(0, into.byteLength)
      into.set(taken)
      held = held.subarray(taken.byteLength)
      count += taken.byteLength
      return taken.byteLength
    },
    close() {},
  }
  const tools = { openZstd: () => openZstd(unpack), onProgress() {}, checkCancelled() {} }
  const outcome = await core.index({ ...plainJob, limits: { ...DEFAULT_LIMITS, ...limits } }, reader, tools).then(
    (index) => ({ code: null, message: '', index }),
    (error) => {
      if (!(error instanceof LayerDiffError)) throw error
      return { code: error.code, message: error.message, index: null }
    },
  )
  return { ...outcome, read: count, memory: memoryOf(core) }
}

/** One piece again and again, behind a first one. */
function* endless(first: Uint8Array, then: Uint8Array): Generator<Uint8Array> {
  yield first
  for (;;) yield then
}

/** A file of 60 GiB, as far as its header says. */
const HUGE_FILE = tar([file('huge', '', { size: 60 * 2 ** 30, dialect: 'gnu' })], { endBlocks: 0 })

/** The same bytes as long as there are any, `ratio` times as many as are stored. */
function gzipBomb(content: Uint8Array, ratio: number): Generator<Uint8Array> {
  // The greatest ratio of the format: two bits for a match of 258 bytes.
  const zeros = deflateRawSync(new Uint8Array(MIB), { level: 9, finishFlush: 2 })
  const head = Buffer.concat([member(new Uint8Array(0)).subarray(0, 10), deflateRawSync(content, { finishFlush: 2 })])
  // Stored blocks between them make the ratio smaller.
  const plain = Buffer.alloc(Math.max(0, Math.round(MIB / ratio) - zeros.length))
  const stored = []
  for (let at = 0; at < plain.length; at += 65_535) stored.push(storedBlock(plain.subarray(at, at + 65_535)))
  return endless(head, Buffer.concat([...stored, zeros]))
}

function storedBlock(content: Uint8Array): Uint8Array {
  const length = content.length
  return Buffer.concat([Buffer.of(0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), content])
}

/** A frame without an end: blocks of `size` equal bytes, four bytes each. */
function zstdBomb(content: Uint8Array, size: number): Generator<Uint8Array> {
  const block = (type: number, length: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from(Uint32Array.of((length << 3) | (type << 1)).buffer, 0, 3), bytes])
  // No content size; a window of 128 KiB.
  const head = Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3), block(0, content.length, content)])
  const run = block(1, size, Buffer.of(0))
  return endless(head, Buffer.concat(Array.from({ length: 1000 }, () => run)))
}

describe('compressed bombs', () => {
  const rows: {
    name: string
    pieces: () => Iterable<Uint8Array>
    limits?: Partial<Limits>
    code: string
    most: number
  }[] = [
    ...[2, 10, 100, 1000].map((ratio) => ({
      name: `gzip at ${ratio}, over a limit on bytes`,
      pieces: () => gzipBomb(HUGE_FILE, ratio),
      limits: { layerBytes: 64 * MIB },
      code: 'LIMIT_LAYER_BYTES',
      most: (66 * MIB) / ratio + 3 * MIB,
    })),
    { name: 'gzip at its greatest', pieces: () => gzipBomb(HUGE_FILE, 2000), code: 'LIMIT_EXPANSION', most: 3 * MIB },
    {
      name: 'gzip behind the end of the archive',
      pieces: () => gzipBomb(new Uint8Array(1024), 2000),
      limits: { layerBytes: 64 * MIB },
      code: 'LIMIT_LAYER_BYTES',
      most: MIB,
    },
    ...[8, 1000, 131_072].map((size) => ({
      name: `zstd blocks of ${size} bytes, over a limit on bytes`,
      pieces: () => zstdBomb(HUGE_FILE, size),
      limits: { layerBytes: 64 * MIB },
      code: 'LIMIT_LAYER_BYTES',
      most: (66 * MIB * 4) / size + MIB,
    })),
    { name: 'zstd at its greatest', pieces: () => zstdBomb(HUGE_FILE, 131_072), code: 'LIMIT_EXPANSION', most: MIB },
    {
      name: 'gzip in gzip: what is inside is not unpacked, and is no tar',
      pieces: () => gzipBomb(member(deflateRawSync(new Uint8Array(MIB)), new Uint8Array(MIB)), 2000),
      code: 'TAR_CHECKSUM',
      most: MIB,
    },
  ]
  test.for(rows)('$name', { timeout: 120_000 }, async ({ pieces, limits, code, most }) => {
    const outcome = await read(pieces(), limits)
    expect(outcome.code, outcome.message).toBe(code)
    const words: Record<string, string> = {
      LIMIT_LAYER_BYTES: 'limits.layerBytes',
      LIMIT_EXPANSION: 'limits.expansion',
      TAR_CHECKSUM: 'checksum',
    }
    expect(outcome.message).toContain(words[code])
    expect(outcome.read).toBeLessThan(most)
    expect(outcome.memory).toBeLessThan(4 * MIB)
  })
})

describe('sparse files of exabytes', () => {
  const EXABYTE = 2 ** 60
  const sparse = (format: Sparse['format'], size: number): TarPart =>
    file('sparse', 'x', { sparse: { format, size, map: [[0, 1]] }, dialect: format === 'gnu' ? 'gnu' : 'pax' })
  const sized = (format: Sparse['format'], text: string): Uint8Array => {
    const whole = Buffer.from(tar([sparse(format, 1234)]))
    // The size has as many digits as its place, so that nothing moves.
    const at = whole.indexOf('size=1234') + 5
    whole.write(text, at)
    return whole
  }
  const rows = [
    { name: 'GNU in base 256', archive: () => tar([sparse('gnu', EXABYTE)]) },
    { name: 'pax 0.0', archive: () => tar([sparse('0.0', EXABYTE)]) },
    { name: 'pax 0.1', archive: () => tar([sparse('0.1', EXABYTE)]) },
    { name: 'pax 1.0', archive: () => tar([sparse('1.0', EXABYTE)]) },
    {
      name: 'ten of 8 GiB each',
      archive: () => concat(Array.from({ length: 10 }, () => tar([sparse('1.0', 2 ** 33)], { endBlocks: 0 }))),
    },
  ]
  test.for(rows)('$name', async ({ archive }) => {
    const outcome = await read([archive()])
    expect(['LIMIT_LAYER_BYTES', 'LIMIT_EXPANSION']).toContain(outcome.code)
    expect(outcome.memory).toBeLessThan(4 * MIB)
  })
  it('one whose size is no size is refused as such', async () => {
    expect((await read([sized('1.0', '-123')])).code).toBe('TAR_SPARSE')
  })
})

/** Entries of one kind, named by their number, a few thousand at a time in one buffer. */
function* numbered(count: number, part: (name: string) => TarPart): Generator<Uint8Array> {
  const DIGITS = 8
  const PER_PIECE = 512
  const header = tar([part('0'.repeat(DIGITS))], { endBlocks: 0 })
  const sumAt = 148
  const base = Number.parseInt(Buffer.from(header.subarray(sumAt, sumAt + 6)).toString(), 8)
  const nameAt = Buffer.from(header).indexOf('0'.repeat(DIGITS))
  const piece = Buffer.alloc(header.length * PER_PIECE)
  for (let i = 0; i < PER_PIECE; i++) piece.set(header, i * header.length)
  for (let from = 0; from < count; from += PER_PIECE) {
    const length = Math.min(PER_PIECE, count - from)
    for (let i = 0; i < length; i++) {
      const at = i * header.length
      let sum = base
      for (let digit = DIGITS - 1, rest = from + i; digit >= 0; digit--, rest = Math.floor(rest / 10)) {
        piece[at + nameAt + digit] = 0x30 + (rest % 10)
        sum += rest % 10
      }
      for (let digit = 5; digit >= 0; digit--, sum >>= 3) piece[at + sumAt + digit] = 0x30 + (sum & 7)
    }
    yield piece.subarray(0, length * header.length)
  }
}

describe('very many of something', () => {
  it('ten million empty entries are too many', { timeout: 300_000 }, async () => {
    const outcome = await read(numbered(10_000_000, (name) => file(name)))
    expect(outcome.code).toBe('LIMIT_ENTRIES')
    expect(outcome.message).toContain('limits.entries (4000000)')
    // 128 bytes for a record and its path, twice when a run of them grows; 12 for its place in the table.
    expect(outcome.memory).toBeLessThan(4_000_000 * 400)
  })

  it('a million hard links to one file', { timeout: 120_000 }, async () => {
    const first = tar([file('first', 'content')], { endBlocks: 0 })
    const links = numbered(1_000_000, (name) => hardlink(name, 'first'))
    const { code, index, memory } = await read(concatenated(first, links, new Uint8Array(1024)))
    expect(code).toBeNull()
    expect(memory).toBeLessThan(1_000_000 * 400)
    const core = await loadCore('simd')
    const job = {
      type: 'diff',
      indexes: [index as Uint8Array],
      before: [],
      after: [0],
      ignore: [],
      compare: 127,
    } as const
    const diff = core.diff({ ...job, followSymlinks: false, limits: DEFAULT_LIMITS })
    const changes = new DataView(diff.buffer).getUint32(CONTAINER.SECTIONS + 5 * 4, true) / 48
    expect(changes).toBe(1_000_001)
    expect(memoryOf(core)).toBeLessThan(1_000_000 * 800)
  })

  it('one entry with a million pax records is over a limit, and read where that is raised', async () => {
    // Names of one length, so that the length of a record is known.
    const records = Array.from({ length: 1_000_000 }, (_, i) => `28 SCHILY.xattr.${i + 10 ** 8}=v\n`)
    const archive = tar([paxHeader(bytes(records.join(''))), file('many', '')])
    const refused = await read([archive])
    expect(refused.code).toBe('LIMIT_META_BYTES')
    expect(refused.message).toContain(`limits.metaBytes (${DEFAULT_LIMITS.metaBytes})`)
    expect(refused.memory).toBeLessThan(4 * MIB)
    const taken = await read([archive], { metaBytes: 64 * MIB })
    expect(taken.code).toBeNull()
    expect(taken.memory).toBeLessThan(16 * archive.byteLength)
  })

  it('a path of a million components is over a limit, and read where that is raised', async () => {
    const archive = tar([paxHeader([['path', 'a/'.repeat(1_000_000)]]), file('deep', '')])
    const refused = await read([archive], { metaBytes: 4 * MIB })
    expect(refused.code).toBe('LIMIT_PATH_BYTES')
    expect(refused.message).toContain(`limits.pathBytes (${DEFAULT_LIMITS.pathBytes})`)
    const taken = await read([archive], { metaBytes: 4 * MIB, pathBytes: 4 * MIB })
    expect(taken.code).toBeNull()
    expect(taken.memory).toBeLessThan(256 * MIB)
  })
})

function* concatenated(...all: (Uint8Array | Iterable<Uint8Array>)[]): Generator<Uint8Array> {
  for (const part of all) {
    if (part instanceof Uint8Array) yield part
    else yield* part
  }
}

describe('symlinks', () => {
  const chain = (length: number) =>
    tar([...Array.from({ length }, (_, i) => symlink(`l${i}`, `l${i + 1}`)), file('l0/file', 'x')])
  const rows = [
    { name: 'a loop of one', archive: tar([symlink('a', 'a'), file('a/file', 'x')]), code: 'SYMLINK_LOOP' },
    {
      name: 'a loop of two',
      archive: tar([symlink('a', 'b'), symlink('b', 'a'), file('a/file', 'x')]),
      code: 'SYMLINK_LOOP',
    },
    {
      name: 'one that doubles its path at each turn',
      archive: tar([symlink('a', 'a/a'), file('a/file', 'x')]),
      code: 'SYMLINK_LOOP',
    },
    { name: 'a chain of 255', archive: chain(255), code: null },
    { name: 'a chain of 256', archive: chain(256), code: 'SYMLINK_LOOP' },
    {
      name: 'a chain of long ones under every entry',
      archive: tar([
        ...Array.from({ length: 200 }, (_, i) => symlink(`l${i}`, `${'./'.repeat(1500)}l${i + 1}`, { dialect: 'pax' })),
        ...Array.from({ length: 300 }, (_, i) => [symlink('l200', `d${i % 2}`), file('l0/file', 'x')]).flat(),
      ]),
      code: 'LIMIT_RESOLUTION',
    },
  ]
  test.for(rows)('$name', async ({ archive, code }) => {
    const core = await loadCore('simd')
    const index = await indexBytes(core, archive)
    const job = { type: 'diff', indexes: [index], before: [], after: [0], ignore: [], compare: 127 } as const
    let found: string | null = null
    try {
      core.diff({ ...job, followSymlinks: false, limits: DEFAULT_LIMITS })
    } catch (error) {
      found = (error as LayerDiffError).code
    }
    expect(found).toBe(code)
  })
})

describe('documents of images', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const docker = (manifest: Uint8Array, config: Uint8Array = bytes('{}')) =>
    tar([file('config.json', config), file('layer.tar', tar([])), file('manifest.json', manifest)])
  const row = (layers: unknown, more = '') =>
    bytes(`[{"Config":"config.json","RepoTags":["a:1"],"Layers":${JSON.stringify(layers)}${more}}]`)
  const layout = (index: Uint8Array) =>
    tar([file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'), file('index.json', index)])
  const config = (more: string) =>
    bytes(
      `{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":["sha256:${'0'.repeat(64)}"]}${more}}`,
    )

  const rows: { name: string; archive: () => Uint8Array; code: string | null; text?: string }[] = [
    { name: 'an index nested 100,000 deep', archive: () => layout(bytes(nested(100_000))), code: 'MANIFEST_INVALID' },
    {
      name: 'an index with lists 100,000 deep where nobody looks',
      archive: () => layout(bytes(`{"schemaVersion":2,"manifests":[],"x":${nested(100_000)}}`)),
      code: 'MANIFEST_INVALID',
    },
    {
      name: 'a manifest.json nested 100,000 deep',
      archive: () => docker(bytes(nested(100_000))),
      code: 'MANIFEST_INVALID',
    },
    {
      name: 'a config nested 100,000 deep where nobody looks',
      archive: () => docker(row(['layer.tar']), config(`,"x":${nested(100_000)}`)),
      code: 'CONFIG_INVALID',
      text: 'over 100 deep',
    },
    {
      name: 'a config whose labels are nested 100,000 deep',
      archive: () => docker(row(['layer.tar']), config(`,"config":{"Labels":{"a":${nested(100_000)}}}`)),
      code: 'CONFIG_INVALID',
    },
    {
      name: 'a million layers',
      archive: () => docker(row(Array(1_000_000).fill('layer.tar'))),
      code: 'MANIFEST_TOO_LARGE',
      text: '4 MiB',
    },
    {
      name: 'layers of a manifest that fills what it may have',
      archive: () => docker(row(Array(300_000).fill('layer.tar')), config('')),
      code: 'CONFIG_INVALID',
    },
    {
      name: 'an index of 1 GB, as far as its header says, in a file that ends before it',
      archive: () => tar([file('oci-layout', '{}'), file('index.json', '{}', { size: 2 ** 30, dialect: 'gnu' })]),
      code: 'TAR_TRUNCATED',
    },
  ]
  test.for(rows)('$name', async ({ archive, code, text }) => {
    const outcome = await openImage(archive()).then(
      (image) => ({ code: null, message: JSON.stringify(image) }),
      (error) => error,
    )
    expect(outcome.code, outcome.stack).toBe(code)
    expect(outcome.message).toContain(text ?? '')
  })
})
