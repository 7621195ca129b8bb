// Random stacks of layers, the same for the same seed, to compare the engine with the reference and to check what must
// hold for every stack. Gives tar parts, so that a test may reorder or drop some, or the archives themselves.
// Few names and shallow trees: what matters is how often two entries meet. All is legal input but for the rare symlink
// loop, which both sides must refuse.

import {
  type Bytes,
  bytes,
  concat,
  type Dialect,
  device,
  directory,
  fifo,
  file,
  globalHeader,
  hardlink,
  opaque,
  symlink,
  type TarPart,
  tar,
  whiteout,
} from './tar-builder.js'

export type Layer = readonly (TarPart | Uint8Array)[]

export interface RandomOptions {
  /** at most, default 4 */
  layers?: number
  /** in a layer at most, default 14 */
  entries?: number
  /** in a file at most; by default as many as the longest of SIZES */
  contentBytes?: number
}

type Sizes = Required<RandomOptions>

/** mulberry32: small, and good enough for tests. */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** 0 to count - 1 */
  int(count: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count
  }

  chance(percent: number): boolean {
    return this.int(100) < percent
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T
  }
}

/** One stack, bottom first. */
export function randomStack(seed: number, options: RandomOptions = {}): Uint8Array[] {
  const random = new Random(seed)
  return randomLayers(random, options).map((layer) => archive(random, layer))
}

/** Two stacks that mostly share layers: a rebuilt image, one with layers on top, or two that have nothing in common. */
export function randomPair(seed: number, options: RandomOptions = {}): { before: Uint8Array[]; after: Uint8Array[] } {
  const random = new Random(seed)
  const known = new Paths()
  const archives = () => randomLayers(random, options, known).map((layer) => archive(random, layer))
  const shared = random.chance(80) ? archives() : []
  const before = random.chance(60) ? archives() : []
  const after = archives()
  return { before: [...shared, ...before], after: [...shared, ...after] }
}

/** The parts of a stack's layers; `known` collects the paths, so that stacks made with the same one meet often. */
export function randomLayers(random: Random, options: RandomOptions = {}, known = new Paths()): Layer[] {
  const sizes = { layers: 4, entries: 14, contentBytes: Number.POSITIVE_INFINITY, ...options }
  const count = 1 + random.int(sizes.layers)
  return Array.from({ length: count }, () => randomLayer(random, known, sizes))
}

/** The paths named so far, so that entries meet. */
export class Paths {
  private readonly list: Uint8Array[] = []
  private readonly directories: Uint8Array[] = []
  private readonly files: Uint8Array[] = []

  add(path: Uint8Array, type: string): void {
    this.list.push(path)
    if (type === 'directory' || type === 'symlink') this.directories.push(path)
    if (type === 'file' || type === 'hardlink') this.files.push(path)
  }

  /** Mostly one that may be there still. */
  linkTarget(random: Random): Uint8Array {
    return this.files.length > 0 && random.chance(85) ? random.pick(this.files.slice(-6)) : this.any(random)
  }

  /** A known path, one below or above it, or a new one. */
  any(random: Random): Uint8Array {
    if (this.list.length === 0 || random.chance(20)) return randomPath(random)
    if (random.chance(30)) {
      const above = random.pick(this.directories.length === 0 || random.chance(5) ? this.list : this.directories)
      return concat([above, SLASH, randomName(random)])
    }
    const path = random.pick(this.list)
    const slash = path.lastIndexOf(0x2f)
    return slash > 0 && random.chance(15) ? path.slice(0, slash) : path
  }
}

/** Whether it is a whiteout or an opaque marker by its last name. */
export function isMarker(part: TarPart | Uint8Array): boolean {
  return !(part instanceof Uint8Array) && /(^|\/)\.wh\.[^/]*\/*$/.test(String.fromCharCode(...bytes(part.path)))
}

const SLASH = bytes('/')
const COMMON_NAMES = ['a', 'b', 'c', 'd'].map(bytes)
const ODD_NAMES: Uint8Array[] = [
  ...['new\nline', 'wh.a', '.wh', 'a.wh.', '__proto__', 'constructor', ' ', '-x', 'back\\slash', 'x%2fy', 'a=b'].map(
    bytes,
  ),
  ...['caf\u00e9', 'cafe\u0301', '\u{1f600}', '\ufeffbom', '日本語', '...', '..a', 'A'].map(bytes),
  ...['l'.repeat(101), 'm'.repeat(255), '.wh.a/b', '.wh..wh.x/b'].map(bytes),
  new Uint8Array([0x61, 0xff]),
  new Uint8Array([0xe9]),
  new Uint8Array([0x61, 0xed, 0xa0, 0x80]),
]
const SIZES = [0, 0, 1, 1, 2, 63, 64, 65, 511, 512, 513, 1023, 1024, 1025, 2048, 3072, 4097, 9000]
const DIALECTS: Dialect[] = ['pax', 'pax', 'gnu', 'ustar', 'v7', 'star']

function randomName(random: Random): Uint8Array {
  return random.chance(88) ? random.pick(COMMON_NAMES) : random.pick(ODD_NAMES)
}

function randomPath(random: Random): Uint8Array {
  const names = [randomName(random)]
  while (names.length < 4 && random.chance(45)) names.push(SLASH, randomName(random))
  return concat(names)
}

function randomLayer(random: Random, known: Paths, sizes: Sizes): Layer {
  const parts: (TarPart | Uint8Array)[] = []
  const count = random.int(sizes.entries + 1)
  while (parts.length < count) {
    const target = known.any(random)
    const part = randomPart(random, target, known, sizes)
    if (part instanceof Uint8Array) parts.push(part)
    else {
      known.add(target, isMarker(part) ? 'marker' : (part.type ?? ''))
      parts.push(withHeader(random, part))
    }
  }
  return parts
}

/** What happens at this path; weights in percent. */
function randomPart(random: Random, path: Uint8Array, known: Paths, sizes: Sizes): TarPart | Uint8Array {
  const roll = random.int(100)
  const named = decorated(random, path)
  if (roll < 30) return file(named, randomContent(random, sizes))
  if (roll < 44) return directory(random.chance(50) ? concat([named, SLASH]) : named)
  if (roll < 54) return symlink(named, randomTarget(random, path, known))
  if (roll < 66) return hardlink(named, decorated(random, known.linkTarget(random)))
  if (roll < 80) return whiteout(path)
  if (roll < 87) return opaque(path)
  if (roll < 89) return fifo(named)
  if (roll < 92) return device(named, random.pick(['char', 'block']), random.int(3), random.int(3))
  if (roll < 94) return randomSparse(random, named)
  if (roll < 95) return globalHeader([['comment', 'x']])
  return oddPart(random, path, named, sizes)
}

const AUFS_FILES = [
  '.wh..wh.aufs',
  '.wh..wh.orph/x',
  '.wh..wh.plnk',
  '.wh..wh.plnk/1.2',
  './.wh..wh.plnk/a/1.2',
  '.wh..wh.plnk/.wh.1',
]

function oddPart(random: Random, path: Uint8Array, named: Uint8Array, sizes: Sizes): TarPart {
  const marker = (name: string) => concat([path, SLASH, bytes(name)])
  switch (random.int(12)) {
    case 0:
      return opaque('')
    case 1:
      return { ...whiteout(path), type: random.pick(['directory', 'symlink', 'char', 'fifo']), link: 'a' }
    case 2:
      return { ...opaque(path), type: 'directory' }
    case 3:
      return file(marker(random.pick(['.wh.', '.wh..', '.wh...'])))
    case 4:
      return file(marker(random.pick(['.wh..wh..opqX', '.wh..wh.aufs', '.wh..wh.plnk/1.2'])))
    case 5:
      return file(random.pick(AUFS_FILES), randomContent(random, sizes))
    case 6:
      return hardlink(
        named,
        random.pick(['.wh..wh.plnk/1.2', '/.wh..wh.plnk/1.2', '.wh..wh.plnk/.wh.1', '.wh..wh.plnk']),
      )
    case 7:
      return { ...file(named, randomContent(random, sizes)), type: random.pick(['contiguous', 'Z', 'old-file']) }
    case 8:
      return directory(random.pick(['./', '/', '']), { mode: 0o711 })
    case 9:
      return file(random.pick(['.', '/']))
    case 10:
      return file(concat([bytes(random.pick(['../', 'a/../../', '/../'])), path]), 'escaped')
    default:
      return { ...directory(named), type: 'D', content: 'Nname\0' }
  }
}

/** The same path in another spelling. */
function decorated(random: Random, path: Uint8Array): Uint8Array {
  if (random.chance(70)) return path
  return concat([bytes(random.pick(['./', '/', '//', 'a/../', './/./'])), path])
}

/**
 * Links at `a` and `b` lead to `c` and `d`, all others to names that are rarely linked: chains are common, loops are
 * not, as a loop refuses the whole stack.
 */
function randomTarget(random: Random, path: Uint8Array, known: Paths): Uint8Array {
  if (random.chance(3)) return known.any(random)
  if (random.chance(10)) return bytes(random.pick(['.', '/', 'nowhere', '/nowhere/../d', '../../../../e']))
  const last = path[path.length - 1] ?? 0
  const name =
    last === 0x61 || last === 0x62 ? random.pick(['c', 'd', 'c/d', 'd/a/..']) : random.pick(['e', 'f', 'e/f'])
  return bytes(random.pick(['', '', '/', '../', './']) + name)
}

function randomContent(random: Random, { contentBytes }: Sizes): Uint8Array {
  const fill = random.int(3)
  return new Uint8Array(Math.min(random.pick(SIZES), contentBytes)).map((_, index) => fill + index * (fill + 1))
}

function randomSparse(random: Random, path: Bytes): TarPart {
  const map: [number, number][] = []
  let end = 0
  const pieces = random.pick([0, 1, 2, 5, 30])
  for (let index = 0; index < pieces; index++) {
    const start = end + random.int(700)
    const length = random.int(40)
    map.push([start, length])
    end = start + length
  }
  const stored = map.reduce((sum, [, length]) => sum + length, 0)
  const format = random.pick(['gnu', '0.0', '0.1', '1.0'] as const)
  // Sparse 0.x without a piece cannot be told from a plain file, whose size it must then have.
  const size = end + (pieces > 0 || format === 'gnu' || format === '1.0' ? random.int(3000) : 0)
  return file(path, new Uint8Array(stored).fill(7), { sparse: { format, size, map }, mode: 0o600 })
}

/** Attributes that often agree between two entries, in a dialect that can hold them. */
function withHeader(random: Random, part: TarPart): TarPart {
  const long = bytes(part.path).length > 100 || bytes(part.link ?? '').length > 100
  const sparse = part.sparse && (part.sparse.format === 'gnu' ? 'gnu' : 'pax')
  const dialect = sparse ?? (long ? random.pick(['pax', 'gnu'] as const) : random.pick(DIALECTS))
  const more: Partial<TarPart> = { dialect, mtime: random.pick([0, 1_700_000_000, 1_700_000_000, 1_700_000_001]) }
  if (random.chance(20)) more.mode = random.pick([0o600, 0o644, 0o755, 0o4755, 0o1777, 0])
  if (random.chance(10)) more.uid = random.pick([0, 1000, 65534])
  if (random.chance(5)) more.gid = random.pick([0, 1000])
  if (dialect === 'pax') {
    if (random.chance(30)) more.nanos = random.pick([0, 1, 500_000_000])
    if (random.chance(5)) more.mtime = -2
    if (random.chance(5)) more.uid = 3_000_000
    if (random.chance(10)) more.xattrs = { 'user.k': random.pick(['v', 'w', new Uint8Array([0, 255])]) }
    if (random.chance(3)) more.pax = [['LIBARCHIVE.xattr.user.%6b', 'dg']]
  } else if (dialect === 'gnu' && random.chance(20)) {
    more.numbers = 'base256'
    if (random.chance(30)) more.uid = 3_000_000
  }
  return { ...part, ...more, mode: part.mode && !random.chance(30) ? part.mode : (more.mode ?? part.mode ?? 0o644) }
}

/** Two end blocks or a writer's full record; at times bytes behind them; at times none, which warns. An empty one may have neither. */
function archive(random: Random, layer: Layer): Uint8Array {
  const roll = random.int(20)
  if (roll === 0 && layer.length > 0) return tar(layer, { endBlocks: 0 })
  if (roll === 1 && layer.length > 0) return tar(layer, { trailing: new Uint8Array(700).fill(0x55) })
  return tar(layer, { endBlocks: roll < 6 ? 20 : 2 })
}
